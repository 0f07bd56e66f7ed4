"""Several shifts: hand-overs, double shifts punched once, guards of a day and longer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from attendance.rules.policy import HOUR, MINUTE, BreakRule, Policy, Scope, Undirected
from attendance.rules.policy import OvertimeRule as Rule
from attendance.rules.shapes import Half
from attendance.tests.scenarios.shape import EVERY_DAY, NIGHT, Pattern, Scenario, shift

MORNING, AFTERNOON = shift("Morning 6–14", "06:00-14:00"), shift("Afternoon 14–22", "14:00-22:00")
BOTH = (MORNING, AFTERNOON)
GUARD = shift("Guard 8–8", "08:00-08:00")
DAY = "2026-11-24"
NEXT = "2026-11-25"
THEN = "2026-11-26"
NIGHT_THEN_MORNING = (
    Pattern(NIGHT, "FREQ=DAILY;COUNT=1", "2026-11-17"), Pattern(MORNING, "FREQ=DAILY;COUNT=1", "2026-11-18"),
)
BREAK = Policy("30 after 6 h", breaks=(BreakRule(6 * HOUR, 30 * MINUTE),))
LONG = Policy("Up to 36 hours without a shift", longest=36 * HOUR)
DAILY = Policy("Over 8 hours a day", overtime=(Rule(Scope.DAY, 8 * HOUR, 150),))
FIRST_LAST = Policy("First in, last out", undirected=Undirected.FIRST_LAST)


def two(
    name: str, title: str, punches: str, expected: dict[str, str | int], rule: str = "R31", **more: Any
) -> Scenario:
    """A day with both shifts; ``punches`` are ``06:00 in, 13:57 out``."""
    listed = tuple(f"{DAY} {one}" for one in punches.split(", "))
    return Scenario(name=name, title=title, rule=rule, shifts=BOTH, punches=listed, days={DAY: expected}, **more)


def guard(
    name: str,
    title: str,
    punches: tuple[str, ...],
    days: dict[str, dict[str, str | int]],
    rule: str = "R31",
    **more: Any,
) -> Scenario:
    return Scenario(
        name=name, title=title, rule=rule, shifts=(GUARD,), weekdays=EVERY_DAY, punches=punches, days=days, **more
    )


ALL = (
    two("hand-over", "Two shifts with a hand-over two minutes before the second", "06:00 in, 13:57 out, 13:59 in, 22:00 out",
        {"worked": "15:58", "missing_in": 0, "missing_out": 0, "late": "0:00", "early": "0:03", "taken_break": "0:00"}),
    two("hand-over-late", "Back six minutes after the second shift began", "06:00 in, 14:02 out, 14:06 in, 22:00 out",
        {"worked": "15:56", "late": "0:06", "early": "0:00", "taken_break": "0:00"}),
    two("double-punched-once", "Two shifts punched once", "06:00 in, 22:00 out",
        {"worked": "16:00", "missing_out": 0, "late": "0:00", "early": "0:00", "required": "16:00", "balance": "0:00"}),
    two("double-punched-once-long", "Two shifts punched once, with five minutes before and after", "05:55 in, 22:05 out",
        {"worked": "16:10", "missing_out": 0, "missing_in": 0}),
    two("double-second-missed", "Only the first of two shifts", "06:00 in, 14:00 out", {"worked": "8:00", "absent": "8:00", "late": "0:00"}),
    two("double-first-missed", "Only the second of two shifts", "13:50 in, 22:00 out", {"worked": "8:10", "absent": "8:00", "late": "0:00"}),
    two("double-with-breaks", "Two shifts, each with its break", "06:00 in, 10:00 out, 10:30 in, 13:57 out, 13:59 in, 18:00 out, 18:30 in, 22:00 out",
        {"worked": "14:58", "taken_break": "1:00"}),
    two("hand-over-out-forgotten", "The first check-out forgotten: the second shift is whole", "06:00 in, 13:59 in, 22:00 out",
        {"worked": "8:01", "missing_out": 1, "late": "0:00"}, rule="R6"),
    two("hand-over-in-forgotten", "The second check-in forgotten: the first shift is whole", "06:00 in, 14:03 out, 22:00 out",
        {"worked": "8:03", "missing_in": 1, "early": "0:00"}, rule="R6"),
    two("hand-over-still-in", "At three, in for the second shift", "06:00 in, 13:57 out, 13:59 in",
        {"worked": "7:57", "status": "working", "missing_out": 0, "late": "0:00"}, rule="R6", now=f"{DAY}T15:00"),
    two("double-still-in", "At seven in the evening a double shift punched once is running", "06:00 in",
        {"worked": "0:00", "status": "working", "missing_out": 0}, rule="R5", now=f"{DAY}T19:00"),
    two("hand-over-no-break-owed", "A gap between two shifts is no break: the automatic one is deducted", "06:00 in, 13:50 out, 14:10 in, 22:00 out",
        {"worked": "15:10", "taken_break": "0:00", "auto_break": "0:30"}, rule="R11", policy=BREAK),
    two("hand-over-overtime", "Two shifts on a day where overtime begins after eight hours", "06:00 in, 14:00 out, 14:00:30 in, 22:00 out",
        {"worked": "15:59:30", "overtime": "150: 7:59:30"}, rule="R20", policy=DAILY),
    two("hand-over-undirected", "A turnstile without directions: the two punches at the border are one for each shift",
        "06:00 any, 13:57 any, 13:59 any, 22:00 any", {"worked": "15:58", "missing_out": 0}, rule="R8"),
    two("hand-over-first-last", "First in, last out, with two shifts: each has its own first and last",
        "06:00 any, 09:00 any, 13:57 any, 13:59 any, 18:00 any, 22:00 any", {"worked": "15:58"}, rule="R8", policy=FIRST_LAST),
    two("two-half-days", "Morning leave with two shifts: half of each", "10:00 in, 14:00 out, 18:00 in, 22:00 out",
        {"worked": "8:00", "leave": "8:00", "required": "8:00", "late": "0:00", "early": "0:00"}, rule="R18", absences={DAY: Half.FIRST}),
    Scenario(
        name="night-into-morning", title="A night, and the morning after it, with a hand-over at two minutes to six", rule="R31",
        patterns=NIGHT_THEN_MORNING, punches=("2026-11-17 22:00 in", "2026-11-18 05:57 out", "2026-11-18 05:59 in", "2026-11-18 14:00 out"),
        days={"2026-11-17": {"worked": "7:57", "missing_out": 0}, "2026-11-18": {"worked": "8:01", "late": "0:00", "missing_in": 0}},
    ),
    Scenario(
        name="night-and-morning-punched-once", title="A night and the morning after it punched once: cut at six", rule="R31",
        patterns=NIGHT_THEN_MORNING, punches=("2026-11-17 22:00 in", "2026-11-18 14:00 out"),
        days={"2026-11-17": {"worked": "8:00", "missing_out": 0, "early": "0:00"}, "2026-11-18": {"worked": "8:00", "missing_in": 0, "late": "0:00"}},
    ),
    Scenario(
        name="no-rest-between", title="A night and the morning after it punched once: there was no rest", rule="R23", patterns=NIGHT_THEN_MORNING,
        policy=Policy("Eleven hours of rest", rest=11 * HOUR), punches=("2026-11-17 22:00 in", "2026-11-18 14:00 out"),
        days={"2026-11-18": {"short_rest": "11:00"}},
    ),
    Scenario(
        name="night-and-half-the-morning", title="Stays two hours after the night: they are the night's, and the morning is missed", rule="R31",
        patterns=NIGHT_THEN_MORNING, punches=("2026-11-17 22:00 in", "2026-11-18 08:00 out"),
        days={"2026-11-17": {"worked": "10:00"}, "2026-11-18": {"worked": "0:00", "status": "absent"}},
    ),
    Scenario(
        name="night-and-most-of-the-morning", title="Stays six hours after the night: the morning was worked, and left early", rule="R31",
        patterns=NIGHT_THEN_MORNING, punches=("2026-11-17 22:00 in", "2026-11-18 12:00 out"),
        days={"2026-11-17": {"worked": "8:00"}, "2026-11-18": {"worked": "6:00", "early": "2:00"}},
    ),
    Scenario(
        name="evening-then-night", title="Afternoon and night in a row, punched once: cut at ten", rule="R31",
        shifts=(AFTERNOON, NIGHT), weekdays=frozenset({1}), punches=(f"{DAY} 14:00 in", f"{NEXT} 06:00 out"),
        days={DAY: {"worked": "16:00", "night": "8:00", "required": "16:00", "early": "0:00"}},
    ),
    Scenario(
        name="border-rounding", title="A border is not rounded", rule="R31", patterns=NIGHT_THEN_MORNING,
        policy=Policy("Nearest quarter", round_in=replace(Policy().round_in, step=15 * MINUTE), round_out=replace(Policy().round_out, step=15 * MINUTE)),
        punches=("2026-11-17 22:07 in", "2026-11-18 13:55 out"),
        days={"2026-11-17": {"worked": "8:00"}, "2026-11-18": {"worked": "8:00"}},
    ),
    guard("guard-hand-over", "Two guards of 24 hours with a hand-over at four minutes to eight",
          (f"{DAY} 08:00 in", f"{NEXT} 07:56 out", f"{NEXT} 07:58 in", f"{THEN} 08:00 out"),
          {DAY: {"worked": "23:56", "missing_out": 0}, NEXT: {"worked": "24:02", "missing_in": 0, "late": "0:00"}}),
    guard("guard-punched-once", "Two guards in a row punched once: 48 hours, cut at eight", (f"{DAY} 08:00 in", f"{THEN} 08:00 out"),
          {DAY: {"worked": "24:00", "missing_out": 0}, NEXT: {"worked": "24:00", "missing_in": 0, "late": "0:00"}}),
    guard("guard-overlong", "A guard that lasts 26 hours, and no guard the day after", (f"{DAY} 08:00 in", f"{NEXT} 10:00 out"),
          {DAY: {"worked": "26:00", "missing_out": 0}}, rule="R5"),
    guard("guard-break", "A guard with an hour away in the night", (f"{DAY} 08:00 in", f"{NEXT} 02:00 out", f"{NEXT} 03:00 in", f"{NEXT} 08:00 out"),
          {DAY: {"worked": "23:00", "taken_break": "1:00"}, NEXT: {"worked": "0:00"}}, rule="R11"),
    guard("guard-out-forgotten", "The check-out of a guard forgotten: the next one is whole",
          (f"{DAY} 08:00 in", f"{NEXT} 07:58 in", f"{THEN} 08:00 out"),
          {DAY: {"worked": "0:00", "missing_out": 1}, NEXT: {"worked": "24:02", "missing_in": 0}}, rule="R6"),
    guard("guard-undirected", "Guards at a turnstile without directions",
          (f"{DAY} 08:00 any", f"{NEXT} 07:56 any", f"{NEXT} 07:58 any", f"{THEN} 08:00 any"),
          {DAY: {"worked": "23:56"}, NEXT: {"worked": "24:02"}}, rule="R8"),
    guard("guard-clocks-change", "A guard over the night on which summer time ends has 25 hours", ("2026-10-24 08:00 in", "2026-10-25 08:00 out"),
          {"2026-10-24": {"worked": "25:00", "required": "25:00", "balance": "0:00"}}, rule="R1"),
    guard("guard-night", "The night hours of a guard", (f"{DAY} 08:00 in", f"{NEXT} 08:00 out"), {DAY: {"night": "8:00", "worked": "24:00"}}, rule="R14"),
    Scenario(
        name="long-without-a-shift", title="Twenty hours without a shift, where the policy lets an interval last 36", rule="R5",
        shifts=(), policy=LONG, punches=(f"{DAY} 08:00 in", f"{NEXT} 04:00 out"),
        days={DAY: {"worked": "20:00", "missing_out": 0}, NEXT: {"worked": "0:00", "missing_in": 0}},
    ),
    Scenario(
        name="second-after-the-latest", title="A second after the shift's latest punch", rule="R5",
        punches=(f"{DAY} 09:00 in", f"{DAY} 21:00:01 out"), days={DAY: {"worked": "12:00:01", "missing_out": 0, "missing_in": 0}},
    ),
    Scenario(
        name="latest-and-another-shift", title="After the latest punch, within another shift's time: nobody knows, and both are asked for", rule="R5",
        shifts=(shift("6–10", "06:00-10:00", before=HOUR, after=HOUR), shift("18–22", "18:00-22:00", before=HOUR, after=HOUR)),
        punches=(f"{DAY} 06:00 in", f"{DAY} 22:00 out"), days={DAY: {"worked": "0:00", "missing_out": 1, "missing_in": 1}},
    ),
    Scenario(
        name="two-spells-no-shift", title="Morning and night of one day without a shift: the eight hours at home are no break", rule="R11",
        shifts=(), policy=Policy("30 after 6 h, eleven hours of rest", breaks=(BreakRule(6 * HOUR, 30 * MINUTE),), rest=11 * HOUR),
        punches=(f"{DAY} 06:00 in", f"{DAY} 14:00 out", f"{DAY} 22:00 in", f"{NEXT} 06:00 out"),
        days={DAY: {"taken_break": "0:00", "auto_break": "0:30", "worked": "15:30", "short_rest": "3:00"}, NEXT: {"worked": "0:00"}},
    ),
    Scenario(
        name="in-and-out-kept", title="In again 45 seconds after going out: the punch counts", rule="R7", shifts=(),
        punches=(f"{DAY} 09:00:00 in", f"{DAY} 12:00:00 out", f"{DAY} 12:00:45 in", f"{DAY} 17:00:00 out"),
        days={DAY: {"worked": "7:59:15", "missing_in": 0, "missing_out": 0}},
    ),
    Scenario(
        name="two-in-a-week", title="Weekdays by one shift, Saturday by another: all hours are asked for", rule="R24",
        patterns=(Pattern(shift("9–17", "09:00-17:00"), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-23"),
                  Pattern(shift("Saturday 9–13", "09:00-13:00"), "FREQ=WEEKLY;BYDAY=SA", "2026-11-23")),
        punches=(), days={"2026-11-28": {"required": "4:00"}}, span=("2026-11-23", "2026-11-29"), total={"required": "44:00"},
    ),
)
