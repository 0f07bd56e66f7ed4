"""From shifts on the wall clock to instants, and from recurrence rules to days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from attendance.rules.policy import Block
from attendance.rules.shapes import DayPlan, Half, Kind, ShiftPlan, Span

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
    holiday = plan.holiday_half if plan.holiday else None
    return tuple(_lay(shift, plan.day, plan.zone, holiday, first, second) for shift in plan.shifts)


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


_HALVES = frozenset({Half.FIRST, Half.SECOND})


# Everybody on the same shift has the same day.
@lru_cache(maxsize=4096)
def _lay(shift: ShiftPlan, day: date, zone: ZoneInfo, holiday: Half | None, first: bool, second: bool) -> LaidShift:
    whole = spans(shift.blocks, day, zone)
    length = sum(seconds(one.start, one.end) for one in whole)
    planned = max(0, length - shift.pause) if shift.kind is Kind.FIXED else shift.target
    if shift.kind is Kind.ON_CALL:
        planned = 0
    free = frozenset[Half]()
    if holiday is not None and not shift.works_holidays:
        free = _HALVES if holiday is Half.WHOLE else frozenset({holiday})
    away = frozenset(half for half, taken in ((Half.FIRST, first), (Half.SECOND, second)) if taken)
    # The rest of the day is the longer half where the seconds are odd.
    half = planned // 2
    leave = sum(half for _one in away - free)
    if len(away - free) == 2:
        leave = planned
    off = 0 if not free else planned if free == _HALVES else half
    gone = away if free == _HALVES else away | free
    return LaidShift(
        shift=shift,
        whole=whole,
        blocks=_left(whole, gone, length, planned if shift.kind is Kind.FIXED else length),
        core=_core(shift, day, zone) if not gone else None,
        opens=whole[0].start - timedelta(seconds=shift.before) if whole else None,
        closes=whole[-1].end + timedelta(seconds=shift.after) if whole else None,
        planned=planned,
        required=max(0, planned - leave - off) if len(away | free) < 2 else 0,
        leave=leave,
    )


def _left(whole: tuple[Span, ...], gone: frozenset[Half], length: int, planned: int) -> tuple[Span, ...]:
    """The blocks that leave and half a holiday have left. An unpaid pause lies between the halves and is in neither."""
    if len(gone) == 2:
        return ()
    if not gone:
        return whole
    later = Half.FIRST in gone
    return _half(whole, length - (planned - planned // 2) if later else planned // 2, later=later)


def _core(shift: ShiftPlan, day: date, zone: ZoneInfo) -> Span | None:
    if shift.core is None:
        return None
    # A frame from evening to morning may have its core on either day.
    frame = shift.blocks[0] if shift.blocks else None
    begins = day + DAY if frame is not None and shift.core.starts < frame.starts else day
    return spans((shift.core,), begins, zone)[0]


def _half(blocks: tuple[Span, ...], half: int, *, later: bool) -> tuple[Span, ...]:
    """The blocks before, or after, the moment at which ``half`` seconds of their time are over."""
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
