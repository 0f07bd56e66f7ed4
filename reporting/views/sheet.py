"""A person's month as a sheet to sign."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from attendance.selectors.timesheets import timesheet as timesheet_of
from attendance.views.reports import visible_employee_or_404
from attendance.views.timesheets import month_ends
from employees.access import login_needed
from reporting.files.pdf import timesheet_pdf


@require_safe
@login_needed
def timesheet(request: HttpRequest, number: str, month: date) -> HttpResponse:
    """The month as a PDF; whoever may see the person's month may have it."""
    employee = visible_employee_or_404(request, number)
    first, last = month_ends(month)
    now = timezone.now()
    content = timesheet_pdf(timesheet_of(employee=employee, first=first, last=last, now=now), printed_at=now)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"presente-{employee.number}-{first:%Y-%m}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
