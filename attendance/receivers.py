"""A change of what days are counted by marks the days it changes, whoever makes it: a service, the admin, a script.

Only the marks are made here; nothing is counted and nothing is sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save, pre_save
from django.utils import timezone

from attendance.invalidation import REACH, invalidate
from attendance.models import Absence, ClockEvent, CompanyHoliday, Posting, Shift, ShiftAssignment, WorkPolicy
from employees.models import Department, Employee

Marker = Callable[[Any], None]
EVER = date(1900, 1, 1)


def _assignment(row: ShiftAssignment) -> None:
    invalidate([row.employee_id], row.valid_from - REACH, row.valid_to + REACH if row.valid_to else None)


def _shift(row: Shift) -> None:
    people: dict[tuple[date, date | None], list[int]] = defaultdict(list)
    for employee, first, last in row.assignments.values_list("employee_id", "valid_from", "valid_to"):
        people[first - REACH, last + REACH if last else None].append(employee)
    for (first, last), employees in people.items():
        invalidate(employees, first, last)


def _policy(row: WorkPolicy) -> None:
    invalidate(_people(row.department), row.valid_from - REACH)


def _posting(row: Posting) -> None:
    invalidate([row.employee_id], row.valid_from - REACH)


def _holiday(row: CompanyHoliday) -> None:
    invalidate(_people(row.department), row.day - REACH, row.day + REACH)


def _absence(row: Absence) -> None:
    invalidate([row.employee_id], row.first, row.last)


def _people(department: Department | None) -> list[int]:
    """Those who belong, or once belonged, to the department; everybody without one."""
    everybody = Employee.objects.order_by()
    if department is None:
        return list(everybody.values_list("pk", flat=True))
    once = Posting.objects.filter(department=department).values("employee")
    return list(everybody.filter(models.Q(department=department) | models.Q(pk__in=once)).values_list("pk", flat=True))


MARKERS: dict[type[models.Model], Marker] = {
    Absence: _absence,
    CompanyHoliday: _holiday,
    Posting: _posting,
    Shift: _shift,
    ShiftAssignment: _assignment,
    WorkPolicy: _policy,
}


def before(sender: type[models.Model], instance: models.Model, raw: bool = False, **_kwargs: Any) -> None:
    """What the row said until now no longer holds: mark its days."""
    if raw or instance.pk is None:
        return
    old = sender._default_manager.filter(pk=instance.pk).first()
    if old is not None:
        MARKERS[sender](old)


def after(sender: type[models.Model], instance: models.Model, raw: bool = False, **_kwargs: Any) -> None:
    """Mark the days of which the row speaks now."""
    if not raw:
        MARKERS[sender](instance)


def employee_changes(sender: type[Employee], instance: Employee, raw: bool = False, **_kwargs: Any) -> None:
    """Keep where the person belonged until today when department or zone change, and mark moved first and last days."""
    old = Employee.objects.filter(pk=instance.pk).first() if instance.pk and not raw else None
    if old is None:
        return
    if (old.department_id, old.time_zone) != (instance.department_id, instance.time_zone):
        _keep_posting(old, instance)
    for one, other in ((old.hired_on, instance.hired_on), (old.left_on, instance.left_on)):
        if one != other:
            invalidate([instance.pk], min(day for day in (one, other) if day is not None) - REACH)


def _keep_posting(old: Employee, new: Employee) -> None:
    """Who has punched keeps their past where it was; whoever has not was only entered wrongly."""
    if not ClockEvent.objects.filter(employee=old).exists():
        return
    if not Posting.objects.filter(employee=old).exists():
        kept = Posting(employee=old, valid_from=EVER, department=old.department, time_zone=old.time_zone)
        # Nothing changes by it, so nothing is marked.
        Posting.objects.bulk_create([kept])
    Posting.objects.update_or_create(
        employee=old,
        valid_from=timezone.now().astimezone(old.zone).date(),
        defaults={"department": new.department, "time_zone": new.time_zone},
    )


def connect() -> None:
    """Listen; called once when the app is ready."""
    for model in MARKERS:
        pre_save.connect(before, sender=model, dispatch_uid=f"attendance.invalidation.before.{model.__name__}")
        post_save.connect(after, sender=model, dispatch_uid=f"attendance.invalidation.after.{model.__name__}")
        post_delete.connect(after, sender=model, dispatch_uid=f"attendance.invalidation.gone.{model.__name__}")
    pre_save.connect(employee_changes, sender=Employee, dispatch_uid="attendance.invalidation.employee")
