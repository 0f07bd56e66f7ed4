"""Figures that are read when Prometheus asks: what waits, how kiosks and processes are, which model is in use."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count
from django.utils import timezone
from kombu.exceptions import OperationalError
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from attendance.models import Kiosk
from employees.models import EnrolmentPhoto
from kiosk.models import QueuedPunch
from presente import health, heartbeat, process_state
from presente.backup.content import program_version
from presente.backup.making import last_backup
from presente.metrics import counts
from presente.metrics.names import GAUGES
from privacy.models import Erasure
from recognition import operating
from recognition.models import FaceTemplate, ModelVersion
from recognition.models.operating import Use
from recognition.selectors.operating_point import drift_now
from webhooks.models import WebhookDelivery

Value = tuple[str, tuple[str, ...], float]


class State(Collector):
    """Everything at /metrics; a source that does not answer is named, and the others answer all the same."""

    def collect(self) -> Iterator[Metric]:
        families = {name: GaugeMetricFamily(name, text, labels=labels) for name, (labels, text) in GAUGES.items()}
        for source, read in SOURCES.items():
            failed = 0
            try:
                for name, labels, value in list(read()):
                    families[name].add_metric(labels, value)
            except (DatabaseError, redis.RedisError, OperationalError, OSError):
                failed = 1
            families["presente_scrape_failed"].add_metric((source,), failed)
        try:
            shared: list[Metric] = list(counts.families())
        except (redis.RedisError, OSError):
            shared = []
        families["presente_scrape_failed"].add_metric(("counts",), float(not shared))
        yield from families.values()
        yield from shared


def _program() -> Iterator[Value]:
    yield "presente_build_info", (program_version(),), 1
    yield "presente_data_free_bytes", (), shutil.disk_usage(settings.DATA_DIR).free
    if (last := last_backup()) is not None:
        yield "presente_backup_age_seconds", (), last["age"]
    if (age := heartbeat.age()) is not None:
        yield "presente_worker_heartbeat_seconds", (), age
    for name, state in (process_state.read(Path(settings.DATA_DIR)) or {}).items():
        yield "presente_process_up", (name,), float(state.steady)
        yield "presente_process_restarts", (name,), state.restarts
    for name, part in health.process_parts().items():
        yield "presente_degraded", (name,), float(not part["ok"])


def _recognition() -> Iterator[Value]:
    for use in Use:
        yield "presente_strangers_accepted_share", (use.value,), operating.target(use)
    yield "presente_strangers_drift", (), float(drift_now() is not None)
    version = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).first()
    if version is not None:
        yield "presente_model_info", (version.name,), 1
        templates = FaceTemplate.objects.filter(version=version)
        yield "presente_gallery_templates", (), templates.count()
        yield "presente_gallery_people", (), templates.values("employee").distinct().count()


def _waiting() -> Iterator[Value]:
    delivery = WebhookDelivery.State
    for name, model, states in (
        ("presente_photos", EnrolmentPhoto, (EnrolmentPhoto.State.QUEUED, EnrolmentPhoto.State.PROCESSING)),
        ("presente_offline_punches", QueuedPunch, (QueuedPunch.State.RECEIVED, QueuedPunch.State.WAITING)),
    ):
        rows = model._default_manager.filter(state__in=states).order_by()
        found = dict(rows.values_list("state").annotate(Count("pk")))
        for state in states:
            yield name, (str(state),), found.get(str(state), 0)
    deliveries = WebhookDelivery.objects.filter(state__in=(delivery.WAITING, delivery.SENDING))
    yield "presente_webhook_deliveries_waiting", (), deliveries.count()
    yield "presente_erasures_waiting", (), Erasure.objects.filter(finished_at=None).count()


def _kiosks() -> Iterator[Value]:
    now = timezone.now()
    paired = Kiosk.objects.filter(revoked_at=None).exclude(token_hash="").exclude(last_seen_at=None)
    for key, seen in paired.values_list("pk", "last_seen_at"):
        assert seen is not None
        yield "presente_kiosk_last_seen_seconds", (str(key),), max(0.0, (now - seen).total_seconds())


def _queues() -> Iterator[Value]:
    with current_app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        channel: Any = connection.default_channel
        for name, queue in settings.QUEUES.items():
            yield "presente_queue_length", (name,), channel.client.llen(queue)


SOURCES: dict[str, Callable[[], Iterator[Value]]] = {
    "program": _program,
    "recognition": _recognition,
    "waiting": _waiting,
    "kiosks": _kiosks,
    "queues": _queues,
}
