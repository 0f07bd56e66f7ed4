"""Logging in: who may, and how often one address or one name may be tried."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from common.limits import counted_address
from employees.access import may_act
from employees.models import User
from employees.second_factors import has_second_factor
from presente import first_run
from presente.passwords import NAMED
from presente.provider import provider_name
from presente.second_step import PENDING, second_step_begin

KNOWN_SECONDS = 30 * 24 * 3600


class SignInForm(AuthenticationForm):
    """Django's, which leavers do not pass."""

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not isinstance(user, User) or not may_act(user):
            raise ValidationError(_("This access has ended. Ask HR if that is a mistake."), code="left")


class SignIn(LoginView):
    """The login of every role; on an empty installation it leads to the first account instead.

    django-axes counts the wrong passwords of one name from one address. Beside it an address, and a name, may be wrong
    ``SIGN_IN_FAILURES`` times: one password tried on many names is seen too. Whoever logged in with this name from this
    address before is not kept out by the others, behind a proxy or in an office with one address.
    """

    template_name = "presente/login.html"
    authentication_form = SignInForm
    extra_context = {"passkey_url": reverse_lazy("passkey_login")}
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"provider": provider_name()}

    def get_initial(self) -> dict[str, Any]:
        """The name whose password was set a moment ago, once: the next person at this screen is somebody else."""
        name = self.request.session.pop(NAMED, "")
        return super().get_initial() | ({"username": name} if name else {})

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if form.initial.get("username"):
            form.fields["username"].widget.attrs.pop("autofocus", None)
            form.fields["password"].widget.attrs["autofocus"] = True
        return form

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if first_run.needed():
            return redirect("welcome")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tries = _Tries(request)
        if not tries.known and tries.too_many:
            refused = render(request, "presente/locked.html", status=429)
            refused["Retry-After"] = str(tries.seconds)
            return refused
        request.session.pop(PENDING, None)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        if request.user.is_authenticated or PENDING in request.session:
            tries.right()
        else:
            tries.wrong()
        return answer

    def form_valid(self, form: Any) -> HttpResponse:
        """The password was right; who has an app or a passkey is asked for that as well."""
        user = form.get_user()
        if has_second_factor(user):
            return second_step_begin(self.request, user, self.get_redirect_url())
        return super().form_valid(form)


class _Tries:
    """How often this address and this name were wrong lately. The names themselves are not kept."""

    seconds = settings.SIGN_IN_SECONDS

    def __init__(self, request: HttpRequest) -> None:
        # As the form reads it, so that one name written in other letters (ｈｒ) has no tries of its own.
        typed = unicodedata.normalize("NFKC", request.POST.get("username", ""))
        address, name = counted_address(request), typed.strip().casefold()
        self._keys = [f"sign-in:{_digest(one)}" for one in (f"address {address}", f"name {name}")]
        self._known = f"sign-in:{_digest(f'known {address} {name}')}"

    @property
    def known(self) -> bool:
        return bool(cache.get(self._known))

    @property
    def too_many(self) -> bool:
        return any(int(cache.get(key) or 0) >= settings.SIGN_IN_FAILURES for key in self._keys)

    def wrong(self) -> None:
        for key in self._keys:
            if not cache.add(key, 1, self.seconds):
                try:
                    cache.incr(key)
                except ValueError:
                    cache.set(key, 1, self.seconds)

    def right(self) -> None:
        cache.set(self._known, True, KNOWN_SECONDS)


def _digest(text: str) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY} {text}".encode()).hexdigest()[:32]
