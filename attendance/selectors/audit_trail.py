"""The audit trail of a timesheet: where each punch came from, and what was corrected, by whom and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from attendance.models import ClockEvent
from attendance.rules.calculate import reach
from attendance.signals import Evidence, evidence_of
from employees.employment import history
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One punch: when on the wall clock of its place, how, where, and whom it was entered by.

    ``stands``: no later row has replaced it. ``evidence``: what else is known, where the reader may see that.
    """

    event: ClockEvent
    replaces: AuditEntry | None = None
    stands: bool = True
    evidence: Evidence | None = None

    @property
    def at(self) -> datetime:
        return self.event.local_at

    @property
    def confidence(self) -> float | None:
        """How sure the recognition was, 0 to 1; None where no face was seen."""
        return self.event.decision.confidence if self.event.decision else None


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """The punches by their keys, as the rules name them; and by day the corrections that were made."""

    by_key: dict[str, AuditEntry]
    corrections: dict[date, list[AuditEntry]]


def audit_trail(*, employee: Employee, first: date, last: date, evidence: bool = False) -> AuditTrail:
    """Every stored row of the person near those days, the replaced ones too; a few queries.

    ``evidence``: with what other apps know of how the punches were made, such as the place of a phone.
    """
    begin, end = reach(first, last)
    rows = ClockEvent.objects.filter(employee=employee, at__gte=begin, at__lt=end)
    rows = rows.select_related("kiosk", "decision", "author").order_by("received_at", "at")
    events = {str(row.pk): row for row in rows}
    replaced = {str(row.replaces_id) for row in events.values() if row.replaces_id}
    by_key: dict[str, AuditEntry] = {}
    made = evidence_of(ClockEvent, events.values()) if evidence else {}
    known = history(employee)

    def entry_of(key: str) -> AuditEntry:
        if key not in by_key:
            event = events[key]
            before = str(event.replaces_id) if event.replaces_id else ""
            earlier = entry_of(before) if before in events else None
            by_key[key] = AuditEntry(event, earlier, key not in replaced, made.get(key))
        return by_key[key]

    corrections: dict[date, list[AuditEntry]] = defaultdict(list)
    for key, event in events.items():
        entry = entry_of(key)
        if event.replaces_id or (event.author_id and not event.imported):
            day = known.local_day(event.at)
            if first <= day <= last:
                corrections[day].append(entry)
    return AuditTrail(by_key, dict(corrections))
