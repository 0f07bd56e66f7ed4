"""Log in, confirm and log out by the company's own login server."""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.limits import counted_address, may_try
from common.refusals import Refusal
from employees.access import login_needed
from employees.fresh import NEXT
from employees.models import User
from employees.provider_logins import ProviderRefused, provider_user
from employees.second_factors import has_second_factor
from presente.env import Oidc
from presente.provider import ID_TOKEN, provider_answer, provider_ask, provider_logout
from presente.second_step import confirmed, logged_in, second_step_begin

logger = logging.getLogger(__name__)

ASKED_AGAIN = "provider_asked_again"
TRIES, TRY_SECONDS = 300, 900
"""From one address; an office has one."""


@never_cache
@require_safe
def oidc_login(request: HttpRequest) -> HttpResponseBase:
    """Send the browser to the login server."""
    _set_up()
    if not may_try(f"oidc:{counted_address(request)}", most=TRIES, seconds=TRY_SECONDS):
        refused = render(request, "presente/locked.html", status=429)
        refused["Retry-After"] = str(TRY_SECONDS)
        return refused
    request.session.pop(ASKED_AGAIN, None)
    request.session[NEXT] = request.GET.get("next", "")[:500]
    return _sent(request)


@never_cache
@require_safe
@login_needed
def oidc_confirm(request: HttpRequest) -> HttpResponseBase:
    """As ``confirm_login``, by a new login at the login server."""
    _set_up()
    if isinstance(request.user, User) and has_second_factor(request.user):
        return redirect("confirm_login")
    request.session[ASKED_AGAIN] = time.time()
    return _sent(request, again=True)


@never_cache
@require_safe
def oidc_back(request: HttpRequest) -> HttpResponseBase:
    """Take what the login server sent the browser back with."""
    issuer = _set_up().issuer
    since = float(request.session.pop(ASKED_AGAIN, 0.0))
    try:
        claims, token = provider_answer(request, since=since)
        user = provider_user(issuer=issuer, claims=claims)
        if since and user != request.user:
            raise ProviderRefused("account_other", _("You confirmed as somebody else. Log in as yourself."))
    except Refusal as refused:
        return _refused(request, refused)
    if since:
        return confirmed(request)
    # The provider vouches for the person as a password would: a second step that they set up here is asked for.
    second = has_second_factor(user)
    target = str(request.session.get(NEXT, ""))
    answer = second_step_begin(request, user, target) if second else logged_in(request, user)
    request.session[ID_TOKEN] = token
    return answer


def _sent(request: HttpRequest, *, again: bool = False) -> HttpResponseBase:
    try:
        return provider_ask(request, again=again)
    except Refusal as refused:
        return _refused(request, refused)


def _refused(request: HttpRequest, refused: Refusal) -> HttpResponse:
    cause = refused.__cause__
    logger.warning("A login by the login server failed: %s (%s)", refused.code, type(cause).__name__ if cause else "")
    return render(request, "presente/oidc_refused.html", {"message": refused.message}, status=refused.status)


def _set_up() -> Oidc:
    if settings.OIDC is None:
        raise Http404
    return settings.OIDC


class SignOut(LogoutView):
    """Ends the session here, and at the login server where it began there."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """As Django's."""
        id_token = request.session.get(ID_TOKEN)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        there = provider_logout(id_token) if id_token else None
        return redirect(there) if there else answer
