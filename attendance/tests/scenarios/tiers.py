"""Tiers by the hours of the wall clock: holidays, Sundays, rest days, weekends, nights."""

from __future__ import annotations

from typing import Any

from attendance.rules.policy import HOUR, MINUTE, BreakRule, OvertimeRule, Policy, Scope
from attendance.rules.shapes import Half
from attendance.tests.scenarios.shape import EVERY_DAY, NIGHT, OPEN, Scenario, shift

HOLIDAY = Policy("Holiday 200 %", overtime=(OvertimeRule(Scope.HOLIDAY, 0, 200),))
WEEKEND = Policy("Weekend 150 %", overtime=(OvertimeRule(Scope.WEEKEND, 0, 150),))
SUNDAY = Policy("Sunday 200 %", overtime=(OvertimeRule(Scope.SUNDAY, 0, 200),))
NIGHTS = Policy("Night 125 %", overtime=(OvertimeRule(Scope.NIGHT, 0, 125), OvertimeRule(Scope.DAY, 8 * HOUR, 150)))
NIGHT_WEEK = Policy(
    "Night 125 %, over 40 a week 150 %",
    overtime=(OvertimeRule(Scope.NIGHT, 0, 125), OvertimeRule(Scope.WEEK, 40 * HOUR, 150)),
)
BESIDE = Policy(
    "Night 25 % beside, over 8 hours 150 %",
    overtime=(OvertimeRule(Scope.NIGHT, 0, 25, beside=True), OvertimeRule(Scope.DAY, 8 * HOUR, 150)),
)
REST = Policy(
    "A day without a shift 200 %",
    rest_days=frozenset(),
    rest_by_pattern=True,
    overtime=(OvertimeRule(Scope.REST_DAY, 0, 200),),
)
FRIDAY = Policy("Rest day Friday, 175 %", rest_days=frozenset({4}), overtime=(OvertimeRule(Scope.REST_DAY, 0, 175),))
STEPS = Policy(
    "Weekend 150 %, after six hours 200 %",
    overtime=(OvertimeRule(Scope.WEEKEND, 0, 150), OvertimeRule(Scope.WEEKEND, 6 * HOUR, 200)),
)
HOLIDAY_DAILY = Policy(
    "Holiday 200 %, over 8 hours 150 %",
    overtime=(OvertimeRule(Scope.HOLIDAY, 0, 200), OvertimeRule(Scope.DAY, 8 * HOUR, 150)),
)
HOLIDAY_BREAK = Policy(
    "Holiday 200 %, 30 after 6 h",
    breaks=(BreakRule(6 * HOUR, 30 * MINUTE),),
    overtime=(OvertimeRule(Scope.HOLIDAY, 0, 200),),
)
CONTRACT = Policy("Beyond the contract 125 %", overtime=(OvertimeRule(Scope.WEEK, 0, 125, contract=True),))
CONTRACT_DAY = Policy(
    "Beyond the day's shift 125 %", overtime=(OvertimeRule(Scope.DAY, 30 * MINUTE, 125, contract=True),)
)
NATIONAL = {"2026-10-12": "Fiesta Nacional"}
DAY = "2026-11-24"


def night(
    name: str, title: str, policy: Policy, evening: str, morning: str, expected: dict[str, str | int], **more: Any
) -> Scenario:
    """From ten at night to six, without another shift near."""
    more = {"rule": "R20", "shifts": (NIGHT,), "weekdays": EVERY_DAY} | more
    return Scenario(
        name=name,
        title=title,
        policy=policy,
        punches=(f"{evening} 22:00 in", f"{morning} 06:00 out"),
        days={evening: expected},
        **more,
    )


def week(*hours: float, begin: int = 23, at: int = 8) -> tuple[str, ...]:
    """So many hours on each day from the 23rd of November 2026, a Monday."""
    found: list[str] = []
    for number, length in enumerate(hours):
        minutes = int(at * 60 + length * 60)
        if length:
            found += [
                f"2026-11-{begin + number} {at:02}:00 in",
                f"2026-11-{begin + number} {minutes // 60:02}:{minutes % 60:02} out",
            ]
    return tuple(found)


