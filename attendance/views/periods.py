"""Periods of payroll: listed, approved, locked and reopened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from approvals.selectors import may_approve
from attendance.models import Period, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.report_filters import PeopleFilter
from attendance.rules.next_period import next_days
from attendance.selectors import viewer_today
from attendance.selectors.closing import Checklist, checklist
from attendance.selectors.late import late_changes
from attendance.selectors.timesheets import timesheets
from attendance.services.approvals import approval_withdraw, period_approve, period_approve_clean
from attendance.services.many import approval_row
from attendance.services.periods import period_create, period_lock, period_reopen
from attendance.views.adjustments import late_row
from attendance.views.many import TIMESHEETS
from attendance.views.period_days import PeriodForm, tell_refused
from attendance.views.reports import private, visible_employee_or_404
from attendance.views.timesheets import month_ends
from employees import bulk
from employees.access import (
    hr_required,
    is_hr,
    is_manager,
    manager_required,
    may_decide_about_some,
    reader_required,
    visible_employees,
)
from employees.models import Employee, User
from employees.portraits import portraits_show

PAGE_ROWS = 50
AT_ONCE = 100
"""Of more people the checklist is shown when it is asked for, and so many of them are named at once."""
LATE = 20


@require_safe
@reader_required
@private
def periods(request: HttpRequest) -> HttpResponse:
    """All periods, the newest first; HR makes the next one here."""
    return _listed(request)


@require_POST
@hr_required
@private
def create(request: HttpRequest) -> HttpResponse:
    """HR makes a period; where it is refused the form keeps what was typed."""
    form = PeriodForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the first and the last day."))
        return _listed(request, form)
    try:
        made = period_create(first=form.cleaned_data["first"], last=form.cleaned_data["last"], by=_user(request))
    except AttendanceRefused as refused:
        tell_refused(request, refused)
        return _listed(request, form)
    return redirect("attendance_period", key=made.pk)


def _listed(request: HttpRequest, wrong: PeriodForm | None = None) -> HttpResponse:
    newest = Period.objects.first()
    first, last = next_days(newest.first, newest.last) if newest else month_ends(viewer_today(request.user))
    form = wrong or PeriodForm(initial={"first": first, "last": last})
    context = {
        "periods": Period.objects.all()[:36],
        "first": first,
        "last": last,
        "form": form if is_hr(request.user) else None,
    }
    return render(request, "attendance/periods.html", context, status=422 if wrong else 200)


@require_safe
@reader_required
@private
def period(request: HttpRequest, key: int) -> HttpResponse:
    """Everybody's sums in one period, with who has approved what."""
    found = get_object_or_404(Period, pk=key)
    form = PeopleFilter(request.GET, employees=visible_employees(request.user))
    people = form.people_between(found.first, found.last)
    page = Paginator(people, PAGE_ROWS).get_page(request.GET.get("page"))
    keys = [one.pk for one in page.object_list]
    approvals = {
        one.employee_id: one
        for one in PeriodApproval.objects.filter(period=found, employee__in=keys).select_related("manager_by")
    }
    people_here = Employee.objects.filter(pk__in=keys)
    # Read once, and used twice.
    sums = list(timesheets(employees=people_here, first=found.first, last=found.last, department=form.chosen))
    portraits_show(request, [one.employee for one in sums])
    own = getattr(request.user, "employee", None)
    rows: list[dict[str, Any]] = [
        {
            "employee": one.employee,
            "place": one.place,
            "totals": {name: one.result.total(name) for name in ("required", "worked", "balance", "late", "absent")},
            "overtime": one.result.overtime_total,
            "pending": one.overtime.pending_total,
            "missing": one.result.total("missing_in") + one.result.total("missing_out"),
            "adjusted": one.adjusted,
            "approval": approvals.get(one.employee.pk),
            "own": one.employee == own,
        }
        for one in sums
    ]
    context = {
        "period": found,
        "form": form,
        "rows": rows,
        "page": page,
        "acts": found.acts.select_related("by"),
        "over": found.last < viewer_today(request.user),
        "open": found.state == Period.State.OPEN,
        "closable": found.state == Period.State.LOCKED or found.may_close,
        "may_approve": may_approve(request.user),
        "undoable": bulk.last_act(request, kind=TIMESHEETS, back=_here(key)),
    }
    looked_at: Checklist | None = None
    if found.state == Period.State.OPEN and (page.paginator.count <= AT_ONCE or "checklist" in request.GET):
        looked_at = checklist(period=found, employees=form.people(found.first, found.last))
        context |= {"checklist": looked_at, **_named(looked_at, request.GET.get("checklist"))}
        context |= _approvable(looked_at, request.user)
    if is_hr(request.user):
        context["changeable"] = found.state == Period.State.OPEN and not found.acts.exists()
        waiting = looked_at.late if looked_at else late_changes(employees=people)
        context["late"] = [late_row(one) for one in waiting][:LATE]
        context["late_count"] = len(waiting)
    return render(request, "attendance/period.html", context)


