"""Addresses of the employee's page on their phone."""

from __future__ import annotations

from django.urls import URLPattern, path

from phone import install, views

urlpatterns: list[URLPattern] = [
    path("phone/", views.phone, name="phone"),
    path("phone/away", views.away, name="phone_away"),
    path("phone/sw.js", install.service_worker, name="phone_worker"),
    path("phone/app.webmanifest", install.manifest, name="phone_manifest"),
    path("phone/clock", views.clock_view, name="phone_clock"),
    path("phone/selfie", views.selfie_view, name="phone_selfie"),
    path("phone/key", views.key_view, name="phone_key"),
    path("phone/queue", views.queue_view, name="phone_queue"),
]
