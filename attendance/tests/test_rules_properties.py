"""What holds for any punches: nothing is negative, nothing counts twice; order, parts and duplicates change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.calculate import PlanOf, calculate
from attendance.rules.overtime import period, week_begin
from attendance.rules.policy import (
    HOUR,
    MINUTE,
    BreakRule,
    Direction,
    OvertimeRule,
    Policy,
    Rounding,
    Scope,
    Tolerance,
    Undirected,
)
from attendance.rules.shapes import Absence, DayPlan, DayResult, Half, Kind
from attendance.rules.worked import Punch
from attendance.tests.scenarios.shape import EARLY, FLEXIBLE, LATE, NIGHT, OPEN, SPLIT, shift

FIRST = date(2026, 10, 19)
LAST = date(2026, 11, 8)
ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
GUARD, MORNING = shift("Guard", "08:00-08:00"), shift("Morning", "06:00-14:00", pause=30 * MINUTE)
ON_CALL = shift("On call", "17:00-08:00", kind=Kind.ON_CALL, call_out=2 * HOUR)
SHIFTS = (
    (),
    (EARLY,),
    (NIGHT,),
    (LATE,),
    (SPLIT,),
    (FLEXIBLE,),
    (OPEN,),
    (NIGHT, LATE),
    (MORNING, LATE),
    (GUARD,),
    (MORNING, LATE, NIGHT),
    (EARLY, ON_CALL),
)

roundings = st.builds(Rounding, st.sampled_from((0, 5 * MINUTE, 15 * MINUTE)), st.sampled_from(Direction))
policies = st.builds(
    Policy,
    round_in=roundings,
    round_out=roundings,
    breaks=st.sampled_from(((), (BreakRule(6 * HOUR, 30 * MINUTE), BreakRule(9 * HOUR, 45 * MINUTE)))),
    paid_break=st.sampled_from((0, 15 * MINUTE)),
    count_before=st.booleans(),
    count_after=st.booleans(),
    overtime=st.sampled_from(
        (
            (),
            (OvertimeRule(Scope.DAY, 8 * HOUR, 150), OvertimeRule(Scope.WEEK, 40 * HOUR, 125)),
            (OvertimeRule(Scope.WEEKEND, 0, 150), OvertimeRule(Scope.PERIOD, 60 * HOUR, 200)),
            (
                OvertimeRule(Scope.HOLIDAY, 0, 200),
                OvertimeRule(Scope.NIGHT, HOUR, 125),
                OvertimeRule(Scope.SUNDAY, 0, 25, beside=True),
                OvertimeRule(Scope.WEEK, 30 * HOUR, 150, limit=4 * HOUR, beyond=300),
            ),
            (OvertimeRule(Scope.REST_DAY, 0, 175), OvertimeRule(Scope.SEVENTH_DAY, 0, 150)),
        )
    ),
    rest=st.sampled_from((0, 11 * HOUR)),
    tolerance=st.sampled_from((Tolerance(), Tolerance(10 * MINUTE, 30 * MINUTE))),
    rest_by_pattern=st.booleans(),
    night_hour=st.sampled_from((3600, 3150)),
    short_break=st.sampled_from((0, 20 * MINUTE)),
    undirected=st.sampled_from(Undirected),
)


@st.composite
def plans(draw: st.DrawFn) -> PlanOf:
    """A shift for each weekday, one policy, a zone, a holiday and some leave."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    policy = draw(policies)
    week = draw(st.lists(st.sampled_from(SHIFTS), min_size=7, max_size=7))
    holiday = draw(st.integers(0, 20))
    leave = draw(st.dictionaries(st.integers(0, 20), st.sampled_from(Half), max_size=3))

    def plan(day: date) -> DayPlan:
        number = (day - FIRST).days
        absences = (Absence("vacation", leave[number]),) if number in leave else ()
        name = "Holiday" if number == holiday else ""
        return DayPlan(day, zone, policy, week[day.weekday()], holiday=name, absences=absences)

    return plan


moments = st.integers(0, 21 * 24 * 60).map(
    lambda minute: datetime(2026, 10, 19, tzinfo=UTC) + timedelta(minutes=minute)
)
punches = st.lists(st.tuples(moments, st.sampled_from(("in", "out", "in", "out", "any"))), max_size=40).map(
    lambda found: [Punch(at, "UTC", direction, str(number)) for number, (at, direction) in enumerate(found)]
)


def days(plan: PlanOf, found: list[Punch]) -> list[DayResult]:
    return calculate(plan, found, first=FIRST, last=LAST)


