"""When people work here and where they belong: hired, rehired, moved, ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.company import zone_name
from employees import gallery_revision
from employees.employment import EVER
from employees.models import Contract, Department, Employee, EmploymentPeriod, Posting, Site, User
from employees.refusals import EmployeeError
from employees.services.accounts import leavers_log_out, roles_raise
from employees.services.people import pin_hash, pin_set
from employees.signals import employment_changing

RECENT = timedelta(days=400)
FOLLOWS = {
    "attendance.CurrentState",
    "attendance.DayResult",
    "attendance.DirtySpan",
    "attendance.PendingOvertime",
    "attendance.PlannedShift",
    "attendance.ShiftAssignment",
    "employees.EmploymentPeriod",
    "employees.Posting",
    "notifications.Delivery",
    "notifications.Notification",
    "webhooks.WebhookDelivery",
}
"""What may be deleted with a person: where they belong and what was counted from it, nothing that anybody did."""
Days = tuple[date, date | None]


def employee_create(
    *,
    number: str,
    first_name: str,
    last_name: str = "",
    email: str = "",
    department: Department | None = None,
    manager: Employee | None = None,
    site: Site | None = None,
    contract: Contract | None = None,
    user: User | None = None,
    time_zone: str | None = None,
    hired_on: date | None = None,
    left_on: date | None = None,
    pin: str = "",
) -> Employee:
    """Hire somebody. Raises ``ValidationError`` for a bad field and ``EmployeeError`` for a bad PIN."""
    employee = Employee(
        number=number,
        first_name=first_name,
        last_name=last_name,
        email=email,
        department=department,
        manager=manager,
        site=site,
        contract=contract,
        user=user,
        time_zone=time_zone or zone_name(),
    )
    employee.full_clean(exclude=["user"])
    hashed = pin_hash(pin) if pin else ""
    with transaction.atomic():
        employee.save()
        employee_rehire(employee=employee, hired_on=hired_on or timezone.localdate(), left_on=left_on)
        if pin:
            pin_set(employee=employee, pin=pin, hashed=hashed)
        if manager is not None:
            roles_raise([manager.pk])
    return employee


def employee_remove(*, employee: Employee) -> None:
    """Delete somebody who was entered by mistake. Raises ``EmployeeError`` where anything is known of them.

    Punches, consents, photos and decisions are evidence, and stay: of such a person the employment ends.
    """
    with transaction.atomic():
        row = _lock(employee)
        kept = []
        for relation in Employee._meta.related_objects:
            model: Any = relation.related_model
            if model._meta.label in FOLLOWS:
                continue
            if model._default_manager.filter(**{relation.field.name: row}).exists():
                name = model._meta.verbose_name_plural
                kept.append(_("employees whose manager they are") if model is Employee else str(name))
        if kept:
            message = _("%(name)s cannot be removed, because there are: %(kept)s. Enter the last day at work instead.")
            raise EmployeeError("kept", message % {"name": row.name, "kept": ", ".join(dict.fromkeys(kept))})
        row.delete()
        gallery_revision.advance()


def employee_rehire(*, employee: Employee, hired_on: date, left_on: date | None = None) -> EmploymentPeriod:
    """Hire the person, again or for the first time. Raises ``EmployeeError`` where they are employed on those days."""
    with transaction.atomic():
        _lock(employee)
        return _save(EmploymentPeriod(employee=employee, hired_on=hired_on, left_on=left_on))


def employment_end(*, employee: Employee, left_on: date) -> EmploymentPeriod:
    """The person's last day at work. Raises ``EmployeeError``, also where punches come after it."""
    with transaction.atomic():
        _lock(employee)
        period = EmploymentPeriod.objects.filter(employee=employee).order_by("-hired_on").first()
        if period is None or (period.left_on is not None and period.left_on < left_on):
            raise EmployeeError(
                "not_employed", _("This person is not employed on that day. Rehire them first."), field="left_on"
            )
        period.left_on = left_on
        return _save(period)


def employment_change(*, period: EmploymentPeriod, hired_on: date, left_on: date | None) -> EmploymentPeriod:
    """Other dates for a period that was entered wrongly. Raises ``EmployeeError``, also where punches are outside."""
    with transaction.atomic():
        _lock(period.employee)
        found = EmploymentPeriod.objects.select_related("employee").get(pk=period.pk)
        found.hired_on, found.left_on = hired_on, left_on
        return _save(found)


def employment_dates(
    *, employee: Employee, hired_on: date | None = None, left_on: date | None = None, clear_left: bool = False
) -> EmploymentPeriod | None:
    """What a form or a file with one pair of dates says of a person: of ``Employee.period``, or a new one after it.

    None leaves what is known; ``clear_left`` says that an empty last day means none. Raises ``EmployeeError``.
    """
    with transaction.atomic():
        period: EmploymentPeriod | None = _lock(employee).period
        if period is None or (hired_on and period.left_on and period.left_on < hired_on):
            return employee_rehire(employee=employee, hired_on=hired_on or timezone.localdate(), left_on=left_on)
        wanted = (hired_on or period.hired_on, left_on if left_on or clear_left else period.left_on)
        if wanted == (period.hired_on, period.left_on):
            return None
        period.hired_on, period.left_on = wanted
        return _save(period)


