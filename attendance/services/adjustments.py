"""Adjustments: what a locked period should have been, paid or taken back in the next open one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from attendance.models import Adjustment, Period
from attendance.refusals import AttendanceRefused, NotAllowed
from attendance.selectors.late import Amounts, Recount, adjusted_by, remaining
from attendance.services.changes import days_check_open
from employees.access import is_hr
from employees.models import Employee, User

MOST_SECONDS = 366 * 24 * 3600
MOST_TIER = 1000


def adjustment_add(
    *, employee: Employee, about_day: date, seconds: int, reason: str, author: User, tier: int = 0
) -> Adjustment:
    """HR pays, or takes back, in the next open period what a day of a locked one should have been.

    With a ``tier`` it is overtime at so many per cent, without one time worked. Raises ``AttendanceRefused``.
    """
    (made,) = adjustments_add(employee=employee, days={about_day: {tier: seconds}}, reason=reason, author=author)
    return made


def adjustments_add(*, employee: Employee, days: Mapping[date, Amounts], reason: str, author: User) -> list[Adjustment]:
    """The same for several days and tiers, all of it or nothing. Raises ``AttendanceRefused``."""
    if not is_hr(author):
        raise NotAllowed("not_allowed", _("Only HR can do this."))
    if getattr(author, "employee", None) == employee:
        raise NotAllowed("own_time", _("Nobody adjusts their own time. Ask a colleague of HR."))
    wanted = [(day, tier, seconds) for day, amounts in sorted(days.items()) for tier, seconds in amounts.items()]
    if not wanted or not reason.strip():
        raise AttendanceRefused("nothing", _("Give the time and the reason."))
    for _day, tier, seconds in wanted:
        if not seconds or abs(seconds) > MOST_SECONDS or not 0 <= tier <= MOST_TIER:
            raise AttendanceRefused("nothing", _("Give the time and the reason."))
    with transaction.atomic():
        # The person first, then the periods: two who adjust at once do not both pay the same difference unseen.
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=employee.pk)
        return [_add(employee, day, tier, seconds, reason.strip()[:300], author) for day, tier, seconds in wanted]


def difference_adjust(*, employee: Employee, period: Period, seen: str, reason: str, author: User) -> list[Adjustment]:
    """HR adjusts all that a person's locked period would be otherwise, as it was ``seen`` (``seen_as``).

    Raises ``AttendanceRefused`` (``changed``) where it is another difference meanwhile.
    """
    with transaction.atomic():
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=employee.pk)
        days = difference_of(employee=employee, period=period)
        if not days or seen != seen_as(days):
            raise AttendanceRefused("changed", _("The difference has changed meanwhile. Reload the page."))
        return adjustments_add(employee=employee, days=days, reason=reason, author=author)


def difference_of(*, employee: Employee, period: Period) -> dict[date, Amounts]:
    """What is not adjusted yet of a person's locked period, counted now: seconds by day and tier."""
    found = next(Recount([employee.pk], period).differences(), None)
    days = found.days if found else {}
    written = {day.isoformat(): {str(tier): one for tier, one in amounts.items()} for day, amounts in days.items()}
    adjusted = adjusted_by([employee.pk], period.first).get(employee.pk, {})
    return remaining(written, adjusted, period)


def adjustment_propose(*, employee: Employee, day: date) -> Amounts:
    """The same for one day; nothing where it lies in no locked period."""
    period = Period.objects.filter(state=Period.State.LOCKED, first__lte=day, last__gte=day).first()
    return difference_of(employee=employee, period=period).get(day, {}) if period else {}


def seen_as(days: Mapping[date, Amounts]) -> str:
    """Names a difference, so that nobody adjusts another one than they saw."""
    return ";".join(
        f"{day:%Y%m%d}:" + ",".join(f"{tier}={seconds}" for tier, seconds in sorted(amounts.items()))
        for day, amounts in sorted(days.items())
    )


def _add(employee: Employee, about_day: date, tier: int, seconds: int, reason: str, author: User) -> Adjustment:
    closed = Period.objects.filter(state=Period.State.LOCKED, first__lte=about_day, last__gte=about_day)
    if not closed.exists():
        raise AttendanceRefused("not_locked", _("That day is not closed: correct its punches instead."))
    day = _next_open_day(about_day)
    days_check_open(days=[day])
    made = Adjustment(
        employee=employee,
        day=day,
        about_day=about_day,
        seconds=seconds,
        tier=tier,
        reason=reason,
        author=author,
    )
    made.save()
    return made


def _next_open_day(about_day: date) -> date:
    """The first day after it that lies in no locked period."""
    day = about_day + timedelta(days=1)
    for closed in Period.objects.filter(state=Period.State.LOCKED, last__gte=day).order_by("first"):
        if closed.first <= day <= closed.last:
            day = closed.last + timedelta(days=1)
    return day
