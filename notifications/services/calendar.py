"""What no single act tells, but the clock: missing punches, who is late, overtime that waits, periods that are over.

Each look finds all of it again and tells what was not told before; what is no longer so is unread no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from attendance.invalidation import REACH
from attendance.models import Period
from attendance.rules.expected import State
from attendance.selectors.exceptions import exceptional_days
from attendance.selectors.presence import PersonNow, presence_now
from attendance.selectors.waiting import overtime_waiting
from common.company import in_company_zone
from employees.access import acting_users
from employees.models import Employee, User
from notifications.audience import Deciders, in_roles
from notifications.kinds import wanted
from notifications.models import Kind, Notification, NotificationChoices
from notifications.services.telling import settle, tell

MISSING_DAYS = 3
OVERTIME_DAYS = 31
MOST_WEEKS = 500
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """One event, and who is told."""

    key: str
    users: list[User]
    data: dict[str, Any]
    path: str
    about: Employee | None = None


def look(*, now: datetime | None = None) -> int:
    """Tell what there is to tell now; how many notifications that made. Safe to run twice and in two workers."""
    moment = now or timezone.now()
    with in_company_zone():
        deciders = Deciders()
        return sum(
            (
                _missing_punches(moment, deciders),
                _late_people(moment, deciders),
                _overtime(moment, deciders),
                _periods(moment),
            )
        )


def _missing_punches(now: datetime, deciders: Deciders) -> int:
    """To the person, as long as the day can be put right by a request; to the managers and HR, who can do it too."""
    first, last = now.date() - MISSING_DAYS * DAY, now.date()
    people = Employee.objects.active()
    hr = _wishing(in_roles(User.Role.HR), Kind.GAP)
    if not (deciders.anybody or hr):
        people = people.filter(user__in=acting_users())
    days = exceptional_days(employees=people, first=first, last=last, now=now)
    days = [one for one in days if one.figures.missing_in or one.figures.missing_out]
    mine = acting_users().select_related("employee").in_bulk({one.employee.user_id for one in days} - {None})
    own, others = [], []
    for one in days:
        figures, person = one.figures, one.employee
        day = figures.day.isoformat()
        data = {"day": day, "missing": "out" if figures.missing_out else "in"}
        if (user := mine.get(person.user_id)) is not None:
            path = f"{reverse('correction_new', args=[person.number])}?day={day}"
            own.append(Found(f"missing:{person.pk}:{day}", [user], data, path, person))
        users = deciders.near(person) + [reader for reader in hr if reader.pk != person.user_id]
        data, path = {**data, "name": person.name}, reverse("attendance_exceptions")
        others.append(Found(f"gap:{person.pk}:{day}", users, data, path, person))
    _done(Kind.MISSING, "missing:", own, since=first)
    _done(Kind.GAP, "gap:", others, since=first)
    return _tell(Kind.MISSING, own) + _tell(Kind.GAP, others)


def _wishing(users: list[User], kind: str) -> list[User]:
    """Those of them who chose to be told of it, where their role is not told by itself."""
    chosen = dict(NotificationChoices.objects.filter(user__in=users).values_list("user", "channels"))
    return [one for one in users if wanted(one, kind, chosen.get(one.pk))]


def _late_people(now: datetime, deciders: Deciders) -> int:
    """To the managers, when the grace is over; also of whoever came meanwhile."""
    if not deciders.anybody:
        return 0
    found = []
    for one in presence_now(employees=Employee.objects.active(), now=now).people:
        if one.starts is None or not (one.late or one.state == State.ABSENT):
            continue
        found.append(_late(one, one.starts, deciders))
    return _tell(Kind.LATE, found)


def _late(one: PersonNow, starts: datetime, deciders: Deciders) -> Found:
    day = starts.date().isoformat()
    data = {"name": one.employee.name, "day": day, "time": f"{starts:%H:%M}"}
    key = f"late:{one.employee.pk}:{day}"
    return Found(key, deciders.near(one.employee), data, reverse("presence"), one.employee)


def _overtime(now: datetime, deciders: Deciders) -> int:
    """By person and week, as the list of what waits has it."""
    first, last = now.date() - OVERTIME_DAYS * DAY, now.date()
    weeks, more = overtime_waiting(
        employees=Employee.objects.active(), first=first, last=last, most=MOST_WEEKS, now=now
    )
    found = [
        Found(
            f"overtime:{one.employee.pk}:{one.monday.isoformat()}",
            deciders.of(one.employee),
            {
                "what": "overtime",
                "name": one.employee.name,
                "first": one.monday.isoformat(),
                "last": (one.monday + 6 * DAY).isoformat(),
            },
            reverse("attendance_exceptions"),
            one.employee,
        )
        for one in weeks
    ]
    if not more:
        _done(Kind.REQUEST, "overtime:", found, since=first)
    return _tell(Kind.REQUEST, found)


def _periods(now: datetime) -> int:
    """To HR, on the first day on which it can be closed."""
    over = Period.objects.filter(state=Period.State.OPEN, last__lt=now.date() - REACH)
    found = [
        Found(
            f"period:{one.pk}",
            [],
            {"first": one.first.isoformat(), "last": one.last.isoformat()},
            reverse("attendance_period", args=[one.pk]),
        )
        for one in over
    ]
    return _tell(Kind.PERIOD, found, everybody=lambda: in_roles(User.Role.HR))


def _tell(kind: str, found: list[Found], everybody: Any = None) -> int:
    """What was not told before; one statement where all was."""
    told = set(Notification.objects.filter(key__in=[one.key for one in found]).values_list("key", flat=True))
    new = [one for one in found if one.key not in told]
    everyone = everybody() if everybody is not None and new else []
    count = 0
    for one in new:
        if users := one.users or everyone:
            count += tell(kind=kind, key=one.key, users=users, data=one.data, path=one.path, about=one.about)
    return count


def _done(kind: str, prefix: str, found: Iterable[Found], *, since: date) -> None:
    """Of what was told since that day, what is not found any more was put right."""
    still = {one.key for one in found}
    unread = Notification.objects.filter(kind=kind, key__startswith=prefix, read_at=None)
    for key in set(unread.values_list("key", flat=True)) - still:
        if date.fromisoformat(key.rpartition(":")[2]) > since:
            settle(key=key)
