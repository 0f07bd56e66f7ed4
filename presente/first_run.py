"""The first HR account, made in the browser while no account exists and never again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from employees import roster
from employees.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


class FirstRunOver(Exception):
    """Somebody has an account already."""


def needed() -> bool:
    """True while nobody can log in."""
    return not User.objects.exists()


def first_account_create(
    *, username: str, password: str, first_name: str = "", last_name: str = "", email: str = ""
) -> User:
    """The first HR account; raises FirstRunOver when any account exists, however many ask at once."""
    with transaction.atomic():
        # Changing the one roster row takes its lock: whoever comes second waits here and then sees the account.
        roster.bump()
        if not needed():
            raise FirstRunOver
        return User.objects.create_user(
            username, email, password, first_name=first_name, last_name=last_name, role=User.Role.HR, is_staff=True
        )


class FirstAccountForm(forms.ModelForm[User]):
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least twelve characters, not a common word and not your name."),
    )  # fmt: skip
    repeated = forms.CharField(
        label=_("Password, once more"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "username")
        labels = {"username": _("User name")}
        help_texts = {"username": _("What you type to log in.")}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        password = data.get("password")
        if not password:
            return data
        if data.get("repeated") and data["repeated"] != password:
            self.add_error("repeated", _("The two passwords differ."))
        names = {name: data.get(name) or "" for name in ("username", "first_name", "last_name")}
        try:
            password_validation.validate_password(password, User(**names))
        except forms.ValidationError as error:
            self.add_error("password", error)
        return data


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Ask for the first HR account, log it in and open the dashboard with its list of first steps."""
    if not needed():
        return redirect("home")
    form = FirstAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = {name: form.cleaned_data[name] for name in ("username", "password", "first_name", "last_name")}
        try:
            user = first_account_create(**wanted)
        except FirstRunOver:
            messages.warning(request, _("An account was created meanwhile. Log in with it."))
            return redirect("login")
        login(request, user, backend=BACKEND)
        return redirect("admin:index")
    return render(request, "presente/welcome.html", {"form": form}, status=200 if not form.errors else 422)
