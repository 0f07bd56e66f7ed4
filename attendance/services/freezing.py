"""Keeping a period as it is at its lock: everybody in it with their figures, reasons, names and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Max
from django.forms.models import model_to_dict

from attendance.models import Adjustment, LockedTimesheet, OvertimeDecision, Period, PeriodAct, WorkPolicy
from attendance.rules.codec import packed
from attendance.selectors.locked import locked_days, people_between
from attendance.selectors.people import in_batches
from attendance.selectors.timesheets import Timesheet, sheets
from attendance.signals import overtime_moved
from employees.models import Employee

BATCH = 100


def rows_of(period: Period) -> Iterator[LockedTimesheet]:
    """A row for each person of an open period, not stored yet: counted from the punches."""
    for people in in_batches(people_between(Employee.objects.all(), period.first, period.last), BATCH):
        for sheet in sheets(people=people, first=period.first, last=period.last):
            yield _row(sheet)


def decided_in(period: Period) -> tuple[Any, ...]:
    """What is said about a period's hours without a day being counted anew: where this is another than before, somebody
    has decided, adjusted or moved overtime meanwhile."""
    days = {"day__gte": period.first, "day__lte": period.last}
    rows = (OvertimeDecision.objects.filter(**days), Adjustment.objects.filter(**days))
    people = sorted(
        people_between(Employee.objects.all(), period.first, period.last).order_by().values_list("pk", flat=True)
    )
    told = tuple(one.order_by().aggregate(number=Count("pk"), newest=Max("pk")) for one in rows)
    return (*told, overtime_moved(people, period.first, period.last))


def facts_of(period: Period, people: int) -> dict[str, Any]:
    """What a lock says besides the timesheets: the policies in force, as HR had written them, and how many people."""
    policies = WorkPolicy.objects.filter(valid_from__lte=period.last).order_by("valid_from", "pk")
    encoder = DjangoJSONEncoder()
    return {
        "people": people,
        "approvals": any(one.approve_overtime for one in policies),
        "policies": [
            {name: encoder.default(value) if hasattr(value, "isoformat") else value for name, value in row.items()}
            for row in map(model_to_dict, policies)
        ],
    }


def missing_days(rows: Iterable[LockedTimesheet]) -> int:
    """Days of these people on which a punch is missing."""
    figures = (one.counted.figures for row in rows for one in locked_days([row], date.min, date.max).values())
    return sum(bool(one.missing_in or one.missing_out) for one in figures)


def overtime_pending(rows: Iterable[LockedTimesheet]) -> int:
    """Seconds of overtime that nobody has decided about."""
    days = (one for row in rows for one in locked_days([row], date.min, date.max).values())
    return sum(sum(one.split.pending.values()) for one in days if one.split is not None)


def rows_store(rows: list[LockedTimesheet], act: PeriodAct) -> None:
    """Store the rows under the act of the lock."""
    for row in rows:
        row.act = act
    LockedTimesheet.objects.bulk_create(rows, batch_size=BATCH)


def _row(sheet: Timesheet) -> LockedTimesheet:
    person, place = sheet.employee, sheet.place
    counted = {one.figures.day: one for one in sheet.result.days}
    days = [one for one in sheet.days if one.figures.day in counted]
    places = {one.figures.day: sheet.history.place(one.figures.day) for one in days}
    keys = sorted({one.department_id or 0 for one in places.values()})
    figures = tuple(
        (
            replace(counted[day], explanations=()),
            sheet.overtime.days.get(day),
            place_of.time_zone,
            place_of.department_id,
            place_of.department_name,
        )
        for day, place_of in places.items()
    )
    return LockedTimesheet(
        employee=person,
        number=person.number,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        time_zone=place.time_zone,
        department=place.department_name,
        department_key=place.department_id,
        department_keys="".join(f",{one}" for one in keys)[:398] + ",",
        figures=packed(figures),
        days=packed(tuple((one, counted[one.figures.day].explanations) for one in days)),
    )
