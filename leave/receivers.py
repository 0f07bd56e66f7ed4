"""What attendance asks of leave: whether the balance covers an absence, and which overtime became leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attendance.models import Absence
from attendance.signals import absence_wanted, overtime_moved_asked
from leave.models import LeaveRule
from leave.refusals import BalanceTooLow
from leave.selectors import forecast, moved_overtime
from leave.wording import amount_text


def absence_asked(sender: object, absence: Absence, **_kwargs: Any) -> None:
    """Raise ``BalanceTooLow`` for an absence that its type's rule does not let the balance fall for."""
    if not LeaveRule.objects.filter(kind=absence.kind_id, valid_from__lte=absence.first).exists():
        return
    found = forecast(absence)
    if found is None or not found.lacking:
        return
    words = _(
        "There is not enough leave: %(type)s would be %(lacking)s short on %(day)s. This absence needs %(cost)s. Ask "
        "for less, or for other days, or ask HR."
    ) % {
        "type": found.kind.name,
        "lacking": amount_text(found.lacking, found.unit),
        "day": date_format(found.lowest[0], "DATE_FORMAT"),
        "cost": amount_text(found.cost, found.unit),
    }
    raise BalanceTooLow("balance_too_low", words, field="last")


def overtime_is_asked(
    sender: object, people: Sequence[int], first: date, last: date, **_kwargs: Any
) -> dict[int, dict[date, dict[int, int]]]:
    """Which overtime was moved into leave, and is therefore not paid."""
    return moved_overtime(people, first, last)


def connect() -> None:
    """Listen; called once when the app is ready."""
    absence_wanted.connect(absence_asked, dispatch_uid="leave.absence_asked")
    overtime_moved_asked.connect(overtime_is_asked, dispatch_uid="leave.overtime_is_asked")
