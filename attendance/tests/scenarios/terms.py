"""Tolerance, unpaid pauses, leave, frames, on call, allowances, limits."""

from __future__ import annotations

from typing import Any

from attendance.rules.policy import (
    HOUR,
    MINUTE,
    AllowanceRule,
    BreakRule,
    Cap,
    Counted,
    Over,
    OvertimeRule,
    Policy,
    Scope,
    Tolerance,
)
from attendance.rules.shapes import Half, Kind
from attendance.tests.scenarios.shape import EARLY, EVERY_DAY, FLEXIBLE, OPEN, Scenario, block, shift
from attendance.tests.scenarios.tiers import week

DAY, NEXT = "2026-11-24", "2026-11-25"
PAUSE = shift("9–18, pause 60", "09:00-18:00", pause=HOUR)
FRAME = shift(
    "Flexible 7–20, bounding",
    "07:00-20:00",
    kind=Kind.FLEXIBLE,
    target=8 * HOUR,
    core=block("10:00-15:00"),
    bounds=True,
)
CALLED = shift("On call 17–8, two hours at least", "17:00-08:00", kind=Kind.ON_CALL, call_out=2 * HOUR)
TOLERANT = Policy("Five minutes a punch, ten a day", tolerance=Tolerance(5 * MINUTE, 10 * MINUTE))
BREAK = Policy("30 after 6 h", breaks=(BreakRule(6 * HOUR, 30 * MINUTE),))
MEALS = Policy(
    "A meal from six hours on, half a day's from ten",
    allowances=(
        AllowanceRule("meal", Counted.WORKED, 6 * HOUR),
        AllowanceRule("meal", Counted.WORKED, 10 * HOUR),
        AllowanceRule("night", Counted.NIGHT, 3 * HOUR),
    ),
)
BY_HOUR = Policy("For each hour on call", allowances=(AllowanceRule("on call", Counted.ON_CALL, per=HOUR),))
LONGEST = Policy("Ten hours a day, 48 a week", longest_day=10 * HOUR, longest_week=48 * HOUR)
CAPPED = Policy(
    "Over 8 hours a day; at most two a day, four a week", overtime=(OvertimeRule(Scope.DAY, 8 * HOUR, 150),),
    caps=(Cap(Over.DAY, 2 * HOUR), Cap(Over.WEEK, 4 * HOUR)),
)
WEEKLY = Policy("35 hours of rest a week", weekly_rest=35 * HOUR)


def one(name: str, title: str, rule: str, punches: str, expected: dict[str, str | int], **more: Any) -> Scenario:
    """One day; ``punches`` are moments, alternately in and out."""
    listed = tuple(f"{DAY} {moment} {'out' if number % 2 else 'in'}" for number, moment in enumerate(punches.split()))
    return Scenario(name=name, title=title, rule=rule, punches=listed, days={DAY: expected}, **more)


