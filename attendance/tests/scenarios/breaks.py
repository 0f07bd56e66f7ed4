"""Breaks and rounding."""

from __future__ import annotations

from attendance.rules.policy import HOUR, MINUTE, BreakRule, Direction, Policy, Rounding
from attendance.tests.scenarios.shape import EARLY, Scenario

DAY = "2026-11-24"
GERMAN = Policy(
    "30 after 6 h, 45 after 9 h", breaks=(BreakRule(6 * HOUR, 30 * MINUTE), BreakRule(9 * HOUR, 45 * MINUTE))
)
PAID = Policy("15 minutes are paid", paid_break=15 * MINUTE)
BOTH = Policy("Half an hour, 15 minutes of it paid", breaks=(BreakRule(6 * HOUR, 30 * MINUTE),), paid_break=15 * MINUTE)
QUARTER = 15 * MINUTE


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
)  # fmt: skip
