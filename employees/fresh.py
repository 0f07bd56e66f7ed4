"""What asks for a fresh login: making keys, and giving roles to others."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

CONFIRMED, BEGUN, NEXT = "confirmed_at", "session_begun", "login_next"
FRESH_SECONDS = 900
"""How long after a login, or a confirmation, nobody is asked again."""
View = Callable[..., HttpResponseBase]


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person at this browser showed a moment ago who they are."""
    since = max(float(request.session.get(name, 0.0)) for name in (CONFIRMED, BEGUN))
    return time.time() - since < FRESH_SECONDS


def ask_again(request: HttpRequest) -> HttpResponseBase:
    """Send them to the page that asks, and back afterwards."""
    request.session[NEXT] = request.get_full_path()
    return redirect("confirm_login")


def fresh_required(view: View) -> View:
    """Ask once more for password or code before this view."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if is_fresh(request) else ask_again(request)

    return guarded
