"""What makes the kiosk's page an app: its service worker, which starts it without the server, and its manifest."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

WORKER = "js/kiosk/service_worker.js"


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script, from an address inside the scope that it serves."""
    path = finders.find(WORKER)
    if not isinstance(path, str):
        raise FileNotFoundError(WORKER)
    return HttpResponse(Path(path).read_bytes(), content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """How a device installs the kiosk."""
    icons = [{"src": static("img/kiosk.svg"), "sizes": "any", "type": "image/svg+xml"}]
    icons += [
        {"src": static(f"img/kiosk-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)
    ]
    return JsonResponse(
        {
            "id": reverse("kiosk"),
            "name": _("Presente kiosk"),
            "short_name": "Presente",
            "description": _("Clock in and out in front of the camera."),
            "start_url": reverse("kiosk"),
            "scope": reverse("kiosk"),
            "display": "fullscreen",
            "background_color": "#0e1417",
            "theme_color": "#0e1417",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )
