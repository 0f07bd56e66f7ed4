"""Joiners and leavers as the company's directory tells of them: a person with an account, and the end of both."""

from __future__ import annotations

from typing import TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common import audit
from employees.access import may_act
from employees.models import Department, Employee, Site, User
from employees.refusals import EmployeeError
from employees.services.employment import employee_create, employee_rehire, employment_change, employment_end
from employees.services.people import access_end


class Said(TypedDict, total=False):
    """What the directory says of a person; what it leaves out stays as it is."""

    user_name: str
    number: str
    first_name: str
    last_name: str
    email: str
    department: str
    active: bool


def person_join(*, said: Said, departments: QuerySet[Department], site: Site | None = None) -> User:
    """A new employee from today on, with an account that has no password and the role of an employee.

    ``departments``: those into which the asker may put people; ``site``: where they work.

    Raises ``EmployeeError``: ``taken``, ``missing``, ``invalid``, ``department_unknown``.
    """
    for name in ("user_name", "number", "first_name"):
        if not said.get(name):
            raise EmployeeError("missing", _("Send this field."), field=name, status=400)
    with transaction.atomic():
        _free(said)
        user = User(
            username=said["user_name"],
            email=said.get("email", ""),
            first_name=said["first_name"],
            last_name=said.get("last_name", ""),
            role=User.Role.EMPLOYEE,
        )
        user.set_unusable_password()
        _store(user)
        department = _department(said, departments)
        try:
            employee_create(
                number=said["number"],
                first_name=said["first_name"],
                last_name=said.get("last_name", ""),
                email=said.get("email", ""),
                department=department,
                site=site,
                user=user,
            )
        except ValidationError as error:
            raise _invalid(error) from error
        audit.record("person.joined", object=f"user {user.pk}", subject=said["number"])
        if said.get("active") is False:
            person_leave(user=user)
    return User.objects.get(pk=user.pk)


def person_change(*, user: User, said: Said) -> User:
    """Other names, another address, and whether the person is there.

    The name and address of an account that opens more than an employee's are HR's to change: a directory that was
    taken over gives nobody HR's rights. Raises ``EmployeeError``: ``not_yours``, ``taken``, ``invalid``.
    """
    with transaction.atomic():
        row: User = User.objects.select_for_update().get(pk=user.pk)
        moved = (said.get("user_name", row.username), said.get("email", row.email)) != (row.username, row.email)
        if moved and (row.role != User.Role.EMPLOYEE or row.is_superuser or row.groups.exists()):
            text = _("This account opens more than an employee's. HR changes its name and address.")
            raise EmployeeError("not_yours", text, status=403)
        _free(said, but=row)
        row.username, row.email = said.get("user_name", row.username), said.get("email", row.email)
        row.first_name, row.last_name = said.get("first_name", row.first_name), said.get("last_name", row.last_name)
        _store(row)
        _rename(row, said)
        if said.get("active") is True and not may_act(row):
            person_return(user=row)
        elif said.get("active") is False and row.is_active:
            person_leave(user=row)
    return User.objects.get(pk=user.pk)


def person_leave(*, user: User) -> None:
    """Today is the last day, and login, PIN and badge stop at once. Raises ``EmployeeError`` (``not_yours``)."""
    if user.is_superuser:
        raise EmployeeError("not_yours", _("A superuser's account is ended by a superuser."), status=403)
    employee = Employee.objects.get(user=user)
    today = timezone.localdate(timezone=employee.zone)
    period = employee.employment.order_by("-hired_on").first()
    with transaction.atomic():
        if period is not None and period.hired_on <= today and (period.left_on is None or period.left_on > today):
            employment_end(employee=employee, left_on=today)
        access_end(employee=employee)
        audit.record("person.left", object=f"user {user.pk}", subject=employee.number)


def person_return(*, user: User) -> None:
    """The account opens again; whose employment is over is hired anew from today, or goes on where it ended today."""
    employee = Employee.objects.get(user=user)
    today = timezone.localdate(timezone=employee.zone)
    period = employee.employment.order_by("-hired_on").first()
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)
        if period is not None and period.left_on == today:
            employment_change(period=period, hired_on=period.hired_on, left_on=None)
        elif period is None or (period.left_on is not None and period.left_on < today):
            employee_rehire(employee=employee, hired_on=today)
        audit.record("person.returned", object=f"user {user.pk}", subject=employee.number)


def _free(said: Said, but: User | None = None) -> None:
    """User names are told apart by more than their case, and a number is one person's."""
    others = User.objects.exclude(pk=but.pk) if but is not None else User.objects.all()
    if (name := said.get("user_name")) and others.filter(username__iexact=name).exists():
        raise EmployeeError("taken", _("Somebody has this user name."), field="user_name")
    people = Employee.objects.exclude(user=but) if but is not None else Employee.objects.all()
    if (number := said.get("number")) and people.filter(number=number).exists():
        raise EmployeeError("taken", _("Somebody has this number."), field="number")


def _store(user: User) -> None:
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise _invalid(error) from error
    user.save()


def _rename(user: User, said: Said) -> None:
    """The person is called as the directory says, within what an employee's columns take.

    What it left out stays: an account that HR made may have no names of its own, and the person has them.
    """
    names = {name: str(said[name]) for name in ("first_name", "last_name", "email") if name in said}
    if not names:
        return
    others = {field.name for field in Employee._meta.fields} - set(names)
    try:
        Employee(**names).clean_fields(exclude=others)
    except ValidationError as error:
        raise _invalid(error) from error
    Employee.objects.filter(user=user).update(**names)


def _invalid(error: ValidationError) -> EmployeeError:
    name, said = next(iter(error.message_dict.items()))
    return EmployeeError("invalid", " ".join(said), field=name, status=400)


def _department(said: Said, departments: QuerySet[Department]) -> Department | None:
    name = said.get("department")
    if not name:
        return None
    found = departments.filter(name=name).first()
    if found is None:
        text = _("There is no department of this name here. HR makes it first.")
        raise EmployeeError("department_unknown", text, field="department", status=400)
    return found