@given(plans(), punches)
def test_worked_time_is_never_negative_nor_over_the_time_that_passed(plan: PlanOf, found: list[Punch]) -> None:
    for one in days(plan, found):
        figures = one.figures
        whole = [(interval.start, interval.end) for interval in one.intervals if interval.start and interval.end]
        passed = (max(end for _start, end in whole) - min(start for start, _end in whole)) if whole else timedelta()
        more = figures.call_out + figures.night_bonus + one.plan.policy.tolerance.day
        assert 0 <= figures.worked <= passed.total_seconds() + more
        assert all(start <= end for start, end in whole)
        for value in (figures.night, figures.on_holiday, figures.auto_break, figures.paid_break, figures.late):
            assert value >= 0
        assert figures.night <= figures.worked
        assert figures.on_holiday <= figures.worked
        assert sum(figures.overtime.values()) <= figures.worked
        assert 0 <= figures.regular <= figures.worked


@given(plans(), punches)
def test_no_rounding_and_no_break_gives_exactly_the_time_between_the_punches(plan: PlanOf, found: list[Punch]) -> None:
    def plain(day: date) -> DayPlan:
        return replace(plan(day), policy=Policy())

    for one in days(plain, found):
        passed = sum(
            (interval.ends - interval.begins).total_seconds()
            for interval in one.intervals
            if interval.ends and interval.begins
        )
        assert one.figures.worked == passed - one.figures.auto_break + one.figures.call_out


@given(plans(), punches)
def test_what_is_cut_between_days_is_counted_once(plan: PlanOf, found: list[Punch]) -> None:
    results = calculate(plan, found, first=FIRST - timedelta(days=5), last=LAST + timedelta(days=5))
    pieces = [interval for one in results for interval in one.intervals if interval.cut_start or interval.cut_end]
    begun = sorted(interval.cut_start for interval in pieces if interval.cut_start)
    assert begun == sorted(interval.cut_end for interval in pieces if interval.cut_end)
    assert all(interval.begins < interval.ends for interval in pieces if interval.begins and interval.ends)


@given(plans(), punches, st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(plan: PlanOf, found: list[Punch], chance: Random) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert days(plan, shuffled) == days(plan, found)


@given(plans(), punches, st.data())
def test_a_duplicate_changes_nothing(plan: PlanOf, found: list[Punch], data: st.DataObject) -> None:
    first = [one.figures for one in days(plan, found)]
    copies = data.draw(st.lists(st.sampled_from(found), max_size=5)) if found else []
    assert [one.figures for one in days(plan, [*found, *copies])] == first
    again = [replace(one, key=f"{one.key}-again") for one in copies]
    assert [one.figures for one in days(plan, [*found, *again])] == first


@given(plans(), punches)
def test_the_days_sum_to_the_period(plan: PlanOf, found: list[Punch]) -> None:
    results = [one.figures for one in days(plan, found)]
    first = FIRST + timedelta(days=7)
    whole = period(results, lambda day: plan(day).policy, first=first, last=LAST)
    inside = [one for one in results if first <= one.day <= LAST]
    for figure in ("worked", "night", "late", "early", "absent", "required", "balance", "missing_out"):
        assert whole.total(figure) == sum(getattr(one, figure) for one in inside)
    assert whole.overtime_total == sum(sum(one.overtime.values()) for one in whole.days)
    assert all(sum(one.overtime.values()) <= one.figures.worked for one in whole.days)


@given(plans(), punches, st.integers(0, 20))
def test_in_parts_is_as_whole(plan: PlanOf, found: list[Punch], cut: int) -> None:
    until = FIRST + timedelta(days=cut)
    parts = calculate(plan, found, first=FIRST, last=until)
    if until < LAST:
        parts += calculate(plan, found, first=until + timedelta(days=1), last=LAST)
    assert parts == days(plan, found)
    assert [calculate(plan, found, first=one.figures.day, last=one.figures.day)[0] for one in parts] == parts


@given(plans(), punches)
def test_a_punch_taken_away_and_put_back_gives_the_first_result(plan: PlanOf, found: list[Punch]) -> None:
    corrected = [replace(one, at=one.at + timedelta(minutes=7), key=f"{one.key}-corrected") for one in found]
    undone = [replace(one, at=one.at - timedelta(minutes=7), key=f"{one.key}-undone") for one in corrected]
    assert [one.figures for one in days(plan, undone)] == [one.figures for one in days(plan, found)]


@given(plans(), punches)
def test_every_punch_is_in_one_stretch_or_left_out(plan: PlanOf, found: list[Punch]) -> None:
    begin, end = FIRST - timedelta(days=2), LAST + timedelta(days=2)
    results = calculate(plan, found, first=begin, last=end)
    keys = [
        punch.key for one in results for interval in one.intervals for punch in (interval.came, interval.left) if punch
    ]
    keys += [punch.key for one in results for punch in one.ignored]
    assert sorted(keys) == sorted(one.key for one in found)


def test_the_week_begins_where_the_policy_says() -> None:
    assert week_begin(date(2026, 11, 25), Policy(week_start=6)) == date(2026, 11, 22)
    assert week_begin(date(2026, 11, 22), Policy(week_start=6)) == date(2026, 11, 22)
    assert week_begin(date(2026, 11, 25), Policy()) == date(2026, 11, 23)
