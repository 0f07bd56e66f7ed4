"""Rotating patterns, and rules that change with a date."""

from __future__ import annotations

from attendance.rules.policy import HOUR, MINUTE, BreakRule, Policy
from attendance.tests.scenarios.shape import EARLY, LATE, NIGHT, Pattern, Scenario

FOUR_ON_FOUR_OFF = (Pattern(NIGHT, "FREQ=DAILY;INTERVAL=8", "2026-12-28", run=4),)
TWO_WEEKS = (
    Pattern(EARLY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "2026-12-21"),
    Pattern(LATE, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "2026-12-28"),
)

ALL = (
    Scenario(
        name="four-on-four-off-new-year", title="Four nights on, four off, over the year's end", rule="R24",
        patterns=FOUR_ON_FOUR_OFF, punches=("2026-12-31 22:00 in", "2027-01-01 06:00 out"),
        days={
            "2026-12-31": {"worked": "8:00", "required": "8:00"},
            "2027-01-01": {"status": "off"}, "2027-01-04": {"status": "off"},
            "2027-01-05": {"status": "absent"}, "2027-01-08": {"status": "absent"}, "2027-01-09": {"status": "off"},
        },
    ),
    Scenario(
        name="two-weeks-over-new-year", title="A week early, a week late: the weeks go on over the year's end", rule="R24",
        patterns=TWO_WEEKS,
        punches=("2026-12-31 14:00 in", "2026-12-31 22:00 out", "2027-01-04 09:00 in", "2027-01-04 17:00 out"),
        days={
            "2026-12-31": {"worked": "8:00", "late": "0:00"}, "2027-01-02": {"status": "off"},
            "2027-01-04": {"worked": "8:00", "late": "0:00"},
        },
    ),
    Scenario(
        name="one-extra-shift", title="A single extra shift on a Saturday", rule="R24",
        patterns=(Pattern(EARLY, "FREQ=DAILY;COUNT=1", "2026-11-28"),), punches=(),
        days={"2026-11-27": {"status": "off"}, "2026-11-28": {"status": "absent"}, "2026-11-29": {"status": "off"}},
    ),
    Scenario(
        name="last-friday", title="Only the last Friday of each month", rule="R24",
        patterns=(Pattern(EARLY, "FREQ=MONTHLY;BYDAY=-1FR", "2026-01-01"),), punches=(),
        days={"2026-11-20": {"status": "off"}, "2026-11-27": {"status": "absent"}},
    ),
    Scenario(
        name="excepted-day", title="A pattern with a day taken out", rule="R24",
        patterns=(Pattern(EARLY, "RRULE:FREQ=DAILY\nEXDATE:20261125T000000", "2026-11-23"),), punches=(),
        days={"2026-11-24": {"status": "absent"}, "2026-11-25": {"status": "off"}, "2026-11-26": {"status": "absent"}},
    ),
    Scenario(
        name="late-then-early", title="A late shift followed by an early one: each punch on its own day", rule="R3",
        patterns=(Pattern(LATE, "FREQ=DAILY;COUNT=1", "2026-11-24"), Pattern(EARLY, "FREQ=DAILY;COUNT=1", "2026-11-25")),
        punches=("2026-11-24 14:00 in", "2026-11-24 23:30 out", "2026-11-25 08:50 in", "2026-11-25 17:00 out"),
        days={"2026-11-24": {"worked": "9:30"}, "2026-11-25": {"worked": "8:10", "late": "0:00"}},
    ),
    Scenario(
        name="night-then-day", title="Off the night at half past six, in for the day shift's start at nine", rule="R3",
        patterns=(Pattern(NIGHT, "FREQ=DAILY;COUNT=1", "2026-11-24"), Pattern(EARLY, "FREQ=DAILY;COUNT=1", "2026-11-25")),
        punches=("2026-11-24 22:00 in", "2026-11-25 06:30 out", "2026-11-25 09:00 in", "2026-11-25 17:00 out"),
        days={"2026-11-24": {"worked": "8:30"}, "2026-11-25": {"worked": "8:00", "late": "0:00"}},
    ),
    Scenario(
        name="rule-changes-mid-month", title="A break rule that begins in the middle of the month", rule="R26",
        policies={"2026-11-25": Policy("With a break", breaks=(BreakRule(6 * HOUR, 30 * MINUTE),))},
        punches=("2026-11-24 09:00 in", "2026-11-24 17:00 out", "2026-11-25 09:00 in", "2026-11-25 17:00 out"),
        days={"2026-11-24": {"worked": "8:00"}, "2026-11-25": {"worked": "7:30", "auto_break": "0:30"}},
    ),
    Scenario(
        name="department-changes-mid-period", title="Moves to a department whose rules pay a break", rule="R26",
        policies={"2026-11-25": Policy("Workshop", paid_break=20 * MINUTE)},
        punches=("2026-11-24 09:00 in", "2026-11-24 12:00 out", "2026-11-24 12:30 in", "2026-11-24 17:00 out",
                 "2026-11-25 09:00 in", "2026-11-25 12:00 out", "2026-11-25 12:30 in", "2026-11-25 17:00 out"),
        days={"2026-11-24": {"worked": "7:30"}, "2026-11-25": {"worked": "7:50", "paid_break": "0:20"}},
        total={"worked": "15:20"},
    ),
)
