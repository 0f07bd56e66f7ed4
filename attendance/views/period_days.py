"""A period's days: changed, and taken away again while nobody has approved anything."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from attendance.models import Period
from attendance.refusals import AttendanceRefused, PeriodOverlaps
from attendance.request_forms import day_field
from attendance.services.periods import period_change, period_delete, period_touched
from attendance.views.reports import private
from employees.access import hr_required
from employees.models import User


class PeriodForm(forms.Form):
    """A period's days."""

    first = day_field(label=gettext_lazy("From"))
    last = day_field(label=gettext_lazy("To"))


@require_http_methods(["GET", "POST"])
@hr_required
@private
def change(request: HttpRequest, key: int) -> HttpResponse:
    """HR gives a period other days, or goes on to delete it."""
    found = get_object_or_404(Period, pk=key)
    form = PeriodForm(request.POST or None, initial={"first": found.first, "last": found.last})
    if request.method == "POST" and form.is_valid():
        try:
            period_change(
                period=found, first=form.cleaned_data["first"], last=form.cleaned_data["last"], by=_user(request)
            )
        except AttendanceRefused as refused:
            tell_refused(request, refused)
        else:
            messages.success(request, _("The period has other days now."))
            return redirect("attendance_period", key=key)
    context = {"period": found, "form": form, "touched": period_touched(found)}
    return render(request, "attendance/period_change.html", context)


@require_http_methods(["GET", "POST"])
@hr_required
@private
def delete(request: HttpRequest, key: int) -> HttpResponse:
    """HR takes a period away, after a question."""
    found = get_object_or_404(Period, pk=key)
    if request.method == "POST":
        try:
            period_delete(period=found, by=_user(request))
        except AttendanceRefused as refused:
            tell_refused(request, refused)
            return redirect("period_change", key=key)
        messages.success(request, _("The period %(period)s is deleted.") % {"period": found})
        return redirect("attendance_periods")
    context = {"period": found, "touched": period_touched(found)}
    return render(request, "attendance/period_delete.html", context)


def tell_refused(request: HttpRequest, refused: AttendanceRefused) -> None:
    """Say why it was refused, with links to the period that is in the way and to changing it."""
    if isinstance(refused, PeriodOverlaps):
        there, change_there = (reverse(name, args=[refused.key]) for name in ("attendance_period", "period_change"))
        links = ((there, _("Open that period")), (change_there, _("Change or delete it")))
        said = format_html_join(" · ", '<a href="{}">{}</a>', links)
        messages.error(request, format_html("{} {}", refused.message, said))
    else:
        messages.error(request, refused.message)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
