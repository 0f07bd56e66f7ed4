"""A calculated day as the pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from attendance.rules.expected import State
from attendance.rules.shapes import DayResult, Status
from attendance.rules.worked import IN, OUT, Punch

STATES = {
    Status.WORKING: State.IN,
    Status.PRESENT: State.PRESENT,
    Status.ABSENT: State.ABSENT,
    Status.EXPECTED: State.EXPECTED,
    Status.LEAVE: State.LEAVE,
}


@dataclass(frozen=True, slots=True)
class Interval:
    """From a check-in to its check-out, as punched; where one of the two was forgotten it is None.

    Where an interval goes on on another day, the border of the two days' shifts stands for the punch, without a key.
    """

    start: Punch | None
    end: Punch | None
    running: bool
    missing: str
    worked: timedelta


@dataclass(frozen=True, slots=True)
class DaySummary:
    """What a person's day came to; ``result`` holds every figure and its reasons."""

    result: DayResult

    @property
    def day(self) -> date:
        return self.result.figures.day

    @property
    def intervals(self) -> tuple[Interval, ...]:
        return tuple(
            Interval(
                one.came or _border(one.cut_start, IN, self.result),
                one.left or _border(one.cut_end, OUT, self.result),
                one.running,
                one.missing,
                one.end - one.start if one.start is not None and one.end is not None else timedelta(),
            )
            for one in self.result.intervals
        )

    @property
    def worked(self) -> timedelta:
        return timedelta(seconds=self.result.figures.worked)

    @property
    def late(self) -> timedelta:
        return timedelta(seconds=self.result.figures.late)

    @property
    def state(self) -> State:
        return STATES.get(self.result.figures.status, State.OFF)

    @property
    def missing(self) -> tuple[str, ...]:
        """The forgotten punches of the day, ``in`` or ``out`` each."""
        return tuple(one.missing for one in self.result.intervals if one.missing)


def _border(at: datetime | None, direction: str, result: DayResult) -> Punch | None:
    return Punch(at, result.plan.zone.key, direction) if at is not None else None