def _approvable(found: Checklist, user: User | AnonymousUser) -> dict[str, Any]:
    """How many are in order and not approved, and whether the user approves them: nobody approves their own timesheet.

    Who only reads is told of all of them.
    """
    if not is_manager(user):
        return {"approvable": len(found.approvable), "approves": False}
    count = len(may_decide_about_some(user, found.approvable))
    return {"approvable": count, "approves": count > 0}


def _named(found: Checklist, number: str | None) -> dict[str, Any]:
    """A page of those whom the checklist names, and those who worked without a shift with their days."""
    page = Paginator(found.missing, AT_ONCE).get_page(number)
    people = Employee.objects.in_bulk([one.key for one in page.object_list])
    rows = [(people[one.key], one) for one in page.object_list if one.key in people]
    worked = found.no_shift[:AT_ONCE]
    known = Employee.objects.in_bulk([one.key for one in worked])
    without = [(known[one.key], one.no_shift) for one in worked if one.key in known]
    return {"checklist_page": page, "checklist_rows": rows, "without_shift": without}


@require_POST
@manager_required
def approve(request: HttpRequest, key: int, number: str) -> HttpResponse:
    """A manager says that somebody's timesheet is right."""
    found = get_object_or_404(Period, pk=key)
    employee = visible_employee_or_404(request, number)
    early = request.POST.get("early") == "yes"
    _try(request, lambda: period_approve(period=found, employee=employee, by=_user(request), early=early))
    return redirect("attendance_period", key=key)


@require_POST
@manager_required
def approve_clean(request: HttpRequest, key: int) -> HttpResponse:
    """A manager or HR approves at once all that is in order."""
    found, people = get_object_or_404(Period, pk=key), visible_employees(request.user)
    try:
        given = period_approve_clean(period=found, employees=people, by=_user(request))
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
    else:
        said = ngettext("%(count)d timesheet is approved.", "%(count)d timesheets are approved.", len(given))
        messages.success(request, said % {"count": len(given)})
        if len(given) <= bulk.MOST:
            rows = [{"person": one.employee_id, "said": str(found), **approval_row(one)} for one in given]
            bulk.bulk_store(kind=TIMESHEETS, by=_user(request), done=rows, left=[], back=_here(key))
    return redirect("attendance_period", key=key)


@require_POST
@manager_required
def withdraw(request: HttpRequest, key: int, number: str) -> HttpResponse:
    """A manager takes an approval back."""
    found = get_object_or_404(Period, pk=key)
    employee = visible_employee_or_404(request, number)
    _try(request, lambda: approval_withdraw(period=found, employee=employee, by=_user(request)))
    return redirect("attendance_period", key=key)


@require_POST
@hr_required
def lock(request: HttpRequest, key: int) -> HttpResponse:
    """HR locks a period: nothing in it changes any more."""
    found = get_object_or_404(Period, pk=key)
    reason = request.POST.get("reason", "")
    if _try(request, lambda: period_lock(period=found, by=_user(request), reason=reason)):
        messages.success(request, _("The period is closed."))
    return redirect("attendance_period", key=key)


@require_POST
@hr_required
def reopen(request: HttpRequest, key: int) -> HttpResponse:
    """HR opens a locked period again and says why."""
    found = get_object_or_404(Period, pk=key)
    reason = request.POST.get("reason", "")
    if _try(request, lambda: period_reopen(period=found, by=_user(request), reason=reason)):
        messages.success(request, _("The period is reopened."))
    return redirect("attendance_period", key=key)


def _here(key: int) -> str:
    return reverse("attendance_period", args=[key])


def _try(request: HttpRequest, act: Any) -> bool:
    try:
        act()
    except AttendanceRefused as refused:
        messages.error(request, refused.message)
        return False
    return True


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