ALL = (
    one("pause-not-punched", "A shift from nine to six with an unpaid hour, punched from nine to six", "R29", "09:00 18:00",
        {"worked": "8:00", "auto_break": "1:00", "balance": "0:00"}, shifts=(PAUSE,)),
    one("pause-punched", "The same with the hour punched", "R29", "09:00 13:00 14:00 18:00", {"worked": "8:00", "taken_break": "1:00", "auto_break": "0:00", "balance": "0:00"}, shifts=(PAUSE,)),
    one("pause-part-punched", "Of the hour forty minutes punched: twenty are deducted", "R29", "09:00 13:00 13:40 18:00", {"worked": "8:00", "auto_break": "0:20"}, shifts=(PAUSE,)),
    one("pause-longer", "A longer pause than the shift's is not worked", "R29", "09:00 13:00 14:30 18:00", {"worked": "7:30", "auto_break": "0:00", "balance": "-0:30"}, shifts=(PAUSE,)),
    one("pause-half-worked", "Gone after four hours: no pause was due", "R29", "09:00 13:00", {"worked": "4:00", "auto_break": "0:00", "early": "5:00"}, shifts=(PAUSE,)),
    one("pause-just-over-half", "Gone after four and a half hours: half an hour of the pause", "R29", "09:00 13:30", {"worked": "4:00", "auto_break": "0:30"}, shifts=(PAUSE,)),
    one("pause-and-overtime", "Two hours longer: the pause is deducted once", "R29", "09:00 20:00", {"worked": "10:00", "balance": "2:00"}, shifts=(PAUSE,)),
    one("pause-and-automatic", "With an automatic break of half an hour: they are the same break", "R29", "09:00 18:00", {"worked": "8:00", "auto_break": "1:00"}, shifts=(PAUSE,), policy=BREAK),
    one("pause-afternoon-leave", "Leave in the afternoon: four hours in the morning, and nothing is early", "R29", "09:00 13:00",
        {"leave": "4:00", "early": "0:00", "worked": "4:00", "balance": "0:00", "auto_break": "0:00"}, shifts=(PAUSE,), absences={DAY: Half.SECOND}),
    one("pause-morning-leave", "Leave in the morning: four hours in the afternoon, and nobody is late", "R29", "14:00 18:00",
        {"leave": "4:00", "late": "0:00", "worked": "4:00", "balance": "0:00"}, shifts=(PAUSE,), absences={DAY: Half.FIRST}),
    one("pause-on-a-night", "A night shift with an unpaid half hour", "R29", "22:00 23:59", {"worked": "1:59", "auto_break": "0:00"}, shifts=(shift("Night 22–6, pause 30", "22:00-06:00", pause=30 * MINUTE),)),
    one("tolerance-inside", "Three minutes late and four minutes longer", "R28", "09:03 17:04", {"worked": "8:00", "balance": "0:00", "first": "9:03"}, policy=TOLERANT),
    one("tolerance-no-shift", "Without fixed hours: a day within ten minutes of what is asked for", "R28", "08:00 15:36", {"worked": "7:30", "balance": "0:00"}, policy=TOLERANT, shifts=(OPEN,)),
    one("tolerance-no-shift-beyond", "Without fixed hours: eleven minutes more count", "R28", "08:00 15:41", {"worked": "7:41", "balance": "0:11"}, policy=TOLERANT, shifts=(OPEN,)),
    one("tolerance-never-absent", "Tolerance makes no work out of none", "R28", "", {"worked": "0:00", "status": "absent"}, policy=TOLERANT, shifts=(OPEN,)),
    one("break-before-the-shift", "A quarter of an hour off before the shift began is a break, and is not deducted again", "R11", "08:00 08:30 08:45 17:00",
        {"worked": "8:30", "taken_break": "0:15", "auto_break": "0:15"}, policy=BREAK),
    one("break-after-the-shift", "Half an hour off after the shift, then an hour's work", "R11", "09:00 17:00 17:30 18:30", {"worked": "9:00", "taken_break": "0:30", "auto_break": "0:00"}, policy=BREAK),
    one("gap-over-the-edge", "Off from half past four to half past five, over the shift's end: early, and no break", "R11", "09:00 16:30 17:30 19:00",
        {"worked": "8:30", "taken_break": "0:00", "early": "0:30", "auto_break": "0:30"}, policy=BREAK),
    one("back-in-the-night", "Back five hours after the shift: no break", "R11", "09:00 17:00 22:00 23:00", {"taken_break": "0:00", "worked": "9:00"}),
    one("longest-break-by-policy", "Without a shift, five hours off at midday where the policy lets a break last six", "R11", "08:00 12:00 17:00 20:00",
        {"taken_break": "5:00", "worked": "7:00"}, shifts=(), policy=Policy("Breaks up to six hours", longest_break=6 * HOUR)),
    one("unpaid-leave", "A day's leave of a type that is not paid", "R18", "", {"leave": "8:00", "unpaid_leave": "8:00", "required": "0:00", "status": "leave"},
        absences={DAY: Half.WHOLE}, unpaid=frozenset({DAY})),
    one("unpaid-half-day", "Half a day's unpaid leave", "R18", "09:00 13:00", {"leave": "4:00", "unpaid_leave": "4:00", "balance": "0:00"}, absences={DAY: Half.SECOND}, unpaid=frozenset({DAY})),
    one("paid-leave", "A day's paid leave is not unpaid", "R18", "", {"leave": "8:00", "unpaid_leave": "0:00"}, absences={DAY: Half.WHOLE}),
    one("frame-bounds", "Flexible: what lies outside the frame does not count", "R30", "06:30 15:00", {"worked": "8:00", "late": "0:00"}, shifts=(FRAME,)),
    one("frame-bounds-evening", "Flexible: stays until nine, counted until eight", "R30", "10:00 21:00", {"worked": "10:00", "last": "21:00"}, shifts=(FRAME,)),
    one("frame-does-not-bound", "Flexible without a bound: all of it counts", "R30", "06:30 15:00", {"worked": "8:30"}, shifts=(FLEXIBLE,)),
    one("on-call-quiet", "A night on call in which nobody calls", "R32", "", {"status": "off", "required": "0:00", "absent": "0:00", "on_call": "15:00", "worked": "0:00"}, shifts=(CALLED,)),
    one("on-call-called", "Called out for forty minutes: two hours count", "R32", "20:00 20:40", {"worked": "2:00", "call_out": "1:20", "on_call": "14:20", "late": "0:00", "balance": "2:00"}, shifts=(CALLED,)),
    one("on-call-long", "Called out for three hours: three count", "R32", "20:00 23:00", {"worked": "3:00", "call_out": "0:00"}, shifts=(CALLED,)),
    one("on-call-twice", "Called out twice within two hours: the first counts up to the second", "R32", "20:00 20:30 21:00 21:20", {"worked": "3:00", "call_out": "2:10"}, shifts=(CALLED,)),
    one("on-call-after-the-day", "A day's work, then called out at nine", "R32", "09:00 17:00 21:00 21:30", {"worked": "10:00", "call_out": "1:30", "required": "8:00", "taken_break": "0:00", "early": "0:00"}, shifts=(EARLY, CALLED)),
    one("allowance-meal", "A meal's allowance from six hours on", "R33", "09:00 15:30", {"allowances": "meal: 1"}, policy=MEALS),
    one("allowance-two-meals", "Two from ten hours on", "R33", "09:00 19:30", {"allowances": "meal: 2"}, policy=MEALS),
    one("allowance-none", "None below six hours", "R33", "09:00 14:00", {"allowances": ""}, policy=MEALS),
    one("allowance-by-hour", "One for each full hour on call", "R33", "20:00 20:40", {"allowances": "on call: 14"}, policy=BY_HOUR, shifts=(CALLED,)),
    Scenario(
        name="allowance-night", title="For a night of three hours or more", rule="R33", policy=MEALS, shifts=(OPEN,), punches=(f"{DAY} 20:00 in", f"{NEXT} 01:00 out"),
        days={DAY: {"allowances": "night: 1", "night": "3:00"}},
    ),
    one("longest-day", "Half an hour beyond the longest day", "R34", "08:00 18:30", {"worked": "10:30", "flags": "longest day 0:30"}, policy=LONGEST, shifts=(OPEN,)),
    Scenario(
        name="longest-week", title="Two hours beyond the longest week, shown on its last day", rule="R34", policy=LONGEST, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=week(10, 10, 10, 10, 10), days={}, span=("2026-11-23", "2026-11-29"), total={"worked": "50:00", "flags": "longest week 2:00"},
    ),
    Scenario(
        name="caps", title="Three hours of overtime where a day has two at most, five in a week that has four", rule="R34", policy=CAPPED, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=week(11, 10), days={}, span=("2026-11-23", "2026-11-29"), total={"overtime": "150: 5:00", "flags": "cap day 1:00, cap week 1:00"},
    ),
    Scenario(
        name="weekly-rest-enough", title="From Saturday at two to Monday at eight: 42 hours", rule="R34", policy=WEEKLY, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=(*week(6, 6, 6, 6, 6, 6), "2026-11-30 08:00 in", "2026-11-30 14:00 out"), days={}, span=("2026-11-23", "2026-11-30"), total={"flags": ""},
    ),
    Scenario(
        name="weekly-rest-short", title="Seven days in a row: the longest rest is a night of 18 hours", rule="R34", policy=WEEKLY, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=(*week(6, 6, 6, 6, 6, 6, 6), "2026-11-30 08:00 in", "2026-11-30 14:00 out"), days={}, span=("2026-11-23", "2026-11-30"), total={"flags": "weekly rest 17:00"},
    ),
    Scenario(
        name="weekly-rest-not-over", title="A rest that is not over yet is not too short", rule="R34", policy=WEEKLY, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=week(6, 6, 6, 6, 6, 6), days={}, span=("2026-11-23", "2026-11-29"), total={"flags": ""},
    ),
)
