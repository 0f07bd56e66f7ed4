"""The front door: where each role goes, logging in and out."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from employees.access import is_hr, login_needed, opens_admin, reads_reports
from employees.models import Employee
from presente import first_run


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """HR to the dashboard, managers to who is in, everybody else to their own month."""
    if first_run.needed():
        return redirect("welcome")
    return _own_page(request)


@login_needed
def _own_page(request: HttpRequest) -> HttpResponseBase:
    if is_hr(request.user):
        return redirect("admin:index")
    if reads_reports(request.user):
        return redirect("presence")
    if opens_admin(request.user):
        return redirect("admin:index")
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        return render(request, "presente/unlinked.html", status=403)
    return redirect("attendance_month", own.number, timezone.localdate(timezone=own.zone).strftime("%Y-%m"))
