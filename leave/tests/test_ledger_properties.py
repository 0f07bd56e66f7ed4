"""What holds of every ledger: it sums to the balance, and where a period is split changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leave.rules.ledger import ledger
from leave.rules.shapes import (
    ZERO,
    Case,
    Counts,
    Employment,
    Entered,
    Grant,
    Kind,
    LeaveDay,
    Leaving,
    Prorata,
    Rounding,
    Rule,
    Seniority,
    Step,
    Unit,
)

FIRST = date(2020, 1, 1)
DAYS = 6 * 365
days = st.integers(0, DAYS).map(lambda number: FIRST + timedelta(days=number))
amounts = st.integers(0, 200).map(lambda number: Fraction(number, 4))
shares = st.sampled_from([ZERO, Fraction(1, 2), Fraction(1)])
steps = st.dictionaries(st.integers(0, 12), amounts, min_size=1, max_size=4)
rules = st.builds(
    Rule,
    unit=st.sampled_from(Unit),
    grant=st.sampled_from(Grant),
    year_month=st.integers(1, 12),
    steps=steps.map(lambda found: tuple(Step(after, amount) for after, amount in found.items())),
    prorata=st.sampled_from(Prorata),
    first_year=st.booleans(),
    part_time=st.booleans(),
    rounding=st.sampled_from(Rounding),
    seniority=st.sampled_from(Seniority),
    leaving=st.sampled_from(Leaving),
    carry_most=st.none() | amounts,
    carry_months=st.none() | st.integers(1, 12),
    expires_months=st.none() | st.integers(1, 24),
    counts=st.sampled_from(Counts),
    holidays_free=st.booleans(),
    gives_back=st.booleans(),
)
entered = st.builds(
    Entered,
    days,
    st.sampled_from([Kind.OPENING, Kind.ADJUSTMENT, Kind.ENCASHMENT, Kind.TIME_BANK]),
    st.integers(-40, 80).map(lambda number: Fraction(number, 3)),
)


@st.composite
def leave_days(draw: st.DrawFn) -> LeaveDay:
    share = draw(st.sampled_from([Fraction(1, 2), Fraction(1)]))
    return LeaveDay(
        draw(days),
        share,
        draw(st.booleans()),
        draw(st.integers(0, 720)),
        min(share, draw(shares)),
        min(share, draw(shares)),
    )


@st.composite
def employments(draw: st.DrawFn) -> tuple[Employment, ...]:
    """One, or one and another after it; the last may go on."""
    borders = sorted(draw(st.sets(days, min_size=1, max_size=4)))
    found = [Employment(begin, end) for begin, end in zip(borders[::2], [*borders[1::2], None], strict=False)]
    return tuple(found)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    begins = sorted(draw(st.sets(days, min_size=1, max_size=3)))
    parts = draw(st.dictionaries(days, st.integers(1, 8).map(lambda number: Fraction(number, 8)), max_size=3))
    return Case(
        rules=tuple((begin, draw(rules)) for begin in begins),
        employments=draw(employments()),
        parts=tuple(sorted(parts.items())),
        taken=tuple({one.day: one for one in draw(st.lists(leave_days(), max_size=12))}.values()),
        entered=tuple(draw(st.lists(entered, max_size=5))),
    )


@given(cases(), days)
def test_the_ledger_sums_to_what_the_balance_consists_of(case: Case, until: date) -> None:
    found = ledger(case, until)

    assert found.balance() == sum((one.amount for one in found.lots), ZERO) - found.owed
    assert found.owed == 0 or not found.lots
    assert [one.day for one in found.entries] == sorted(one.day for one in found.entries)
    assert all(one.day <= until for one in found.entries)
    assert all(one.expires is None or one.expires > until for one in found.lots)


@given(cases(), days, days)
def test_a_longer_ledger_begins_with_the_shorter_one(case: Case, one: date, other: date) -> None:
    first, last = sorted((one, other))
    short, long = ledger(case, first), ledger(case, last)

    assert short.entries == tuple(entry for entry in long.entries if entry.day <= first)
    assert long.balance() == short.balance() + long.between(first + timedelta(days=1), last)


@given(cases(), days, days)
def test_an_opening_balance_of_what_there_was_changes_nothing(case: Case, one: date, other: date) -> None:
    """Where nothing lapses: the lots of an opening balance have no age."""
    first, last = sorted((one, other))
    lasting: dict[str, Any] = {"expires_months": None, "carry_months": None}
    case = replace(
        case,
        rules=tuple((begin, replace(rule, **lasting)) for begin, rule in case.rules),
        entered=tuple(entry for entry in case.entered if entry.kind is not Kind.OPENING),
    )
    before = ledger(case, first - timedelta(days=1)).balance()
    opened = replace(case, entered=(*case.entered, Entered(first, Kind.OPENING, before)))

    # A carry-over of that morning, and what leaving pays out then, belong to the day before.
    if all(
        entry.kind not in (Kind.LAPSED, Kind.PAID_OUT) for entry in ledger(case, first).entries if entry.day == first
    ):
        assert ledger(opened, last).balance() == ledger(case, last).balance()


@given(cases(), days)
def test_the_lowest_balance_is_that_of_some_day_and_of_none_less(case: Case, since: date) -> None:
    found = ledger(case, FIRST + timedelta(days=DAYS))
    day, lowest = found.lowest(since)

    assert lowest == found.balance(day)
    assert lowest == min(found.balance(one) for one in {since, *(e.day for e in found.entries if e.day >= since)})


@given(cases(), days)
def test_months_never_come_to_more_than_the_year(case: Case, until: date) -> None:
    """Whoever works full weeks and all year gets what the year grants, in whichever pieces."""
    rule = replace(
        case.rules[0][1], grant=Grant.MONTH, steps=(Step(0, Fraction(25)),), rounding=Rounding.NONE, year_month=1
    )
    whole = Case(rules=((FIRST, rule),), employments=(Employment(FIRST),))

    found = ledger(whole, date(until.year, 12, 31))
    assert found.between(date(until.year, 1, 1), date(until.year, 12, 31), Kind.GRANTED) == 25
