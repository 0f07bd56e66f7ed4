"""A period of two people that is locked, all that is read of it, and the kinds of change that come later."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from attendance.models import (
    Absence,
    AbsenceType,
    ClockEvent,
    CompanyHoliday,
    OvertimeDecision,
    Period,
    Shift,
    ShiftAssignment,
    WorkPolicy,
)
from attendance.selectors.timesheets import timesheet
from attendance.services.clock import clock
from attendance.services.periods import period_create, period_lock
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Department, Employee, Posting, User
from employees.services import employee_create
from employees.tests.employment_kit import employ
from reporting.files.build import Spec, lines, sheet
from reporting.files.pdf import timesheet_pdf
from reporting.services.payroll import payroll_layout_from_preset

Assigned = Callable[[Employee], Employee]
DAY = timedelta(days=1)


class World:
    """Two people of two departments, four weeks of nine hours a day, a week of overtime, and what reads them."""

    def __init__(self, ana: Employee, ben: Employee, hr: User, first: date, client: Client, api: APIClient) -> None:
        self.ana, self.ben, self.hr, self.first, self.last = ana, ben, hr, first, first + 27 * DAY
        self.client, self.api = client, api
        self.layout = payroll_layout_from_preset(preset="codes")

    @property
    def working(self) -> list[date]:
        days = [self.first + number * DAY for number in range(28)]
        return [day for day in days if day.weekday() < 5]

    def outputs(self) -> dict[str, Any]:
        """Everything that a reader of the period gets, as bytes."""
        found: dict[str, Any] = {}
        for report in ("period", "days"):
            for form in ("csv", "xlsx"):
                found[f"{report}.{form}"] = self.file(report, form)
            for department in Department.objects.order_by("pk"):
                found[f"{report}.{department.pk}"] = self.file(report, "csv", department=department.pk)
        found["payroll"] = self.file("payroll", "csv", layout=self.layout.pk)
        for person in (self.ana, self.ben):
            now = Employee.objects.get(pk=person.pk)
            kept = timesheet(employee=now, first=self.first, last=self.last)
            found[f"sheet.{person.pk}"] = (kept.employee.name, kept.result, kept.days, kept.overtime)
            found[f"pdf.{person.pk}"] = timesheet_pdf(kept, printed_at=datetime(2026, 1, 1, tzinfo=UTC))
        for what in ("days", "timesheets"):
            found[what] = self.api.get(
                f"/api/v1/attendance/{what}", {"from": f"{self.first}", "to": f"{self.last}"}
            ).content
        key = Period.objects.get(first=self.first).pk
        page = self.client.get(reverse("attendance_period", args=[key])).content.decode()
        found["page"] = re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL)
        day = self.client.get(reverse("attendance_day"), {"date": f"{self.working[3]}"}).content.decode()
        found["day"] = re.findall(r"<tbody>.*?</tbody>", day, re.DOTALL)
        return found

    def file(self, report: str, form: str, **asked: Any) -> bytes:
        spec = Spec(report=report, form=form, first=self.first, last=self.last, **asked)
        return b"".join(lines(spec, self.hr)) if form == "csv" else sheet(spec, self.hr).read()


@pytest.fixture
def world(
    ana: Employee,
    ben: Employee,
    hr: User,
    other_department: Department,
    on_early_shift: Assigned,
    punched: Punched,
    hr_client: Client,
    api_client_factory: Callable[..., APIClient],
) -> World:
    last = timezone.now().date() - 7 * DAY
    first = last - (27 + last.weekday()) * DAY
    employ(Employee.objects.exclude(pk__in=[ana.pk, ben.pk]), hired_on=timezone.now().date())
    Employee.objects.filter(pk=ben.pk).update(department=other_department)
    found = World(ana, Employee.objects.get(pk=ben.pk), hr, first, hr_client, api_client_factory("attendance:read"))
    for person in (found.ana, found.ben):
        on_early_shift(person)
        for day in found.working[:-1]:
            punched(person, "in", datetime.combine(day, time(9), MADRID))
            punched(person, "out", datetime.combine(day, time(18), MADRID))
    # Each change has all days counted anew: of years it would take minutes.
    employ(Employee.objects.filter(pk__in=[ana.pk, ben.pk]), hired_on=first - 60 * DAY)
    WorkPolicy.objects.create(
        name="Forty hours",
        valid_from=date(2020, 1, 1),
        overtime=[{"scope": "week", "after": 2400, "tier": 150}],
        approve_overtime=True,
    )
    return found


def locked(world: World) -> World:
    period_lock(period=period_create(first=world.first, last=world.last, by=world.hr), by=world.hr, reason="Payday")
    return world


def policy_edited(world: World) -> None:
    row = WorkPolicy.objects.get()
    row.overtime = [{"scope": "week", "after": 2100, "tier": 200}]
    row.approve_overtime = False
    row.save()


def policy_added(world: World) -> None:
    WorkPolicy.objects.create(
        name="New", valid_from=world.first - 30 * DAY, overtime=[{"scope": "day", "after": 60, "tier": 300}]
    )


def policy_of_the_department(world: World) -> None:
    WorkPolicy.objects.create(
        name="New", department=world.ana.department, valid_from=world.first, round_out_minutes=60, round_out="up"
    )


def policy_deleted(world: World) -> None:
    WorkPolicy.objects.all().delete()


def shift_edited(world: World) -> None:
    row = Shift.objects.get()
    row.starts_at, row.grace_minutes, row.name = time(7), 0, "Other"
    row.save()


def shift_deleted(world: World) -> None:
    ShiftAssignment.objects.all().delete()
    Shift.objects.all().delete()


def assignment_ended(world: World) -> None:
    for row in ShiftAssignment.objects.all():
        row.valid_to = world.first
        row.save()


def assignment_added(world: World) -> None:
    late = Shift.objects.create(name="Late", starts_at=time(14), ends_at=time(22), weekdays=[0, 1, 2, 3, 4, 5, 6])
    ShiftAssignment.objects.create(employee=world.ana, shift=late, valid_from=world.first)


def holiday_added(world: World) -> None:
    CompanyHoliday.objects.create(day=world.working[2], name="Founder's day")


def leave_approved(world: World) -> None:
    kind = AbsenceType.objects.create(code="late", name="Late")
    Absence.objects.create(
        employee=world.ana, kind=kind, first=world.working[-1], last=world.working[-1], state="approved"
    )


def late_punch(world: World) -> None:
    for direction, hour in (("in", 9), ("out", 12)):
        clock(
            employee=world.ana,
            direction=direction,
            at=datetime.combine(world.working[-1], time(hour), MADRID),
            zone="Europe/Madrid",
            method="pin",
            idempotency_key=f"late-{direction}",
        )


def correction(world: World) -> None:
    event = ClockEvent.objects.filter(employee=world.ana, direction="out").order_by("at")[3]
    ClockEvent.objects.create(
        employee=world.ana,
        direction="out",
        at=event.at + timedelta(hours=2),
        zone=event.zone,
        method="manual",
        replaces=event,
        author=world.hr,
        reason="x",
        idempotency_key="correction",
    )


def overtime_approved(world: World) -> None:
    day = next(day for day, one in sheet_of(world).overtime.days.items() if one.waits)
    found = {str(tier): seconds for tier, seconds in sheet_of(world).overtime.days[day].found.items()}
    OvertimeDecision(employee=world.ana, day=day, found=found, approved=found, by=world.hr).save()


def left_before(world: World) -> None:
    employ(world.ana, left_on=world.first - DAY)


def hired_later(world: World) -> None:
    employ(world.ana, hired_on=world.last)


def hired_late(world: World) -> None:
    new = employee_create(number="LATE", first_name="Late", last_name="Aaa", department=world.ana.department)
    employ(new, hired_on=world.first)
    ShiftAssignment.objects.create(employee=new, shift=Shift.objects.get(name="Early"), valid_from=world.first)


def moved(world: World) -> None:
    save(world.ana, department=world.ben.department)


def moved_back_then(world: World) -> None:
    Posting.objects.create(
        employee=world.ana, valid_from=world.first - DAY, department=world.ben.department, time_zone="Asia/Tokyo"
    )


def department_renamed(world: World) -> None:
    Department.objects.filter(employees=world.ana).update(name="Zzz")


def renamed(world: World) -> None:
    save(world.ana, first_name="Zoe", last_name="Zzz", number="Z1", email="z@example.com")


def zone_changed(world: World) -> None:
    save(world.ana, time_zone="America/Mexico_City")


def blank_import(world: World) -> None:
    save(world.ana, email="", department=None, last_name="")


def calendar_of_a_country(world: World) -> None:
    row = WorkPolicy.objects.get()
    row.holiday_country = "ES"
    row.overtime.append({"scope": "weekend", "after": 0, "tier": 175})
    row.weekend = [0, 6]
    row.save()


def everything(world: World) -> None:
    for change in CHANGES[:-1]:
        if change not in (policy_deleted, shift_deleted, calendar_of_a_country, hired_late, left_before):
            change(world)


TOUCH_NOTHING = (
    overtime_approved,
    moved,
    zone_changed,
    department_renamed,
    renamed,
    blank_import,
    policy_of_the_department,
    left_before,
    hired_later,
)
"""Who is moved today stays where they were, and was in no department when the period was; a name is no figure. What the
guard of employments would refuse is done past it here, and leaves no mark."""


def save(person: Employee, **values: Any) -> None:
    row = Employee.objects.get(pk=person.pk)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def sheet_of(world: World) -> Any:
    return timesheet(employee=world.ana, first=world.first, last=world.last)


CHANGES: list[Callable[[World], None]] = [
    policy_edited,
    policy_added,
    policy_of_the_department,
    policy_deleted,
    shift_edited,
    shift_deleted,
    assignment_ended,
    assignment_added,
    holiday_added,
    leave_approved,
    late_punch,
    correction,
    overtime_approved,
    hired_late,
    moved_back_then,
    moved,
    department_renamed,
    renamed,
    zone_changed,
    blank_import,
    left_before,
    hired_later,
    calendar_of_a_country,
    everything,
]
