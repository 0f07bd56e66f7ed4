"""The first HR account and the company's place, asked for in the browser while no account exists and never again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from common import company as own
from common.inputs import address_check
from common.models import Company
from common.places import country_of, first_weekday
from employees import gallery_revision
from employees.models import User
from presente.company_page import BEGIN, PlaceField

SESSION_TOKEN = "setup_token"
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
        # The gallery revision is one row: whoever comes second waits for its lock here, and then sees the account.
        gallery_revision.advance([])
        if not needed():
            raise FirstRunOver
        return User.objects.create_user(
            username, email, password, first_name=first_name, last_name=last_name, role=User.Role.HR, is_staff=True
        )


def setup_link(site: str = "") -> str:
    """The address at which the first account is made; its token follows from the secret of the installation."""
    return f"{site or settings.SITE_URL}{reverse('welcome')}?{urlencode({'token': _token()})}"


def _token() -> str:
    return salted_hmac("presente.first_run", "first account", algorithm="sha256").hexdigest()[:40]


def _is_owner(request: HttpRequest) -> bool:
    """The visitor came by the link, in this session."""
    given = request.GET.get("token") or request.session.get(SESSION_TOKEN, "")
    if not constant_time_compare(given, _token()):
        return False
    request.session[SESSION_TOKEN] = given
    return True


class FirstAccountForm(forms.ModelForm[User]):
    """Who begins, and where: every default of the company follows from the place."""

    company = forms.CharField(label=_("Company"), max_length=120, required=False)
    time_zone = PlaceField()
    language = forms.ChoiceField(label=_("Language of the company"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least twelve characters, not a common word and not your name."),
    )
    repeated = forms.CharField(
        label=_("Password, once more"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "username", "email")
        labels = {"username": _("User name"), "email": _("E-mail")}
        widgets = {"first_name": forms.TextInput(attrs={"autofocus": True})}
        help_texts = {
            "username": _("What you type to log in."),
            "email": _("May be left empty. To it goes the link for a new password when you have forgotten yours."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].validators = [address_check]
        self.initial["language"] = get_language() or settings.LANGUAGE_CODE
        if own.zone_chosen():
            self.initial["time_zone"] = own.zone_name()

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
    """Ask for the first HR account and the company's place, log it in, and show what follows from the place.

    Only for whoever came by the link that the start and the doctor print: the first to come need not be the owner.
    """
    if not needed():
        return redirect("home")
    if not _is_owner(request):
        return render(request, "presente/welcome_link.html", status=403)
    if "token" in request.GET:
        # Not in the browser's history, nor in what the next page is told.
        return redirect("welcome")
    form = FirstAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = {
            name: form.cleaned_data[name] for name in ("username", "password", "first_name", "last_name", "email")
        }
        try:
            user = first_account_create(**wanted)
        except FirstRunOver:
            messages.warning(request, _("An account was created meanwhile. Log in with it."))
            return redirect("login")
        _company_begin(form.cleaned_data)
        request.session.pop(SESSION_TOKEN, None)
        login(request, user, backend=BACKEND)
        return redirect(f"{reverse('company_settings')}?{BEGIN}")
    return render(request, "presente/welcome.html", {"form": form}, status=200 if not form.errors else 422)


def _company_begin(given: dict[str, Any]) -> None:
    """The company in its place, with what the country commonly has."""
    country = country_of(given["time_zone"])
    own.company_change(
        Company(
            name=given["company"],
            country=country,
            time_zone=given["time_zone"],
            language=given["language"],
            week_start=first_weekday(country),
        )
    )
