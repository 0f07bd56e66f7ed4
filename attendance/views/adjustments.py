"""Adjustments of locked periods: what would be otherwise now, adjusted, left as it is, or entered by hand; HR alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from attendance.hours import hours_and_minutes, minutes_typed
from attendance.models import Absence, Adjustment, Period, RequestState
from attendance.refusals import AttendanceRefused, PeriodLocked
from attendance.request_forms import day_field
from attendance.selectors.late import Amounts, late_changes
from attendance.services.absences import absence_approve_late
from attendance.services.adjustments import MOST_SECONDS, adjustment_add, difference_adjust, seen_as
from attendance.services.late import late_leave
from attendance.services.late_absences import leave_difference
from attendance.views.reports import private, visible_employee_or_404
from attendance.wording import amounts_text, changed_text
from common.moments import day_text
from employees.access import hr_required, is_hr
from employees.models import Employee, User

SHOWN = 50
PERIOD_KEY = re.compile(r"[0-9]{1,9}")


class AdjustmentForm(forms.Form):
    """An adjustment by hand."""

    day = day_field(label=gettext_lazy("Day of the closed period"))
    take_back = forms.TypedChoiceField(
        label=gettext_lazy("What"),
        choices=[("", gettext_lazy("Pay more")), ("yes", gettext_lazy("Take back"))],
        coerce=bool,
        required=False,
    )
    hours = forms.CharField(label=gettext_lazy("Hours"), max_length=6, help_text=gettext_lazy("Such as 1:30."))
    tier = forms.IntegerField(
        label=gettext_lazy("Overtime at per cent"),
        required=False,
        min_value=100,
        max_value=1000,
        help_text=gettext_lazy("Empty: time worked, without a tier."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def clean_hours(self) -> int:
        """Seconds."""
        try:
            return minutes_typed(self.cleaned_data["hours"].strip()) * 60
        except ValueError as error:
            raise forms.ValidationError(_("Write the hours as 1:30.")) from error


@require_http_methods(["GET", "POST"])
@hr_required
@private
def adjust(request: HttpRequest, number: str) -> HttpResponse:
    """What of a person's locked periods would be otherwise, time off asked for in them, an adjustment by hand."""
    employee = visible_employee_or_404(request, number)
    if request.method == "POST" and "absence" in request.POST:
        return _approve_late(request, employee)
    form = AdjustmentForm(request.POST or None, initial=_proposed(request), auto_id="adjust-%s")
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = adjustment_add(
                employee=employee,
                about_day=data["day"],
                seconds=-data["hours"] if data["take_back"] else data["hours"],
                tier=data["tier"] or 0,
                reason=data["reason"],
                author=_user(request),
            )
        except AttendanceRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Saved. It counts on %(day)s.") % {"day": day_text(made.day)})
            return redirect("attendance_adjust", number=number)
    people = Employee.objects.filter(pk=employee.pk)
    context = {
        "employee": employee,
        "form": form,
        "late": [late_row(one) for one in late_changes(employees=people)],
        "asked": _asked(employee),
        "made": Adjustment.objects.filter(employee=employee).select_related("author").order_by("-created_at")[:SHOWN],
    }
    return render(request, "attendance/adjust.html", context)


@require_POST
@hr_required
def settle(request: HttpRequest, key: int, number: str) -> HttpResponse:
    """Adjust the whole difference of a person's locked period, or leave it as it is."""
    employee, period = visible_employee_or_404(request, number), get_object_or_404(Period, pk=key)
    reason, leaves = request.POST.get("reason", ""), request.POST.get("do") == "leave"
    try:
        if leaves:
            late_leave(employee=employee, period=period, by=_user(request), reason=reason)
        else:
            seen = request.POST.get("seen", "")
            difference_adjust(employee=employee, period=period, seen=seen, reason=reason, author=_user(request))
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("It stays as it is.") if leaves else _("Adjusted in the next open period."))
    if request.POST.get("next") == "period":
        # The page of periods that the form was on, which may be a later one's; another text is none.
        shown = request.POST.get("period", "")
        return redirect("attendance_period", key=int(shown) if PERIOD_KEY.fullmatch(shown) else key)
    return redirect("attendance_adjust", number=number)


def late_row(one: Any) -> dict[str, Any]:
    """A difference as the pages show it."""
    return {
        "employee": one.employee,
        "period": one.row.period,
        "changed": changed_text(one.figures),
        "amounts": amounts_text(one.amounts),
        "seen": seen_as(one.days),
    }


def _asked(employee: Employee) -> list[dict[str, Any]]:
    """Time off that was asked for in a locked period, with what approving it would change there."""
    closed = Period.objects.filter(state=Period.State.LOCKED)
    waiting = Absence.objects.filter(employee=employee, state=RequestState.REQUESTED).select_related("employee", "kind")
    found = [one for one in waiting if closed.filter(first__lte=one.last, last__gte=one.first).exists()]
    return [{"absence": one, "amounts": [*_by_day(leave_difference(absence=one))]} for one in found[:SHOWN]]


def _by_day(days: Mapping[date, Amounts]) -> Iterator[dict[str, Any]]:
    for day, amounts in days.items():
        yield {"day": day, "amounts": amounts_text(amounts)}


def _approve_late(request: HttpRequest, employee: Employee) -> HttpResponse:
    asked = get_object_or_404(Absence, pk=request.POST.get("absence") or 0, employee=employee)
    try:
        made = absence_approve_late(absence=asked, by=_user(request), reason=request.POST.get("reason", ""))
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    else:
        said = _("Approved. Adjusted in the next open period.") if made else _("Approved. It changes nothing to pay.")
        messages.success(request, said)
    return redirect("attendance_adjust", number=employee.number)


def say_refused(request: HttpRequest, refused: AttendanceRefused, employee: Employee) -> None:
    """Say why something was refused; where a locked period is why, HR gets the way to an adjustment."""
    if not isinstance(refused, PeriodLocked) or not is_hr(request.user):
        messages.error(request, refused.message)
        return
    asked = urlencode({"day": refused.day.isoformat(), "seconds": str(refused.seconds)})
    address = f"{reverse('attendance_adjust', args=[employee.number])}?{asked}"
    said = format_html('{} <a href="{}">{}</a>', refused.message, address, _("Add an adjustment"))
    messages.error(request, said)


def _proposed(request: HttpRequest) -> dict[str, Any]:
    """What the address proposes."""
    found: dict[str, Any] = {}
    try:
        found["day"] = date.fromisoformat(request.GET.get("day", ""))
        seconds = max(-MOST_SECONDS, min(MOST_SECONDS, int(request.GET.get("seconds", "0"))))
    except ValueError:
        return found
    if seconds:
        found |= {
            "take_back": "yes" if seconds < 0 else "",
            "hours": hours_and_minutes(timedelta(seconds=abs(seconds))),
        }
    return found


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
