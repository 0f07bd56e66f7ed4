"""Reads of open shifts, requests and swaps: for whoever plans, and for the person."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, F, Q, QuerySet

from approvals.selectors import turns
from attendance.models import RequestState
from employees.access import is_hr
from employees.employment import employed_between
from employees.models import Employee, User
from planning.access import DAY, planned_by, planned_departments
from planning.models import OpenShift, ShiftRequest, Swap
from planning.selectors import PlanView

AHEAD = 28
"""Days that a person sees of their plan."""


def offered_to_plan(user: User) -> QuerySet[OpenShift]:
    """The open shifts that this user offers: of the departments they manage; HR all."""
    if is_hr(user):
        return OpenShift.objects.all()
    return OpenShift.objects.filter(department__in=planned_departments(user).order_by().values("pk"))


def open_shifts_between(user: User, first: date, last: date) -> QuerySet[OpenShift]:
    """Those of some days, each with how many people ask for it and have been given it."""
    found = offered_to_plan(user).filter(day__gte=first, day__lte=last)
    return with_counts(found).select_related("shift", "department")


def with_counts(found: QuerySet[OpenShift]) -> QuerySet[OpenShift]:
    """Each with ``asked`` and ``given``."""
    return found.annotate(
        asked=Count("requests", filter=Q(requests__state=RequestState.REQUESTED)),
        given=Count("requests", filter=Q(requests__state=RequestState.APPROVED)),
    )


def requests_waiting(user: User) -> QuerySet[ShiftRequest]:
    """The requests for open shifts that this user decides."""
    mine = planned_by(user).order_by().values("pk")
    rows = ShiftRequest.objects.filter(turns(user).waiting(mine, "shift"), state=RequestState.REQUESTED)
    return rows.select_related("employee__department", "open_shift__shift").order_by("open_shift__day", "pk")


def swaps_waiting(user: User) -> QuerySet[Swap]:
    """The swaps that this user decides: accepted, and of two people whom they plan."""
    mine = planned_by(user).order_by().values("pk")
    both, turn = Q(employee__in=mine, colleague__in=mine), turns(user)
    gone, given = turn.keys(turn.others, "swap"), turn.keys(turn.mine, "swap")
    rows = Swap.objects.filter((both & ~Q(pk__in=gone)) | Q(pk__in=given), state=Swap.State.ACCEPTED)
    return rows.select_related("employee", "colleague", "shift", "colleague_shift").order_by("day", "pk")


def offered_to(employee: Employee, today: date) -> QuerySet[OpenShift]:
    """The open shifts that a person may ask for: published, of their department or of all, with a place left."""
    found = OpenShift.objects.filter(state=OpenShift.State.PUBLISHED, day__gte=today, day__lt=today + AHEAD * DAY)
    found = found.filter(Q(department=None) | Q(department=employee.department_id))
    mine = ShiftRequest.objects.filter(
        employee=employee, state__in=[RequestState.REQUESTED, RequestState.APPROVED]
    ).values("open_shift")
    found = with_counts(found.exclude(pk__in=mine).select_related("shift", "department"))
    return found.filter(wanted__gt=F("given"))


def own_requests(employee: Employee) -> QuerySet[ShiftRequest]:
    """What the person asked for, the latest first."""
    rows = ShiftRequest.objects.filter(employee=employee).select_related("open_shift__shift")
    return rows.order_by("-requested_at")[:20]


def own_swaps(employee: Employee) -> QuerySet[Swap]:
    """What the person asked for, and what they are asked."""
    rows = Swap.objects.filter(Q(employee=employee) | Q(colleague=employee))
    return rows.select_related("employee", "colleague", "shift", "colleague_shift")[:20]


def colleagues_shifts(employee: Employee, today: date) -> list[tuple[Employee, date, int, str]]:
    """The shifts of the department's other people in the days to come, as they count: whose, when, key, name.

    Days on which somebody is away are left out, and nothing else of a colleague is told.
    """
    if employee.department_id is None:
        return []
    last = today + (AHEAD - 1) * DAY
    people = Employee.objects.filter(department=employee.department_id).exclude(pk=employee.pk)
    view = PlanView(employed_between(people, today, last), today, last)
    found = []
    for number in range(AHEAD):
        day = today + number * DAY
        for person in view.people:
            plan = view.book.plan(person, day)
            if plan.absences:
                continue
            found += [(person, day, key, str(view.shifts[key])) for key in view.keys_of(plan.shifts)]
    return found
