"""The forms of the people's admin."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget, UnfoldAdminSelect2Widget

from employees.models import ApiKey, Consent, Employee, User
from employees.services import EmployeeError, consent_give, has_consent


def time_zones() -> list[tuple[str, str]]:
    """Every zone, to choose from."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


def default_zone() -> str:
    """The company's own zone, chosen beforehand in a new person's form."""
    return settings.TIME_ZONE


class NewUserForm(UserCreationForm):  # type: ignore[misc]
    # Accounts without a password belong to single sign-on, which we do not have.
    usable_password = None

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "role")


class UserForm(UserChangeForm):  # type: ignore[misc]
    actor: User

    class Meta:
        model = User
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk == self.actor.pk and not self.actor.is_superuser:
            if data.get("role") != User.Role.HR:
                self.add_error("role", _("You cannot give up your own HR role: ask a colleague in HR."))
            if not data.get("is_active"):
                self.add_error("is_active", _("You cannot deactivate your own account."))
        return data


class EmployeeForm(forms.ModelForm[Employee]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, initial=default_zone, widget=UnfoldAdminSelect2Widget
    )
    pin = forms.CharField(
        label=_("PIN"), required=False,
        validators=[RegexValidator(r"^[0-9]{4,8}$", _("A PIN has 4 to 8 digits."))],
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "inputmode": "numeric"}),
        help_text=_("4 to 8 digits, for the kiosk. It is stored hashed and never shown; leave empty to keep it."),
    )  # fmt: skip

    class Meta:
        model = Employee
        fields = (
            "number", "first_name", "last_name", "email", "department", "manager", "user", "time_zone", "language",
            "hired_on", "left_on",
        )  # fmt: skip


class ConsentForm(forms.ModelForm[Consent]):
    """Recorded by the service; what it refuses is shown here."""

    author: User

    class Meta:
        model = Consent
        fields = ("employee", "method", "note", "refresh")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            if has_consent(data["employee"]):
                raise forms.ValidationError(_("This person has already agreed."), code="already_given")
            try:
                self.instance = consent_give(
                    employee=data["employee"], method=data["method"], note=data.get("note", ""),
                    recorded_by=self.author, refresh=data.get("refresh", False),
                )  # fmt: skip
            except EmployeeError as refused:
                raise forms.ValidationError(refused.message, code=refused.code) from refused
        return data


class ApiKeyForm(forms.ModelForm[ApiKey]):
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"), choices=ApiKey.Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "expiry_date", "revoked")
