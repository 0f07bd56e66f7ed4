"""Nights, clock changes and zones."""

from __future__ import annotations

from dataclasses import replace

from attendance.rules.policy import HOUR, Policy
from attendance.tests.scenarios.shape import EVERY_DAY, FLEXIBLE, NIGHT, OPEN, Scenario, block

REST = Policy("Eleven hours of rest", rest=11 * HOUR)

ALL = (
    Scenario(
        name="night", title="A night shift counts for the evening it began", rule="R3", shifts=(NIGHT,),
        punches=("2026-11-24 22:00 in", "2026-11-25 06:00 out"),
        days={"2026-11-24": {"worked": "8:00", "night": "8:00"}, "2026-11-25": {"worked": "0:00", "status": "absent"}},
    ),
    Scenario(
        name="night-two-in-a-row", title="Two nights in a row, each on its own day", rule="R3", shifts=(NIGHT,),
        punches=("2026-11-24 21:50 in", "2026-11-25 06:10 out", "2026-11-25 21:55 in", "2026-11-26 06:00 out"),
        days={"2026-11-24": {"worked": "8:20"}, "2026-11-25": {"worked": "8:05"}},
    ),
    Scenario(
        name="night-late-after-midnight", title="Late for the night shift, after midnight", rule="R3", shifts=(NIGHT,),
        punches=("2026-11-25 00:30 in", "2026-11-25 06:00 out"),
        days={"2026-11-24": {"worked": "5:30", "late": "2:30"}, "2026-11-25": {"worked": "0:00"}},
    ),
    Scenario(
        name="night-break", title="A break in the night, after midnight", rule="R3", shifts=(NIGHT,),
        punches=("2026-11-24 22:00 in", "2026-11-25 02:00 out", "2026-11-25 02:30 in", "2026-11-25 06:00 out"),
        days={"2026-11-24": {"worked": "7:30", "taken_break": "0:30", "night": "7:30"}, "2026-11-25": {"worked": "0:00"}},
    ),
    Scenario(
        name="night-out-forgotten", title="A forgotten check-out in the morning does not turn the next night round", rule="R6",
        shifts=(NIGHT,), punches=("2026-11-24 22:00 in", "2026-11-25 22:00 in", "2026-11-26 06:00 out"),
        days={"2026-11-24": {"worked": "0:00", "missing_out": 1}, "2026-11-25": {"worked": "8:00", "missing_out": 0}},
    ),
    Scenario(
        name="night-overtime-into-morning", title="Stays until half past nine: the check-out follows its check-in", rule="R5",
        shifts=(NIGHT,), punches=("2026-11-24 22:00 in", "2026-11-25 09:30 out"),
        days={"2026-11-24": {"worked": "11:30", "night": "8:00"}, "2026-11-25": {"worked": "0:00"}},
    ),
    Scenario(
        name="night-madrid-autumn", title="Madrid, the night summer time ends: nine hours", rule="R1", shifts=(NIGHT,),
        weekdays=EVERY_DAY, punches=("2026-10-24 22:00 in", "2026-10-25 06:00 out"),
        days={"2026-10-24": {"worked": "9:00", "night": "9:00", "required": "9:00", "balance": "0:00"}},
    ),
    Scenario(
        name="night-madrid-spring", title="Madrid, the night summer time begins: seven hours", rule="R1", shifts=(NIGHT,),
        weekdays=EVERY_DAY, punches=("2026-03-28 22:00 in", "2026-03-29 06:00 out"),
        days={"2026-03-28": {"worked": "7:00", "night": "7:00", "required": "7:00", "balance": "0:00"}},
    ),
    Scenario(
        name="night-new-york-autumn", title="New York, the night summer time ends: nine hours", rule="R1", shifts=(NIGHT,),
        zone="America/New_York", weekdays=EVERY_DAY, punches=("2026-10-31 22:00 in", "2026-11-01 06:00 out"),
        days={"2026-10-31": {"worked": "9:00", "required": "9:00"}},
    ),
    Scenario(
        name="night-new-york-spring", title="New York, the night summer time begins: seven hours", rule="R1", shifts=(NIGHT,),
        zone="America/New_York", weekdays=EVERY_DAY, punches=("2026-03-07 22:00 in", "2026-03-08 06:00 out"),
        days={"2026-03-07": {"worked": "7:00", "required": "7:00"}},
    ),
    Scenario(
        name="night-lord-howe-autumn", title="Lord Howe, where summer time is half an hour: its end gives 8:30", rule="R1",
        shifts=(NIGHT,), zone="Australia/Lord_Howe", weekdays=EVERY_DAY,
        punches=("2026-04-04 22:00 in", "2026-04-05 06:00 out"),
        days={"2026-04-04": {"worked": "8:30", "required": "8:30", "night": "8:30"}},
    ),
    Scenario(
        name="night-lord-howe-spring", title="Lord Howe, the beginning of summer time: 7:30", rule="R1",
        shifts=(NIGHT,), zone="Australia/Lord_Howe", weekdays=EVERY_DAY,
        punches=("2026-10-03 22:00 in", "2026-10-04 06:00 out"),
        days={"2026-10-03": {"worked": "7:30", "required": "7:30"}},
    ),
    Scenario(
        name="hour-that-comes-twice", title="In and out within the hour that comes twice", rule="R1", shifts=(NIGHT,),
        weekdays=EVERY_DAY, punches=("2026-10-24 22:00 in", "2026-10-25 02:30 out", "2026-10-25 02:15 in fold", "2026-10-25 06:00 out"),
        days={"2026-10-24": {"worked": "8:15", "taken_break": "0:45"}},
    ),
    Scenario(
        name="shift-starts-in-skipped-hour", title="A shift that would start in the hour that is skipped starts after it", rule="R1",
        shifts=(replace(NIGHT, name="2:30–10:30", blocks=(block("02:30-10:30"),)),), weekdays=EVERY_DAY,
        punches=("2026-03-29 03:30 in", "2026-03-29 10:30 out"),
        days={"2026-03-29": {"worked": "7:00", "late": "0:00", "required": "7:00"}},
    ),
    Scenario(
        name="kiosk-in-another-zone", title="A kiosk in another zone: the instant counts, the day is the person's", rule="R25",
        punches=("2026-11-24 08:00 in@Europe/London", "2026-11-24 16:00 out@Europe/London"),
        days={"2026-11-24": {"worked": "8:00", "late": "0:00", "early": "0:00"}},
    ),
    Scenario(
        name="person-kiosk-office-three-zones", title="Works from New York at a London kiosk on a Madrid shift", rule="R25",
        punches=("2026-11-24 03:10 in@America/New_York", "2026-11-24 16:00 out@Europe/London"),
        days={"2026-11-24": {"worked": "7:50", "late": "0:10"}},
    ),
    Scenario(
        name="zone-changes-mid-period", title="Moves from Madrid to New York in mid-period", rule="R26",
        zones={"2026-11-25": "America/New_York"},
        punches=("2026-11-24 09:00 in", "2026-11-24 17:00 out",
                 "2026-11-25 09:00 in@America/New_York", "2026-11-25 17:00 out@America/New_York"),
        days={"2026-11-24": {"worked": "8:00", "late": "0:00"}, "2026-11-25": {"worked": "8:00", "late": "0:00", "early": "0:00"}},
    ),
    Scenario(
        name="holiday-on-a-night-shift", title="A night that begins on a holiday's eve: the hours after midnight are holiday hours",
        rule="R19", shifts=(NIGHT,), holidays={"2026-12-08": "Inmaculada"},
        punches=("2026-12-07 22:00 in", "2026-12-08 06:00 out"),
        days={"2026-12-07": {"worked": "8:00", "on_holiday": "6:00", "required": "8:00"},
              "2026-12-08": {"status": "holiday", "worked": "0:00"}},
    ),
    Scenario(
        name="night-begins-on-a-holiday", title="A night that begins on a holiday is asked of nobody; two hours are the holiday's",
        rule="R19", shifts=(NIGHT,), holidays={"2026-12-08": "Inmaculada"},
        punches=("2026-12-08 22:00 in", "2026-12-09 06:00 out"),
        days={"2026-12-08": {"worked": "8:00", "on_holiday": "2:00", "required": "0:00", "balance": "8:00"}},
    ),
    Scenario(
        name="partly-night", title="A late shift reaches an hour into the night", rule="R14",
        shifts=(replace(NIGHT, name="Late 15–23", blocks=(block("15:00-23:00"),)),),
        punches=("2026-11-24 15:00 in", "2026-11-24 23:00 out"),
        days={"2026-11-24": {"worked": "8:00", "night": "1:00"}},
    ),
    Scenario(
        name="early-and-late-of-one-night", title="From five to eleven at night: both ends of the night count", rule="R14",
        shifts=(OPEN,), punches=("2026-11-24 05:00 in", "2026-11-24 12:00 out", "2026-11-24 18:00 in", "2026-11-24 23:00 out"),
        days={"2026-11-24": {"worked": "12:00", "night": "2:00"}},
    ),
    Scenario(
        name="unplanned-night", title="A night without a shift counts for the evening it began", rule="R5", shifts=(),
        punches=("2026-11-24 22:00 in", "2026-11-25 05:00 out"),
        days={"2026-11-24": {"worked": "7:00", "night": "7:00"}, "2026-11-25": {"worked": "0:00", "missing_in": 0}},
    ),
    Scenario(
        name="unplanned-seventeen-hours", title="Seventeen hours without a shift: both punches are missing their other end", rule="R6",
        shifts=(), punches=("2026-11-24 08:00 in", "2026-11-25 01:00 out"),
        days={"2026-11-24": {"missing_out": 1, "worked": "0:00"}, "2026-11-25": {"missing_in": 1}},
    ),
    Scenario(
        name="short-rest", title="Nine hours between two days where eleven are asked for", rule="R23", policy=REST,
        punches=("2026-11-24 12:00 in", "2026-11-24 20:30 out", "2026-11-25 05:30 in", "2026-11-25 14:00 out"),
        days={"2026-11-24": {"short_rest": "0:00"}, "2026-11-25": {"short_rest": "2:00"}},
    ),
    Scenario(
        name="enough-rest", title="Eleven hours of rest are enough", rule="R23", policy=REST,
        punches=("2026-11-24 12:00 in", "2026-11-24 20:00 out", "2026-11-25 07:00 in", "2026-11-25 14:00 out"),
        days={"2026-11-25": {"short_rest": "0:00"}},
    ),
    Scenario(
        name="flexible-evening", title="A flexible frame over midnight with its core after it", rule="R15",
        shifts=(replace(FLEXIBLE, blocks=(block("20:00-06:00"),), core=block("01:00-03:00")),),
        punches=("2026-11-25 01:10 in", "2026-11-25 05:00 out"),
        days={"2026-11-24": {"worked": "3:50", "late": "0:10"}},
    ),
)
