"""The server under load: a clock-in by API key, `POST /api/v1/identify` on a large gallery, and its memory."""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

from bench import load, photos, world
from bench.table import heading, quantile, table

CLIENTS = (1, 4, 16)
WARM_UP = 200
EVENTS = "/api/v1/attendance/events"
IDENTIFY = "/api/v1/identify"
HEAD = ("clients", "median ms", "p95 ms", "requests/s", "told to come later")


def clocking(key: str) -> Callable[[int], load.Request]:
    """Clock-ins of one person after the other."""
    from django.utils import timezone

    begin = timezone.now() - timedelta(days=20)
    headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}

    def request(number: int) -> load.Request:
        # Each person once in a while, far enough from their last punch not to be the same visit.
        at = begin + timedelta(minutes=5 * (number // world.PEOPLE), seconds=number % world.PEOPLE / 100)
        wish = {"employee": f"B{number % world.PEOPLE:04}", "at": at.isoformat(), "direction": "in"}
        return EVENTS, json.dumps(wish).encode(), headers | {"Idempotency-Key": str(uuid.uuid4())}

    return request


def identifying(key: str) -> Callable[[int], load.Request]:
    """Requests with one real 640×480 frame after the other."""
    bodies = [load.multipart(photos.jpeg(photos.frame(photos.read(name)))) for name in photos.names()]

    def request(number: int) -> load.Request:
        body, kind = bodies[number % len(bodies)]
        return IDENTIFY, body, {"Authorization": f"Api-Key {key}", "Content-Type": kind}

    return request


def clock(port: int, key: str) -> None:
    """A clock-in without a face: its SQL statements, its time, its rate."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    heading("Clocking in by API key (no face)")
    request = clocking(key)
    client = Client(HTTP_HOST="localhost")
    for number in (0, 1):
        path, body, sent = request(world.PEOPLE * 100 + number)
        with CaptureQueriesContext(connection) as captured:
            answer = client.generic("POST", path, body, content_type="application/json", headers=sent)
    if answer.status_code != 201:
        raise RuntimeError(f"{EVENTS} answered {answer.status_code}: {answer.content[:300].decode()}")
    verbs = Counter(query["sql"].split(None, 1)[0] for query in captured.captured_queries)
    framing = sum(verbs.pop(verb, 0) for verb in ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    print(
        f"  SQL statements: {sum(verbs.values())} ({', '.join(f'{n} {v}' for v, n in verbs.items())}), "
        f"and {framing} that open and close transactions"
    )
    connection.close()
    numbers = iter(range(10**9))
    load.ask(port, lambda _n: request(next(numbers)), requests=50, clients=1)
    rows = []
    for clients in CLIENTS:
        seen = load.ask(port, lambda _n: request(next(numbers)), requests=400, clients=clients)
        rows.append(_row(clients, seen))
    table(HEAD, rows)


def identify(port: int, key: str, worker: int) -> dict[str, Any]:
    """`POST /api/v1/identify` with 640×480 frames and 10,000 templates, and the memory over many requests.

    What it measured, by name; nothing where there are no photos to ask with.
    """
    heading(f"POST {IDENTIFY}: 640×480 frames, {world.PEOPLE * world.TEMPLATES_EACH:,} templates, SQLite")
    reason = photos.missing()
    if reason:
        print(f"  left out: {reason}")
        return {}
    request = identifying(key)
    warm = load.ask(port, request, requests=WARM_UP, clients=4)
    before = world.resident_mib(worker)
    asked = {clients: load.ask(port, request, requests=400, clients=clients) for clients in CLIENTS}
    table(HEAD, [_row(clients, seen) for clients, seen in asked.items()])
    stages = json.loads(warm.last)["milliseconds"]
    print(f"  stages of one answer, ms: {', '.join(f'{stage} {value:.1f}' for stage, value in stages.items())}")
    requests = int(os.environ.get("BENCH_REQUESTS", "10000"))
    seen = load.ask(port, request, requests=requests, clients=4)
    after = world.resident_mib(worker)
    print(
        f"  memory of the web process: {before:.0f} MiB before, {after:.0f} MiB after {requests:,} requests "
        f"({seen.per_second:.0f} a second)"
    )
    return {
        "templates": world.PEOPLE * world.TEMPLATES_EACH,
        "clients": {
            str(clients): {
                "median_ms": round(median(one.seconds) * 1000, 1),
                "p95_ms": round(quantile(one.seconds, 0.95) * 1000, 1),
                "per_second": round(one.per_second, 1),
                "refused": one.refused,
            }
            for clients, one in asked.items()
        },
        "stages_ms": stages,
        "requests": requests,
        "rss_mb_before": round(before),
        "rss_mb_after": round(after),
    }


def _row(clients: int, seen: load.Load) -> list[str]:
    milliseconds = [second * 1000 for second in seen.seconds]
    return [
        str(clients),
        f"{median(milliseconds):.1f}",
        f"{quantile(milliseconds, 0.95):.1f}",
        f"{seen.per_second:.1f}",
        str(seen.refused),
    ]
