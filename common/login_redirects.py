"""What somebody is told whose form came after the session had ended, and the page that they come back to."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from common.inputs import is_ours


def form_page(request: HttpRequest) -> str:
    """The page on which the form was filled in that this request sends; the request's own address where nobody says."""
    came_from = request.headers.get("Referer", "")
    if not is_ours(request, came_from):
        return request.get_full_path()
    parts = urlsplit(came_from)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class SayNotSaved:
    """Say on the login page that a form which was turned away to it is not saved, and lead back to that form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method != "POST" or response.status_code != 302 or request.user.is_authenticated:
            return response
        place = urlsplit(str(response.get("Location", "")))
        if place.path in (reverse("login"), reverse("admin:login")) and "next" in parse_qs(place.query):
            messages.warning(
                request,
                _("Your session had ended, so what you entered was not saved. Log in, and enter it once more."),
            )
            response["Location"] = f"{place.path}?{urlencode({'next': form_page(request)})}"
        return response