def employment_remove(*, period: EmploymentPeriod) -> None:
    """Take away a period that never was. Raises ``EmployeeError`` where punches lie in it, or it is the only one."""
    with transaction.atomic():
        _lock(period.employee)
        others = EmploymentPeriod.objects.filter(employee=period.employee_id).exclude(pk=period.pk)
        if not others.exists():
            raise EmployeeError("only_period", _("This is the only employment period. Change its dates instead."))
        _tell(period.employee, [(one.hired_on, one.left_on) for one in others])
        EmploymentPeriod.objects.filter(pk=period.pk).delete()
        gallery_revision.advance([period.employee_id])


def employee_move(*, employee: Employee, valid_from: date, **changes: Any) -> Posting:
    """From that day on the person belongs elsewhere: department, site, manager, time zone or contract.

    What is not named stays as it was on that day; a later move stays as it is. Raises ``EmployeeError``.
    """
    unknown = changes.keys() - set(Posting.PLACED)
    if unknown:
        raise TypeError(", ".join(sorted(unknown)))
    with transaction.atomic():
        row = _lock(employee)
        if not Posting.objects.filter(employee=row).exists():
            Posting.objects.create(
                employee=row, valid_from=EVER, **{name: getattr(row, name) for name in Posting.PLACED}
            )
        before = Posting.objects.filter(employee=row, valid_from__lte=valid_from).order_by("-valid_from").first()
        if before is None:
            raise EmployeeError("too_old", _("This date is too long ago."), field="valid_from")
        place = {name: getattr(before, name) for name in Posting.PLACED} | changes
        moved = Posting.objects.filter(employee=row, valid_from=valid_from).first()
        moved = moved or Posting(employee=row, valid_from=valid_from)
        for name, value in place.items():
            setattr(moved, name, value)
        try:
            moved.full_clean()
        except ValidationError as error:
            raise _refused(error) from error
        moved.save()
        _apply(row)
    for name in Posting.PLACED:
        setattr(employee, name, getattr(row, name))
    return moved


def posting_remove(*, posting: Posting) -> None:
    """The move never was: what held before goes on. Raises ``EmployeeError`` for the first one, which no move made."""
    with transaction.atomic():
        row = _lock(posting.employee)
        if posting.valid_from == EVER:
            raise EmployeeError("first_posting", _("Something has to hold from the beginning. Change it instead."))
        posting.delete()
        _apply(row)


def postings_apply() -> int:
    """Bring up to date the rows of people whose move was entered for a day that has come; how many. May run twice."""
    today = timezone.now().date()
    near = Posting.objects.filter(valid_from__gt=today - RECENT, valid_from__lte=today + timedelta(days=1))
    keys = sorted(set(near.values_list("employee_id", flat=True)))
    changed = 0
    for key in keys:
        with transaction.atomic():
            changed += _apply(_lock(Employee(pk=key)))
    return changed


def _lock(employee: Employee) -> Employee:
    """The person's row as it is stored: one change at a time."""
    return Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)


def _save(period: EmploymentPeriod) -> EmploymentPeriod:
    try:
        period.full_clean()
    except ValidationError as error:
        raise _refused(error) from error
    others = EmploymentPeriod.objects.filter(employee=period.employee_id).exclude(pk=period.pk)
    after = [*((one.hired_on, one.left_on) for one in others), (period.hired_on, period.left_on)]
    _tell(period.employee, sorted(after, key=lambda days: days[0]))
    period.save()
    gallery_revision.advance([period.employee_id])
    if period.left_on is not None:
        leavers_log_out(Employee.objects.filter(pk=period.employee_id))
    return period


def _tell(employee: Employee, after: Iterable[Days]) -> None:
    rows = EmploymentPeriod.objects.filter(employee=employee).order_by("hired_on")
    before = list(rows.values_list("hired_on", "left_on"))
    employment_changing.send(EmploymentPeriod, employee=employee, before=before, after=list(after))


def _apply(row: Employee) -> bool:
    """Write into the person's row what holds today; whether anything changed."""
    today = timezone.localdate(timezone=row.zone)
    place = Posting.objects.filter(employee=row, valid_from__lte=today).order_by("-valid_from").first()
    if place is None:
        return False
    now = {name: getattr(place, name) for name in Posting.PLACED}
    changed = {name: value for name, value in now.items() if getattr(row, name) != value}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(row, name, value)
    # Round the signals: it is the posting that says from when.
    Employee.objects.filter(pk=row.pk).update(**changed)
    if changed.get("manager"):
        roles_raise([changed["manager"].pk])
    return True


def _refused(error: ValidationError) -> EmployeeError:
    fields = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    field, said = next(iter(fields.items()))
    return EmployeeError("invalid", " ".join(said), field="" if field == "__all__" else field)
