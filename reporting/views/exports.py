"""The reports as files, within the same limits as the pages."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from attendance.report_filters import DayFilter
from attendance.selectors import day_report, viewer_today
from attendance.selectors.timesheets import timesheet
from attendance.views.reports import visible_employee_or_404
from attendance.views.timesheets import month_ends
from common.converters import MonthConverter
from employees.access import login_needed, reads_reports, visible_employees
from reporting.files.build import XLSX_TYPE
from reporting.files.formats import Table, csv_lines, xlsx_file
from reporting.files.tables import day_table, month_table


@require_safe
@login_needed
def export(request: HttpRequest, report: str, file_format: str) -> HttpResponseBase:
    """The day of the viewer's people, or one person's month, as CSV or XLSX."""
    table = _day(request) if report == "day" else _month(request)
    response: HttpResponseBase
    if file_format == "csv":
        response = StreamingHttpResponse(csv_lines(table), content_type="text/csv; charset=utf-8")
    else:
        response = FileResponse(xlsx_file(table), content_type=XLSX_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"{table.name}.{file_format}") or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _day(request: HttpRequest) -> Table:
    if not reads_reports(request.user):
        raise PermissionDenied
    form = DayFilter(request.GET, employees=visible_employees(request.user))
    day = form.day(viewer_today(request.user))
    return day_table(day_report(employees=form.people_between(day, day), day=day))


def _month(request: HttpRequest) -> Table:
    employee = visible_employee_or_404(request, request.GET.get("person", ""))
    try:
        month = MonthConverter.read(request.GET.get("month", ""))
    except ValueError as error:
        raise Http404 from error
    first, last = month_ends(month)
    return month_table(timesheet(employee=employee, first=first, last=last))
