"""Two kinds of pages need a wider content security policy than the rest: the admin theme's, and the kiosk's own."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

WIDER = {"enrol"}
"""Pages outside the admin that wear its theme, by URL name."""


class WiderPolicy:
    """Give the pages of the admin theme settings.ADMIN_CSP and the kiosk's page settings.KIOSK_CSP; no other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and ("admin" in match.app_names or match.url_name in WIDER):
            setattr(response, "_csp_replace", settings.ADMIN_CSP)  # noqa: B010  the name django-csp reads
        elif match is not None and match.url_name == "kiosk":
            setattr(response, "_csp_replace", settings.KIOSK_CSP)  # noqa: B010
        return response
