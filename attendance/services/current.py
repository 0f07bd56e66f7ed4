"""Counting ahead what people are now and what that becomes by itself: for pages that show thousands of them.

Whoever counts the marked days of a person counts this too, in the same transaction and under the same lock; without a
mark it is counted anew before it ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils import timezone

from attendance.models import CurrentState, DirtySpan
from attendance.rules.calculate import SETTLED_AFTER, ahead
from attendance.rules.shapes import DayResult
from attendance.rules.worked import Punch
from attendance.selectors.current import UNSETTLED, short, standing_values
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.presence import person_at
from common.threads import stepping_aside
from employees.employment import employed_between
from employees.models import Employee

DAY = timedelta(days=1)
RENEWED = timedelta(hours=12)
"""So long before its end a state is counted anew, so that nobody finds one that has ended."""
KEPT = timedelta(days=7)
PEOPLE = 50
Ahead = Mapping[date, Sequence[tuple[datetime, DayResult]]]
NOBODY = ["", 0, "", "", "", ""]
"""For ``Standing`` where the person is not employed."""


def states_of(people: Sequence[Employee], now: datetime) -> list[CurrentState]:
    """The state of each of these people from now to the end of tomorrow, not stored yet."""
    return _read(people, now)()


def _read(people: Sequence[Employee], now: datetime) -> Callable[[], list[CurrentState]]:
    """The same, still to be counted: everything is read that it takes.

    Not further than to the end of tomorrow: a change of days that lie further ahead leaves no mark.
    """
    until = datetime.combine(now.astimezone(UTC).date() + 2 * DAY, time(), UTC)
    first, last = now.astimezone(UTC).date() - (SETTLED_AFTER + 1) * DAY, until.date()
    book, punches = PlanBook(people, first, last), punches_for(people, first, last)
    return lambda: [_state(one, book, punches.get(one.pk, ()), now, until) for one in people]


def _state(person: Employee, book: PlanBook, punches: Sequence[Punch], now: datetime, until: datetime) -> CurrentState:
    today, last = now.astimezone(person.zone).date(), until.astimezone(person.zone).date()
    days = ahead(book.of(person), punches, first=today - SETTLED_AFTER * DAY, last=last, since=now, until=until)
    kept = {day.isoformat(): _merged((at, short(one.figures)) for at, one in entries) for day, entries in days.items()}
    presence = _merged((at, _standing(person, book, days, at)) for at in _moments(person, days, now, until))
    return CurrentState(employee=person, since=now, until=until, presence=_text(presence), days=_text(kept))


def states_store(rows: list[CurrentState]) -> None:
    """Keep them, in place of those that were kept."""
    CurrentState.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["employee"],
        update_fields=["since", "until", "presence", "days"],
        batch_size=500,
    )


def states_renew(*, now: datetime | None = None) -> int:
    """Count what is not kept, or ends soon, of whoever has no mark; the number of people. Safe to run twice."""
    moment = now or timezone.now()
    CurrentState.objects.filter(until__lt=moment - KEPT).delete()
    first, last = (moment - UNSETTLED * DAY).date(), (moment + 2 * DAY).date()
    people = employed_between(Employee.objects.order_by("pk"), first, last)
    fresh = CurrentState.objects.filter(since__lte=moment, until__gte=moment + RENEWED)
    marked = DirtySpan.objects.filter(last__gte=first).values("employee")
    keys = list(people.exclude(pk__in=fresh.values("pk")).exclude(pk__in=marked).values_list("pk", flat=True))
    total = 0
    for begin in range(0, len(keys), PEOPLE):
        total += _renew(keys[begin : begin + PEOPLE], now or timezone.now())
    return total


def _renew(keys: list[int], now: datetime) -> int:
    """Counted outside a transaction. Whatever changes meanwhile leaves a mark, or a row that is not the one read."""
    before = dict(CurrentState.objects.filter(pk__in=keys).values_list("pk", "since"))
    people = list(Employee.objects.filter(pk__in=keys).order_by("pk"))
    rows = stepping_aside(_read(people, now))
    with transaction.atomic():
        free = Employee.objects.select_for_update(no_key=True).filter(pk__in=keys)
        locked = set(free.order_by("pk").values_list("pk", flat=True))
        since = dict(CurrentState.objects.filter(pk__in=keys).values_list("pk", "since"))
        rows = [one for one in rows if one.pk in locked and since.get(one.pk) == before.get(one.pk)]
        states_store(rows)
    return len(rows)


def _standing(person: Employee, book: PlanBook, days: Ahead, moment: datetime) -> list[Any]:
    today = moment.astimezone(person.zone).date()
    if not book.history(person).employed(today):
        return NOBODY
    return standing_values(person_at(person, _then(days[today - DAY], moment), _then(days[today], moment), moment))


def _then(entries: Sequence[tuple[datetime, DayResult]], moment: datetime) -> DayResult:
    return next(one for until, one in entries if moment <= until)


def _moments(person: Employee, days: Ahead, now: datetime, until: datetime) -> list[datetime]:
    """When the person may become something else: with one of the days, at the end of a shift, at midnight."""
    found = {moment for entries in days.values() for moment, _result in entries}
    found |= {one.planned[-1].end for entries in days.values() for _moment, one in entries if one.planned}
    found |= {datetime.combine(day, time(), person.zone) - timedelta(microseconds=1) for day in days}
    return sorted({one.astimezone(UTC) for one in found if now <= one < until} | {until})


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _merged(entries: Iterable[tuple[datetime, Sequence[Any]]]) -> list[list[Any]]:
    """Up to when which values hold, as JSON takes it; entries that say the same are one."""
    found = [[moment.timestamp(), *values] for moment, values in entries]
    return [one for one, after in pairwise([*found, [0.0]]) if one[1:] != after[1:]]
