"""Addresses of exported files and of reports by e-mail."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from common import converters  # noqa: F401  registers <month:…>
from reporting.views import exports, files, schedules, sheet

urlpatterns: list[URLPattern] = [
    path("attendance/people/<str:number>/<month:month>/timesheet.pdf", sheet.timesheet, name="timesheet_pdf"),
    path("attendance/files/", files.files, name="attendance_files"),
    path("attendance/files/make/", files.make, name="attendance_file"),
    path("attendance/files/<uuid:key>/", files.fetch, name="attendance_file_fetch"),
    path("attendance/reports/", schedules.reports, name="attendance_reports"),
    path("attendance/reports/<int:key>/switch/", schedules.switch, name="attendance_report_switch"),
    re_path(
        r"^attendance/export/(?P<report>day|month)\.(?P<file_format>csv|xlsx)$",
        exports.export,
        name="attendance_export",
    ),
]
