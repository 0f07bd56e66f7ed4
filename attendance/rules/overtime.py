"""Overtime over weeks and periods: no second of work has two tiers, and of two that apply the dearer counts.

What follows from one day is in its figures (``rules.tiers``); here the days are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from attendance.rules.limits import caps_passed, period_flags
from attendance.rules.policy import OvertimeRule, Policy, Scope
from attendance.rules.shapes import Explanation, Figures, PeriodDay, PeriodResult

WEEK = 7

PolicyOf = Callable[[date], Policy]
ContractOf = Callable[[date], int]
"""The seconds a week that the contract of that day asks for; 0 where it says nothing."""


@dataclass(slots=True)
class _Count:
    """How much of a day has a tier already, and what gave it; ``limited`` by rules that hold for some hours only."""

    figures: Figures
    tiers: dict[int, int]
    regular: int
    limited: dict[int, int]
    why: list[Explanation] = field(default_factory=list)

    @property
    def free(self) -> int:
        """Seconds that count towards the week and have no tier."""
        return max(0, min(self.regular, self.figures.worked - sum(self.tiers.values())))

    def explain(self, rule: str, seconds: int, after: int, tier: int) -> None:
        if seconds > 0:
            self.why.append(Explanation("overtime", rule, seconds, (), {"after": after, "tier": tier}))

    def raise_to(self, rule: OvertimeRule, seconds: int, cheaper: Iterable[int]) -> int:
        """Give ``seconds`` at least the rule's tier: those without one first, then the cheapest of the night's.

        Returns how many changed. Of the tiers of the day only the night's count towards weeks and periods.
        """
        tier = rule.tier
        changed = min(seconds, self.free)
        left = seconds - changed
        for one in sorted(one for one in set(cheaper) if one < tier and one in self.tiers):
            moved = min(left, self.tiers[one])
            self.tiers[one] -= moved
            left -= moved
            changed += moved
        if changed:
            self.tiers[tier] = self.tiers.get(tier, 0) + changed
            if rule.limit:
                self.limited[tier] = self.limited.get(tier, 0) + changed
        self.tiers = {one: amount for one, amount in self.tiers.items() if amount}
        return changed


@dataclass(slots=True)
class _Week:
    """What of a week is behind."""

    regular: int = 0
    worked_days: int = 0
    overtime: int = 0
    limited: dict[int, int] = field(default_factory=dict)


def period(
    days: Sequence[Figures],
    policy_of: PolicyOf,
    *,
    first: date,
    last: date,
    contract_of: ContractOf | None = None,
    starts: Sequence[date] = (),
) -> PeriodResult:
    """The days from ``first`` to ``last``, both included, with the overtime of its days, weeks and periods.

    ``days`` are in order and begin with the week that ``first`` lies in, so that its weekly hours are known. Hours that
    are overtime by the day do not count again towards the week, nor those of the week towards the period. ``starts``
    are the first days of the periods that lie in ``days``, in order; without any, ``first`` begins the only one.
    """
    waiting = list(starts or (first,))
    begun = False
    results: list[PeriodDay] = []
    flags = period_flags(days, policy_of)
    week, of_period = _Week(), 0
    for figures in days:
        policy = policy_of(figures.day)
        contract = contract_of(figures.day) if contract_of is not None else 0
        if figures.day.weekday() == policy.week_start:
            week = _Week()
        while waiting and waiting[0] <= figures.day:
            waiting.pop(0)
            begun, of_period = True, 0
        week.worked_days += bool(figures.worked)
        last_of_week = (figures.day + timedelta(days=1)).weekday() == policy.week_start
        count = _Count(figures, dict(figures.overtime), figures.regular, dict(figures.limited))
        if last_of_week and week.worked_days == WEEK:
            _seventh(count, policy)
        today = count.regular
        over = _beyond(count, policy, Scope.WEEK, week.regular, today, contract)
        week.regular += today
        if begun:
            _beyond(count, policy, Scope.PERIOD, of_period, today - over, 0)
            of_period += today - over
        _limit(count, policy, week)
        if first <= figures.day <= last:
            passed = dict(flags.get(figures.day, {}))
            passed |= caps_passed(policy, sum(count.tiers.values()), week.overtime)
            count.why += [Explanation("flags", name, amount) for name, amount in passed.items()]
            marks = dict(sorted({**figures.flags, **passed}.items()))
            tiers = dict(sorted(count.tiers.items()))
            results.append(PeriodDay(figures=figures, overtime=tiers, explanations=tuple(count.why), flags=marks))
        week.overtime += sum(count.tiers.values())
    return PeriodResult(first=first, last=last, days=tuple(results))


def week_begin(day: date, policy: Policy) -> date:
    """The first day of the week in which the day lies."""
    return day - timedelta(days=(day.weekday() - policy.week_start) % WEEK)


def _seventh(count: _Count, policy: Policy) -> None:
    """The last day of a week in which all seven were worked: beyond each threshold at least that rule's tier."""
    rules = [rule for rule in policy.overtime if rule.scope is Scope.SEVENTH_DAY]
    for rule in sorted(rules, key=lambda one: -one.tier):
        wanted = max(0, count.figures.worked - rule.after)
        there = sum(seconds for tier, seconds in count.tiers.items() if tier >= rule.tier)
        # Nothing of the day counts towards the week that has a tier by its being the seventh.
        changed = count.raise_to(rule, max(0, wanted - there), tuple(count.tiers))
        count.explain(rule.scope.value, changed, rule.after, rule.tier)
    if rules:
        count.regular = min(count.regular, count.figures.worked - sum(count.tiers.values()))


