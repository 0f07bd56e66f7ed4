"""What makes the employee's page an app: its service worker, which starts it without the server, and its manifest."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

WORKER = "js/phone/service_worker.js"


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
    """How a phone installs the page."""
    icons = [{"src": static("img/kiosk.svg"), "sizes": "any", "type": "image/svg+xml"}]
    icons += [
        {"src": static(f"img/kiosk-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)
    ]
    return JsonResponse(
        {
            "id": reverse("phone"),
            "name": _("Presente: my attendance"),
            "short_name": "Presente",
            "description": _("My hours, shifts and requests; clock in and out."),
            "start_url": reverse("phone"),
            "scope": reverse("phone"),
            "display": "standalone",
            "background_color": "#f4f6f8",
            "theme_color": "#0b6b6b",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )
