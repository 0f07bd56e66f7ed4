"""The audit trail of a timesheet: where each punch came from, and what was corrected, by whom and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from attendance.models import ClockEvent
from attendance.rules.calculate import reach
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One punch: when on the wall clock of its place, how, where, and whom it was entered by."""

    event: ClockEvent
    replaces: AuditEntry | None = None

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


def audit_trail(*, employee: Employee, first: date, last: date) -> AuditTrail:
    """Every stored row of the person near those days, the replaced ones too; one query."""
    begin, end = reach(first, last)
    rows = ClockEvent.objects.filter(employee=employee, at__gte=begin, at__lt=end)
    rows = rows.select_related("kiosk", "decision", "author").order_by("received_at", "at")
    events = {str(row.pk): row for row in rows}
    by_key: dict[str, AuditEntry] = {}

    def entry_of(key: str) -> AuditEntry:
        if key not in by_key:
            event = events[key]
            before = str(event.replaces_id) if event.replaces_id else ""
            by_key[key] = AuditEntry(event, entry_of(before) if before in events else None)
        return by_key[key]

    corrections: dict[date, list[AuditEntry]] = defaultdict(list)
    for key, event in events.items():
        entry = entry_of(key)
        if event.author_id or event.replaces_id:
            day = event.at.astimezone(employee.zone).date()
            if first <= day <= last:
                corrections[day].append(entry)
    return AuditTrail(by_key, dict(corrections))
