"""Who passes a door: the rules by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doors.rules import AntiPassback, Attempt, DoorPolicy, Reason, Window, is_void, judge, passed_back

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WORKSHOP, OFFICE = 1, 2


def attempt(**changes: Any) -> Attempt:
    given_: dict[str, Any] = {"employed": True, "department": WORKSHOP, "local": MONDAY_NOON, "live": True}
    return Attempt(**given_ | changes)


def test_a_door_without_conditions_opens_to_everybody_employed() -> None:
    assert judge(attempt(), DoorPolicy()) == Reason.GRANTED
    assert judge(attempt(employed=False), DoorPolicy()) == Reason.NOT_EMPLOYED


@pytest.mark.parametrize(
    ("changes", "policy", "reason"),
    [
        ({}, DoorPolicy(enabled=False), Reason.DOOR_OFF),
        ({"live": False}, DoorPolicy(liveness_needed=True), Reason.LIVENESS),
        ({"live": None}, DoorPolicy(liveness_needed=True), Reason.LIVENESS),
        ({"live": None, "by_face": False, "pin_given": True}, DoorPolicy(liveness_needed=True), Reason.GRANTED),
        ({}, DoorPolicy(pin_needed=True), Reason.PIN_NEEDED),
        ({"pin_given": True}, DoorPolicy(pin_needed=True), Reason.GRANTED),
        ({"by_face": False, "pin_given": True}, DoorPolicy(pin_needed=True), Reason.FACE_NEEDED),
    ],
)
def test_each_condition_refuses_with_its_own_reason(
    changes: dict[str, Any], policy: DoorPolicy, reason: Reason
) -> None:
    assert judge(attempt(**changes), policy) == reason


def test_a_schedule_opens_for_its_department_in_its_hours_alone() -> None:
    policy = DoorPolicy(windows=[Window(WORKSHOP, frozenset({0}), time(8), time(18))])
    assert judge(attempt(), policy) == Reason.GRANTED
    assert judge(attempt(department=OFFICE), policy) == Reason.OUTSIDE_SCHEDULE
    assert judge(attempt(department=None), policy) == Reason.OUTSIDE_SCHEDULE
    assert judge(attempt(local=MONDAY_NOON.replace(hour=18)), policy) == Reason.OUTSIDE_SCHEDULE
    assert judge(attempt(local=MONDAY_NOON + timedelta(days=1)), policy) == Reason.OUTSIDE_SCHEDULE


def test_a_window_over_midnight_belongs_to_the_day_it_began() -> None:
    night = Window(None, frozenset({4}), time(22), time(6))  # Friday night
    friday, saturday = datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 3, 7, tzinfo=UTC)
    assert night.holds(friday.replace(hour=23))
    assert night.holds(saturday.replace(hour=5, minute=59))
    assert not night.holds(friday.replace(hour=5))
    assert not night.holds(saturday.replace(hour=23))


def test_coming_in_twice_is_refused_until_the_exit_counts_as_forgotten() -> None:
    policy = DoorPolicy(anti_passback=AntiPassback.REFUSE)
    again = attempt(inside_since=MONDAY_NOON - timedelta(hours=1))
    assert judge(again, policy) == Reason.ALREADY_INSIDE
    assert judge(attempt(inside_since=MONDAY_NOON - timedelta(hours=13)), policy) == Reason.GRANTED
    assert judge(attempt(inside_since=MONDAY_NOON, entering=False), policy) == Reason.GRANTED
    noted = DoorPolicy(anti_passback=AntiPassback.NOTE)
    assert judge(again, noted) == Reason.GRANTED
    assert passed_back(again, noted)


@given(st.floats(min_value=-100, max_value=100))
def test_a_grant_opens_for_three_seconds_and_never_before_it_was_given(age: float) -> None:
    now = MONDAY_NOON + timedelta(seconds=age)
    elapsed = (now - MONDAY_NOON).total_seconds()
    assert is_void(MONDAY_NOON, now) == (not 0 <= elapsed <= 3)


@given(st.booleans(), st.booleans(), st.sampled_from([None, True, False]), st.booleans(), st.booleans(), st.booleans())
def test_nobody_who_is_not_employed_ever_passes(
    enabled: bool, liveness: bool, live: bool | None, pin: bool, by_face: bool, pin_needed: bool
) -> None:
    policy = DoorPolicy(enabled=enabled, liveness_needed=liveness, pin_needed=pin_needed)
    assert judge(attempt(employed=False, live=live, pin_given=pin, by_face=by_face), policy) != Reason.GRANTED
