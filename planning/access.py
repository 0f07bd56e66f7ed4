"""Who may plan whom, and what is refused to whoever may not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.refusals import Refusal
from employees.access import decided_employees, led_departments
from employees.models import Department, Employee, User

FIRST_DAY, LAST_DAY = date(2000, 1, 3), date(2099, 12, 27)
"""The first and the last day of a plan: a Monday and a Sunday."""
DAY = timedelta(days=1)


class PlanRefused(Refusal):
    """A change of the plan that is not made."""


class NotPlanned(PlanRefused):
    """Somebody else may do this, and not the person who asked."""

    status = 403


def planned_by(user: User) -> QuerySet[Employee]:
    """Whom this user plans: the people whom they manage, all for HR; nobody plans themselves."""
    found: QuerySet[Employee] = decided_employees(user)
    return found


def check_plans(by: User, people: Iterable[int]) -> None:
    """Raise ``NotPlanned`` where one of these people is not the user's to plan."""
    wanted = set(people)
    if planned_by(by).filter(pk__in=wanted).order_by().values("pk").distinct().count() != len(wanted):
        raise NotPlanned("not_allowed", _("Only the manager or HR plans shifts, and nobody their own."))


def planned_departments(user: User) -> QuerySet[Department]:
    """The departments for which this user offers shifts: all for HR, else those that the user manages."""
    return led_departments(user)


def days_between(first: date, last: date) -> list[date]:
    """The days from the first to the last, both included."""
    return [first + number * DAY for number in range((last - first).days + 1)]
