"""Overtime by day, week and period, with California's rules and the European working time directive's as examples."""

from __future__ import annotations

from datetime import date, timedelta

from attendance.rules.policy import HOUR, MINUTE, BreakRule, OvertimeRule, Policy, Scope
from attendance.tests.scenarios.shape import EVERY_DAY, OPEN, Scenario

CALIFORNIA = Policy(
    "California: over 8 and 12 by the day, 40 by the week, the seventh day", week_start=6,
    overtime=(
        OvertimeRule(Scope.DAY, 8 * HOUR, 150), OvertimeRule(Scope.DAY, 12 * HOUR, 200),
        OvertimeRule(Scope.WEEK, 40 * HOUR, 150),
        OvertimeRule(Scope.SEVENTH_DAY, 0, 150), OvertimeRule(Scope.SEVENTH_DAY, 8 * HOUR, 200),
    ),
)
EUROPE = Policy(
    "EU: 30 minutes after six hours, eleven hours of rest, over 48 by the week", rest=11 * HOUR,
    breaks=(BreakRule(6 * HOUR, 30 * MINUTE),), overtime=(OvertimeRule(Scope.WEEK, 48 * HOUR, 125),),
)
WEEKEND = Policy("Weekends time and a half, holidays double", overtime=(
    OvertimeRule(Scope.WEEKEND, 0, 150), OvertimeRule(Scope.HOLIDAY, 0, 200), OvertimeRule(Scope.DAY, 8 * HOUR, 125),
))
PERIOD = Policy("Over 100 hours by the period", overtime=(OvertimeRule(Scope.PERIOD, 100 * HOUR, 125),))


def days(first: str, *hours: float) -> tuple[str, ...]:
    """From eight in the morning, so many hours on each day from the first."""
    found: list[str] = []
    for number, length in enumerate(hours):
        day = date.fromisoformat(first) + timedelta(days=number)
        if length:
            minutes = int(8 * 60 + length * 60)
            found += [f"{day} 08:00 in", f"{day} {minutes // 60:02}:{minutes % 60:02} out"]
    return tuple(found)


def scenario(
    name: str, title: str, rule: str, policy: Policy, first: str, hours: tuple[float, ...], **more: object
) -> Scenario:
    end = date.fromisoformat(first) + timedelta(days=len(hours) - 1)
    return Scenario(
        name=name, title=title, rule=rule, policy=policy, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=days(first, *hours), span=(first, end.isoformat()), **more,  # type: ignore[arg-type]
    )


ALL = (
    scenario("california-daily", "California: ten hours are eight and two", "R20", CALIFORNIA, "2026-11-24", (10,),
             days={"2026-11-24": {"overtime": "150: 2:00"}}),
    scenario("california-double", "California: fourteen hours are eight, four and two at double", "R20", CALIFORNIA, "2026-11-24",
             (14,), days={"2026-11-24": {"overtime": "150: 4:00, 200: 2:00"}}),
    scenario("california-weekly", "California: six days of eight hours: the sixth is beyond forty", "R21", CALIFORNIA, "2026-11-22",
             (8, 8, 8, 8, 8, 8), days={}, total={"worked": "48:00", "overtime": "150: 8:00"}),
    scenario("california-no-pyramid", "California: hours that are overtime by the day do not count towards forty", "R21", CALIFORNIA,
             "2026-11-22", (10, 10, 10, 10, 8), days={}, total={"worked": "48:00", "overtime": "150: 8:00"}),
    scenario("california-seventh-day", "California: the seventh day in a row, ten hours: eight and two at double", "R21", CALIFORNIA,
             "2026-11-22", (5, 5, 5, 5, 5, 5, 10), days={}, total={"worked": "40:00", "overtime": "150: 8:00, 200: 2:00"}),
    scenario("california-new-week", "California: a week's hours do not run on into the next", "R21", CALIFORNIA, "2026-11-27",
             (8, 8, 8, 8, 8), days={}, total={"worked": "40:00", "overtime": ""}),
    scenario("eu-break-and-rest", "EU: a long day, its break, and the rest before the next", "R23", EUROPE, "2026-11-24", (12.5, 8),
             days={"2026-11-24": {"worked": "12:00", "auto_break": "0:30"}, "2026-11-25": {"worked": "7:30", "short_rest": "0:00"}}),
    scenario("eu-weekly", "EU: over 48 hours in a week", "R21", EUROPE, "2026-11-23", (10.5, 10.5, 10.5, 10.5, 10.5), days={},
             total={"worked": "50:00", "overtime": "125: 2:00"}),
    scenario("weekly-across-months", "A week over the month's end: its overtime falls on the day that passes the threshold", "R21",
             EUROPE, "2026-11-30", (10.5, 10.5, 10.5, 10.5, 10.5), days={"2026-12-04": {"worked": "10:00"}},
             total={"overtime": "125: 2:00"}),
    scenario("weekend-tier", "Saturday at time and a half from the first minute", "R20", WEEKEND, "2026-11-28", (6,),
             days={"2026-11-28": {"overtime": "150: 6:00"}}),
    scenario("weekend-and-daily", "Nine hours on a Saturday: the dearer tier counts, once", "R20", WEEKEND, "2026-11-28", (9,),
             days={"2026-11-28": {"overtime": "150: 9:00"}}),
    scenario("holiday-on-a-weekend", "A holiday on a Sunday: the dearest of the tiers", "R20", WEEKEND, "2026-11-01", (4,),
             holidays={"2026-11-01": "Todos los Santos"}, days={"2026-11-01": {"overtime": "200: 4:00", "on_holiday": "4:00"}}),
    scenario("by-period", "Over a hundred hours in the period", "R22", PERIOD, "2026-11-02",
             (8, 8, 8, 8, 8, 0, 0, 8, 8, 8, 8, 8, 0, 0, 8, 8, 8), days={}, total={"worked": "104:00", "overtime": "125: 4:00"}),
    scenario("short-day-no-overtime", "A short day makes no overtime", "R20", CALIFORNIA, "2026-11-24", (7.5,),
             days={"2026-11-24": {"overtime": "", "worked": "7:30"}}),
)
