"""Limits that warn over longer than a week: the year's overtime and the average week."""

from __future__ import annotations

from datetime import date, timedelta

from attendance.rules.limits import Warned, warnings
from attendance.rules.overtime import period
from attendance.rules.policy import HOUR, Average, Cap, Over, OvertimeRule, Policy, Scope
from attendance.rules.shapes import Figures, Status

MONDAY = date(2026, 11, 2)


def worked(first: date, *hours: float) -> list[Figures]:
    """So many hours on each day from the first."""
    return [
        Figures(
            day=first + timedelta(days=number),
            status=Status.PRESENT,
            worked=int(length * HOUR),
            regular=int(length * HOUR),
        )
        for number, length in enumerate(hours)
    ]


def test_the_day_on_which_the_years_overtime_passes_its_cap_is_named_once() -> None:
    policy = Policy(overtime=(OvertimeRule(Scope.WEEK, 40 * HOUR, 100),), caps=(Cap(Over.YEAR, 5 * HOUR),))
    days = worked(MONDAY, *[9, 9, 9, 9, 9, 0, 0], *[9, 9, 9, 9, 9, 0, 0])
    result = period(days, lambda day: policy, first=MONDAY, last=days[-1].day)

    assert result.overtime_total == 10 * HOUR
    # The fifth hour is reached on the first Friday and passed on the next.
    assert warnings(result, lambda day: policy) == (Warned("cap_year", date(2026, 11, 13), 10 * HOUR, 5 * HOUR),)


def test_a_year_begins_anew() -> None:
    policy = Policy(overtime=(OvertimeRule(Scope.WEEK, 40 * HOUR, 100),), caps=(Cap(Over.YEAR, 6 * HOUR),))
    days = worked(date(2026, 12, 21), *[9, 9, 9, 9, 9, 0, 0], *[0] * 7, *[9, 9, 9, 9, 9, 0, 0])
    result = period(days, lambda day: policy, first=days[0].day, last=days[-1].day)

    assert result.overtime_total == 10 * HOUR
    assert warnings(result, lambda day: policy) == ()


def test_an_average_week_over_the_weeks_behind_is_warned_of() -> None:
    policy = Policy(average=Average(2, 44 * HOUR))
    history, days = worked(MONDAY, 9, 9, 9, 9, 6, 0, 0), worked(MONDAY + timedelta(days=7), 10, 10, 10, 10, 8, 0, 0)
    result = period(days, lambda day: policy, first=days[0].day, last=days[-1].day)

    assert warnings(result, lambda day: policy, history=history) == (
        Warned("average", date(2026, 11, 15), 45 * HOUR, 44 * HOUR),
    )
    # Without the week before nobody knows the average.
    assert warnings(result, lambda day: policy) == ()
