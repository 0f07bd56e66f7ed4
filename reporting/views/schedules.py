"""Files that come by e-mail: set up, listed with what was sent, switched off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from attendance.selectors.people import departments_of
from attendance.views.reports import private
from common.company import zone_name
from common.unsent_mail import mail_server_set
from employees.access import is_hr, manager_required, visible_employees
from employees.models import Department, User, check_time_zone
from reporting.models import PayrollLayout, ReportSchedule
from reporting.services.schedules import (
    ReportRefused,
    recipients_for,
    report_create,
    report_leave,
    report_switch,
    reports_of,
)

SHOWN = 6
"""Deliveries of each schedule."""


class ScheduleForm(forms.Form):
    """Which file, how often, to whom."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    report = forms.ChoiceField(label=gettext_lazy("Report"))
    form = forms.ChoiceField(label=gettext_lazy("Format"), choices=ReportSchedule.Form.choices)
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=gettext_lazy("Everybody whom the recipient may see"),
    )
    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=ReportSchedule.Every.choices, initial="month")
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday (of a weekly one)"), choices=list(WEEKDAYS.items()), coerce=int, initial=0
    )
    monthday = forms.IntegerField(
        label=gettext_lazy("Day of the month (of a monthly one)"),
        initial=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour"), choices=[(hour, f"{hour}:00") for hour in range(24)], coerce=int, initial=7
    )
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=64, validators=[check_time_zone])
    recipients = forms.ModelMultipleChoiceField(
        label=pgettext_lazy("message", "To"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    attach = forms.BooleanField(
        label=gettext_lazy("Send the file itself"),
        required=False,
        help_text=gettext_lazy("Otherwise a link that asks for the login. A mailbox keeps and forwards what it gets."),
    )

    def __init__(self, data: Any, *, user: User) -> None:
        own = getattr(user, "employee", None)
        zone = own.time_zone if own is not None else zone_name()
        super().__init__(data, auto_id="report-%s", initial={"time_zone": zone, "recipients": [user.pk]})
        fields: Any = self.fields
        layouts = [(f"payroll-{one.pk}", one.name) for one in PayrollLayout.objects.all()]
        fields["report"].choices = [*ReportSchedule.Report.choices[:2], *layouts]
        fields["department"].queryset = departments_of(visible_employees(user))
        able = recipients_for(user)
        fields["recipients"].queryset = able
        if not able.exists():
            fields["recipients"].help_text = _("Nobody has an e-mail address yet. HR enters it on the user's page.")

    def wished(self) -> dict[str, Any]:
        """The fields of the schedule; call it on a valid form."""
        found = dict(self.cleaned_data)
        report, _dash, layout = found.pop("report").partition("-")
        return {**found, "report": report, "layout_id": int(layout) if layout else None}


@require_http_methods(["GET", "POST"])
@manager_required
@private
def reports(request: HttpRequest) -> HttpResponse:
    """What is sent to whom, and a form for another one."""
    user = _user(request)
    form = ScheduleForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        wished = form.wished()
        try:
            report_create(by=user, recipients=wished.pop("recipients"), **wished)
        except ReportRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Schedule created."))
            return redirect("attendance_reports")
    found = reports_of(user).prefetch_related("recipients")
    rows = [
        {
            "schedule": one,
            "deliveries": one.deliveries.select_related("user")[:SHOWN],
            "may_switch": is_hr(user) or one.owner_id == user.pk,
            "gets": any(to.pk == user.pk for to in one.recipients.all()),
        }
        for one in found[:50]
    ]
    context = {"form": form, "rows": rows, "no_mail": not mail_server_set()}
    return render(request, "reporting/reports.html", context, status=400 if form.errors else 200)


@require_POST
@manager_required
def switch(request: HttpRequest, key: int) -> HttpResponse:
    """Off, on again, or no more for oneself."""
    user = _user(request)
    schedule = get_object_or_404(reports_of(user), pk=key)
    wish = request.POST.get("do", "")
    try:
        if wish == "leave":
            report_leave(schedule=schedule, by=user)
        else:
            report_switch(schedule=schedule, by=user, active=wish == "on")
    except ReportRefused as refused:
        messages.error(request, refused.message)
    return redirect("attendance_reports")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
