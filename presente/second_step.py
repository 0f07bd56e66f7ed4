"""The second step of a login, and the page where everybody looks after their own: app, passkeys, codes, sessions."""

from __future__ import annotations

import time
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.forms import CharField
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.inputs import UnreadableInput, address_check, own_path, read_json
from common.middleware import body_limit
from common.problems import json_refusals
from common.qr import qr_svg
from employees.access import is_hr, login_needed, may_act
from employees.fresh import CONFIRMED, NEXT, fresh_required, is_fresh
from employees.models import ProviderLogin, SecondFactor, User
from employees.pins import tries_forget, try_take
from employees.provider_logins import provider_unlink
from employees.second_factors import (
    FactorRefused,
    app_add,
    app_address,
    app_secret,
    browser_name,
    code_check,
    codes_make,
    factor_remove,
    has_second_factor,
    needs_second_factor,
    passkey_add,
    passkey_ask,
    passkey_begin,
    passkey_check,
    session_end,
    sessions_end,
    sessions_of,
)
from presente.provider import ID_TOKEN, provider_name

BACKEND = "django.contrib.auth.backends.ModelBackend"
PENDING, SECRET, STATE = "login_pending", "app_secret", "passkey_state"
PENDING_SECONDS = 300
JSON_BYTES = 64 * 1024


