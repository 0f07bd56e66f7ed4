"""What a person reads about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from attendance.models import Absence, ClockEvent, CorrectionLink, CorrectionRequest, OvertimeDecision, SeenDay
from attendance.rules.schedule import lay_out
from attendance.selectors.plans import PlanBook
from employees.models import Employee

AHEAD = 7


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What is planned on a day: shifts as (name, spans on the wall clock), leave and holiday by name."""

    day: date
    shifts: list[tuple[str, list[tuple[datetime, datetime]]]]
    away: str


def upcoming_shifts(*, employee: Employee, first: date, days: int = AHEAD) -> list[Upcoming]:
    """The next days, those without anything planned too; five queries."""
    book = PlanBook([employee], first, first + timedelta(days=days - 1))
    found = []
    for number in range(days):
        plan = book.plan(employee, first + timedelta(days=number))
        shifts = [
            (
                one.shift.name,
                [(span.start.astimezone(plan.zone), span.end.astimezone(plan.zone)) for span in one.blocks],
            )
            for one in lay_out(plan)
            if one.required
        ]
        away = ", ".join([*(one.kind for one in plan.absences), *([plan.holiday] if plan.holiday else [])])
        found.append(Upcoming(plan.day, shifts, away))
    return found


def own_data(*, employee: Employee) -> dict[str, Any]:
    """Everything kept of the person's attendance, ready for JSON; instants with their offset."""
    events = ClockEvent.objects.filter(employee=employee).select_related("kiosk", "author").order_by("received_at")
    return {
        "person": {
            "number": employee.number,
            "name": employee.name,
            "email": employee.email,
            "department": employee.department.name if employee.department else None,
            "time_zone": employee.time_zone,
            "site": employee.site.name if employee.site else None,
            "contract": employee.contract.name if employee.contract else None,
            "employment": [
                {"hired_on": one.hired_on.isoformat(), "left_on": one.left_on.isoformat() if one.left_on else None}
                for one in employee.employment.all()
            ],
            "postings": [
                {
                    "from": one.valid_from.isoformat(),
                    "department": one.department.name if one.department else None,
                    "site": one.site.name if one.site else None,
                    "time_zone": one.time_zone,
                    "contract": one.contract.name if one.contract else None,
                }
                for one in employee.postings.select_related("department", "site", "contract")
            ],
        },
        "clock_events": [
            {
                "id": str(one.pk),
                "direction": one.direction,
                "at": one.local_at.isoformat(),
                "zone": one.zone,
                "received_at": one.received_at.isoformat(),
                "method": one.method,
                "kiosk": one.kiosk.name if one.kiosk else None,
                "replaces": str(one.replaces_id) if one.replaces_id else None,
                "author": str(one.author) if one.author else None,
                "reason": one.reason,
            }
            for one in events
        ],
        "absences": [
            {
                "type": one.kind.name,
                "from": one.first.isoformat(),
                "to": one.last.isoformat(),
                "half": one.half,
                "state": one.state,
                "reason": one.reason,
                "answer": one.answer,
            }
            for one in Absence.objects.filter(employee=employee).select_related("kind")
        ],
        "overtime_decisions": [
            {
                "day": one.day.isoformat(),
                "found": one.found,
                "approved": one.approved,
                "by": str(one.by),
                "at": one.at.isoformat(),
                "reason": one.reason,
            }
            for one in OvertimeDecision.objects.filter(employee=employee).select_related("by")
        ],
        "days_marked_as_seen": [
            {"day": one.day.isoformat(), "by": str(one.by), "at": one.at.isoformat(), "note": one.note}
            for one in SeenDay.objects.filter(employee=employee).select_related("by")
        ],
        "messages_about_missing_check_outs": [
            {
                "day": one.day.isoformat(),
                "created_at": one.created_at.isoformat(),
                "sent_at": one.sent_at.isoformat() if one.sent_at else None,
                "used_at": one.used_at.isoformat() if one.used_at else None,
            }
            for one in CorrectionLink.objects.filter(employee=employee)
        ],
        "correction_requests": [
            {
                "id": str(one.pk),
                "kind": one.kind,
                "at": one.at.isoformat() if one.at else None,
                "reason": one.reason,
                "state": one.state,
                "answer": one.answer,
            }
            for one in CorrectionRequest.objects.filter(employee=employee)
        ],
    }