ALL = (
    night("holiday-eve-by-the-clock", "A night begun on a holiday's eve: six hours are the holiday's", HOLIDAY, "2026-10-11", "2026-10-12",
          {"worked": "8:00", "overtime": "200: 6:00", "on_holiday": "6:00"}, holidays=NATIONAL),
    night("holiday-night-by-the-clock", "A night begun on the holiday: two hours are the holiday's", HOLIDAY, "2026-10-12", "2026-10-13",
          {"worked": "8:00", "overtime": "200: 2:00"}, holidays=NATIONAL),
    night("friday-night", "Friday night to Saturday: six hours are the weekend's", WEEKEND, "2026-11-27", "2026-11-28", {"overtime": "150: 6:00"}),
    night("sunday-night", "Sunday night to Monday: two hours are the weekend's", WEEKEND, "2026-11-29", "2026-11-30", {"overtime": "150: 2:00"}),
    night("saturday-night", "Saturday night to Sunday: all of it is the weekend's", WEEKEND, "2026-11-28", "2026-11-29", {"overtime": "150: 8:00"}),
    night("saturday-night-sunday-tier", "Saturday night to Sunday where only Sunday is dearer", SUNDAY, "2026-11-28", "2026-11-29",
          {"overtime": "200: 6:00", "sunday": "6:00"}),
    night("night-tier", "A night at a tier of its own", NIGHTS, DAY, "2026-11-25", {"overtime": "125: 8:00", "night": "8:00"}),
    night("night-and-holiday", "A night into a holiday: each hour has the dearer tier", Policy("Night 125 %, holiday 200 %", overtime=(
          OvertimeRule(Scope.NIGHT, 0, 125), OvertimeRule(Scope.HOLIDAY, 0, 200))), "2026-10-11", "2026-10-12",
          {"overtime": "125: 2:00, 200: 6:00"}, holidays=NATIONAL),
    night("night-tier-summer-time-ends", "The night that lasts nine hours, at its tier", NIGHTS, "2026-10-24", "2026-10-25", {"overtime": "125: 8:00, 150: 1:00"}),
    night("rest-day-shift-reaches-in", "A shift that reaches into a day without a shift is no work on a rest day", REST, "2026-11-27", "2026-11-28",
          {"overtime": ""}, weekdays=frozenset(range(5))),
    night("half-holiday-eve", "A night into a day whose morning is a holiday", HOLIDAY, "2026-10-11", "2026-10-12",
          {"overtime": "200: 6:00"}, holidays=NATIONAL, half_holidays={"2026-10-12": Half.FIRST}),
    night("half-holiday-not-reached", "A night into a day whose afternoon is a holiday", HOLIDAY, "2026-10-11", "2026-10-12",
          {"overtime": "", "on_holiday": "0:00"}, holidays=NATIONAL, half_holidays={"2026-10-12": Half.SECOND}),
    night("closed-not-dear", "A night into a day on which the company is closed", HOLIDAY, "2026-10-11", "2026-10-12",
          {"overtime": "", "on_holiday": "0:00"}, holidays={"2026-10-12": "Closed"}, closed=frozenset({"2026-10-12"})),
    night("holiday-new-york", "In New York the holiday begins at New York's midnight", HOLIDAY, "2026-11-25", "2026-11-26",
          {"overtime": "200: 6:00"}, holidays={"2026-11-26": "Thanksgiving"}, zone="America/New_York"),
    Scenario(
        name="holiday-first-overtime-last", title="Two hours of a holiday, then a long day: each has its own tier", rule="R20", policy=HOLIDAY_DAILY,
        shifts=(shift("22–8", "22:00-08:00"),), weekdays=EVERY_DAY, holidays=NATIONAL,
        punches=("2026-10-12 22:00 in", "2026-10-13 08:00 out"), days={"2026-10-12": {"worked": "10:00", "overtime": "150: 2:00, 200: 2:00"}},
    ),
    Scenario(
        name="night-beside", title="Ten hours into the night: overtime has its tier, and the night is paid beside it", rule="R20", policy=BESIDE, shifts=(OPEN,),
        punches=(f"{DAY} 14:00 in", "2026-11-25 00:00 out"), days={DAY: {"overtime": "150: 2:00", "surcharges": "25: 2:00", "night": "2:00"}},
    ),
    Scenario(
        name="night-tier-and-overtime", title="Ten hours into the night: the last two are overtime, which is dearer", rule="R20", policy=NIGHTS, shifts=(OPEN,),
        punches=(f"{DAY} 13:00 in", f"{DAY} 23:00 out"), days={DAY: {"overtime": "150: 2:00"}},
    ),
    Scenario(
        name="night-tier-before-overtime", title="From four in the morning: the night first, overtime at the end", rule="R20", policy=NIGHTS, shifts=(OPEN,),
        punches=(f"{DAY} 04:00 in", f"{DAY} 14:00 out"), days={DAY: {"overtime": "125: 2:00, 150: 2:00"}},
    ),
    Scenario(
        name="weekend-steps", title="Eight hours on a Saturday: six at one tier, two at the next", rule="R20", policy=STEPS, shifts=(OPEN,),
        punches=("2026-11-28 08:00 in", "2026-11-28 16:00 out"), days={"2026-11-28": {"overtime": "150: 6:00, 200: 2:00"}},
    ),
    Scenario(
        name="rest-day-by-pattern", title="Called in on a day without a shift", rule="R20", policy=REST,
        punches=("2026-11-28 10:00 in", "2026-11-28 14:00 out"), days={"2026-11-28": {"overtime": "200: 4:00"}},
    ),
    Scenario(
        name="rest-day-by-weekday", title="Where Friday is the day of rest", rule="R20", policy=FRIDAY, shifts=(OPEN,),
        punches=("2026-11-27 09:00 in", "2026-11-27 13:00 out", "2026-11-29 09:00 in", "2026-11-29 13:00 out"),
        days={"2026-11-27": {"overtime": "175: 4:00"}, "2026-11-29": {"overtime": ""}},
    ),
    Scenario(
        name="holiday-and-break", title="Eight hours of a holiday's eve night, less a break: it is taken from the ordinary time", rule="R20", policy=HOLIDAY_BREAK,
        shifts=(NIGHT,), weekdays=EVERY_DAY, holidays=NATIONAL, punches=("2026-10-11 22:00 in", "2026-10-12 06:00 out"),
        days={"2026-10-11": {"worked": "7:30", "auto_break": "0:30", "overtime": "200: 6:00"}},
    ),
    Scenario(
        name="half-holiday", title="The afternoon of Christmas Eve is free", rule="R19", holidays={"2026-12-24": "Nochebuena"},
        half_holidays={"2026-12-24": Half.SECOND}, punches=("2026-12-24 09:00 in", "2026-12-24 13:00 out"),
        days={"2026-12-24": {"required": "4:00", "early": "0:00", "balance": "0:00", "leave": "0:00", "on_holiday": "1:00"}},
    ),
    Scenario(
        name="half-holiday-missed", title="Nobody came on the morning of half a holiday", rule="R19", holidays={"2026-12-24": "Nochebuena"},
        half_holidays={"2026-12-24": Half.SECOND}, punches=(), days={"2026-12-24": {"status": "absent", "absent": "4:00"}},
    ),
    Scenario(
        name="half-holiday-and-leave", title="Leave for the morning of half a holiday: nothing is asked for", rule="R19", holidays={"2026-12-24": "Nochebuena"},
        half_holidays={"2026-12-24": Half.SECOND}, absences={"2026-12-24": Half.FIRST}, punches=(),
        days={"2026-12-24": {"required": "0:00", "leave": "4:00", "absent": "0:00"}},
    ),
    Scenario(
        name="half-holiday-leave-same-half", title="Leave for the half that is free anyway uses up nothing", rule="R19", holidays={"2026-12-24": "Nochebuena"},
        half_holidays={"2026-12-24": Half.SECOND}, absences={"2026-12-24": Half.SECOND},
        punches=("2026-12-24 09:00 in", "2026-12-24 13:00 out"), days={"2026-12-24": {"required": "4:00", "leave": "0:00"}},
    ),
    Scenario(
        name="closed-day", title="A day on which the company is closed asks for nothing and has no holiday hours", rule="R19",
        holidays={DAY: "Closed"}, closed=frozenset({DAY}), punches=(f"{DAY} 09:00 in", f"{DAY} 11:00 out"),
        days={DAY: {"required": "0:00", "worked": "2:00", "on_holiday": "0:00", "balance": "2:00"}},
    ),
    Scenario(
        name="night-tier-counts-for-the-week", title="Night hours count towards the week; beyond it the dearer tier holds", rule="R21", policy=NIGHT_WEEK,
        shifts=(OPEN,), weekdays=EVERY_DAY, punches=week(9, 9, 9, 9, 9, at=14), days={}, span=("2026-11-23", "2026-11-29"),
        total={"worked": "45:00", "overtime": "125: 5:00, 150: 5:00"},
    ),
    Scenario(
        name="beyond-the-contract", title="A contract of 20 hours, 23 worked", rule="R21", policy=CONTRACT, contract=20 * HOUR, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=week(8, 8, 7), days={}, span=("2026-11-23", "2026-11-29"), total={"worked": "23:00", "overtime": "125: 3:00", "ordinary": "20:00"},
    ),
    Scenario(
        name="no-contract-no-overtime", title="Without a contract's hours nothing lies beyond them", rule="R21", policy=CONTRACT, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=week(9, 9, 9, 9, 9), days={}, span=("2026-11-23", "2026-11-29"), total={"worked": "45:00", "overtime": ""},
    ),
    Scenario(
        name="beyond-the-shift", title="Half an hour beyond the shift is given, the rest is overtime", rule="R20", policy=CONTRACT_DAY,
        punches=(f"{DAY} 09:00 in", f"{DAY} 18:15 out"), days={DAY: {"worked": "9:15", "overtime": "125: 0:45"}},
    ),
    Scenario(
        name="two-policies-48", title="Fifty hours where the week has 48", rule="R21", policy=Policy("Over 48", overtime=(OvertimeRule(Scope.WEEK, 48 * HOUR, 150),)),
        shifts=(OPEN,), weekdays=EVERY_DAY, punches=week(10, 10, 10, 10, 10), days={}, span=("2026-11-23", "2026-11-29"), total={"overtime": "150: 2:00"},
    ),
    Scenario(
        name="two-policies-40", title="The same fifty hours where the week has 40", rule="R21", policy=Policy("Over 40", overtime=(OvertimeRule(Scope.WEEK, 40 * HOUR, 150),)),
        shifts=(OPEN,), weekdays=EVERY_DAY, punches=week(10, 10, 10, 10, 10), days={}, span=("2026-11-23", "2026-11-29"), total={"overtime": "150: 10:00"},
    ),
)
