"""What every report reads: the people, their punches and their shifts. One query each, however many people."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from attendance.models import ClockEvent, ShiftAssignment
from attendance.rules.expected import Expected, Hours, expected_on
from attendance.rules.worked import LONGEST, Punch
from employees.models import Department, Employee, User

_EAST = timedelta(hours=14)
_WEST = timedelta(hours=12)


class ShiftBook:
    """Who is expected when."""

    def __init__(self, employees: QuerySet[Employee], first: date, last: date) -> None:
        assignments = (
            ShiftAssignment.objects.filter(employee__in=_keys(employees), valid_from__lte=last)
            .filter(Q(valid_to=None) | Q(valid_to__gte=first))
            .select_related("shift")
            .order_by("valid_from", "pk")
        )
        self._by_person: dict[int, list[tuple[date, date | None, Hours]]] = defaultdict(list)
        for one in assignments:
            hours = Hours(
                one.shift.starts_at,
                one.shift.ends_at,
                frozenset(one.shift.weekdays),
                timedelta(minutes=one.shift.grace_minutes),
            )
            self._by_person[one.employee_id].append((one.valid_from, one.valid_to, hours))

    def expected(self, employee: Employee, day: date) -> Expected | None:
        """The person's shift on that day, in their own zone; of two assignments the later one counts."""
        if not employed_on(employee, day):
            return None
        for valid_from, valid_to, hours in reversed(self._by_person.get(employee.pk, [])):
            if valid_from <= day and (valid_to is None or day <= valid_to):
                return expected_on(hours, day, employee.zone)
        return None


def punches_of(employees: QuerySet[Employee], start: datetime, end: datetime) -> dict[int, list[Punch]]:
    """The punches that stand, by person, in order of time."""
    rows = (
        ClockEvent.objects.standing()
        .filter(employee__in=_keys(employees), at__gte=start, at__lt=end)
        .order_by("at", "received_at")
        .values_list("employee_id", "at", "zone", "direction", "pk")
    )
    punches: dict[int, list[Punch]] = defaultdict(list)
    for employee_id, at, zone, direction, key in rows:
        punches[employee_id].append(Punch(at, zone, direction, str(key)))
    return punches


def span(first: date, last: date) -> tuple[datetime, datetime]:
    """The instants that can matter to those days in any zone, with the other end of every interval."""
    start = datetime.combine(first, time(), tzinfo=UTC) - _EAST - LONGEST
    end = datetime.combine(last, time(), tzinfo=UTC) + timedelta(days=1) + _WEST + LONGEST
    return start, end


def employed_on(employee: Employee, day: date) -> bool:
    """Whether the person belonged to the company on that day."""
    return employee.hired_on <= day and (employee.left_on is None or day <= employee.left_on)


def employed_between(employees: QuerySet[Employee], first: date, last: date) -> QuerySet[Employee]:
    """Those who belonged to the company on one of those days, with their departments."""
    inside = Q(left_on=None) | Q(left_on__gte=first)
    return employees.filter(inside, hired_on__lte=last).select_related("department")


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


def _keys(employees: QuerySet[Employee]) -> QuerySet[Employee, int]:
    return employees.order_by().values_list("pk", flat=True)
