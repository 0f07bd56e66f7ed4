"""What messages about leave, the plan and imports say: people by number, nothing that somebody typed of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import uuid4

from attendance.models import Absence, PlannedShift
from employees.models import Employee, Import
from leave.models import LedgerEntry
from leave.wording import plain_number
from planning.models import ShiftRequest, Swap
from webhooks.services import Message, instant


def absence_message(absence: Absence) -> Message:
    """What the API gives of it; a reason may name an illness and is not told."""
    data = {
        "id": absence.pk,
        "employee": _who(absence.employee),
        "type": absence.kind.code,
        "first": absence.first.isoformat(),
        "last": absence.last.isoformat(),
        "half": absence.half,
        "state": absence.state,
        "requested_at": instant(absence.requested_at),
        "decided_at": instant(absence.decided_at) if absence.decided_at else None,
    }
    return Message(f"absence:{absence.pk}:{absence.state}", data, absence.employee)


def entry_message(entry: LedgerEntry) -> Message:
    """What was entered, in the unit of the balance."""
    data = {
        "id": entry.pk,
        "employee": _who(entry.employee),
        "type": entry.kind.code,
        "entered": entry.entered,
        "day": entry.day.isoformat(),
        "unit": entry.unit,
        "amount": plain_number(entry.value),
        "at": instant(entry.at),
    }
    return Message(f"leave_entry:{entry.pk}", data, entry.employee)


def plan_messages(days: Mapping[int, Iterable[date]]) -> list[Message]:
    """One for each person: the shifts of their days that changed, null where the assignments say them again."""
    people = Employee.objects.in_bulk(list(days))
    dates = {day for found in days.values() for day in found}
    rows = PlannedShift.objects.published().filter(employee__in=people, day__in=dates).order_by("pk")
    shifts: dict[tuple[int, date], list[str]] = defaultdict(list)
    for key, day, name in rows.values_list("employee_id", "day", "shift__name"):
        shifts[key, day] += [name] if name else []
    published = uuid4()
    return [
        Message(
            f"plan:{published}:{key}",
            {
                "employee": _who(person),
                "days": [{"day": day.isoformat(), "shifts": shifts.get((key, day))} for day in sorted(set(days[key]))],
            },
            person,
        )
        for key, person in people.items()
    ]


def given_message(request: ShiftRequest) -> Message:
    """An open shift that now is somebody's."""
    wanted = request.open_shift
    data = {
        "employee": _who(request.employee),
        "open_shift": wanted.pk,
        "day": wanted.day.isoformat(),
        "shift": wanted.shift.name,
    }
    return Message(f"shift_request:{request.pk}", data, request.employee)


def swap_messages(swap: Swap) -> list[Message]:
    """One for each of the two, so that each is forgotten with its person; ``swap`` joins them."""
    one, other = (swap.day, swap.shift), (swap.colleague_day, swap.colleague_shift)
    return [
        Message(
            f"swap:{swap.pk}:{person.pk}",
            {
                "swap": swap.pk,
                "employee": _who(person),
                "gives": {"day": gives[0].isoformat(), "shift": gives[1].name},
                "gets": {"day": gets[0].isoformat(), "shift": gets[1].name},
            },
            person,
        )
        for person, gives, gets in ((swap.employee, one, other), (swap.colleague, other, one))
    ]


def import_message(job: Import) -> Message:
    """How a file ended; neither its name nor its lines, which may name people."""
    data = {
        "id": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "counts": job.counts,
        "problems": len(job.problems),
        "error": job.error,
    }
    return Message(f"import:{job.pk}", data)


def _who(person: Employee) -> dict[str, str]:
    return {"number": person.number}
