"""What speaks against a planned day, in words: too little rest, two shifts at once, somebody who is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from django.utils.translation import gettext as _

from attendance.models import Absence
from attendance.rules.schedule import lay_out, seconds
from attendance.rules.shapes import DayPlan, Kind, Span
from attendance.wording import span_text

LEAST_REST = 12 * 3600
"""Seconds of rest between two days where the work policy asks for none."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a day: the shift that begins first, the one that ends last, and what is said of two at once."""

    starts: datetime
    first: str
    ends: datetime
    last: str
    clashes: tuple[str, ...] = ()


def planned_hours(plan: DayPlan) -> Hours | None:
    """When the day's shifts begin and end; None for a day without hours."""
    laid = [(one.shift.name, one.blocks) for one in lay_out(plan) if one.blocks and one.shift.kind is not Kind.ON_CALL]
    if not laid:
        return None
    clashes = tuple(
        _("%(one)s and %(other)s are at the same time.") % {"one": one, "other": other}
        for (one, its), (other, others) in combinations(laid, 2)
        if _meet(its, others)
    )
    first, blocks = min(laid, key=lambda one: one[1][0].start)
    last, ends = max(((name, blocks[-1].end) for name, blocks in laid), key=lambda one: one[1])
    return Hours(blocks[0].start, first, ends, last, clashes)


def hours_warnings(hours: Hours | None, before: Hours | None, rest: int) -> tuple[str, ...]:
    """What speaks against the hours of a day after those of the day before; ``rest`` is what the policy asks for."""
    if hours is None or before is None:
        return hours.clashes if hours else ()
    between, least = seconds(before.ends, hours.starts), rest or LEAST_REST
    if between >= least:
        return hours.clashes
    if between < 0:
        said = _("%(one)s begins before %(other)s of the day before ends.") % {"one": hours.first, "other": before.last}
    else:
        said = _("Rest of %(rest)s after %(shift)s of the day before; at least %(least)s is needed.") % {
            "rest": span_text(between),
            "shift": before.last,
            "least": span_text(least),
        }
    return (*hours.clashes, said)


def absence_warnings(plan: DayPlan, asked: Sequence[Absence]) -> list[str]:
    """That somebody who is planned is away, or has asked to be."""
    approved = [_("%(kind)s is approved for this day.") % {"kind": one.kind} for one in plan.absences]
    return approved + [_("%(kind)s is requested for this day.") % {"kind": one.kind.name} for one in asked]


def _meet(its: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(one.start < other.end and other.start < one.end for one in its for other in others)
