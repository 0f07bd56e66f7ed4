"""Counters and histograms that all processes share: each counts in memory, and adds that to Valkey two seconds later.

Nobody at a door waits for a figure; where the broker is away, what was counted waits in memory. A process that is
killed loses its last two seconds of figures.
"""

from __future__ import annotations

import atexit
import threading
from collections import defaultdict
from collections.abc import Iterator

import redis
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily

from presente.metrics.names import COUNTERS, HISTOGRAMS, SECONDS

FLUSH_SECONDS = 2.0
KEY = "presente:metrics"
Labels = tuple[str, ...]

_waiting: defaultdict[str, float] = defaultdict(float)
_lock = threading.Lock()
_timer: threading.Timer | None = None


def count(name: str, *labels: str, by: float = 1) -> None:
    """Add to a counter of ``names.COUNTERS``; the labels in their order there."""
    assert len(labels) == len(COUNTERS[name][0]), name
    _add({_field(name, labels): by})


def observe(name: str, *labels: str, seconds: float) -> None:
    """Add an observation to a histogram of ``names.HISTOGRAMS``."""
    assert len(labels) == len(HISTOGRAMS[name][0]), name
    bound = next((str(one) for one in SECONDS if seconds <= one), "+Inf")
    _add({_field(name, (*labels, bound)): 1, _field(name, (*labels, "sum")): seconds})


def flush() -> None:
    """Add what was counted to what all processes share; where that does not answer it waits."""
    global _timer
    with _lock:
        taken = dict(_waiting)
        _waiting.clear()
        if _timer is not None:
            _timer.cancel()
            _timer = None
    if not taken:
        return
    try:
        pipeline = _client().pipeline()
        for field, by in taken.items():
            pipeline.hincrbyfloat(_key(), field, by)
        pipeline.execute()
    except (redis.RedisError, OSError):
        with _lock:
            for field, by in taken.items():
                _waiting[field] += by


def families() -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
    """Every counter and histogram as it stands over all processes. Raises ``redis.RedisError``."""
    flush()
    found: dict[str, dict[Labels, float]] = {}
    for field, value in _client().hgetall(_key()).items():
        name, *labels = (field.decode() if isinstance(field, bytes) else field).split("\t")
        found.setdefault(name, {})[tuple(labels)] = float(value)
    for name, (labels, text) in COUNTERS.items():
        family = CounterMetricFamily(name, text, labels=labels)
        for values, total in sorted(found.get(name, {}).items()):
            family.add_metric(values, total)
        yield family
    for name, (labels, text) in HISTOGRAMS.items():
        histogram = HistogramMetricFamily(name, text, labels=labels)
        rows = found.get(name, {})
        for values in sorted({one[:-1] for one in rows}):
            running, buckets = 0.0, []
            for bound in (*map(str, SECONDS), "+Inf"):
                running += rows.get((*values, bound), 0.0)
                buckets.append((bound, running))
            histogram.add_metric(values, buckets, sum_value=rows.get((*values, "sum"), 0.0))
        yield histogram


def _add(amounts: dict[str, float]) -> None:
    global _timer
    with _lock:
        for field, by in amounts.items():
            _waiting[field] += by
        if _timer is None:
            _timer = threading.Timer(FLUSH_SECONDS, flush)
            _timer.daemon = True
            _timer.start()


def _field(name: str, labels: Labels) -> str:
    return "\t".join((name, *labels))


def _key() -> str:
    return str(caches["default"].make_key(KEY))


def _client() -> redis.Redis:
    backend = caches["default"]
    assert isinstance(backend, RedisCache)
    client: redis.Redis = backend._cache.get_client(None, write=True)
    return client


# A command that ends within two seconds counts as well.
atexit.register(flush)
