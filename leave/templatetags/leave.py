"""What the pages show of leave: amounts in words, one's balances where time off is requested."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django import template

from attendance.models import Absence, RequestState
from attendance.selectors import viewer_today
from employees.models import Employee
from leave import wording
from leave.forms import LONGEST
from leave.rules.shapes import Entry
from leave.selectors import forecast, forecasts, own_balances, working_days

register = template.Library()


@register.filter
def leave_amount(amount: Fraction, unit: str) -> str:
    """``2.5 days``."""
    return wording.amount_text(amount, unit)


@register.filter
def leave_number(amount: Fraction, unit: str) -> str:
    """``2.5``, for tables that name the unit elsewhere."""
    return wording.number_text(amount, unit)


@register.filter
def leave_kind(entry: Entry) -> str:
    """What a line of the ledger is."""
    return wording.kind_text(entry.kind)


@register.filter
def leave_reason(entry: Entry, unit: str) -> str:
    """Why it is there."""
    return wording.reason_text(entry, unit)


@register.inclusion_tag("leave/_hint.html")
def leave_hint(user: Any) -> dict[str, Any]:
    """One's own balances today, beside the form that requests time off."""
    own: Employee | None = getattr(user, "employee", None)
    return {"balances": own_balances(own, viewer_today(user)) if own is not None else []}


@register.inclusion_tag("leave/_days.html")
def leave_days(employee: Employee, form: Any) -> dict[str, Any]:
    """What the absence in the form would take, once its days can be read: of the balance, or of one's working days."""
    given = getattr(form, "cleaned_data", {}) if form.is_bound else {}
    first, last = given.get("first"), given.get("last")
    if not (given.get("kind") and first and last and first <= last <= first + LONGEST):
        return {"forecast": None, "working": None}
    half = given.get("half") or Absence.Half.WHOLE
    wanted = Absence(
        employee=employee, kind=given["kind"], first=first, last=last, half=half, state=RequestState.REQUESTED
    )
    found = forecast(wanted)
    return {"forecast": found, "working": working_days(wanted) if found is None else None}


@register.simple_tag
def leave_after(absences: Sequence[Absence]) -> dict[int, Any]:
    """By absence, what approving it would leave; those of types without balances are left out."""
    rows = list(absences)
    found = forecasts(rows) if rows else []
    return {row.pk: one for row, one in zip(rows, found, strict=True) if one is not None}


@register.filter
def of_row(found: dict[int, Any], key: int) -> Any:
    """What belongs to a row; None where there is nothing."""
    return found.get(key)
