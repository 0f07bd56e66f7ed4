"""Reads by programs in the audit trail: which key read what from where, an entry at the first in an hour and one of how
many there were when the hour is over.

An entry for each request would bury the acts of people under those of a program that asks every ten seconds, and would
make each read a write. The first of an hour is recorded at once, so that no read goes unnoticed whatever is lost later;
the count lies in the cache meanwhile, which may be lost.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from common import audit
from common.limits import client_address
from common.models import AuditEntry

FIRST, COUNT = "api.read", "api.reads"
KEPT_SECONDS = 4 * 3600
"""How long a count is kept: the hour, and time enough for the task that writes it down."""
MOST_KNOWN = 10_000
_known: set[str] = set()
"""Hours of keys that this process recorded: without a cache each read would be the first."""


def read_count(*, request: Any, what: str, rows: int) -> None:
    """Count one read by the program that sent ``request``: ``rows`` that it was given of ``what``, an address."""
    hour = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    actor, address = audit.actor()[:150], client_address(request)[:45]
    name = _name(actor, address, what, hour)
    if cache.add(f"{name}:requests", 0, KEPT_SECONDS) and name not in _known:
        cache.add(f"{name}:rows", 0, KEPT_SECONDS)
        audit.record(FIRST, object=what, details={"hour": hour.isoformat()})
        if len(_known) > MOST_KNOWN:
            _known.clear()
        _known.add(name)
    for counted, more in (("requests", 1), ("rows", rows)):
        try:
            cache.incr(f"{name}:{counted}", more)
        except ValueError:
            # The cache is away, or forgot: the entry says that the count is not known.
            return


def reads_close() -> int:
    """Write down how many reads there were in each hour that is over; how many entries that made. Safe to run twice."""
    now = timezone.now()
    this_hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    recent = AuditEntry.objects.filter(at__gt=now - timedelta(seconds=KEPT_SECONDS))
    closed = {one.details.get("first") for one in recent.filter(act=COUNT)}
    made = 0
    for one in recent.filter(act=FIRST, at__lt=this_hour).order_by("at"):
        if one.pk.hex in closed:
            continue
        hour = datetime.fromisoformat(one.details["hour"])
        name = _name(one.actor, one.address, one.object, hour)
        found = cache.get_many([f"{name}:requests", f"{name}:rows"])
        with transaction.atomic():
            audit.record_for(
                COUNT,
                actor=one.actor,
                address=one.address,
                object=one.object,
                details={
                    "hour": one.details["hour"],
                    "requests": found.get(f"{name}:requests", "not known"),
                    "rows": found.get(f"{name}:rows", "not known"),
                    "first": one.pk.hex,
                },
            )
        made += 1
    return made


def _name(actor: str, address: str, what: str, hour: datetime) -> str:
    told = "\n".join((actor, address, what[:120], hour.isoformat()))
    return f"api-reads:{hashlib.sha256(told.encode()).hexdigest()[:32]}"
