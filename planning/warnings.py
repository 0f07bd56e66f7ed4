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
class Before:
    """When the last shift of the day before ends, and its name."""

    ends: datetime
    shift: str


def day_warnings(plan: DayPlan, before: Before | None) -> tuple[list[str], Before | None]:
    """What speaks against the hours of the day after those of the day before, and what the next day has to know."""
    laid = [(one.shift.name, one.blocks) for one in lay_out(plan) if one.blocks and one.shift.kind is not Kind.ON_CALL]
    if not laid:
        return [], None
    said = [
        _("%(one)s and %(other)s are at the same time.") % {"one": one, "other": other}
        for (one, its), (other, others) in combinations(laid, 2)
        if _meet(its, others)
    ]
    name, blocks = min(laid, key=lambda one: one[1][0].start)
    if before is not None:
        rest, least = seconds(before.ends, blocks[0].start), plan.policy.rest or LEAST_REST
        if rest < 0:
            said.append(
                _("%(one)s begins before %(other)s of the day before ends.") % {"one": name, "other": before.shift}
            )
        elif rest < least:
            said.append(
                _("Rest of %(rest)s after %(shift)s of the day before; at least %(least)s is needed.")
                % {"rest": span_text(rest), "shift": before.shift, "least": span_text(least)}
            )
    last, ends = max(((name, blocks[-1].end) for name, blocks in laid), key=lambda one: one[1])
    return said, Before(ends, last)


def absence_warnings(plan: DayPlan, asked: Sequence[Absence]) -> list[str]:
    """That somebody who is planned is away, or has asked to be."""
    approved = [_("%(kind)s is approved for this day.") % {"kind": one.kind} for one in plan.absences]
    return approved + [_("%(kind)s is requested for this day.") % {"kind": one.kind.name} for one in asked]


def _meet(its: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(one.start < other.end and other.start < one.end for one in its for other in others)
