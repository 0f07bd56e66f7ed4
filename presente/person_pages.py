"""The pages of one person beside employment and months: leave, shifts, account; and the tabs that join all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from attendance.models import Absence, ShiftAssignment
from attendance.selectors import viewer_today
from employees.access import (
    hr_required,
    is_hr,
    may_admin,
    may_audit,
    may_manage,
    reader_required,
    reads_reports,
    visible_employees,
)
from employees.models import Employee, LoginSession, PinTries, User
from leave.views import ledger_context

MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Tab:
    """One of a person's pages."""

    title: Any
    url: str
    open: bool


def person_tabs(user: User | AnonymousUser, employee: Employee, path: str) -> list[Tab]:
    """The pages of the person that this user may open; nothing of somebody whom the user may not see."""
    if not isinstance(user, User):
        return []
    number, own = employee.number, getattr(user, "employee", None) == employee
    today = timezone.localdate(timezone=employee.zone)
    sees, manages = reads_reports(user) or own, may_manage(user, employee)
    edits = manages and may_admin(user, "employees.employee", "view")
    month = reverse("attendance_month", args=[number, today.strftime("%Y-%m")])
    year = reverse("attendance_year", args=[number, today.year])
    candidates: list[tuple[bool, Any, str, str]] = [
        (sees, _("Overview"), reverse("person", args=[number]), ""),
        (sees, _("Month"), month, month.rsplit("/", 2)[0]),
        (sees, _("Year"), year, ""),
        (sees, _("Leave"), reverse("my_leave") if own else reverse("person_leave", args=[number]), ""),
        (sees, _("Shifts"), reverse("my_shifts") if own else reverse("person_shifts", args=[number]), ""),
        (own, _("Phone"), reverse("phone"), ""),
        (manages, _("Face"), reverse("enrol", args=[number]), ""),
        (edits, _("Personal data"), reverse("admin:employees_employee_change", args=[employee.pk]), ""),
        (is_hr(user), _("Account"), reverse("person_account", args=[number]), ""),
        (is_hr(user), _("Privacy"), reverse("privacy_person", args=[number]), ""),
        (may_audit(user), _("History"), f"{reverse('audit_trail')}?subject={number}", ""),
    ]
    shown = [(title, url, within) for may, title, url, within in candidates if may]
    return [Tab(title, url, _is_open(path, url, within)) for title, url, within in shown]


def _is_open(path: str, url: str, within: str) -> bool:
    if within:
        return path.startswith(f"{within}/") and path.count("/") == url.count("/")
    return path == url


def above(user: User | AnonymousUser) -> tuple[Any, str]:
    """Where a person's pages lie beneath, as the first step of the breadcrumbs."""
    if isinstance(user, User) and may_admin(user, "employees.employee", "view"):
        return _("Employees"), reverse("admin:employees_employee_changelist")
    if reads_reports(user):
        return _("Team"), reverse("attendance_team_now")
    return _("My attendance"), reverse("my_month")


def _visible(request: HttpRequest, number: str) -> Employee:
    found = visible_employees(request.user).select_related("user", "department").filter(number=number).first()
    if not isinstance(found, Employee):
        raise Http404
    return found


def _page(guard: Callable[..., Any], template: str, content: Callable[[HttpRequest, Employee], dict[str, Any]]) -> Any:
    """A page about one person that is only read."""

    @require_safe
    @guard
    @cache_control(private=True, no_store=True)
    def view(request: HttpRequest, number: str) -> HttpResponse:
        employee = _visible(request, number)
        return render(request, template, {"employee": employee, **content(request, employee)})

    return view


def _leave(request: HttpRequest, employee: Employee) -> dict[str, Any]:
    rows = Absence.objects.filter(employee=employee).select_related("kind", "decided_by")
    return {"absences": rows[:MOST_ROWS], **ledger_context(request, employee, viewer_today(request.user))}


def _shifts(request: HttpRequest, employee: Employee) -> dict[str, Any]:
    rows = ShiftAssignment.objects.filter(employee=employee).select_related("shift").order_by("-valid_from")
    return {"assignments": rows[:MOST_ROWS], "may_change": is_hr(request.user)}


def _account(request: HttpRequest, employee: Employee) -> dict[str, Any]:
    waits = PinTries.objects.filter(number=employee.number, until__gt=timezone.now()).exists()
    sessions = LoginSession.objects.filter(user=employee.user) if employee.user else LoginSession.objects.none()
    return {"account": employee.user, "pin_waits": waits, "sessions": sessions.count()}


person_leave = _page(reader_required, "presente/person_leave.html", _leave)
person_shifts = _page(reader_required, "presente/person_shifts.html", _shifts)
person_account = _page(hr_required, "presente/person_account.html", _account)
