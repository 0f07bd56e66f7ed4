"""An employee's own pages: punches, hours, balance, requests, calendar, data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.selectors import courses_of
from attendance.models import Absence, CalendarLink, ClockEvent, CorrectionRequest, Period, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.request_forms import AbsenceForm, CorrectionForm
from attendance.rules.calculate import reach
from attendance.selectors import viewer_today
from attendance.selectors.exceptions import exceptional_days, repairable_days
from attendance.selectors.own import own_data, upcoming_shifts
from attendance.selectors.timesheets import timesheet
from attendance.services.absences import absence_request, absence_withdraw
from attendance.services.approvals import approval_withdraw, period_approve
from attendance.services.calendar_links import calendar_link_make, calendar_link_revoke
from attendance.services.corrections import request_file, request_withdraw
from attendance.subjects import absence_key, correction_key
from attendance.views.reports import private, visible_employee_or_404
from attendance.views.timesheets import month_ends
from employees.access import has_manager, login_needed
from employees.models import Employee, User

PUNCHES = 12
REQUESTS = 20
COUNT = "count"
"""What the button sends that asks how many days an absence takes."""


@require_safe
@login_needed
@private
def me(request: HttpRequest) -> HttpResponse:
    """Everything of one's own; somebody who is not an employee reads what to do."""
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        return render(request, "attendance/unlinked.html")
    today = viewer_today(request.user)
    first, last = month_ends(today)
    sheet = timesheet(employee=own, first=first, last=last)
    approvals = {one.period_id: one for one in PeriodApproval.objects.filter(employee=own)}
    periods = Period.objects.filter(state=Period.State.OPEN, last__lt=today).order_by("first")
    corrections = CorrectionRequest.objects.filter(employee=own).select_related("event", "decided_by")[:REQUESTS]
    absences = Absence.objects.filter(employee=own).select_related("kind", "decided_by")[:REQUESTS]
    context = {
        "employee": own,
        "today": today,
        "sheet": sheet,
        "result": sheet.result,
        "totals": {
            name: sheet.result.total(name) for name in ("worked", "required", "balance", "not_due", "night", "leave")
        },
        "punches": ClockEvent.objects.standing().filter(employee=own).select_related("kiosk").order_by("-at")[:PUNCHES],
        "shifts": upcoming_shifts(employee=own, first=today),
        "corrections": corrections,
        "absences": absences,
        "correction_courses": courses_of(corrections, correction_key),
        "absence_courses": courses_of(absences, absence_key),
        "periods": [(period, approvals.get(period.pk)) for period in periods],
        "link": CalendarLink.objects.filter(employee=own).first(),
        "calendar_url": request.session.pop("calendar_url", ""),
    }
    return render(request, "attendance/me.html", context)


@require_http_methods(["GET", "POST"])
@login_needed
def correction_new(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a missing or wrong punch of one's own."""
    employee = _own_or_404(request, number)
    day = _day(request, employee)
    begin, end = reach(day, day)
    events = ClockEvent.objects.standing().filter(employee=employee, at__gte=begin, at__lt=end)
    near = events.select_related("kiosk").order_by("at")
    initial = {"day": day, **_proposed(employee, day, request.GET.get("event", ""), near)}
    form = CorrectionForm(request.POST or None, employee=employee, events=near, initial=initial)

    def file(data: dict[str, Any]) -> None:
        request_file(
            employee=employee,
            by=_user(request),
            kind=form.kind,
            reason=data["reason"],
            event=data["event"],
            direction=data["direction"],
            at=data["at"],
            zone=data["zone"],
        )

    lead = (
        _("Say what is missing or wrong. Your manager decides; nothing that was punched is lost.")
        if has_manager(employee)
        else _("Say what is missing or wrong. HR decides; nothing that was punched is lost.")
    )
    return _asked(request, form, file, _("Correct a punch"), lead)


@require_http_methods(["GET", "POST"])
@login_needed
def absence_new(request: HttpRequest) -> HttpResponse:
    """Request time off."""
    employee = _own(request)
    today = viewer_today(request.user)
    form = AbsenceForm(request.POST or None, initial={"first": today, "last": today, "half": "whole"})

    def file(data: dict[str, Any]) -> None:
        absence_request(
            employee=employee,
            by=_user(request),
            kind=data["kind"],
            first=data["first"],
            last=data["last"],
            half=data["half"] or "whole",
            reason=data["reason"],
        )

    lead = (
        _("It counts once your manager has approved it.")
        if has_manager(employee)
        else _("It counts once HR has approved it.")
    )
    return _asked(request, form, file, _("Request time off"), lead)


@require_POST
@login_needed
def withdraw_correction(request: HttpRequest, key: str) -> HttpResponse:
    """Take a request back while nobody has decided."""
    asked = get_object_or_404(CorrectionRequest, pk=key, employee=_own(request))
    try:
        request_withdraw(request=asked, by=_user(request))
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    return redirect("my_month")


@require_POST
@login_needed
def withdraw_absence(request: HttpRequest, key: int) -> HttpResponse:
    """The same for time off."""
    asked = get_object_or_404(Absence, pk=key, employee=_own(request))
    try:
        absence_withdraw(absence=asked, by=_user(request))
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    return redirect("my_month")


@require_POST
@login_needed
def approve_period(request: HttpRequest, key: int) -> HttpResponse:
    """Say that one's own timesheet of a period is right."""
    period = get_object_or_404(Period, pk=key)
    try:
        period_approve(period=period, employee=_own(request), by=_user(request))
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("You have approved your timesheet."))
    return redirect("my_month")


