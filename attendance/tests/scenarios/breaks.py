"""Breaks and rounding."""

from __future__ import annotations

from dataclasses import replace

from attendance.rules.policy import HOUR, MINUTE, BreakRule, Direction, Policy, Rounding
from attendance.rules.shapes import Kind
from attendance.tests.scenarios.shape import EARLY, FLEXIBLE, SPLIT, Scenario, shift

DAY = "2026-11-24"
GERMAN = Policy(
    "30 after 6 h, 45 after 9 h", breaks=(BreakRule(6 * HOUR, 30 * MINUTE), BreakRule(9 * HOUR, 45 * MINUTE))
)
PAID = Policy("15 minutes are paid", paid_break=15 * MINUTE)
BOTH = Policy("Half an hour, 15 minutes of it paid", breaks=(BreakRule(6 * HOUR, 30 * MINUTE),), paid_break=15 * MINUTE)
QUARTER = 15 * MINUTE
FROM_START = replace(GERMAN, name="From the start, 30 after 6 h", count_before=False)
TO_END = replace(GERMAN, name="To the end, 30 after 6 h", count_after=False)
SHOWN = Policy("30 after 6 h shown, not deducted", breaks=(BreakRule(6 * HOUR, 30 * MINUTE, deducts=False),))
IN_PARTS = Policy("30 after 6 h in parts of 15", breaks=(BreakRule(6 * HOUR, 30 * MINUTE, minimum=15 * MINUTE),))
TWO_BLOCKS = (
    shift("6–10", "06:00-10:00", before=HOUR, after=HOUR), shift("18–22", "18:00-22:00", before=HOUR, after=HOUR),
)
CALLED = shift("On call 17–9, two hours at least", "17:00-09:00", kind=Kind.ON_CALL, call_out=2 * HOUR)


def whole(*moments: str) -> tuple[str, ...]:
    """Alternately in and out."""
    return tuple(f"{DAY} {moment} {'out' if number % 2 else 'in'}" for number, moment in enumerate(moments))