def _beyond(count: _Count, policy: Policy, scope: Scope, before: int, today: int, contract: int) -> int:
    """Give its tier to what of ``today`` lies beyond the thresholds, ``before`` seconds of which are behind already.

    Returns how many seconds lie beyond the lowest threshold: they count no further.
    """
    most = 0
    nights = [rule.tier for rule in policy.overtime if rule.scope is Scope.NIGHT and not rule.beside]
    rules = [rule for rule in policy.overtime if rule.scope is scope and not (rule.contract and not contract)]
    for rule in sorted(rules, key=lambda one: (-one.tier, one.after)):
        after = _threshold(rule, contract)
        over = min(today, max(0, before + today - after))
        if over > most:
            changed = count.raise_to(rule, over - most, nights)
            count.explain(scope.value, changed, after, rule.tier)
            most = over
    return most


def _threshold(rule: OvertimeRule, contract: int) -> int:
    return rule.after + (contract if rule.contract else 0)


def _limit(count: _Count, policy: Policy, week: _Week) -> None:
    """Of a tier that a rule gives for some hours of a week only, the hours after them go to the tier beyond.

    What another rule gave the same tier, such as that of the rest day, is neither counted nor moved.
    """
    rules: dict[int, OvertimeRule] = {}
    for rule in policy.overtime:
        if rule.limit and rule.beyond and (rule.tier not in rules or rule.limit < rules[rule.tier].limit):
            rules[rule.tier] = rule
    for tier in sorted(rules):
        # What the seventh day has raised since is no longer there.
        rule, here = rules[tier], min(count.limited.get(tier, 0), count.tiers.get(tier, 0))
        used = week.limited.get(tier, 0)
        over = min(here, max(0, used + here - rule.limit))
        week.limited[tier] = used + here
        if over:
            count.tiers[tier] -= over
            count.tiers[rule.beyond] = count.tiers.get(rule.beyond, 0) + over
            if rule.beyond in rules:
                count.limited[rule.beyond] = count.limited.get(rule.beyond, 0) + over
            count.tiers = {one: amount for one, amount in count.tiers.items() if amount}
            count.explain("limit", over, rule.limit, rule.beyond)
