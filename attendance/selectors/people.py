"""What every report asks about people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.company import zone_name
from common.fields import finding
from employees.employment import belonging
from employees.models import Department, Employee, Posting, User


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


def narrow(
    employees: QuerySet[Employee],
    *,
    department: Department | None,
    search: str,
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[Employee]:
    """Only those who belonged to the department on one of those days (None: today), and whose name or number holds
    every word of the search."""
    if department is not None:
        today = timezone.localdate()
        employees = belonging(employees, first or last or today, last or first or today, department=department)
    return employees.filter(finding(search))


def departments_of(employees: QuerySet[Employee]) -> QuerySet[Department]:
    """The departments that those people belong to, or once belonged to."""
    keys = employees.order_by()
    once = Posting.objects.filter(employee__in=keys.values("pk")).values("department")
    return Department.objects.filter(Q(pk__in=keys.values("department")) | Q(pk__in=once))


def viewer_today(user: User | AnonymousUser) -> date:
    """Today where the viewer works; in the company's zone for somebody who is not an employee."""
    own = getattr(user, "employee", None)
    zone = own.zone if own is not None else ZoneInfo(zone_name())
    return timezone.now().astimezone(zone).date()
