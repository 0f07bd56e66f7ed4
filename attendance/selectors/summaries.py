"""A calculated day as the pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from attendance.rules.expected import State
from attendance.rules.shapes import DayResult, Status
from attendance.rules.worked import Punch

STATES = {
    Status.WORKING: State.IN,
    Status.PRESENT: State.PRESENT,
    Status.ABSENT: State.ABSENT,
    Status.EXPECTED: State.EXPECTED,
    Status.LEAVE: State.LEAVE,
}


@dataclass(frozen=True, slots=True)
class Interval:
    """From a check-in to its check-out, as punched; where one of the two was forgotten it is None."""

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
                one.came,
                one.left,
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
