"""What every page passes on its way: whose session still counts, and which content security policy it has."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from common.problems import API_PREFIX, Problem, problem_response
from employees.access import has_left

CAMERA = {"enrol", "kiosk"}
WIDER = {"enrol"}
"""Pages outside the admin that wear its theme, by URL name."""


class EndSessions:
    """End the session of somebody who has left, of one who was idle for long, and any that is old.

    The next request then is a visitor's: pages lead to the login, programs get a 401.
    """

    BEGUN, SEEN = "session_begun", "session_seen"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if SESSION_KEY in request.session and request.user.is_authenticated:
            if self._over(request) or has_left(request.user):
                logout(request)
            elif request.user.password_temporary and not self._open(request):
                if request.path_info.startswith(API_PREFIX):
                    text = _("Change your password first: another person set it.")
                    return problem_response(Problem(403, "password_temporary", text))
                return redirect("password_change")
        return self.get_response(request)

    def _open(self, request: HttpRequest) -> bool:
        """What somebody may open whose password was set by another person: the page to change it, and the way out."""
        return request.path_info in {reverse(name) for name in ("password_change", "logout", "set_language")}

    def _over(self, request: HttpRequest) -> bool:
        now, session = time.time(), request.session
        begun, seen = session.setdefault(self.BEGUN, now), session.get(self.SEEN, now)
        if now - seen > settings.SESSION_IDLE_SECONDS or now - begun > settings.SESSION_COOKIE_AGE:
            return True
        if self.SEEN not in session or now - seen > settings.SESSION_IDLE_SECONDS / 60:
            # Not at each request: it is a write.
            session[self.SEEN] = now
        return False


@receiver(user_logged_in, dispatch_uid="presente.session_begun")
def session_begun(request: HttpRequest, **_more: Any) -> None:
    """A login's time counts from here."""
    request.session[EndSessions.BEGUN] = request.session[EndSessions.SEEN] = time.time()


class PrivateAnswers:
    """Nothing of a person stays in a cache: what a login, a key or a kiosk's cookie opened is not to be kept.

    Static files have caching of their own, and what a view says about it stands. No page uses the microphone or the
    place; only the kiosk and the enrolment page use the camera.
    """

    POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        if match is None and not request.path_info.startswith(API_PREFIX):
            return response
        own_page = match is not None and match.url_name in CAMERA
        policy = self.POLICY.replace("camera=()", "camera=(self)") if own_page else self.POLICY
        response.headers.setdefault("Permissions-Policy", policy)
        kept = response.headers.get("Cache-Control", "")
        if not kept:
            response["Cache-Control"] = "no-store"
        return response


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
