"""A change of what days are counted by marks the days it changes, whoever makes it: a service, the admin, a script.

Only the marks are made here; nothing is counted and nothing is sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.db.models.signals import post_delete, post_save, pre_save
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.employment_guard import employment_changes, people_merge_check
from attendance.hours import hours_and_minutes
from attendance.invalidation import REACH, invalidate
from attendance.models import Absence, ClockEvent, CompanyHoliday, PlannedShift, Shift, ShiftAssignment, WorkPolicy
from attendance.selectors.moved import Moved
from attendance.services.late import Preview, change_preview
from attendance.wording import changed_text
from employees.employment import EVER, belonging
from employees.models import Employee, Posting, Site
from employees.services import employee_move
from employees.signals import Said, change_asked, employment_changing, people_merging

Marker = Callable[[Any], None]
SAME_DAYS = "_same_days"
NAMED = 10
"""So many people of a locked period are named before a change; the others are counted."""


def _assignment(row: ShiftAssignment) -> None:
    invalidate([row.employee_id], row.valid_from - REACH, row.valid_to + REACH if row.valid_to else None)


def _shift(row: Shift) -> None:
    people: dict[tuple[date, date | None], list[int]] = defaultdict(list)
    for employee, first, last in row.assignments.values_list("employee_id", "valid_from", "valid_to"):
        people[first - REACH, last + REACH if last else None].append(employee)
    planned = PlannedShift.objects.published().filter(shift=row)
    for employee, day in planned.values_list("employee_id", "day"):
        people[day - REACH, day + REACH].append(employee)
    for (first, last), employees in people.items():
        invalidate(employees, first, last)


def _policy(row: WorkPolicy) -> None:
    if row.employee_id is not None:
        people = [row.employee_id]
    elif row.contract is not None:
        people = _people(contract=row.contract)
    else:
        people = _people(**({"department": row.department} if row.department else {}))
    invalidate(people, row.valid_from - REACH)


def _posting(row: Posting) -> None:
    invalidate([row.employee_id], row.valid_from - REACH)


def _holiday(row: CompanyHoliday) -> None:
    place = {name: value for name, value in (("department", row.department), ("site", row.site)) if value is not None}
    invalidate(_people(**place), row.day - REACH, row.day + REACH)


def _site(row: Site) -> None:
    invalidate(_people(site=row), EVER)


def _absence(row: Absence) -> None:
    invalidate([row.employee_id], row.first, row.last)


def _people(**place: Any) -> list[int]:
    """Those who belong, or once belonged, there; everybody without a place."""
    everybody: QuerySet[Employee] = Employee.objects.order_by()
    if place:
        everybody = belonging(everybody, EVER, date.max, **place)
    return list(everybody.values_list("pk", flat=True))


MARKERS: dict[type[models.Model], Marker] = {
    Absence: _absence,
    CompanyHoliday: _holiday,
    Posting: _posting,
    Shift: _shift,
    ShiftAssignment: _assignment,
    Site: _site,
    WorkPolicy: _policy,
}


def before(sender: type[models.Model], instance: models.Model, raw: bool = False, **_kwargs: Any) -> None:
    """What the row said until now no longer holds: mark its days, unless it says the same by another name."""
    if raw or instance.pk is None:
        return
    old = sender._default_manager.filter(pk=instance.pk).first()
    if old is None:
        return
    instance.__dict__[SAME_DAYS] = _changed(old, instance) <= {"name"}
    if not instance.__dict__[SAME_DAYS]:
        MARKERS[sender](old)


def after(sender: type[models.Model], instance: models.Model, raw: bool = False, **_kwargs: Any) -> None:
    """Mark the days of which the row speaks now."""
    if not raw and not instance.__dict__.pop(SAME_DAYS, False):
        MARKERS[sender](instance)


def employee_changes(sender: type[Employee], instance: Employee, raw: bool = False, **_kwargs: Any) -> None:
    """Keep where the person belonged until today when a form or a file changes it.

    Who has punched keeps their past where it was; whoever has not was only entered wrongly.
    """
    old = Employee.objects.filter(pk=instance.pk).first() if instance.pk and not raw else None
    if old is None:
        return
    changes = {
        name: getattr(instance, name)
        for name in Posting.PLACED
        if _key(getattr(old, name)) != _key(getattr(instance, name))
    }
    if changes and (Posting.objects.filter(employee=old).exists() or ClockEvent.objects.filter(employee=old).exists()):
        employee_move(employee=old, valid_from=timezone.localdate(timezone=old.zone), **changes)


def _changed(old: models.Model, new: models.Model) -> set[str]:
    """The fields in which the row differs from the stored one, as the database would give them back."""
    fields = old._meta.concrete_fields
    return {one.name for one in fields if one.to_python(getattr(new, one.attname)) != getattr(old, one.attname)}


def _key(value: object) -> object:
    return value.pk if isinstance(value, models.Model) else value


def what_changes(change: Callable[[], Any], **_kwargs: Any) -> Said:
    """What a change would have done to locked periods, and does to open days; it is tried and taken back."""
    preview = change_preview(change)
    return Said(locked=_locked_words(preview), moved=_moved_words(preview.moved))


def _moved_words(moved: Moved) -> list[str]:
    """``32 people, 410 days, +12:30 h``."""
    if not moved.people:
        return []
    people = ngettext("%(count)d person", "%(count)d people", moved.people) % {"count": moved.people}
    days = ngettext("%(count)d day", "%(count)d days", moved.days) % {"count": moved.days}
    if not moved.counted:
        said = _("%(people)s, %(days)s: too many to count before. They are counted in the background.")
        return [said % {"people": people, "days": days}]
    hours = {tier: ("+" if seconds > 0 else "") + _hours(seconds) for tier, seconds in moved.amounts.items()}
    words = [people, days, _("%(hours)s h") % {"hours": hours.pop(0, "0:00")}]
    words += [_("%(hours)s h at %(tier)s %%") % {"hours": found, "tier": tier} for tier, found in hours.items()]
    return [", ".join(words)]


def _hours(seconds: int) -> str:
    return hours_and_minutes(timedelta(seconds=seconds))


def _locked_words(preview: Preview) -> list[str]:
    said: list[str] = []
    for period, found in groupby(preview.found, key=lambda one: one[0]):
        people = [one for _period, one in found]
        dates = {name: date_format(getattr(period, name), "SHORT_DATE_FORMAT") for name in ("first", "last")}
        said += [
            _("%(first)s – %(last)s, %(name)s: %(changed)s")
            % (dates | {"name": one.employee.name, "changed": changed_text(one.figures)})
            for one in people[:NAMED]
        ]
        if len(people) > NAMED:
            said.append(_("%(first)s – %(last)s: %(count)d more people") % (dates | {"count": len(people) - NAMED}))
    if preview.more:
        said.append(_("Timesheets of closed periods that were not counted here: %(count)d") % {"count": preview.more})
    return said


def connect() -> None:
    """Listen; called once when the app is ready."""
    for model in MARKERS:
        pre_save.connect(before, sender=model, dispatch_uid=f"attendance.invalidation.before.{model.__name__}")
        post_save.connect(after, sender=model, dispatch_uid=f"attendance.invalidation.after.{model.__name__}")
        post_delete.connect(after, sender=model, dispatch_uid=f"attendance.invalidation.gone.{model.__name__}")
    change_asked.connect(what_changes, dispatch_uid="attendance.what_changes")
    employment_changing.connect(employment_changes, dispatch_uid="attendance.employment")
    people_merging.connect(people_merge_check, dispatch_uid="attendance.people_merging")
    pre_save.connect(employee_changes, sender=Employee, dispatch_uid="attendance.invalidation.employee")
