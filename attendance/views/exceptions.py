"""The page of exceptions: days that went wrong and requests that wait, with what a manager does about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from approvals.models import Kind
from approvals.selectors import approver_required, courses_of, may_meet, turns
from attendance.models import Absence, AbsenceType, CorrectionRequest, Period, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.report_filters import PeopleFilter
from attendance.request_forms import AbsentDayForm, DecisionForm, SeenDayForm
from attendance.selectors import viewer_today
from attendance.selectors.exceptions import exceptional_keys, repairable_days, with_people
from attendance.selectors.late import late_changes
from attendance.selectors.notices import notices
from attendance.selectors.requests import (
    REFUSED,
    absences_to_decide,
    corrections_to_decide,
    not_yet,
    overtime_to_decide,
    passed_on,
)
from attendance.services.absences import absence_decide, absence_enter
from attendance.services.corrections import request_approve, request_refuse
from attendance.services.notices import day_mark_seen
from attendance.subjects import absence_key, correction_key
from attendance.views.adjustments import late_row, say_refused
from attendance.views.punches import punch_save
from attendance.views.reports import private, visible_employee_or_404
from common.inputs import own_path
from common.moments import day_text
from employees.access import acting_for, decided_employees, is_hr, manager_required, visible_employees
from employees.models import User
from employees.portraits import portraits_show

BACK_DAYS = 31
PAGE_ROWS = 20


@require_safe
@approver_required
@private
def exceptions(request: HttpRequest) -> HttpResponse:
    """Requests that wait, then the days of the last month that went wrong."""
    assert isinstance(request.user, User)
    # Nobody mends their own days or decides their own requests.
    form = PeopleFilter(request.GET, employees=decided_employees(request.user))
    people = form.people()
    today = viewer_today(request.user)
    days = exceptional_keys(employees=people, first=today - timedelta(days=BACK_DAYS), last=today)
    page = Paginator(days, PAGE_ROWS).get_page(request.GET.get("page"))
    overtime, more_overtime = overtime_to_decide(
        request.user, people, today - timedelta(days=BACK_DAYS), today, PAGE_ROWS
    )
    to_know, notice_count = notices(
        employees=people, first=today - timedelta(days=BACK_DAYS), last=today, most=PAGE_ROWS
    )
    corrections = corrections_to_decide(request.user, people).select_related("employee__department", "event")
    absences = absences_to_decide(request.user, people).select_related("employee__department", "kind")
    asked = corrections.count() + absences.count()
    corrections = corrections[:PAGE_ROWS]
    absences = absences[: PAGE_ROWS - len(corrections)]
    listed = with_people(list(page.object_list))
    rows = repairable_days(days=listed)
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "tickable": any(row.proposal for row in rows),
        "count": len(days),
        "corrections": corrections,
        "absences": absences,
        "notices": to_know,
        "notice_count": notice_count,
        "overtime": overtime,
        "more_overtime": more_overtime,
        "asked": asked,
        "asked_shown": len(corrections) + len(absences),
        "kinds": AbsenceType.objects.all(),
        "today": today,
        "late": [late_row(one) for one in late_changes(employees=people)[:PAGE_ROWS]] if is_hr(request.user) else [],
        "passed": passed_on(request.user, people),
        "absence_courses": courses_of(absences, absence_key),
        "correction_courses": courses_of(corrections, correction_key),
        "shift_turns": any(case.kind == Kind.SHIFT for case in turns(request.user).mine.values()),
        "acting": acting_for(request.user),
        "taken_back": PeriodApproval.objects.filter(
            taken_back_at__isnull=False,
            manager_at=None,
            period__state=Period.State.OPEN,
            employee__in=people.order_by().values("pk"),
        ).select_related("employee", "period")[:PAGE_ROWS],
    }
    told = (corrections, absences, overtime, listed, to_know)
    portraits_show(request, [row.employee for rows in told for row in rows])
    return render(request, "attendance/exceptions.html", context)


@require_POST
@manager_required
def add_punch(request: HttpRequest, number: str) -> HttpResponse:
    """Store the punch that is missing, signed by the manager."""
    punch_save(request, visible_employee_or_404(request, number))
    return back(request)


@require_POST
@manager_required
def add_absence(request: HttpRequest, number: str) -> HttpResponse:
    """Say why somebody was away on a day."""
    assert isinstance(request.user, User)
    employee = visible_employee_or_404(request, number)
    form = AbsentDayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the type of absence."))
        return back(request)
    day = form.cleaned_data["day"]
    try:
        absence_enter(employee=employee, by=request.user, kind=form.cleaned_data["kind"], first=day, last=day)
    except AttendanceRefused as refused:
        say_refused(request, refused, employee)
    else:
        messages.success(
            request,
            _("Saved: %(name)s was absent on %(day)s. Recorded under your name.")
            % {"name": employee.name, "day": day_text(day)},
        )
    return back(request)


@require_POST
@manager_required
def mark_seen(request: HttpRequest, number: str) -> HttpResponse:
    """Mark a day as seen that nothing mends."""
    assert isinstance(request.user, User)
    employee = visible_employee_or_404(request, number)
    form = SeenDayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason in at most 300 characters."))
        return back(request)
    try:
        day_mark_seen(employee=employee, by=request.user, **form.cleaned_data)
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Marked as seen. It comes back if the day changes."))
    return back(request)


@require_POST
@approver_required
def decide_correction(request: HttpRequest, key: str) -> HttpResponse:
    """Approve or refuse what somebody asked for."""
    row = get_object_or_404(_met(CorrectionRequest, request, "correction"), pk=key)
    return _decide(request, row)


@require_POST
@approver_required
def decide_absence(request: HttpRequest, key: int) -> HttpResponse:
    """Approve or refuse time off."""
    row = get_object_or_404(_met(Absence, request, "absence"), pk=key)
    return _decide(request, row)


def _met(model: type[Any], request: HttpRequest, prefix: str) -> Any:
    """The requests that this user may know of."""
    assert isinstance(request.user, User)
    people = visible_employees(request.user).order_by().values("pk")
    return may_meet(model.objects.all(), request.user, people, prefix)


def _decide(request: HttpRequest, row: CorrectionRequest | Absence) -> HttpResponse:
    assert isinstance(request.user, User)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Approve or refuse, with an answer of at most 300 characters."))
        return back(request)
    approve, answer = form.cleaned_data["decision"] == "approve", form.cleaned_data["answer"]
    try:
        if isinstance(row, Absence):
            absence_decide(absence=row, by=request.user, approve=approve, answer=answer)
        elif approve:
            request_approve(request=row, by=request.user, answer=answer)
        else:
            request_refuse(request=row, by=request.user, answer=answer)
    except AttendanceRefused as refused:
        say_refused(request, refused, row.employee)
    else:
        row.refresh_from_db()
        messages.success(request, not_yet(row) if approve else REFUSED % {"name": row.employee.name})
    return back(request)


def back(request: HttpRequest) -> HttpResponse:
    """To where the form was; to the list where that is not ours."""
    return HttpResponseRedirect(own_path(request, request.POST.get("next", ""), reverse("attendance_exceptions")))
