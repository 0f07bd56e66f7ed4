"""From shifts on the wall clock to instants, and from recurrence rules to days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from attendance.rules.shapes import Block, DayPlan, Half, Kind, ShiftPlan, Span

DAY = timedelta(days=1)


class PatternError(ValueError):
    """A recurrence rule that cannot be read."""


@dataclass(frozen=True, slots=True)
class LaidShift:
    """A shift on its day: all its blocks, those left by half a day's absence, its core, and where its punches lie.

    ``planned`` and ``required`` are seconds; ``opens`` and ``closes`` None for an open shift, which has no blocks.
    """

    shift: ShiftPlan
    whole: tuple[Span, ...]
    blocks: tuple[Span, ...]
    core: Span | None
    opens: datetime | None
    closes: datetime | None
    planned: int
    required: int
    leave: int


def seconds(start: datetime, end: datetime) -> int:
    """The real time between two instants in UTC, in whole seconds."""
    return round((end - start).total_seconds())


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A time on the wall clock as an instant in UTC.

    A time that the clocks skip is moved on by the hour that is skipped; of one that comes twice the first is meant.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def spans(blocks: Iterable[Block], day: date, zone: ZoneInfo) -> tuple[Span, ...]:
    """The blocks of a shift that begins on ``day``; each begins where the wall clock next shows its start."""
    found: list[Span] = []
    on, last = day, time(0)
    for number, block in enumerate(blocks):
        if number and block.starts < last:
            on += DAY
        start = instant(on, block.starts, zone)
        if block.ends <= block.starts:
            on += DAY
        found.append(Span(start, instant(on, block.ends, zone)))
        last = block.ends
    return tuple(found)


def lay_out(plan: DayPlan) -> tuple[LaidShift, ...]:
    """The day's shifts as instants; a day off, a holiday or a whole day's leave leaves them where they are."""
    halves = {one.half for one in plan.absences}
    first, second = bool(halves & {Half.WHOLE, Half.FIRST}), bool(halves & {Half.WHOLE, Half.SECOND})
    return tuple(_lay(shift, plan.day, plan.zone, bool(plan.holiday), first, second) for shift in plan.shifts)


def occurs(rule: str, anchor: date, day: date, run: int = 1) -> bool:
    """Whether ``day`` is one of the ``run`` days that begin with each occurrence of an RFC 5545 rule from ``anchor``.

    Raises ``PatternError`` for a rule that cannot be read.
    """
    return day in _occurrences(rule, anchor, day.year, run)


@lru_cache(maxsize=4096)
def _occurrences(rule: str, anchor: date, year: int, run: int) -> frozenset[date]:
    begin = datetime(year, 1, 1) - timedelta(days=run)
    try:
        found = rrulestr(rule, dtstart=datetime.combine(anchor, time()), forceset=True, ignoretz=True)
        starts = found.between(begin, datetime(year, 12, 31), inc=True)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise PatternError(str(error)) from error
    return frozenset(start.date() + timedelta(days=number) for start in starts for number in range(run))


# Everybody on the same shift has the same day.
@lru_cache(maxsize=4096)
def _lay(shift: ShiftPlan, day: date, zone: ZoneInfo, holiday: bool, first: bool, second: bool) -> LaidShift:
    whole = spans(shift.blocks, day, zone)
    length = sum(seconds(one.start, one.end) for one in whole)
    planned = max(0, length - shift.pause) if shift.kind is Kind.FIXED else shift.target
    leave = planned if first and second else planned // 2 if first or second else 0
    blocks = whole
    if first and second:
        blocks = ()
    elif first or second:
        blocks = _half(whole, length // 2, later=first)
    core = _core(shift, day, zone) if not (first or second) else None
    off = holiday and not shift.works_holidays
    return LaidShift(
        shift=shift,
        whole=whole,
        blocks=blocks,
        core=core,
        opens=whole[0].start - timedelta(seconds=shift.before) if whole else None,
        closes=whole[-1].end + timedelta(seconds=shift.after) if whole else None,
        planned=planned,
        required=0 if off else planned - leave,
        leave=0 if off else leave,
    )


def _core(shift: ShiftPlan, day: date, zone: ZoneInfo) -> Span | None:
    if shift.core is None:
        return None
    # A frame from evening to morning may have its core on either day.
    frame = shift.blocks[0] if shift.blocks else None
    begins = day + DAY if frame is not None and shift.core.starts < frame.starts else day
    return spans((shift.core,), begins, zone)[0]


def _half(blocks: tuple[Span, ...], half: int, *, later: bool) -> tuple[Span, ...]:
    """The blocks before, or after, the moment at which half of their time is over."""
    kept: list[Span] = []
    passed = 0
    for one in blocks:
        length = seconds(one.start, one.end)
        cut = one.start + timedelta(seconds=min(max(half - passed, 0), length))
        part = Span(cut, one.end) if later else Span(one.start, cut)
        if part.start < part.end:
            kept.append(part)
        passed += length
    return tuple(kept)
