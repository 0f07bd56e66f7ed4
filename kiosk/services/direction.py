"""Which way a person is proposed to clock, and whether that may be recorded without a touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from attendance.models import ClockEvent
from attendance.rules.schedule import lay_out
from attendance.rules.shapes import Kind, Span
from attendance.selectors.plans import PlanBook
from attendance.services.clock import next_direction
from employees.models import Employee

IN, OUT = ClockEvent.Direction.IN, ClockEvent.Direction.OUT
SHORT_GAP = timedelta(minutes=10)
"""Whoever clocked less than this ago may only be walking past: nothing is recorded without a touch."""
NEAR = timedelta(minutes=45)
"""So far from the start or the end of a shift a punch is taken to belong to it."""


@dataclass(frozen=True, slots=True)
class Direction:
    """In or out; ``touch``: the person has to choose; ``recent``: the punch of a moment ago that makes them."""

    direction: str
    touch: bool = False
    recent: ClockEvent | None = None


def direction_propose(*, employee: Employee, at: datetime, deliberate: bool) -> Direction:
    """The direction that follows from the person's last punch, unless their shift tells that a punch was forgotten.

    ``deliberate``: the person typed a PIN, and did not only come into the camera's view.
    """
    proposed = next_direction(employee=employee, at=at)
    events = ClockEvent.objects.standing().filter(employee=employee, at__lte=at)
    last = events.order_by("-at", "-received_at").first()
    if last is None:
        return Direction(proposed)
    if at - last.at < SHORT_GAP:
        return Direction(proposed, touch=not deliberate, recent=last)
    by_shift = direction_by_shift(proposed, last_at=last.at, at=at, blocks=_scheduled(employee, at))
    return Direction(by_shift, touch=by_shift != proposed)


def direction_by_shift(proposed: str, *, last_at: datetime, at: datetime, blocks: Sequence[Span]) -> str:
    """``proposed``, or the other direction where the shift's blocks show that a punch between was forgotten.

    Out instead of in: a block ends about now whose start went by without a check-in. In instead of out: a block starts
    about now, and one ended since the check-in without a check-out. A block's border that fits what was proposed wins.
    """
    starts = [block for block in blocks if abs(at - block.start) <= NEAR]
    ends = [block for block in blocks if abs(at - block.end) <= NEAR]
    if proposed == IN:
        missed = any(last_at < block.start for block in ends)
        return OUT if missed and not starts else IN
    missed = any(last_at < block.end <= at for block in blocks)
    return IN if missed and starts and not ends else OUT


def _scheduled(employee: Employee, at: datetime) -> list[Span]:
    """The blocks of the person's fixed shifts around that instant; without holidays and leave."""
    today = at.astimezone(employee.zone).date()
    days = [today + timedelta(days=number) for number in (-1, 0, 1)]
    book = PlanBook([employee], days[0], days[-1])
    shifts = [shift for day in days for shift in lay_out(book.plan(employee, day))]
    return [block for shift in shifts if shift.shift.kind is Kind.FIXED and shift.required for block in shift.blocks]