@require_POST
@login_needed
def withdraw_approval(request: HttpRequest, key: int) -> HttpResponse:
    """Take one's own approval back while the period is open."""
    period = get_object_or_404(Period, pk=key)
    try:
        approval_withdraw(period=period, employee=_own(request), by=_user(request))
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Your approval is taken back."))
    return redirect("my_month")


@require_POST
@login_needed
def calendar_link(request: HttpRequest) -> HttpResponse:
    """Make a private address for one's shifts, or end the one there is. It is shown once."""
    employee = _own(request)
    if request.POST.get("do") == "revoke":
        calendar_link_revoke(employee=employee)
        messages.success(request, _("The calendar address no longer works."))
    else:
        token = calendar_link_make(employee=employee)
        request.session["calendar_url"] = request.build_absolute_uri(reverse("shift_calendar", args=[token]))
    return redirect(reverse("my_month") + "#calendar")


@require_safe
@login_needed
def data(request: HttpRequest) -> HttpResponse:
    """What Presente keeps of one's attendance, as JSON."""
    employee = _own(request)
    response = JsonResponse(own_data(employee=employee), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="presente-{employee.number}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


def _asked(
    request: HttpRequest, form: Form, file: Callable[[dict[str, Any]], None], title: str, lead: str
) -> HttpResponse:
    """The form; once it can be read and ``file`` refuses nothing, the own page."""
    managed = has_manager(_own(request))
    # Asked how many days it takes, the form is shown with the answer and nothing is stored.
    counts = request.POST.get("do") == COUNT
    if request.method == "POST" and form.is_valid() and not counts:
        try:
            file(form.cleaned_data)
        except AttendanceRefused as refused:
            form.add_error(None, refused.message)
        else:
            with_manager = _("Your request is with your manager. You see the answer here.")
            messages.success(
                request, with_manager if managed else _("Your request is with HR. You see the answer here.")
            )
            return redirect("my_month")
    return render(request, "attendance/ask.html", {"form": form, "title": title, "lead": lead, "managed": managed})


def _proposed(employee: Employee, day: date, event: str, near: QuerySet[ClockEvent]) -> dict[str, Any]:
    """What the form of a correction begins with: the punch that is wrong, else the one that the day lacks."""
    chosen = next((one for one in near if str(one.pk) == event), None)
    if chosen is not None:
        return {"event": chosen.pk, "direction": chosen.direction, "time": chosen.local_at.time()}
    wrong = exceptional_days(employees=Employee.objects.filter(pk=employee.pk), first=day, last=day)
    (one,) = repairable_days(days=wrong) or (None,)
    if one is None or not one.missing:
        return {}
    at = one.proposed_at
    return {"direction": one.missing, **({"day": at.date(), "time": at.time()} if at else {})}


def _own(request: HttpRequest) -> Employee:
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        raise PermissionDenied
    return own


def _own_or_404(request: HttpRequest, number: str) -> Employee:
    """One's own record; a colleague's is refused as if it were not there, one that is seen with 403."""
    employee = visible_employee_or_404(request, number)
    if employee != _own(request):
        raise PermissionDenied
    return employee


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _day(request: HttpRequest, employee: Employee) -> date:
    text = request.POST.get("day") or request.GET.get("day") or ""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return timezone.now().astimezone(employee.zone).date()
    if not 2000 <= found.year <= 2099:
        raise Http404
    return found
