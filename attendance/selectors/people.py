"""What every report asks about people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from employees.models import Department, Employee, User


def employed_on(employee: Employee, day: date) -> bool:
    """Whether the person belonged to the company on that day."""
    return employee.hired_on <= day and (employee.left_on is None or day <= employee.left_on)


def employed_between(employees: QuerySet[Employee], first: date, last: date) -> QuerySet[Employee]:
    """Those who belonged to the company on one of those days, with their departments."""
    inside = Q(left_on=None) | Q(left_on__gte=first)
    return employees.filter(inside, hired_on__lte=last).select_related("department")


def in_batches(employees: QuerySet[Employee], size: int) -> Iterator[list[Employee]]:
    """These people in their order, ``size`` at a time, each batch by a query of its own.

    An open query over all of them would keep its view of the database: on SQLite whoever holds one can write nothing
    any more once another process has written.
    """
    few = list(employees[: size + 1])
    if len(few) <= size:
        if few:
            yield few
        return
    keys = list(employees.values_list("pk", flat=True))
    for begin in range(0, len(keys), size):
        found = employees.in_bulk(keys[begin : begin + size])
        yield [found[key] for key in keys[begin : begin + size] if key in found]


def narrow(employees: QuerySet[Employee], *, department: Department | None, search: str) -> QuerySet[Employee]:
    """Only one department's people, and only those whose name or number holds every word of the search."""
    if department is not None:
        employees = employees.filter(department=department)
    for word in search.split():
        employees = employees.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(number__iexact=word)
        )
    return employees


def departments_of(employees: QuerySet[Employee]) -> QuerySet[Department]:
    """The departments that those people belong to."""
    return Department.objects.filter(pk__in=employees.order_by().values("department"))


def viewer_today(user: User | AnonymousUser) -> date:
    """Today where the viewer works; in the company's zone for somebody who is not an employee."""
    own = getattr(user, "employee", None)
    zone = own.zone if own is not None else ZoneInfo(timezone.get_default_timezone_name())
    return timezone.now().astimezone(zone).date()
