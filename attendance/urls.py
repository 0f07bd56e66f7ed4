"""Attendance's addresses: the reports here, the kiosk's beside them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from attendance import converters  # noqa: F401  registers <month:…>
from attendance.views import doors, exports, reports

urlpatterns: list[URLPattern | URLResolver] = [
    path("attendance/", reports.presence, name="presence"),
    path("attendance/live/", reports.presence_live, name="presence_live"),
    path("attendance/day/", reports.day, name="attendance_day"),
    path("attendance/me/", reports.my_month, name="my_month"),
    path("attendance/people/<str:number>/<month:month>/", reports.month, name="attendance_month"),
    re_path(
        r"^attendance/export/(?P<report>day|month)\.(?P<file_format>csv|xlsx)$",
        exports.export,
        name="attendance_export",
    ),
    path("doors/", doors.doors, name="doors"),
    path("doors/live/", doors.doors_live, name="doors_live"),
    path("doors/roll-call/", doors.roll_call_view, name="roll_call"),
    path("doors/release/", doors.release, name="doors_release"),
    path("doors/secure/", doors.secure, name="doors_secure"),
    path("doors/<uuid:door>/open/", doors.open_door, name="door_open"),
    path("", include("attendance.kiosk_urls")),
]
