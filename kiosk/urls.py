"""Addresses of the kiosk; the device's cookie is sent to these alone."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.i18n import set_language

from kiosk.views import app as kiosk_app
from kiosk.views import clocking as kiosk
from kiosk.views import queue as kiosk_queue

urlpatterns: list[URLPattern] = [
    path("kiosk/", kiosk.page, name="kiosk"),
    path("kiosk/pair/<str:token>/", kiosk.pair, name="kiosk_pair"),
    path("kiosk/language", set_language, name="kiosk_language"),
    path("kiosk/ping", kiosk.ping, name="kiosk_ping"),
    path("kiosk/sw.js", kiosk_app.service_worker, name="kiosk_worker"),
    path("kiosk/app.webmanifest", kiosk_app.manifest, name="kiosk_manifest"),
    path("kiosk/queue", kiosk_queue.queue_view, name="kiosk_queue"),
    path("kiosk/key", kiosk.key_view, name="kiosk_key"),
    path("kiosk/look", kiosk.look_view, name="kiosk_look"),
    path("kiosk/identify", kiosk.identify_view, name="kiosk_identify"),
    path("kiosk/confirm", kiosk.confirm_view, name="kiosk_confirm"),
    path("kiosk/pin", kiosk.pin_view, name="kiosk_pin"),
    path("kiosk/badge", kiosk.badge_view, name="kiosk_badge"),
    path("kiosk/undo", kiosk.undo_view, name="kiosk_undo"),
]
