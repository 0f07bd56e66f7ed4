"""What would be otherwise in a locked period today: for adjustments, and for who is about to change something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from django.db.models import QuerySet

from attendance.models import Adjustment, LateChange, LockedTimesheet, Period
from attendance.rules.calculate import calculate
from attendance.rules.overtime import period as period_result
from attendance.rules.shapes import Figures, PeriodDay, Status
from attendance.selectors.locked import LockedDay, LockedDays, locked_days
from attendance.selectors.plans import PlanBook, punches_for
from employees.employment import employed_between
from employees.models import Employee

WEEK = timedelta(days=6)
SHOWN = ("worked", "required", "leave", "absent", "late", "missing_out", "missing_in")
Amounts = dict[int, int]
"""Seconds by tier; 0 is work without one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a person's locked period would be another: by day what to pay more or less, and the sums.

    ``figures`` are those sums that differ, as (then, now); tiers are among them by their number.
    """

    employee: Employee
    days: Mapping[date, Amounts] = field(default_factory=dict)
    figures: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Late:
    """A difference that is known and not adjusted in full; ``days`` hold what remains of it."""

    row: LateChange
    days: Mapping[date, Amounts]

    @property
    def employee(self) -> Employee:
        return self.row.employee

    @property
    def amounts(self) -> Amounts:
        """All that remains, by tier."""
        sums: Amounts = defaultdict(int)
        for amounts in self.days.values():
            for tier, seconds in amounts.items():
                sums[tier] += seconds
        return {tier: seconds for tier, seconds in sorted(sums.items()) if seconds}

    @property
    def figures(self) -> dict[str, tuple[int, int]]:
        """The sums that differ: then and now."""
        return {name: (then, now) for name, (then, now) in self.row.figures.items()}


class Recount:
    """Everything that some people's locked period is counted from today; it is read at once and counted later."""

    def __init__(self, people: Iterable[int], period: Period) -> None:
        self.period = period
        self.people = list(Employee.objects.filter(pk__in=list(people)).select_related("department"))
        keys = [one.pk for one in self.people]
        begin = period.first - WEEK
        self.employed = set(
            employed_between(Employee.objects.filter(pk__in=keys), period.first, period.last)
            .order_by()
            .values_list("pk", flat=True)
        )
        self.book = PlanBook(self.people, begin, period.last)
        self.punches = punches_for(self.people, begin, period.last)
        closed = LockedDays(begin, period.last)
        self.rows = closed.rows(keys)
        self.lock = next((lock for lock, one in closed.periods.items() if one.pk == period.pk), None)

    def differences(self) -> Iterator[Difference]:
        """Those of the people whose figures would be others."""
        if self.lock is None:
            return
        for person in self.people:
            rows = self.rows.get(person.pk, [])
            own = [row for row in rows if row.act_id == self.lock]
            if not own and person.pk not in self.employed:
                continue
            then = {day: one.counted for day, one in self._kept(own).items()}
            found = _difference(person, then, self._now(person, [row for row in rows if row.act_id != self.lock]))
            if found.figures or found.days:
                yield found

    def _kept(self, rows: list[LockedTimesheet]) -> dict[date, LockedDay]:
        return locked_days(rows, self.period.first - WEEK, self.period.last)

    def _now(self, person: Employee, before: list[LockedTimesheet]) -> dict[date, PeriodDay]:
        """The days as they are counted now; those of the week before, where they are locked, as they were."""
        first, last = self.period.first, self.period.last
        results = calculate(
            self.book.of(person), self.punches.get(person.pk, ()), first=first - WEEK, last=last, explain=False
        )
        days: dict[date, Figures] = {one.figures.day: one.figures for one in results}
        days |= {day: one.counted.figures for day, one in self._kept(before).items()}
        counted = period_result(
            [days[day] for day in sorted(days)],
            lambda day: self.book.policy(person, day),
            first=first,
            last=last,
            contract_of=partial(self.book.contract, person),
        )
        return {one.figures.day: one for one in counted.days}


def paid(figures: Figures) -> int:
    """Seconds that are paid of a day: worked, and leave of a paid type."""
    return figures.worked + figures.leave - figures.unpaid_leave


def late_changes(*, employees: QuerySet[Employee], period: Period | None = None) -> list[Late]:
    """What is known to be otherwise now in locked periods, and neither adjusted nor left as it is; three queries."""
    rows = LateChange.objects.filter(employee__in=employees.order_by().values("pk"), period__state=Period.State.LOCKED)
    if period is not None:
        rows = rows.filter(period=period)
    found = list(rows.exclude(counted_at=None).select_related("employee__department", "period", "left_by"))
    if not found:
        return []
    adjusted = adjusted_by({one.employee_id for one in found}, min(one.period.first for one in found))
    late = []
    for row in found:
        if row.left_at is not None and row.left_days == row.days:
            continue
        days = remaining(row.days, adjusted.get(row.employee_id, {}), row.period)
        # Nothing to pay, and yet another day: a holiday, an absence. HR sees it until it is left as it is.
        if days or not row.days:
            late.append(Late(row, days))
    return late


def adjusted_by(keys: Iterable[int], since: date) -> dict[int, dict[date, Amounts]]:
    """What adjustments there are for days since then: by person, by the day they are about, by tier."""
    found: dict[int, dict[date, Amounts]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    made = Adjustment.objects.filter(employee__in=list(keys), about_day__gte=since)
    for employee, day, tier, seconds in made.values_list("employee_id", "about_day", "tier", "seconds"):
        found[employee][day][tier] += seconds
    return found


def remaining(
    days: Mapping[str, Mapping[str, int]], adjusted: Mapping[date, Amounts], period: Period
) -> dict[date, Amounts]:
    """What of the difference no adjustment has met; what was adjusted too much comes back with the opposite sign."""
    wanted: dict[date, Amounts] = defaultdict(dict)
    for text, amounts in days.items():
        wanted[date.fromisoformat(text)] = {int(tier): seconds for tier, seconds in amounts.items()}
    for day, made in adjusted.items():
        if period.first <= day <= period.last:
            wanted[day] = {tier: wanted[day].get(tier, 0) - made.get(tier, 0) for tier in sorted({*wanted[day], *made})}
    rest = {day: {tier: one for tier, one in amounts.items() if one} for day, amounts in sorted(wanted.items())}
    return {day: amounts for day, amounts in rest.items() if amounts}


def _difference(person: Employee, then: Mapping[date, PeriodDay], now: Mapping[date, PeriodDay]) -> Difference:
    days: dict[date, Amounts] = {}
    for day in sorted({*then, *now}):
        before, after = _amounts(then.get(day)), _amounts(now.get(day))
        amounts = {tier: after.get(tier, 0) - before.get(tier, 0) for tier in sorted({*before, *after})}
        if amounts := {tier: seconds for tier, seconds in amounts.items() if seconds}:
            days[day] = amounts
    sums = (_sums(then.values()), _sums(now.values()))
    names = dict.fromkeys([*sums[0], *sums[1]])
    pairs = {name: (sums[0].get(name, 0), sums[1].get(name, 0)) for name in names}
    return Difference(person, days, {name: pair for name, pair in pairs.items() if pair[0] != pair[1]})


def _amounts(day: PeriodDay | None) -> Amounts:
    return {0: paid(day.figures), **day.overtime} if day is not None else {}


def _sums(days: Iterable[PeriodDay]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for day in days:
        if day.figures.status is not Status.NOT_EMPLOYED:
            for name in SHOWN:
                sums[name] += int(getattr(day.figures, name))
        for tier, seconds in day.overtime.items():
            sums[str(tier)] += seconds
    return dict(sums)