def second_step_begin(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """The password was right: keep who it is, and ask for the second step."""
    request.session[PENDING] = [user.pk, time.time()]
    request.session[NEXT] = target
    return redirect("login_second")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def login_second(request: HttpRequest) -> HttpResponse:
    """The app's code, or a recovery code; a passkey is asked for by the page's script."""
    user = _pending(request)
    if user is None:
        return redirect("login")
    context: dict[str, Any] = {"passkey": _passkeys(user), "app": _app(user), "url": reverse("passkey_login")}
    if request.method == "POST":
        try:
            code_check(user=user, code=request.POST.get("code", "")[:40])
        except FactorRefused as refused:
            return render(request, "presente/login_second.html", context | {"error": refused.message}, status=422)
        return logged_in(request, user)
    return render(request, "presente/login_second.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_needed
def confirm_login(request: HttpRequest) -> HttpResponse:
    """Show again who is at this browser: the code where there is an app, else the password."""
    user, error = _user(request), ""
    context: dict[str, Any] = {"passkey": _passkeys(user), "app": _app(user), "url": reverse("passkey_confirm")}
    context["provider"] = provider_name() if request.session.get(ID_TOKEN) else ""
    if request.method == "POST":
        try:
            if _app(user):
                code_check(user=user, code=request.POST.get("code", "")[:40])
            else:
                _password(request, user)
            return confirmed(request)
        except FactorRefused as refused:
            error = refused.message
    return render(request, "presente/confirm.html", context | {"error": error}, status=422 if error else 200)


@never_cache
@require_safe
@login_needed
def security(request: HttpRequest) -> HttpResponse:
    """One's own app, passkeys and logins."""
    user = _user(request)
    context = {
        "factors": list(SecondFactor.objects.filter(user=user)),
        "app": _app(user),
        "sessions": sessions_of(user),
        "here": request.session.session_key,
        "codes": request.session.pop("recovery_codes", None),
        "needed": needs_second_factor(user),
        "provider": ProviderLogin.objects.filter(user=user).first(),
        "url": reverse("passkey_add"),
        "may_set_email": is_hr(user),
        "email": user.email,
    }
    return render(request, "presente/security.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_needed
@fresh_required
def app_set_up(request: HttpRequest) -> HttpResponse:
    """Show the QR code, and take the first code that the app computes."""
    user, error = _user(request), ""
    secret = request.session.setdefault(SECRET, app_secret())
    if request.method == "POST":
        try:
            request.session["recovery_codes"] = app_add(
                user=user, secret=secret, code=request.POST.get("code", "")[:10]
            )
        except FactorRefused as refused:
            error = refused.message
        else:
            del request.session[SECRET]
            messages.success(request, _("The app is set up. Keep the recovery codes where you find them."))
            return redirect("security")
    context = {"qr": qr_svg(app_address(user=user, secret=secret)), "secret": secret, "error": error}
    return render(request, "presente/app.html", context, status=422 if error else 200)


@require_POST
@login_needed
@fresh_required
def security_change(request: HttpRequest) -> HttpResponse:
    """Remove an app or passkey, make new recovery codes, end a login or all the others; HR sets its own address."""
    user, what, key = _user(request), request.POST.get("do", ""), request.POST.get("key", "")
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 12 else 0
    if what == "remove":
        factor_remove(user=user, key=number)
    elif what == "codes" and has_second_factor(user):
        request.session["recovery_codes"] = codes_make(user=user)
    elif what == "unlink":
        provider_unlink(user=user)
    elif what == "email" and is_hr(user):
        _email_set(request, user)
    elif what == "end":
        session_end(user=user, key=number)
    elif what == "end_all":
        sessions_end(user=user)
        return redirect("login")
    return redirect("security")


def _email_set(request: HttpRequest, user: User) -> None:
    try:
        found = CharField(required=False, max_length=254, validators=[address_check]).clean(request.POST.get("email"))
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return
    user.email = found
    user.save(update_fields=["email"])
    messages.success(request, _("Your e-mail address is saved."))


@body_limit(JSON_BYTES)
@require_POST
@json_refusals
def passkey_login(request: HttpRequest) -> HttpResponse:
    """Log in with a passkey: without a body what the browser needs, with one its answer."""
    user = _passkey(request)
    if isinstance(user, HttpResponse):
        return user
    return JsonResponse({"next": logged_in(request, user)["Location"]})


@body_limit(JSON_BYTES)
@require_POST
@login_needed
@json_refusals
def passkey_confirm(request: HttpRequest) -> HttpResponse:
    """As ``confirm_login``, with a passkey."""
    user = _passkey(request)
    if isinstance(user, HttpResponse):
        return user
    if user != request.user:
        raise FactorRefused("passkey_refused", _("This passkey belongs to another account."))
    return JsonResponse({"next": confirmed(request)["Location"]})


@body_limit(JSON_BYTES)
@require_POST
@login_needed
@json_refusals
def passkey_new(request: HttpRequest) -> HttpResponse:
    """Make a passkey: without a body what the browser needs, with one its answer."""
    if not is_fresh(request):
        request.session[NEXT] = reverse("security")
        return JsonResponse({"next": reverse("confirm_login")})
    user, body = _user(request), _body(request)
    if not body:
        options, request.session[STATE] = passkey_begin(user=user, host=_host(request))
        return JsonResponse(options)
    state = request.session.pop(STATE, None) or {}
    passkey_add(user=user, host=_host(request), state=state, response=body, name=browser_name(request))
    if not user.recovery_codes.exists():
        request.session["recovery_codes"] = codes_make(user=user)
    return JsonResponse({"next": reverse("security")})


def _passkey(request: HttpRequest) -> User | HttpResponse:
    """The user whose passkey signed, or the first answer, with what the browser needs."""
    body = _body(request)
    if not body:
        options, request.session[STATE] = passkey_ask(host=_host(request))
        return JsonResponse(options)
    state = request.session.pop(STATE, None) or {}
    user = passkey_check(host=_host(request), state=state, response=body)
    if not may_act(user):
        raise FactorRefused("left", _("This access has ended. Ask HR if that is a mistake."))
    return user


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = read_json(request.body) if request.body else {}
    except UnreadableInput:
        body = {}
    return body if isinstance(body, dict) else {}


def _pending(request: HttpRequest) -> User | None:
    pk, at = request.session.get(PENDING) or (0, 0.0)
    if time.time() - float(at) > PENDING_SECONDS:
        return None
    user = User.objects.filter(pk=pk).first()
    return user if user is not None and may_act(user) else None


def logged_in(request: HttpRequest, user: User) -> HttpResponse:
    """Begin the session of somebody who passed every step, and go where they wanted to."""
    target = _wanted(request, "home")
    request.session.pop(PENDING, None)
    login(request, user, backend=BACKEND)
    return redirect(target)


def confirmed(request: HttpRequest) -> HttpResponse:
    """Whoever is at this browser showed again who they are."""
    request.session[CONFIRMED] = time.time()
    return redirect(_wanted(request, "security"))


def _wanted(request: HttpRequest, otherwise: str) -> str:
    """Where somebody wanted to go before they were asked, if that is ours: a link to the login may have named it."""
    return own_path(request, str(request.session.pop(NEXT, "") or ""), reverse(otherwise))


def _password(request: HttpRequest, user: User) -> None:
    name = f"second:{user.pk}"
    if try_take(number=name) or not user.check_password(request.POST.get("password", "")[:200]):
        raise FactorRefused("password_wrong", _("This password is not right."))
    tries_forget(number=name)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _app(user: User) -> bool:
    return SecondFactor.objects.filter(user=user, kind=SecondFactor.Kind.APP).exists()


def _passkeys(user: User) -> bool:
    return SecondFactor.objects.filter(user=user, kind=SecondFactor.Kind.PASSKEY).exists()


def _host(request: HttpRequest) -> str:
    return request.get_host().rpartition(":")[0] or request.get_host()
