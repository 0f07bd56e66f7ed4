"""Addresses of the kiosk; the device's cookie is sent to these alone."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.i18n import set_language

from kiosk.views import clocking, device, install, queue, site_test

urlpatterns: list[URLPattern] = [
    path("kiosk/", device.page, name="kiosk"),
    path("kiosk/pair/<str:token>/", device.pair, name="kiosk_pair"),
    path("kiosk/language", set_language, name="kiosk_language"),
    path("kiosk/ping", device.ping, name="kiosk_ping"),
    path("kiosk/sw.js", install.service_worker, name="kiosk_worker"),
    path("kiosk/app.webmanifest", install.manifest, name="kiosk_manifest"),
    path("kiosk/queue", queue.queue_view, name="kiosk_queue"),
    path("kiosk/key", device.key_view, name="kiosk_key"),
    path("kiosk/look", clocking.look_view, name="kiosk_look"),
    path("kiosk/identify", clocking.identify_view, name="kiosk_identify"),
    path("kiosk/confirm", clocking.confirm_view, name="kiosk_confirm"),
    path("kiosk/pin", clocking.pin_view, name="kiosk_pin"),
    path("kiosk/badge", clocking.badge_view, name="kiosk_badge"),
    path("kiosk/test", site_test.test_view, name="kiosk_test"),
    path("kiosk/test/look", site_test.look_view, name="kiosk_test_look"),
    path("kiosk/undo", clocking.undo_view, name="kiosk_undo"),
]