ALL = (
    Scenario(
        name="break-taken", title="A break that was punched is not worked", rule="R11",
        punches=whole("09:00", "13:00", "13:40", "17:00"), days={DAY: {"worked": "7:20", "taken_break": "0:40"}},
    ),
    Scenario(
        name="break-paid", title="Of a break of 40 minutes, 15 are paid", rule="R12", policy=PAID,
        punches=whole("09:00", "13:00", "13:40", "17:00"),
        days={DAY: {"worked": "7:35", "taken_break": "0:40", "paid_break": "0:15"}},
    ),
    Scenario(
        name="break-shorter-than-paid", title="A break of ten minutes is paid whole", rule="R12", policy=PAID,
        punches=whole("09:00", "13:00", "13:10", "17:00"), days={DAY: {"worked": "8:00", "paid_break": "0:10"}},
    ),
    Scenario(
        name="break-automatic", title="No break punched: half an hour is deducted after six hours", rule="R13", policy=GERMAN,
        punches=whole("09:00", "17:00"), days={DAY: {"worked": "7:30", "auto_break": "0:30"}},
    ),
    Scenario(
        name="break-automatic-not-due", title="Six hours sharp need no break", rule="R13", policy=GERMAN,
        punches=whole("09:00", "15:00"), days={DAY: {"worked": "6:00", "auto_break": "0:00"}},
    ),
    Scenario(
        name="break-automatic-just-over", title="Six hours and ten: only the ten are deducted", rule="R13", policy=GERMAN,
        punches=whole("09:00", "15:10"), days={DAY: {"worked": "6:00", "auto_break": "0:10"}},
    ),
    Scenario(
        name="break-automatic-second-step", title="Ten hours: 45 minutes", rule="R13", policy=GERMAN,
        punches=whole("09:00", "19:00"), days={DAY: {"worked": "9:15", "auto_break": "0:45"}},
    ),
    Scenario(
        name="break-automatic-part-taken", title="Twenty minutes taken: ten more are deducted", rule="R13", policy=GERMAN,
        punches=whole("09:00", "13:00", "13:20", "17:00"),
        days={DAY: {"worked": "7:30", "taken_break": "0:20", "auto_break": "0:10"}},
    ),
    Scenario(
        name="break-automatic-all-taken", title="Half an hour taken: nothing is deducted", rule="R13", policy=GERMAN,
        punches=whole("09:00", "13:00", "13:30", "17:00"), days={DAY: {"worked": "7:30", "auto_break": "0:00"}},
    ),
    Scenario(
        name="break-paid-and-automatic", title="Twenty minutes taken of thirty, fifteen of them paid", rule="R13", policy=BOTH,
        punches=whole("09:00", "13:00", "13:20", "17:00"),
        days={DAY: {"worked": "7:45", "taken_break": "0:20", "paid_break": "0:15", "auto_break": "0:10"}},
    ),
    Scenario(
        name="gap-after-the-shift", title="Away for an hour between the shift's end and an evening's work: a break that was taken", rule="R11", policy=GERMAN,
        punches=whole("09:00", "17:00", "18:00", "20:00"), days={DAY: {"taken_break": "1:00", "auto_break": "0:00", "worked": "10:00"}},
    ),
    Scenario(
        name="outside-before-no-break", title="Where time before the shift does not count, the time away before it is no break: half an hour is still owed", rule="R11", policy=FROM_START,
        punches=whole("08:00", "08:30", "08:45", "17:00"), days={DAY: {"worked": "7:30", "taken_break": "0:00", "auto_break": "0:30"}},
    ),
    Scenario(
        name="outside-at-the-start", title="Gone at nine sharp, back at half past: late, and on no break", rule="R11", policy=FROM_START,
        punches=whole("08:00", "09:00", "09:30", "17:00"), days={DAY: {"worked": "7:00", "taken_break": "0:00", "auto_break": "0:30", "late": "0:30"}},
    ),
    Scenario(
        name="outside-after-no-break", title="Where time after the shift does not count, who comes back in the evening was on no break", rule="R11", policy=TO_END,
        punches=whole("09:00", "17:00", "18:00", "19:00"), days={DAY: {"worked": "7:30", "taken_break": "0:00", "auto_break": "0:30"}},
    ),
    Scenario(
        name="outside-frame-no-break", title="The same before a frame that bounds", rule="R11", policy=GERMAN, shifts=(replace(FLEXIBLE, name="Flexible 7–20, bounds", bounds=True),),
        punches=whole("05:00", "06:30", "07:00", "15:00"), days={DAY: {"worked": "7:30", "taken_break": "0:00", "auto_break": "0:30"}},
    ),
    Scenario(
        name="outside-partly-counts", title="Five minutes reach into the shift: the time away after them is a break", rule="R11", policy=FROM_START,
        punches=whole("08:00", "09:05", "09:35", "17:00"), days={DAY: {"worked": "7:30", "taken_break": "0:30", "auto_break": "0:00"}},
    ),
    Scenario(
        name="outside-but-called", title="Called out in the evening where time after the shift does not count: the call-out does", rule="R10", policy=Policy("To the end", count_after=False), shifts=(EARLY, CALLED),
        punches=whole("09:00", "13:00", "13:30", "17:00", "20:00", "23:00"), days={DAY: {"worked": "10:30", "call_out": "0:00", "taken_break": "0:30"}},
    ),
    Scenario(
        name="outside-the-second-shift", title="An hour too early for the second of two shifts", rule="R10", policy=FROM_START, shifts=TWO_BLOCKS,
        punches=whole("06:00", "10:00", "17:00", "22:00"), days={DAY: {"worked": "8:00", "required": "8:00"}},
    ),
    Scenario(
        name="split-free-is-a-break", title="Free from two to five on a split shift: no other break is owed", rule="R13", policy=GERMAN, shifts=(SPLIT,),
        punches=whole("10:00", "14:00", "17:00", "21:00"), days={DAY: {"worked": "8:00", "taken_break": "0:00", "auto_break": "0:00"}},
    ),
    Scenario(
        name="split-free-not-lacking", title="The same where a break is shown and not deducted: none is lacking", rule="R13", policy=SHOWN, shifts=(SPLIT,),
        punches=whole("10:05", "13:50", "17:10", "21:00"), days={DAY: {"worked": "7:35", "auto_break": "0:00", "flags": ""}},
    ),
    Scenario(
        name="split-worked-through", title="Stays through the free time but for twenty minutes: ten more are deducted", rule="R13", policy=GERMAN, shifts=(SPLIT,),
        punches=whole("10:00", "16:40", "17:00", "19:00"), days={DAY: {"worked": "8:30", "taken_break": "0:00", "auto_break": "0:10"}},
    ),
    Scenario(
        name="split-free-too-short", title="Ten minutes of the free time are too short to count where a break has parts of fifteen", rule="R13", policy=IN_PARTS, shifts=(SPLIT,),
        punches=whole("10:00", "16:50", "17:00", "19:00"), days={DAY: {"worked": "8:20", "auto_break": "0:30"}},
    ),
    Scenario(
        name="split-punched-once", title="A split shift punched once: nobody was free, and half an hour is deducted", rule="R13", policy=GERMAN, shifts=(SPLIT,),
        punches=whole("10:00", "19:00"), days={DAY: {"worked": "8:30", "auto_break": "0:30"}},
    ),
    Scenario(
        name="split-never-paid", title="Where breaks are paid, the free time of a split shift is not", rule="R12", policy=BOTH, shifts=(SPLIT,),
        punches=whole("10:00", "14:00", "17:00", "21:00"), days={DAY: {"worked": "8:00", "paid_break": "0:00", "auto_break": "0:00"}},
    ),
    Scenario(
        name="two-shifts-free-between", title="Two short shifts with the day free between them", rule="R13", policy=GERMAN, shifts=TWO_BLOCKS,
        punches=whole("06:00", "10:00", "18:00", "22:00"), days={DAY: {"worked": "8:00", "taken_break": "0:00", "auto_break": "0:00"}},
    ),
    Scenario(
        name="round-nearest", title="To the nearest quarter; what was punched stays on record", rule="R9",
        policy=Policy("Nearest quarter", round_in=Rounding(QUARTER), round_out=Rounding(QUARTER)),
        punches=whole("09:07", "17:08"), days={DAY: {"worked": "8:15", "first": "9:07", "last": "17:08", "late": "0:07"}},
    ),
    Scenario(
        name="round-half-up", title="Half a step goes up", rule="R9",
        policy=Policy("Nearest quarter", round_in=Rounding(QUARTER), round_out=Rounding(QUARTER)),
        punches=whole("09:07:30", "17:07:30"), days={DAY: {"worked": "8:00"}},
    ),
    Scenario(
        name="round-for-the-employer", title="Check-ins up, check-outs down", rule="R9",
        policy=Policy("Up and down", round_in=Rounding(QUARTER, Direction.UP), round_out=Rounding(QUARTER, Direction.DOWN)),
        punches=whole("09:01", "17:14"), days={DAY: {"worked": "7:45"}},
    ),
    Scenario(
        name="round-for-the-employee", title="Check-ins down, check-outs up", rule="R9",
        policy=Policy("Down and up", round_in=Rounding(QUARTER, Direction.DOWN), round_out=Rounding(QUARTER, Direction.UP)),
        punches=whole("09:14", "17:01"), days={DAY: {"worked": "8:15", "late": "0:14"}},
    ),
    Scenario(
        name="round-never-negative", title="In and out within one quarter, rounded towards each other: nothing, not less", rule="R9",
        policy=Policy("Up and down", round_in=Rounding(QUARTER, Direction.UP), round_out=Rounding(QUARTER, Direction.DOWN)),
        punches=whole("09:01", "09:10"), days={DAY: {"worked": "0:00"}},
    ),
    Scenario(
        name="round-never-twice", title="Out and in within one quarter, rounded over each other: no minute counts twice", rule="R9",
        policy=Policy("Down and up", round_in=Rounding(QUARTER, Direction.DOWN), round_out=Rounding(QUARTER, Direction.UP)),
        punches=whole("09:00", "13:02", "13:10", "17:00"), days={DAY: {"worked": "8:00", "taken_break": "0:00"}},
    ),
    Scenario(
        name="round-on-odd-offset", title="Kathmandu, three quarters from the hour: the wall clock is rounded", rule="R9",
        zone="Asia/Kathmandu", policy=Policy("Half hours", round_in=Rounding(30 * MINUTE), round_out=Rounding(30 * MINUTE)),
        punches=whole("09:10", "17:20"), days={DAY: {"worked": "8:30"}},
    ),
    Scenario(
        name="break-with-a-missing-punch", title="Beside a missing punch no gap is called a break", rule="R11", shifts=(EARLY,),
        punches=(f"{DAY} 09:00 in", f"{DAY} 12:00 out", f"{DAY} 13:00 out", f"{DAY} 14:00 in", f"{DAY} 17:00 out"),
        days={DAY: {"worked": "6:00", "taken_break": "0:00", "missing_in": 1}},
    ),
)
