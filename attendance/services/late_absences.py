"""What time off changes in a locked period, which stays as it is: for who is refused it, and for the adjustment."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from attendance.models import Absence, Period, RequestState
from attendance.refusals import PeriodLocked
from attendance.selectors.late import Amounts
from attendance.services.adjustments import difference_of
from attendance.wording import amounts_text


def leave_difference(*, absence: Absence, state: str = RequestState.APPROVED) -> Mapping[date, Amounts]:
    """By day and tier, what would be paid otherwise in locked periods with the absence in that state.

    It is tried and taken back; nothing stays of it.
    """
    periods = list(Period.objects.filter(state=Period.State.LOCKED, first__lte=absence.last, last__gte=absence.first))
    tried = copy.copy(absence)
    tried.state = state
    with transaction.atomic():
        before = [difference_of(employee=absence.employee, period=one) for one in periods]
        tried.save()
        after = [difference_of(employee=absence.employee, period=one) for one in periods]
        transaction.set_rollback(True)
    found: dict[date, Amounts] = {}
    for then, now in zip(before, after, strict=True):
        for day in sorted({*then, *now}):
            was, is_now = then.get(day, {}), now.get(day, {})
            amounts = {tier: is_now.get(tier, 0) - was.get(tier, 0) for tier in sorted({*was, *is_now})}
            if amounts := {tier: seconds for tier, seconds in amounts.items() if seconds}:
                found[day] = amounts
    return found


def leave_refused(*, absence: Absence, refused: PeriodLocked, state: str = RequestState.APPROVED) -> PeriodLocked:
    """The same refusal, with what would have been paid otherwise."""
    days = leave_difference(absence=absence, state=state)
    if not days:
        return refused
    sums: dict[int, int] = {}
    for amounts in days.values():
        for tier, seconds in amounts.items():
            sums[tier] = sums.get(tier, 0) + seconds
    day = min(days)
    words = _(
        "%(day)s is in a closed period, which stays as it is. What this time off changes there: %(amounts)s. HR can "
        "add an adjustment."
    ) % {"day": formats.date_format(refused.day, "DATE_FORMAT"), "amounts": amounts_text(sums)}
    return PeriodLocked(words, day=day, seconds=days[day].get(0, 0))
