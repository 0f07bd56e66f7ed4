"""Single days: presence, lateness, forgotten and doubled punches, devices without a direction, employment."""

from __future__ import annotations

from dataclasses import replace

from attendance.rules.policy import HOUR, MINUTE, Policy, Undirected
from attendance.rules.shapes import Half
from attendance.tests.scenarios.shape import EARLY, EVERY_DAY, FLEXIBLE, OPEN, SPLIT, Scenario, block, shift

TUESDAY = "2026-11-24"
FIRST_LAST = Policy("First in, last out", undirected=Undirected.FIRST_LAST)

ALL = (
    Scenario(
        name="plain-day", title="A plain day", rule="R1",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "8:00", "required": "8:00", "balance": "0:00", "status": "present"}},
    ),
    Scenario(
        name="seconds-count", title="Seconds are counted, not thrown away", rule="R1",
        punches=(f"{TUESDAY} 09:00:40 in", f"{TUESDAY} 17:00:10 out"),
        days={TUESDAY: {"worked": "7:59:30"}},
    ),
    Scenario(
        name="within-grace", title="Five minutes late within five minutes of grace", rule="R15",
        punches=(f"{TUESDAY} 09:05 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"late": "0:00", "worked": "7:55"}},
    ),
    Scenario(
        name="after-grace", title="Six minutes late: all six count, not the one after the grace", rule="R15",
        punches=(f"{TUESDAY} 09:06 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"late": "0:06", "worked": "7:54"}},
    ),
    Scenario(
        name="leaves-early", title="Leaves before the end", rule="R16",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 15:30 out"),
        days={TUESDAY: {"early": "1:30", "worked": "6:30", "balance": "-1:30"}},
    ),
    Scenario(
        name="early-arrival", title="Arrives early: the time counts where the policy says nothing else", rule="R10",
        punches=(f"{TUESDAY} 08:20 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "8:40", "late": "0:00"}},
    ),
    Scenario(
        name="early-arrival-not-counted", title="Arrives early where time before the shift does not count", rule="R10",
        policy=Policy("From the start", count_before=False),
        punches=(f"{TUESDAY} 08:20 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "8:00"}},
    ),
    Scenario(
        name="late-departure-not-counted", title="Stays on where time after the shift does not count", rule="R10",
        policy=Policy("To the end", count_after=False),
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 18:10 out"),
        days={TUESDAY: {"worked": "8:00", "last": "18:10"}},
    ),
    Scenario(
        name="all-before-the-shift", title="Comes and goes before a shift that counts from its start", rule="R10",
        policy=Policy("From the start", count_before=False),
        punches=(f"{TUESDAY} 07:00 in", f"{TUESDAY} 08:00 out"),
        days={TUESDAY: {"worked": "0:00", "absent": "8:00"}},
    ),
    Scenario(
        name="forgotten-out", title="A forgotten check-out leaves one day open and the next as it is", rule="R6",
        punches=(f"{TUESDAY} 09:00 in", "2026-11-25 09:00 in", "2026-11-25 17:00 out"),
        days={
            TUESDAY: {"worked": "0:00", "missing_out": 1, "missing_in": 0, "early": "0:00", "absent": "0:00"},
            "2026-11-25": {"worked": "8:00", "missing_out": 0, "missing_in": 0},
        },
    ),
    Scenario(
        name="forgotten-in", title="A forgotten check-in", rule="R6",
        punches=(f"{TUESDAY} 17:00 out",),
        days={TUESDAY: {"worked": "0:00", "missing_in": 1, "late": "0:00", "status": "present"}},
    ),
    Scenario(
        name="forgotten-out-at-lunch", title="A check-out forgotten at lunch: the afternoon counts", rule="R6",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 14:00 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "3:00", "missing_out": 1, "late": "0:00", "early": "0:00"}},
    ),
    Scenario(
        name="out-after-the-latest", title="A check-out half an hour after the shift's latest: the whole day counts", rule="R5",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 21:30 out"),
        days={TUESDAY: {"worked": "12:30", "missing_out": 0, "missing_in": 0}},
    ),
    Scenario(
        name="out-at-the-latest", title="A check-out at the shift's latest still belongs to it", rule="R5",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 21:00 out"),
        days={TUESDAY: {"worked": "12:00", "missing_out": 0}},
    ),
    Scenario(
        name="double-in", title="A check-in repeated within a minute", rule="R7",
        punches=(f"{TUESDAY} 09:00:00 in", f"{TUESDAY} 09:00:45 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "8:00", "missing_out": 0}},
    ),
    Scenario(
        name="double-out", title="A check-out repeated three times", rule="R7",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 17:00:00 out", f"{TUESDAY} 17:00:50 out", f"{TUESDAY} 17:01:40 out"),
        days={TUESDAY: {"worked": "8:00", "missing_in": 0}},
    ),
    Scenario(
        name="second-in-after-minutes", title="A second check-in ten minutes on is no double: an out is missing", rule="R7",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 09:10 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "7:50", "missing_out": 1, "late": "0:00"}},
    ),
    Scenario(
        name="in-and-out-at-once", title="In and out again within seconds", rule="R7",
        punches=(f"{TUESDAY} 09:00:00 in", f"{TUESDAY} 09:00:20 out"),
        days={TUESDAY: {"worked": "0:00:20", "early": "7:59:40"}},
    ),
    Scenario(
        name="absent", title="Nobody came", rule="R17",
        punches=(), days={TUESDAY: {"status": "absent", "absent": "8:00", "balance": "-8:00"}},
    ),
    Scenario(
        name="day-off", title="No shift on a Sunday", rule="R17",
        punches=(), days={"2026-11-22": {"status": "off", "absent": "0:00", "required": "0:00"}},
    ),
    Scenario(
        name="works-on-a-day-off", title="Works on a day without a shift", rule="R4",
        punches=("2026-11-22 10:00 in", "2026-11-22 12:30 out"),
        days={"2026-11-22": {"status": "present", "worked": "2:30", "required": "0:00", "balance": "2:30", "late": "0:00"}},
    ),
    Scenario(
        name="comes-only-after-the-shift", title="Comes only after the shift: the shift was missed", rule="R17",
        punches=(f"{TUESDAY} 18:00 in", f"{TUESDAY} 20:00 out"),
        days={TUESDAY: {"worked": "2:00", "absent": "8:00", "late": "0:00", "status": "present"}},
    ),
    Scenario(
        name="balance-before-the-shift", title="Before the shift nothing is owed", rule="R17",
        now=f"{TUESDAY}T07:10", punches=(), days={TUESDAY: {"required": "8:00", "balance": "0:00"}},
    ),
    Scenario(
        name="balance-at-lunch", title="At noon, away for the moment: the afternoon is not owed yet", rule="R17",
        now=f"{TUESDAY}T12:30", punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 12:00 out"),
        days={TUESDAY: {"worked": "3:00", "required": "8:00", "balance": "0:00"}},
    ),
    Scenario(
        name="balance-at-the-end", title="The shift is over: what was not worked is owed", rule="R17",
        now=f"{TUESDAY}T17:01", punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 12:00 out"),
        days={TUESDAY: {"worked": "3:00", "balance": "-5:00"}},
    ),
    Scenario(
        name="balance-still-working", title="Who still works after the shift owes nothing yet", rule="R17",
        now=f"{TUESDAY}T17:20", punches=(f"{TUESDAY} 09:00 in",), days={TUESDAY: {"status": "working", "balance": "0:00"}},
    ),
    Scenario(
        name="not-yet-late", title="At five past nine somebody who has not come is expected", rule="R17",
        now=f"{TUESDAY}T09:05", punches=(), days={TUESDAY: {"status": "expected", "absent": "0:00"}},
    ),
    Scenario(
        name="overdue", title="At six past nine they are absent", rule="R17",
        now=f"{TUESDAY}T09:06", punches=(), days={TUESDAY: {"status": "absent"}},
    ),
    Scenario(
        name="still-in", title="Somebody who is in is working, and nothing is missing", rule="R6",
        now=f"{TUESDAY}T11:00", punches=(f"{TUESDAY} 09:10 in",),
        days={TUESDAY: {"status": "working", "missing_out": 0, "late": "0:10", "worked": "0:00"}},
    ),
    Scenario(
        name="flexible", title="Flexible: any time around the core", rule="R15", shifts=(FLEXIBLE,),
        punches=(f"{TUESDAY} 09:40 in", f"{TUESDAY} 17:10 out"),
        days={TUESDAY: {"worked": "7:30", "late": "0:00", "early": "0:00", "required": "8:00", "balance": "-0:30"}},
    ),
    Scenario(
        name="flexible-core-missed", title="Flexible: late for the core, and gone before its end", rule="R15", shifts=(FLEXIBLE,),
        punches=(f"{TUESDAY} 10:20 in", f"{TUESDAY} 14:00 out"),
        days={TUESDAY: {"late": "0:20", "early": "1:00", "worked": "3:40"}},
    ),
    Scenario(
        name="open", title="Open: only the hours count", rule="R15", shifts=(OPEN,),
        punches=(f"{TUESDAY} 12:00 in", f"{TUESDAY} 20:00 out"),
        days={TUESDAY: {"late": "0:00", "worked": "8:00", "required": "7:30", "balance": "0:30"}},
    ),
    Scenario(
        name="split", title="Split shift: the pause between its blocks is no break", rule="R11", shifts=(SPLIT,),
        punches=(f"{TUESDAY} 10:00 in", f"{TUESDAY} 14:00 out", f"{TUESDAY} 17:00 in", f"{TUESDAY} 21:00 out"),
        days={TUESDAY: {"worked": "8:00", "taken_break": "0:00", "required": "8:00"}},
    ),
    Scenario(
        name="split-late-twice", title="Split shift: late for either block counts", rule="R15", shifts=(SPLIT,),
        punches=(f"{TUESDAY} 10:10 in", f"{TUESDAY} 14:00 out", f"{TUESDAY} 17:20 in", f"{TUESDAY} 21:00 out"),
        days={TUESDAY: {"late": "0:30"}},
    ),
    Scenario(
        name="split-block-missed", title="Split shift: the second block missed", rule="R17", shifts=(SPLIT,),
        punches=(f"{TUESDAY} 10:00 in", f"{TUESDAY} 14:00 out"),
        days={TUESDAY: {"absent": "4:00", "worked": "4:00", "status": "present", "early": "0:00"}},
    ),
    Scenario(
        name="first-in-last-out", title="A turnstile without directions: first in, last out", rule="R8", policy=FIRST_LAST,
        punches=(f"{TUESDAY} 09:00 any", f"{TUESDAY} 11:30 any", f"{TUESDAY} 12:10 any", f"{TUESDAY} 17:00 any"),
        days={TUESDAY: {"worked": "8:00", "taken_break": "0:00"}},
    ),
    Scenario(
        name="alternating", title="The same punches read as alternating", rule="R8",
        punches=(f"{TUESDAY} 09:00 any", f"{TUESDAY} 11:30 any", f"{TUESDAY} 12:10 any", f"{TUESDAY} 17:00 any"),
        days={TUESDAY: {"worked": "7:20", "taken_break": "0:40"}},
    ),
    Scenario(
        name="alternating-forgotten", title="Alternating with one forgotten: the next day starts anew", rule="R8",
        punches=(f"{TUESDAY} 09:00 any", "2026-11-25 09:00 any", "2026-11-25 17:00 any"),
        days={TUESDAY: {"missing_out": 1}, "2026-11-25": {"worked": "8:00", "missing_out": 0, "missing_in": 0}},
    ),
    Scenario(
        name="mixed-devices", title="A kiosk with directions and a turnstile without, on one day", rule="R8",
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 13:00 any", f"{TUESDAY} 14:00 any", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "7:00", "taken_break": "1:00"}},
    ),
    Scenario(
        name="hired-mid-month", title="Hired in the middle of the month: nothing is asked for before", rule="R27",
        employed=("2026-11-24", "2100-01-01"), punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 17:00 out"),
        days={"2026-11-23": {"status": "not_employed", "required": "0:00", "absent": "0:00"}, TUESDAY: {"worked": "8:00"}},
    ),
    Scenario(
        name="left-mid-month", title="Left in the middle of the month: nothing is asked for after", rule="R27",
        employed=("2000-01-01", TUESDAY), punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"worked": "8:00"}, "2026-11-25": {"status": "not_employed", "absent": "0:00"}},
    ),
    Scenario(
        name="leave", title="A day's approved leave", rule="R18", absences={TUESDAY: Half.WHOLE},
        punches=(), days={TUESDAY: {"status": "leave", "leave": "8:00", "required": "0:00", "absent": "0:00"}},
    ),
    Scenario(
        name="half-day-morning", title="Leave in the morning: expected from the middle of the shift", rule="R18",
        absences={TUESDAY: Half.FIRST}, punches=(f"{TUESDAY} 13:10 in", f"{TUESDAY} 17:00 out"),
        days={TUESDAY: {"leave": "4:00", "required": "4:00", "late": "0:10", "worked": "3:50"}},
    ),
    Scenario(
        name="half-day-afternoon", title="Leave in the afternoon: nobody leaves early at one", rule="R18",
        absences={TUESDAY: Half.SECOND}, punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 13:00 out"),
        days={TUESDAY: {"leave": "4:00", "required": "4:00", "early": "0:00", "balance": "0:00"}},
    ),
    Scenario(
        name="half-day-and-absent", title="Half a day's leave, and absent for the other half", rule="R18",
        absences={TUESDAY: Half.SECOND}, punches=(), days={TUESDAY: {"status": "absent", "absent": "4:00", "leave": "4:00"}},
    ),
    Scenario(
        name="half-day-split-morning", title="Leave in the morning of a split shift: its second block is left", rule="R18", shifts=(SPLIT,),
        absences={TUESDAY: Half.FIRST}, punches=(f"{TUESDAY} 17:10 in", f"{TUESDAY} 20:45 out"),
        days={TUESDAY: {"leave": "4:00", "late": "0:10", "early": "0:15", "absent": "0:00", "worked": "3:35"}},
    ),
    Scenario(
        name="half-day-within-a-block", title="Leave in the afternoon, with blocks of three and five hours: an hour of the second is left", rule="R18",
        shifts=(shift("Split 9–12, 13–18", "09:00-12:00", "13:00-18:00"),), absences={TUESDAY: Half.SECOND},
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 12:00 out", f"{TUESDAY} 13:00 in", f"{TUESDAY} 13:50 out"),
        days={TUESDAY: {"leave": "4:00", "late": "0:00", "early": "0:10", "absent": "0:00", "worked": "3:50"}},
    ),
    Scenario(
        name="works-on-leave", title="Works on a day of leave: the work counts", rule="R18", absences={TUESDAY: Half.WHOLE},
        punches=(f"{TUESDAY} 09:00 in", f"{TUESDAY} 11:00 out"),
        days={TUESDAY: {"status": "present", "worked": "2:00", "required": "0:00", "balance": "2:00", "early": "0:00"}},
    ),
    Scenario(
        name="holiday", title="A public holiday asks for nothing", rule="R19", holidays={"2026-12-08": "Inmaculada"},
        punches=(), days={"2026-12-08": {"status": "holiday", "required": "0:00", "absent": "0:00"}},
    ),
    Scenario(
        name="holiday-worked", title="Works on a public holiday", rule="R19", holidays={"2026-12-08": "Inmaculada"},
        punches=("2026-12-08 09:00 in", "2026-12-08 13:00 out"),
        days={"2026-12-08": {"worked": "4:00", "on_holiday": "4:00", "balance": "4:00", "late": "0:00", "early": "0:00"}},
    ),
    Scenario(
        name="holiday-shift", title="A shift that is worked on holidays is expected on them", rule="R19",
        shifts=(replace(EARLY, works_holidays=True),), holidays={"2026-12-08": "Inmaculada"},
        punches=(), days={"2026-12-08": {"status": "absent", "absent": "8:00"}},
    ),
    Scenario(
        name="leave-over-a-holiday", title="Leave over a holiday uses up no leave", rule="R19",
        holidays={"2026-12-08": "Inmaculada"}, absences={"2026-12-08": Half.WHOLE},
        punches=(), days={"2026-12-08": {"status": "holiday", "leave": "0:00", "required": "0:00"}},
    ),
    Scenario(
        name="leap-day", title="The leap day is a day like any other", rule="R1",
        punches=("2028-02-29 09:00 in", "2028-02-29 17:00 out"),
        days={"2028-02-29": {"worked": "8:00", "required": "8:00"}, "2028-03-01": {"status": "absent"}},
    ),
    Scenario(
        name="two-shifts-in-a-day", title="Two shifts on one day, each with its own hours", rule="R3",
        shifts=(replace(EARLY, name="6–10", blocks=(block("06:00-10:00"),), before=HOUR, after=HOUR),
                replace(EARLY, name="18–22", blocks=(block("18:00-22:00"),), before=HOUR, after=HOUR)),
        punches=(f"{TUESDAY} 06:00 in", f"{TUESDAY} 10:00 out", f"{TUESDAY} 18:15 in", f"{TUESDAY} 22:00 out"),
        days={TUESDAY: {"worked": "7:45", "required": "8:00", "late": "0:15", "taken_break": "0:00"}},
    ),
    Scenario(
        name="two-shifts-out-forgotten", title="Two shifts, the first check-out forgotten: the second is whole", rule="R6",
        shifts=(replace(EARLY, name="6–10", blocks=(block("06:00-10:00"),), before=HOUR, after=HOUR),
                replace(EARLY, name="18–22", blocks=(block("18:00-22:00"),), before=HOUR, after=HOUR)),
        punches=(f"{TUESDAY} 06:00 in", f"{TUESDAY} 18:00 in", f"{TUESDAY} 22:00 out"),
        days={TUESDAY: {"worked": "4:00", "missing_out": 1, "late": "0:00"}},
    ),
    Scenario(
        name="earliest-punch", title="A check-in before the shift's earliest, and its check-out within the shift", rule="R5",
        shifts=(replace(EARLY, before=30 * MINUTE),), punches=(f"{TUESDAY} 07:00 in", f"{TUESDAY} 16:00 out"),
        days={TUESDAY: {"worked": "9:00", "early": "1:00", "late": "0:00"}},
    ),
    Scenario(
        name="day-cut", title="An evening without a shift goes on after midnight where the day ends at four", rule="R4",
        shifts=(), policy=Policy("Day ends at four", day_cut=block("04:00-05:00").starts), weekdays=EVERY_DAY,
        punches=(f"{TUESDAY} 20:00 in", f"{TUESDAY} 23:50 out", "2026-11-25 00:20 in", "2026-11-25 02:20 out"),
        days={TUESDAY: {"worked": "5:50"}, "2026-11-25": {"worked": "0:00", "status": "off"}},
    ),
)
