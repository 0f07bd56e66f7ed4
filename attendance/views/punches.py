"""A manager or HR corrects a punch where they see it: in the opened day of a person's month."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from attendance.models import ClockEvent
from attendance.refusals import AttendanceRefused
from attendance.report_filters import FIRST_DAY, LAST_DAY
from attendance.request_forms import MissingPunchForm, ReasonForm, among, check_out_instant, nearest_to, wall_instant
from attendance.selectors.plans import PlanBook
from attendance.services.corrections import correction_undo, punch_add, punch_change, punch_remove
from attendance.views.adjustments import say_refused
from attendance.views.reports import visible_employee_or_404
from common.moments import moment_text
from employees.access import manager_required
from employees.models import Employee, User


@require_POST
@manager_required
def add(request: HttpRequest, number: str) -> HttpResponse:
    """Add a punch that is missing."""
    employee, shown = visible_employee_or_404(request, number), _shown(request)
    punch_save(request, employee)
    return _opened(employee, shown)


@require_POST
@manager_required
def change(request: HttpRequest, number: str, key: UUID) -> HttpResponse:
    """Change a punch: a new row takes its place."""
    employee = visible_employee_or_404(request, number)
    event, shown = _event_or_404(employee, key), _shown(request)
    punch_save(request, employee, event)
    return _opened(employee, shown)


@require_POST
@manager_required
def remove(request: HttpRequest, number: str, key: UUID) -> HttpResponse:
    """Take a punch back."""
    return _signed(request, number, key, undo=False)


@require_POST
@manager_required
def undo(request: HttpRequest, number: str, key: UUID) -> HttpResponse:
    """Undo a correction: what it replaced stands again."""
    return _signed(request, number, key, undo=True)


def punch_save(request: HttpRequest, employee: Employee, event: ClockEvent | None = None) -> None:
    """Add the punch of a form, or change ``event`` to it, signed by whoever sent it; say what became of it."""
    assert isinstance(request.user, User)
    form = MissingPunchForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the time and the reason."))
        return
    data = form.cleaned_data
    # What is changed is shown on the wall clock of its place; what is added is on the person's own.
    day = data["day"]
    zone = ZoneInfo(event.zone) if event else PlanBook([employee], day, day).place(employee, day).zone
    try:
        choose = nearest_to(event.at) if event else among(employee, data["direction"])
        came = _came(request.POST.get("there", ""), data["direction"])
        if came is not None:
            at = check_out_instant(day, data["time"], zone, came=came, choose=choose)
        else:
            at = wall_instant(day, data["time"], zone, choose=choose)
        values = {
            "direction": data["direction"],
            "at": at,
            "zone": zone.key,
            "reason": data["reason"],
            "author": request.user,
        }
        if event is None:
            punch_add(employee=employee, **values)
        else:
            punch_change(event=event, **values)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except AttendanceRefused as refused:
        say_refused(request, refused, employee)
    else:
        said = _("Saved: %(name)s, %(time)s. Recorded under your name.")
        messages.success(request, said % {"name": employee.name, "time": moment_text(at)})


def _signed(request: HttpRequest, number: str, key: UUID, *, undo: bool) -> HttpResponse:
    assert isinstance(request.user, User)
    employee = visible_employee_or_404(request, number)
    event, form, shown = _event_or_404(employee, key), ReasonForm(request.POST), _shown(request)
    if not form.is_valid():
        messages.error(request, _("Give the reason in at most 300 characters."))
        return _opened(employee, shown)
    service, said = (
        (correction_undo, _("The correction is undone. Recorded under your name."))
        if undo
        else (punch_remove, _("The punch is removed. Recorded under your name."))
    )
    try:
        service(event=event, reason=form.cleaned_data["reason"], author=request.user)
    except AttendanceRefused as refused:
        say_refused(request, refused, employee)
    else:
        messages.success(request, said)
    return _opened(employee, shown)


def _event_or_404(employee: Employee, key: UUID) -> ClockEvent:
    found = ClockEvent.objects.filter(pk=key, employee=employee).first()
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest) -> date:
    """The day that is open on the page."""
    try:
        shown = date.fromisoformat(request.POST.get("shown", ""))
    except ValueError as error:
        raise Http404 from error
    if not FIRST_DAY <= shown <= LAST_DAY:
        raise Http404
    return shown


def _opened(employee: Employee, shown: date) -> HttpResponse:
    """Back to the month, with the same day open."""
    address = reverse("attendance_month", args=[employee.number, shown.replace(day=1)])
    return redirect(f"{address}?day={shown.isoformat()}#d{shown.isoformat()}")


def _came(there: str, direction: str) -> datetime | None:
    """The check-in that is there, for a check-out: a night shift ends on the next day."""
    try:
        came = datetime.fromisoformat(there)
    except ValueError:
        return None
    return came if direction == "out" and came.tzinfo is not None else None
