"""Many at once on the pages of attendance: decide requests, mend punches, approve timesheets; each with one undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from attendance.models import Absence, ClockEvent, CorrectionRequest, Period, RequestState
from attendance.selectors.exceptions import Exceptional, exceptional_days, repairable_days
from attendance.selectors.timesheets import Sums, timesheets
from attendance.services.many import (
    punch_mend,
    punch_mend_undo,
    request_decide,
    request_decide_undo,
    timesheet_approve,
    timesheet_approve_undo,
    timesheets_closed,
)
from attendance.wording import span_text
from employees import bulk
from employees.access import manager_required, visible_employees
from employees.bulk import Item, Kind
from employees.models import Employee, User

REQUESTS, PUNCHES, TIMESHEETS = "requests", "punches", "timesheets"
bulk.KINDS[REQUESTS] = Kind(gettext_lazy("Decide requests"), request_decide_undo)
bulk.KINDS[PUNCHES] = Kind(gettext_lazy("Add missing punches"), punch_mend_undo)
bulk.KINDS[TIMESHEETS] = Kind(gettext_lazy("Approve timesheets"), timesheet_approve_undo, timesheets_closed)


@require_POST
@manager_required
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or refuse the requests that are ticked."""
    approve, answer = request.POST.get("decision") == "approve", request.POST.get("answer", "").strip()[:300]
    verdict = _("approve") if approve else _("refuse")
    act = partial(request_decide, by=_user(request), approve=approve, answer=answer)
    rows = {"correction": CorrectionRequest, "absence": Absence}
    items = []
    for text in _ticked(request):
        name, _colon, key = text.partition(":")
        row = _waiting(request, rows.get(name), key)
        if row is not None:
            said = f"{_asked(row)}: {verdict}"
            items.append(Item(row.employee, said, partial(act, row=row)))
    return _go(request, REQUESTS, items, _("Tick the requests first."), reverse("attendance_exceptions"))


@require_POST
@manager_required
def mend(request: HttpRequest) -> HttpResponse:
    """Add to the days that are ticked the punch that is missing, at the time that their shift says."""
    reason = request.POST.get("reason", "").strip()[:300] or _("Forgotten punch")
    days = [(number, day) for number, day in map(_person_day, _ticked(request)) if day is not None]
    people = visible_employees(request.user).filter(number__in=[number for number, _day in days])
    by_number = {one.number: one for one in Employee.objects.filter(pk__in=people.order_by().values("pk"))}
    items = []
    wanted = [(by_number[number], day) for number, day in days if number in by_number]
    for row in repairable_days(days=_exceptional(wanted)):
        if row.missing and row.proposed_at is not None:
            zone = row.result.plan.zone
            local, way = row.proposed_at.astimezone(zone), ClockEvent.Direction(row.missing).label
            said = f"{formats.date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M} {way}"
            act = partial(punch_mend, employee=row.employee, by=_user(request), direction=row.missing, zone=zone.key)
            items.append(Item(row.employee, said, partial(act, at=row.proposed_at, reason=reason)))
    nothing = _("Tick days with a missing punch and a shift first: the shift says the time.")
    return _go(request, PUNCHES, items, nothing, reverse("attendance_exceptions"))


@require_POST
@manager_required
def approve(request: HttpRequest, key: int) -> HttpResponse:
    """Approve the timesheets that are ticked."""
    period = get_object_or_404(Period, pk=key)
    people = visible_employees(request.user).filter(number__in=_ticked(request))
    ticked = Employee.objects.filter(pk__in=people.order_by().values("pk"))
    hours = {one.employee.pk: one for one in timesheets(employees=ticked, first=period.first, last=period.last)}
    items = [
        Item(one, _hours(hours.get(one.pk)), partial(timesheet_approve, period=period, employee=one, by=_user(request)))
        for one in ticked
    ]
    empty = [one.name for one in ticked if _is_empty(hours.get(one.pk))]
    if empty and request.POST.get(bulk.SURE) != "yes":
        said = _("Nothing was worked, though shifts were due: %(names)s. Approve these only if that is right.")
        messages.warning(request, said % {"names": ", ".join(empty)})
    back = reverse("attendance_period", args=[key])
    return _go(request, TIMESHEETS, items, _("Tick the timesheets first."), back)


def _hours(sums: Sums | None) -> str:
    """What is approved of a timesheet: hours worked, and those that were scheduled."""
    figures = {name: span_text(sums.result.total(name) if sums else 0) for name in ("worked", "required")}
    return _("worked %(worked)s, scheduled %(required)s") % figures


def _is_empty(sums: Sums | None) -> bool:
    """Whether nothing was worked of what was asked for."""
    return sums is not None and sums.result.total("required") > 0 and not sums.result.total("worked")


def _go(request: HttpRequest, kind: str, items: list[Item], nothing: str, home: str) -> HttpResponse:
    back = bulk.safe(request, request.POST.get("next", ""))
    back = home if back == "/" else back
    if not items:
        messages.error(request, nothing)
        return redirect(back)
    return bulk.bulk(request, kind=kind, items=items, back=back)


def _ticked(request: HttpRequest) -> list[str]:
    return list(dict.fromkeys(request.POST.getlist("row")))[: bulk.MOST]


def _waiting(request: HttpRequest, model: Any, key: str) -> Any:
    """The request that still waits, of somebody whom the viewer sees; None where there is none."""
    read: Callable[[str], Any] = UUID if model is CorrectionRequest else int
    try:
        number = read(key) if model is not None else None
    except ValueError:
        return None
    if number is None:
        return None
    rows = model.objects.select_related("employee").filter(state=RequestState.REQUESTED, pk=number)
    return rows.filter(employee__in=visible_employees(request.user).order_by().values("pk")).first()


def _asked(row: Any) -> str:
    if isinstance(row, Absence):
        days = [formats.date_format(day, "SHORT_DATE_FORMAT") for day in dict.fromkeys((row.first, row.last))]
        return f"{row.kind} {' – '.join(days)}"
    local: datetime = row.at.astimezone(ZoneInfo(row.zone) if row.zone else row.employee.zone)
    return f"{row.get_kind_display()} {formats.date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M}"


def _person_day(text: str) -> tuple[str, date | None]:
    number, _colon, day = text.rpartition(":")
    try:
        return number, date.fromisoformat(day)
    except ValueError:
        return number, None


def _exceptional(wanted: list[tuple[Employee, date]]) -> list[Exceptional]:
    """Those of the days that still have something to correct."""
    if not wanted:
        return []
    days = [day for _person, day in wanted]
    people = Employee.objects.filter(pk__in=[person.pk for person, _day in wanted])
    asked = {(person.pk, day) for person, day in wanted}
    found = exceptional_days(employees=people, first=min(days), last=max(days))
    return [one for one in found if (one.employee.pk, one.figures.day) in asked]


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
