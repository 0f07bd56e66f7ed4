"""The time of an offline punch: a clock that is set back or forward is noticed, and does not move the punch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.queue.device_clock import TOLERANCE, Anchor, Stamp, estimate

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Tablet:
    """A device as it really runs: a wall clock that may be wrong, a monotonic one that begins with each start."""

    def __init__(self, *, wrong: timedelta = timedelta()) -> None:
        self.now = NINE
        self.wrong = wrong
        self.boot = 1
        self.mono = timedelta(seconds=5)

    def wait(self, length: timedelta, *, asleep: bool = False) -> None:
        self.now += length
        if not asleep:
            self.mono += length

    def restart(self) -> None:
        self.boot += 1
        self.mono = timedelta()

    def stamp(self) -> Stamp:
        wall = self.now + self.wrong
        return Stamp(round(wall.timestamp() * 1000), self.mono / timedelta(milliseconds=1), str(self.boot))

    def anchor(self) -> Anchor:
        return Anchor(self.now, self.stamp())


def test_a_right_clock_is_believed() -> None:
    tablet = Tablet()
    before = tablet.anchor()
    tablet.wait(3 * HOUR)
    punch, at = tablet.stamp(), tablet.now
    tablet.wait(2 * HOUR)
    found = estimate(punch, before=before, after=tablet.anchor())
    assert (found.at, found.trust) == (at, "ok")


def test_a_clock_that_was_always_wrong_is_allowed_for() -> None:
    tablet = Tablet(wrong=timedelta(days=-400))
    before = tablet.anchor()
    tablet.wait(HOUR)
    punch, at = tablet.stamp(), tablet.now
    tablet.restart()
    tablet.wait(HOUR)
    found = estimate(punch, before=before, after=tablet.anchor())
    assert (found.at, found.trust) == (at, "ok")


def test_a_clock_set_back_before_the_punch_is_corrected() -> None:
    tablet = Tablet()
    before = tablet.anchor()
    tablet.wait(HOUR)
    tablet.wrong = -2 * HOUR
    punch, at = tablet.stamp(), tablet.now
    tablet.restart()
    tablet.wait(HOUR)
    found = estimate(punch, before=before, after=tablet.anchor())
    assert (found.at, found.trust) == (at, "corrected")


def test_a_clock_put_right_again_before_the_return_is_corrected() -> None:
    tablet = Tablet()
    before = tablet.anchor()
    tablet.wait(HOUR)
    tablet.wrong = -45 * MINUTE
    punch, at = tablet.stamp(), tablet.now
    tablet.wait(HOUR)
    tablet.wrong = timedelta()
    found = estimate(punch, before=before, after=tablet.anchor())
    assert (found.at, found.trust) == (at, "corrected")


def test_after_a_restart_the_arrival_bounds_the_time() -> None:
    tablet = Tablet()
    before = tablet.anchor()
    tablet.restart()
    tablet.wrong = 3 * HOUR
    tablet.wait(HOUR)
    punch, at = tablet.stamp(), tablet.now
    tablet.wait(HOUR)
    tablet.wrong = timedelta()
    found = estimate(punch, before=before, after=tablet.anchor())
    assert (found.at, found.trust) == (at, "corrected")


def test_a_change_in_a_session_that_never_heard_from_us_is_unsure() -> None:
    tablet = Tablet()
    before = tablet.anchor()
    tablet.restart()
    tablet.wrong = -2 * HOUR
    tablet.wait(HOUR)
    punch = tablet.stamp()
    tablet.restart()
    tablet.wrong = timedelta()
    tablet.wait(HOUR)
    assert estimate(punch, before=before, after=tablet.anchor()).trust == "unsure"


def test_a_sleeping_tablet_is_believed_by_its_wall_clock() -> None:
    tablet = Tablet()
    before = tablet.anchor()
    tablet.wait(5 * HOUR, asleep=True)
    punch, at = tablet.stamp(), tablet.now
    tablet.wait(4 * HOUR, asleep=True)
    found = estimate(punch, before=before, after=tablet.anchor())
    assert (found.at, found.trust) == (at, "ok")


def test_nothing_happens_after_its_arrival_or_before_what_came_before_it() -> None:
    tablet = Tablet()
    before = tablet.anchor()
    tablet.restart()
    tablet.wait(HOUR)
    punch = tablet.stamp()
    tablet.restart()
    tablet.wait(MINUTE)
    found = estimate(punch, before=before, after=tablet.anchor(), not_before=tablet.now - timedelta(seconds=1))
    assert found.at == tablet.now - timedelta(seconds=1)
    tablet.wait(HOUR)
    late = estimate(punch, before=before, after=tablet.anchor(), not_before=tablet.now + HOUR)
    assert (late.at, late.trust) == (tablet.now, "unsure")


minutes = st.integers(0, 10_000).map(lambda count: count * MINUTE)
errors = st.integers(-100_000, 100_000).map(lambda count: count * MINUTE)


@given(first=minutes, second=minutes, third=minutes, start=errors, change=errors, late=st.booleans())
def test_whoever_turns_the_clock_while_the_page_runs_moves_no_punch(
    first: timedelta, second: timedelta, third: timedelta, start: timedelta, change: timedelta, late: bool
) -> None:
    """The clock is changed once, before or after the punch; the page is never started anew."""
    tablet = Tablet(wrong=start)
    before = tablet.anchor()
    tablet.wait(first)
    if not late:
        tablet.wrong += change
    tablet.wait(second)
    punch, at = tablet.stamp(), tablet.now
    if late:
        tablet.wrong += change
    tablet.wait(third)
    found = estimate(punch, before=before, after=tablet.anchor())
    assert abs(found.at - at) <= timedelta(milliseconds=1)
    assert found.trust == ("ok" if abs(change) <= TOLERANCE else "corrected")
