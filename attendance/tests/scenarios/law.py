"""What the packs of countries give: each scenario names the article that it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from attendance.rules.packs import pack
from attendance.rules.policy import HOUR, OvertimeRule, Policy, Scope
from attendance.rules.shapes import Kind
from attendance.tests.scenarios.shape import EVERY_DAY, NIGHT, OPEN, SPLIT, Scenario, shift
from attendance.tests.scenarios.tiers import week

BOLIVIA, SPAIN, MEXICO, BRAZIL = (pack(code).policy for code in ("bolivia", "spain", "mexico", "brazil"))
GERMANY, FRANCE, CALIFORNIA, FLSA = (pack(code).policy for code in ("germany", "france", "california", "flsa"))
MEXICO_DAILY = replace(
    MEXICO, name="Mexico, over 8 hours by the day", overtime=(*MEXICO.overtime[1:], OvertimeRule(Scope.DAY, 8 * HOUR, 200, limit=9 * HOUR, beyond=300))
)
SPLIT_DAY = shift("8–12, 13–17", "08:00-12:00", "13:00-17:00")
WITH_PAUSE = shift("8–17, pause 60", "08:00-17:00", pause=HOUR)
DAY, NEXT = "2026-11-24", "2026-11-25"
LATER = {"2026-11-30": {"status": "present"}}
WEEK = ("2026-11-23", "2026-11-29")
TWO_WEEKS = ("2026-11-23", "2026-11-30")


def day(
    name: str,
    title: str,
    law: str,
    policy: Policy,
    moments: str,
    expected: dict[str, str | int],
    rule: str = "R20",
    date: str = DAY,
    **more: Any,
) -> Scenario:
    """Alternately in and out at these moments; after midnight with a plus."""
    listed = []
    for number, one in enumerate(moments.split()):
        on = f"{date[:8]}{int(date[8:]) + 1:02}" if one.startswith("+") else date
        listed.append(f"{on} {one.lstrip('+')} {'out' if number % 2 else 'in'}")
    more = {"shifts": (OPEN,), "weekdays": EVERY_DAY} | more
    return Scenario(
        name=name, title=title, law=law, rule=rule, policy=policy, punches=tuple(listed), days={date: expected}, **more
    )


def weeks(
    name: str,
    title: str,
    law: str,
    policy: Policy,
    punches: tuple[str, ...],
    total: dict[str, str | int],
    rule: str = "R21",
    span: tuple[str, str] = WEEK,
    **more: Any,
) -> Scenario:
    more = {"shifts": (OPEN,), "weekdays": EVERY_DAY} | more
    return Scenario(
        name=name,
        title=title,
        law=law,
        rule=rule,
        policy=policy,
        punches=punches,
        days={},
        span=span,
        total=total,
        **more,
    )


ALL = (
    day("bolivia-sunday", "Bolivia: eight hours on a Sunday", "Ley General del Trabajo, art. 41 and 55", BOLIVIA, "08:00 16:00", {"overtime": "200: 8:00"}, date="2026-11-22"),
    day("bolivia-saturday", "Bolivia: Saturday is an ordinary day", "Ley General del Trabajo, art. 41 and 55", BOLIVIA, "08:00 16:00", {"overtime": ""}, date="2026-11-28"),
    day("bolivia-overtime", "Bolivia: ten hours are eight and two at twice the hour", "Ley General del Trabajo, art. 46 and 55", BOLIVIA, "08:00 18:00", {"overtime": "200: 2:00"}),
    day("bolivia-night", "Bolivia: from eight in the evening the hours are night", "Ley General del Trabajo, art. 46 and 55", BOLIVIA, "15:00 23:00",
        {"overtime": "", "surcharges": "25: 3:00", "night": "3:00"}),
    day("bolivia-long-day", "Bolivia: more than two hours of overtime are shown", "Ley General del Trabajo, art. 50", BOLIVIA, "08:00 19:00",
        {"overtime": "200: 3:00", "flags": "longest day 1:00"}, rule="R34"),
    weeks("bolivia-week", "Bolivia: seven hours on each of seven days, Sunday by itself", "Ley General del Trabajo, art. 46 and 55", BOLIVIA, week(7, 7, 7, 7, 7, 7, 7),
          {"worked": "49:00", "overtime": "200: 7:00", "ordinary": "42:00"}),
    day("spain-long-day", "Spain: more than nine hours are shown, and are no overtime of the day", "Estatuto de los Trabajadores, art. 34.3", SPAIN, "08:00 12:00 12:30 18:00",
        {"worked": "9:30", "overtime": "", "flags": "longest day 0:30"}, rule="R34"),
    day("spain-break-lacking", "Spain: seven hours without a break: a quarter of an hour lacks, and nothing is deducted", "Estatuto de los Trabajadores, art. 34.4", SPAIN, "08:00 15:00",
        {"worked": "7:00", "auto_break": "0:00", "flags": "break lacking 0:15"}, rule="R13"),
    Scenario(
        name="spain-rest", title="Spain: eleven hours between two days are one too few", law="Estatuto de los Trabajadores, art. 34.3", rule="R23", policy=SPAIN,
        shifts=(OPEN,), punches=(f"{DAY} 14:00 in", f"{DAY} 20:00 out", f"{NEXT} 07:00 in", f"{NEXT} 13:00 out"), days={NEXT: {"short_rest": "1:00"}},
    ),
    weeks("spain-week", "Spain: beyond forty hours, at no less than the ordinary hour", "Estatuto de los Trabajadores, art. 35.1", SPAIN, week(9, 9, 9, 9, 6),
          {"overtime": "100: 2:00", "ordinary": "40:00"}),
    weeks("spain-weekly-rest", "Spain: off from Saturday at eight in the evening to Monday at seven: an hour short of a day and a half", "Estatuto de los Trabajadores, art. 37.1", SPAIN,
          (*week(6, 6, 6, 6, 6, 12), "2026-11-30 07:00 in", "2026-11-30 13:00 out"), {"flags": "break lacking 0:15, longest day 3:00, weekly rest 1:00"}, rule="R34", span=TWO_WEEKS),
    weeks("mexico-sixty", "Mexico: sixty hours: nine double, three triple", "Ley Federal del Trabajo, art. 67 and 68", MEXICO, week(10, 10, 10, 10, 10, 10),
          {"worked": "60:00", "overtime": "200: 9:00, 300: 3:00", "ordinary": "48:00"}),
    weeks("mexico-five-long-days", "Mexico: sixty hours on five days are the same", "Ley Federal del Trabajo, art. 59, 67 and 68", MEXICO, week(12, 12, 12, 12, 12),
          {"overtime": "200: 9:00, 300: 3:00"}),
    weeks("mexico-nine", "Mexico: 57 hours: nine double, none triple", "Ley Federal del Trabajo, art. 67", MEXICO, week(10, 10, 10, 10, 10, 7), {"overtime": "200: 9:00"}),
    weeks("mexico-caps", "Mexico: more than three hours of overtime a day, and nine a week, are shown", "Ley Federal del Trabajo, art. 66", MEXICO, week(10, 10, 10, 10, 12, 8),
          {"overtime": "200: 9:00, 300: 3:00", "flags": "cap day 6:00, cap week 3:00"}, rule="R34"),
    weeks("mexico-rest-day-apart", "Mexico: 55 hours in five days, and eight on the day of rest: these are no part of the nine hours", "Ley Federal del Trabajo, art. 66, 67, 68 and 73", MEXICO, week(11, 11, 11, 11, 11, 8),
          {"worked": "63:00", "overtime": "200: 15:00", "ordinary": "48:00"}, weekdays=frozenset(range(5))),
    weeks("mexico-holiday-apart", "Mexico: eight hours on a holiday, then 59: nine double and two triple beside the holiday's", "Ley Federal del Trabajo, art. 67, 68 and 75", MEXICO, week(8, 12, 12, 12, 12, 11),
          {"worked": "67:00", "overtime": "200: 17:00, 300: 2:00", "ordinary": "48:00"}, holidays={"2026-11-23": "Elección"}),
    weeks("mexico-daily", "Mexico: overtime by the day, and the nine hours of the week: the day of rest has its own", "Ley Federal del Trabajo, art. 61, 66 to 68 and 73", MEXICO_DAILY, week(11, 11, 11, 11, 10, 12),
          {"worked": "66:00", "overtime": "200: 21:00, 300: 5:00", "ordinary": "40:00"}, weekdays=frozenset(range(5))),
    day("mexico-without-a-shift", "Mexico: without a shift nobody knows the day of rest: a Sunday has its 25 per cent and no more", "Ley Federal del Trabajo, art. 69 to 73", MEXICO, "08:00 16:00",
        {"overtime": "", "surcharges": "25: 8:00"}, date="2026-11-22", shifts=()),
    day("mexico-on-call-only", "Mexico: nor does who is on call only", "Ley Federal del Trabajo, art. 69 to 73", MEXICO, "08:00 16:00",
        {"overtime": ""}, date="2026-11-28", shifts=(shift("On call 17–9", "17:00-09:00", kind=Kind.ON_CALL),)),
    day("mexico-after-leaving", "Mexico: a night that ends the day after the last one at work is no work on a day of rest", "Ley Federal del Trabajo, art. 73", MEXICO, "22:00 +07:00",
        {"overtime": "", "worked": "9:00"}, shifts=(NIGHT,), employed=("2020-01-01", DAY)),
    day("mexico-sunday", "Mexico: a Sunday of the pattern: 25 per cent beside", "Ley Federal del Trabajo, art. 71", MEXICO, "08:00 16:00",
        {"overtime": "", "surcharges": "25: 8:00"}, date="2026-11-22"),
    day("mexico-rest-day", "Mexico: called in on the day of rest", "Ley Federal del Trabajo, art. 73", MEXICO, "08:00 12:00", {"overtime": "200: 4:00"}, date="2026-11-28",
        weekdays=frozenset(range(5))),
    day("mexico-holiday", "Mexico: work on a public holiday", "Ley Federal del Trabajo, art. 75", MEXICO, "08:00 16:00", {"overtime": "200: 8:00"}, date="2026-11-16",
        holidays={"2026-11-16": "Revolución"}),
    day("brazil-tolerance", "Brazil: off by two, one, nothing and four minutes: the day is eight hours", "CLT, art. 58 § 1", BRAZIL, "08:02 12:01 13:00 17:04",
        {"worked": "8:00", "overtime": "", "balance": "0:00"}, rule="R28", shifts=(SPLIT_DAY,)),
    day("brazil-tolerance-one-too-far", "Brazil: six minutes at one punch: all of the time counts", "CLT, art. 58 § 1; TST, Súmula 366", BRAZIL, "08:00 12:00 13:00 17:06",
        {"worked": "8:06", "overtime": "150: 0:06"}, rule="R28", shifts=(SPLIT_DAY,)),
    day("brazil-tolerance-sum", "Brazil: eleven minutes in all: all of the time counts", "CLT, art. 58 § 1; TST, Súmula 366", BRAZIL, "07:57 12:03 12:58 17:03",
        {"worked": "8:11", "overtime": "150: 0:11"}, rule="R28", shifts=(SPLIT_DAY,)),
    day("brazil-split-rest", "Brazil: an hour free between two blocks is the break that the law asks for", "CLT, art. 71", BRAZIL, "08:00 12:00 13:00 17:00",
        {"worked": "8:00", "auto_break": "0:00", "flags": ""}, rule="R13", shifts=(SPLIT_DAY,)),
    day("brazil-tolerance-pause", "Brazil: the same with one shift and a pause of an hour", "CLT, art. 58 § 1", BRAZIL, "08:02 12:01 13:00 17:04",
        {"worked": "8:00", "overtime": ""}, rule="R28", shifts=(WITH_PAUSE,)),
    day("brazil-night-hour", "Brazil: seven hours of the night by the clock are eight", "CLT, art. 73 § 1", BRAZIL, "22:00 +05:00",
        {"worked": "8:00", "night": "8:00", "surcharges": "20: 8:00", "overtime": ""}, rule="R14", shifts=(shift("22–5", "22:00-05:00"),)),
    day("brazil-night-and-hour", "Brazil: an hour before the night and three and a half in it", "CLT, art. 73 § 1", BRAZIL, "21:00 +01:30",
        {"worked": "5:00", "night": "4:00", "surcharges": "20: 4:00"}, rule="R14"),
    day("brazil-sunday", "Brazil: a Sunday that is not given back is paid double", "Lei 605/1949, art. 9; TST, Súmula 146", BRAZIL, "08:00 12:00", {"overtime": "200: 4:00"}, date="2026-11-22"),
    day("brazil-break", "Brazil: half an hour of an hour's break: what lacks is shown and paid for", "CLT, art. 71 § 4", BRAZIL, "08:00 12:00 12:30 16:00",
        {"worked": "7:30", "auto_break": "0:00", "flags": "break lacking 0:30"}, rule="R13"),
    weeks("brazil-week", "Brazil: six days of eight hours: four hours beyond 44", "Constituição, art. 7 XIII", BRAZIL, week(8, 8, 8, 8, 8, 8),
          {"worked": "48:00", "overtime": "150: 4:00"}),
    day("germany-breaks-in-parts", "Germany: breaks of ten minutes are too short to count, and are not worked either", "ArbZG § 4", GERMANY, "08:00 10:00 10:10 13:00 13:20 17:00",
        {"worked": "8:20", "taken_break": "0:30", "auto_break": "0:10"}, rule="R13"),
    day("germany-no-break-for-too-long", "Germany: seven hours before the first break", "ArbZG § 4", GERMANY, "08:00 15:00 15:30 17:00",
        {"worked": "8:30", "auto_break": "0:00", "flags": "break late 1:00"}, rule="R13"),
    day("germany-split", "Germany: free from two to five: the work was interrupted", "ArbZG § 4", GERMANY, "10:00 14:00 17:00 21:00", {"worked": "8:00", "auto_break": "0:00", "flags": ""}, rule="R13", shifts=(SPLIT,)),
    day("germany-split-late", "Germany: seven hours until the free time of a split shift", "ArbZG § 4", GERMANY, "07:00 14:00 17:00 19:00", {"worked": "9:00", "auto_break": "0:00", "flags": "break late 1:00"}, rule="R13", shifts=(SPLIT,)),
    day("germany-longest-day", "Germany: beyond ten hours", "ArbZG § 3", GERMANY, "07:00 12:00 12:45 19:00", {"worked": "11:15", "flags": "longest day 1:15"}, rule="R34"),
    day("germany-night", "Germany: night from eleven, paid beside", "ArbZG § 2 and § 6", GERMANY, "22:00 +04:00", {"night": "5:00", "surcharges": "25: 5:00", "overtime": ""}),
    weeks("germany-contract", "Germany: beyond a contract of 30 hours, without a surcharge", "BGB § 611a", GERMANY, week(6, 6, 6, 6, 6, 2), {"overtime": "100: 2:00", "ordinary": "30:00"}, contract=30 * HOUR),
    Scenario(
        name="germany-rest", title="Germany: ten hours between two days", law="ArbZG § 5", rule="R23", policy=GERMANY, shifts=(OPEN,),
        punches=(f"{DAY} 16:00 in", f"{DAY} 22:00 out", f"{NEXT} 08:00 in", f"{NEXT} 14:00 out"), days={NEXT: {"short_rest": "1:00"}},
    ),
    weeks("france-week", "France: 45 hours: eight at 25 per cent more, two at 50", "Code du travail, L3121-36", FRANCE, week(9, 9, 9, 9, 9),
          {"overtime": "125: 8:00, 150: 2:00", "ordinary": "35:00", "flags": "break lacking 1:40, break late 15:00"}),
    weeks("france-longest-week", "France: fifty hours in a week", "Code du travail, L3121-20", FRANCE,
          (*(f"2026-11-{23 + number} {moment}" for number in range(5) for moment in ("08:00 in", "13:00 out", "14:00 in", "19:00 out")),),
          {"worked": "50:00", "flags": "longest week 2:00"}, rule="R34"),
    day("france-night", "France: night from nine", "Code du travail, L3122-20", FRANCE, "18:00 23:00", {"night": "2:00", "overtime": ""}, rule="R14"),
    day("california-thirteen", "California: thirteen hours: eight, four and one", "Labor Code § 510", CALIFORNIA, "08:00 12:30 13:00 21:30", {"worked": "13:00", "overtime": "150: 4:00, 200: 1:00", "flags": "break lacking 0:30"}),
    day("california-meal-late", "California: the meal begins after five hours and twenty minutes", "Labor Code § 512", CALIFORNIA, "08:00 13:20 13:50 16:50",
        {"worked": "8:20", "flags": "break late 0:20"}, rule="R13"),
    day("california-meal-lacking", "California: six hours without a meal", "Labor Code § 226.7 and § 512", CALIFORNIA, "08:00 14:00",
        {"worked": "6:00", "auto_break": "0:00", "flags": "break lacking 0:30, break late 1:00"}, rule="R13"),
    day("california-split", "California: two hours between two blocks of a split shift: no meal is lacking", "Labor Code § 512", CALIFORNIA, "08:00 12:00 14:00 18:00",
        {"worked": "8:00", "flags": "", "overtime": ""}, rule="R13", shifts=(shift("Split 8–12, 14–18", "08:00-12:00", "14:00-18:00"),)),
    day("california-rest-paid", "California: ten minutes of rest are paid", "Wage orders, section 12", CALIFORNIA, "08:00 10:00 10:10 12:00", {"worked": "4:00", "paid_break": "0:10"}, rule="R12"),
    weeks("flsa-week", "FLSA: beyond forty hours in the workweek", "29 U.S.C. § 207(a)(1)", FLSA, week(10, 10, 10, 10, 5), {"worked": "45:00", "overtime": "150: 5:00"}),
    day("flsa-short-rest", "FLSA: rest of twenty minutes counts as worked, a meal of half an hour does not", "29 CFR § 785.18 and § 785.19", FLSA, "08:00 10:00 10:20 12:00 12:30 16:00",
        {"worked": "7:30", "paid_break": "0:20", "taken_break": "0:50"}, rule="R12"),
    Scenario(
        name="flsa-workweek", title="FLSA: a workweek from Sunday to Saturday", law="29 CFR § 778.105", rule="R21", policy=FLSA, shifts=(OPEN,), weekdays=EVERY_DAY,
        punches=(*week(9, begin=22), *week(8, 8, 8, 8), *week(8, begin=29)), days={}, span=("2026-11-22", "2026-11-29"), total={"worked": "49:00", "overtime": "150: 1:00"},
    ),
    Scenario(
        name="eu-night-guard", title="A guard of 24 hours and the eleven hours after it", law="Directive 2003/88/EC, art. 3", rule="R23", policy=GERMANY,
        shifts=(NIGHT,), punches=(f"{DAY} 22:00 in", f"{NEXT} 06:00 out", f"{NEXT} 16:00 in", f"{NEXT} 20:00 out"), days={NEXT: {"short_rest": "1:00"}},
    ),
)
