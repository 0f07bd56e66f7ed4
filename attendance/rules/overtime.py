"""Overtime: no second of work has two tiers, and of two that apply the dearer counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from attendance.rules.shapes import Explanation, Figures, OvertimeRule, PeriodDay, PeriodResult, Policy, Scope

WEEK = 7
_DAY_SCOPES = frozenset({Scope.DAY, Scope.WEEKEND, Scope.HOLIDAY, Scope.SEVENTH_DAY})

PolicyOf = Callable[[date], Policy]


@dataclass(slots=True)
class _Count:
    """How much of a day has a tier already, and what gave it."""

    tiers: dict[int, int] = field(default_factory=dict)
    why: list[Explanation] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return sum(self.tiers.values())

    def add(self, rule: OvertimeRule, seconds: int) -> None:
        if seconds > 0:
            self.tiers[rule.tier] = self.tiers.get(rule.tier, 0) + seconds
            facts = {"after": rule.after, "tier": rule.tier}
            self.why.append(Explanation("overtime", rule.scope.value, seconds, (), facts))


def day_overtime(
    figures: Figures, policy: Policy, *, seventh: bool = False
) -> tuple[dict[int, int], tuple[Explanation, ...]]:
    """What follows from the day alone: seconds by tier, and the rules that gave them.

    ``seventh`` says that all seven days of the person's week were worked and this is the last.
    """
    count = _day(figures, policy, seventh)
    return count.tiers, tuple(count.why)


def period(days: Sequence[Figures], policy_of: PolicyOf, *, first: date, last: date) -> PeriodResult:
    """The period from ``first`` to ``last``, both included, with the overtime of its days, weeks and its own.

    ``days`` are in order and begin with the week that ``first`` lies in, so that its weekly hours are known. Hours that
    are overtime by the day do not count again towards the week, nor those of the week towards the period.
    """
    results: list[PeriodDay] = []
    week, worked_days, of_period = 0, 0, 0
    for figures in days:
        policy = policy_of(figures.day)
        if figures.day.weekday() == policy.week_start:
            week = worked_days = 0
        worked_days += bool(figures.worked)
        last_of_week = (figures.day + timedelta(days=1)).weekday() == policy.week_start
        count = _day(figures, policy, last_of_week and worked_days == WEEK)
        regular = figures.worked - count.counted
        _beyond(count, policy, Scope.WEEK, week, regular)
        week += regular
        if first <= figures.day <= last:
            regular = figures.worked - count.counted
            _beyond(count, policy, Scope.PERIOD, of_period, regular)
            of_period += regular
            results.append(
                PeriodDay(figures=figures, overtime=dict(sorted(count.tiers.items())), explanations=tuple(count.why))
            )
    return PeriodResult(first=first, last=last, days=tuple(results))


def week_begin(day: date, policy: Policy) -> date:
    """The first day of the week in which the day lies."""
    return day - timedelta(days=(day.weekday() - policy.week_start) % WEEK)


def _day(figures: Figures, policy: Policy, seventh: bool) -> _Count:
    count = _Count()
    applies = {
        Scope.DAY: True,
        Scope.WEEKEND: figures.weekend,
        Scope.HOLIDAY: figures.holiday,
        Scope.SEVENTH_DAY: seventh,
    }
    rules = [rule for rule in policy.overtime if rule.scope in _DAY_SCOPES and applies[rule.scope]]
    for rule in sorted(rules, key=lambda one: (-one.tier, one.after)):
        count.add(rule, figures.worked - rule.after - count.counted)
    return count


def _beyond(count: _Count, policy: Policy, scope: Scope, before: int, today: int) -> None:
    """Add what of ``today`` lies beyond the thresholds of the scope, ``before`` seconds of which are behind already."""
    added = 0
    rules = [rule for rule in policy.overtime if rule.scope is scope]
    for rule in sorted(rules, key=lambda one: (-one.tier, one.after)):
        over = min(today, max(0, before + today - rule.after)) - added
        if over > 0:
            count.add(rule, over)
            added += over
