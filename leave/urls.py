"""Addresses of leave; a person's own tab is in ``presente.person_pages``."""

from __future__ import annotations

from django.urls import URLPattern, path

from common import converters  # noqa: F401  registers <month:…>
from leave import views

urlpatterns: list[URLPattern] = [
    path("leave/me/", views.my_leave, name="my_leave"),
    path("leave/calendar/", views.calendar_now, name="leave_calendar_now"),
    path("leave/calendar/<month:month>/", views.calendar, name="leave_calendar"),
    path("leave/people/<str:number>/entry/", views.entry, name="leave_entry"),
]
