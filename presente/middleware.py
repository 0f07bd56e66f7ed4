"""What every page passes on its way: whose session still counts, and which content security policy it has."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from common.audit import record
from common.company import company, in_company_zone
from common.limits import client_address
from common.problems import API_PREFIX, Problem, problem_response
from common.redaction import redact
from employees.access import has_left
from employees.models import User
from employees.second_factors import browser_name, needs_second_factor, session_seen
from presente.provider import ID_TOKEN

OWN_SIGN_IN = (
    "password_change",
    "logout",
    "set_language",
    "security",
    "security_change",
    "app_set_up",
    "passkey_add",
    "passkey_confirm",
    "confirm_login",
    "oidc_confirm",
)
CAMERA = {"enrol", "kiosk"}
"""Pages that use the camera, by URL name."""


class OnCompanyTime:
    """Days and times of a page are those of the company's clock; its language is everybody's who chose none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = company().language
        program = request.path_info.startswith(API_PREFIX)
        if chosen and not program and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(chosen)
            setattr(request, "LANGUAGE_CODE", chosen)  # noqa: B010  as LocaleMiddleware does
        with in_company_zone():
            return self.get_response(request)


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
            elif self._temporary(request) and not self._open(request):
                if request.path_info.startswith(API_PREFIX):
                    text = _("Change your password first: another person set it.")
                    return problem_response(Problem(403, "password_temporary", text))
                return redirect("password_change")
            elif needs_second_factor(request.user) and not self._open(request):
                if request.path_info.startswith(API_PREFIX):
                    text = _("Set up an app or a passkey first: your role needs a second step at the login.")
                    return problem_response(Problem(403, "second_factor_needed", text))
                return redirect("security")
        return self.get_response(request)

    def _temporary(self, request: HttpRequest) -> bool:
        """Somebody else knows the password that this session began with."""
        return bool(getattr(request.user, "password_temporary", False)) and ID_TOKEN not in request.session

    def _open(self, request: HttpRequest) -> bool:
        """What somebody may open whose sign-in is not in order yet: the pages to mend it, and the way out."""
        return request.path_info in {reverse(name) for name in OWN_SIGN_IN}

    def _over(self, request: HttpRequest) -> bool:
        now, session = time.time(), request.session
        begun, seen = session.setdefault(self.BEGUN, now), session.get(self.SEEN, now)
        if now - seen > settings.SESSION_IDLE_SECONDS or now - begun > settings.SESSION_COOKIE_AGE:
            return True
        if self.SEEN not in session or now - seen > settings.SESSION_IDLE_SECONDS / 60:
            # Not at each request: it is a write.
            session[self.SEEN] = now
            _session_keep(request, request.user, begun)
        return False


@receiver(user_logged_in, dispatch_uid="presente.session_begun")
def session_begun(request: HttpRequest, user: Any, **_more: Any) -> None:
    """A login's time counts from here."""
    now = request.session[EndSessions.BEGUN] = request.session[EndSessions.SEEN] = time.time()
    _session_keep(request, user, now)


def _session_keep(request: HttpRequest, user: Any, begun: float) -> None:
    """For the person's own list of logins."""
    if not request.session.session_key:
        request.session.create()
    session_seen(
        user=user,
        session_key=str(request.session.session_key),
        address=client_address(request),
        browser=browser_name(request),
        begun=datetime.fromtimestamp(begun, UTC),
    )


class TraceReads:
    """Put into the audit trail which pages an auditor opened: whoever may read everything is seen reading."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        user = request.user
        if user.is_authenticated and user.role == User.Role.AUDITOR and request.resolver_match is not None:
            record("page.read", object=redact(request.get_full_path()))
        return response


class PrivateAnswers:
    """Nothing of a person stays in a cache: what a login, a key or a kiosk's cookie opened is not to be kept.

    Static files have caching of their own, and what a view says about it stands. No page uses the microphone; only the
    kiosk and the enrolment page use the camera, and the employee's phone, whose view says so, camera and place.
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


class KioskPolicy:
    """Give the kiosk's page settings.KIOSK_CSP; no other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.url_name == "kiosk":
            setattr(response, "_csp_replace", settings.KIOSK_CSP)  # noqa: B010  the name django-csp reads
        return response
