"""Addresses of the pages about doors."""

from __future__ import annotations

from django.urls import URLPattern, path

from doors import views

urlpatterns: list[URLPattern] = [
    path("doors/", views.doors, name="doors"),
    path("doors/live/", views.doors_live, name="doors_live"),
    path("doors/roll-call/", views.roll_call_view, name="roll_call"),
    path("doors/release/", views.release, name="doors_release"),
    path("doors/secure/", views.secure, name="doors_secure"),
    path("doors/<uuid:door>/open/", views.open_door, name="door_open"),
]
