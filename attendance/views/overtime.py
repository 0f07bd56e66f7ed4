"""Approving overtime: one form for a person's days, from the list of what waits or from the person's month."""

from __future__ import annotations

import re
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from approvals.selectors import approver_required
from attendance.hours import minutes_typed
from attendance.refusals import AttendanceRefused
from attendance.selectors.requests import of_second_approval
from attendance.services.overtime import Wish, overtime_decide
from attendance.views.adjustments import say_refused
from attendance.views.exceptions import back
from attendance.views.reports import visible_employee_or_404
from employees.models import Employee, User

_SEEN = re.compile(r"\d{1,4}=\d{1,7}(,\d{1,4}=\d{1,7})*")


@require_POST
@approver_required
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Approve the hours that the form says for each day, or refuse all of them."""
    assert isinstance(request.user, User)
    employee = _of_number(request, number)
    try:
        wishes = _wishes(request.POST)
    except ValueError:
        messages.error(request, _("Write the hours as 1:30."))
        return back(request)
    try:
        rows = overtime_decide(employee=employee, wishes=wishes, by=request.user, reason=request.POST.get("reason", ""))
    except AttendanceRefused as refused:
        say_refused(request, refused, employee)
    else:
        nothing = not any(wish.seconds for wish in wishes.values())
        waits = _("The overtime of %(name)s is approved. It waits for a second approval now.")
        done = _("The overtime of %(name)s is approved.") if rows else waits
        said = _("The overtime of %(name)s is refused.") if nothing else done
        messages.success(request, said % {"name": employee.name})
    return back(request)


def _of_number(request: HttpRequest, number: str) -> Employee:
    """The person, where the user may know of them, or has a second approval of their overtime to give."""
    assert isinstance(request.user, User)
    return of_second_approval(request.user, number) or visible_employee_or_404(request, number)


def _wishes(sent: QueryDict) -> dict[date, Wish]:
    """The form's days; raises ValueError for one that cannot be read."""
    found = {}
    for text in sent.getlist("day")[:62]:
        day, seen = date.fromisoformat(text), sent.get(f"seen-{text}", "")
        if not _SEEN.fullmatch(seen):
            raise ValueError(seen)
        tiers = {int(tier): int(seconds) for tier, seconds in (pair.split("=") for pair in seen.split(","))}
        found[day] = Wish(tiers, _seconds(sent, text, sum(tiers.values())))
    return found


def _seconds(sent: QueryDict, day: str, most: int) -> int:
    """What of ``most`` is approved. The form knows minutes: whoever leaves the hours as they are approves all."""
    if sent.get("decision") == "refuse":
        return 0
    minutes = minutes_typed(sent.get(f"hours-{day}", "").strip())
    return most if minutes == most // 60 else minutes * 60
