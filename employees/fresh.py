"""What asks for a fresh login: making keys, and giving roles to others."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from common.login_redirects import form_page

CONFIRMED, BEGUN, NEXT = "confirmed_at", "session_begun", "login_next"
FRESH_SECONDS = 900
"""How long after a login, or a confirmation, nobody is asked again."""
View = Callable[..., HttpResponseBase]


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person at this browser showed a moment ago who they are."""
    since = max(float(request.session.get(name, 0.0)) for name in (CONFIRMED, BEGUN))
    return time.time() - since < FRESH_SECONDS


def ask_again(request: HttpRequest) -> HttpResponseBase:
    """Send them to the page that asks, and back afterwards; a form that was filled in has to be filled in again."""
    if request.method == "POST":
        messages.warning(request, _("Nothing was saved yet: confirm who you are, then do it once more."))
    request.session[NEXT] = form_page(request) if request.method == "POST" else request.get_full_path()
    return redirect("confirm_login")


def fresh_required(view: View) -> View:
    """Ask once more for password or code before this view."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if is_fresh(request) else ask_again(request)

    return guarded
