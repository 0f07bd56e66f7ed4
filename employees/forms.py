"""The forms of the people's admin."""

from __future__ import annotations

import zoneinfo
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.forms import UnfoldReadOnlyPasswordHashWidget, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from common.company import language, zone_name
from common.inputs import address_check
from common.unsent_mail import mail_server_set
from employees.consent_texts import consent_text
from employees.models import (
    ApiKey,
    Consent,
    Contract,
    Department,
    Employee,
    EmploymentPeriod,
    Posting,
    Site,
    User,
)
from employees.pins import pin_fault
from employees.services import PURPOSES, EmployeeError, consent_give, employment_dates, has_consent


def time_zones() -> list[tuple[str, str]]:
    """Every zone, to choose from."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


def default_zone() -> str:
    """The company's own zone, chosen beforehand in a new person's form."""
    return zone_name()


class NewUserForm(UserCreationForm):  # type: ignore[misc]
    """Somebody with an address is invited: a link by mail, by which they choose the password themselves."""

    usable_password = None

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The admin's script goes to the first field, and a browser would race it. None of this is about who types.
        self.fields["username"].widget.attrs.pop("autofocus", None)
        for name in ("username", "first_name", "last_name", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["email"].validators = [address_check]
        self.fields["username"].help_text = _("The name typed at the login: letters, digits and @ . + - _")
        for name in ("password1", "password2") if mail_server_set() else ():
            self.fields[name].required = False
            self.fields[name].help_text = _("Empty for somebody with an e-mail address: they get a link by e-mail.")

    def validate_passwords(self, *args: Any, **kwargs: Any) -> None:
        """Without a password there has to be an address for the link."""
        if self.cleaned_data.get("password1") or self.cleaned_data.get("password2") or not mail_server_set():
            super().validate_passwords(*args, **kwargs)
            return
        self.cleaned_data["set_usable_password"] = False
        if not self.cleaned_data.get("email"):
            self.add_error("password1", _("Give a password, or an e-mail address for the link."))


class PasswordKept(UnfoldReadOnlyPasswordHashWidget):  # type: ignore[misc]
    """That there is a password; by which function it is kept tells nobody anything."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        if len(context["summary"]) > 1:
            context["summary"] = [{"label": gettext("A password is set.")}]
        return context


class UserForm(UserChangeForm):  # type: ignore[misc]
    actor: User

    class Meta:
        model = User
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget = PasswordKept()
        if "username" in self.fields:
            self.fields["username"].help_text = _("The name typed at the login: letters, digits and @ . + - _")

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
    hired_on = forms.DateField(label=_("Hired on"), initial=timezone.localdate, widget=UnfoldAdminSingleDateWidget)
    left_on = forms.DateField(
        label=_("Left on"), required=False, widget=UnfoldAdminSingleDateWidget, help_text=_("The last day at work.")
    )
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "inputmode": "numeric"}),
        help_text=_("Digits, for the kiosk. It is stored hashed and never shown; leave empty to keep it."),
    )

    class Meta:
        model = Employee
        fields = (
            "number",
            "first_name",
            "last_name",
            "email",
            "department",
            "manager",
            "site",
            "contract",
            "user",
            "time_zone",
            "language",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for given in self.fields.values():
            # What a browser knows is of whoever is logged in, not of the person who is written down here.
            given.widget.attrs.setdefault("autocomplete", "off")
        if "email" in self.fields:
            self.fields["email"].validators = [address_check]
        if self.instance.pk:
            self.initial.update(hired_on=self.instance.hired_on, left_on=self.instance.left_on)

    def clean(self) -> dict[str, Any]:
        """The dates are tried out, so that a refusal is said where they are written."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("pin") and (fault := pin_fault(data["pin"], number=data.get("number") or "")):
            self.add_error("pin", forms.ValidationError(fault[1], code=fault[0]))
        if self.instance.pk and not self.errors and {"hired_on", "left_on"} & set(self.changed_data):
            try:
                with transaction.atomic():
                    self.save_employment()
                    transaction.set_rollback(True)
            except EmployeeError as refused:
                self.add_error(refused.field if refused.field in self.fields else None, refused.message)
        return data

    def save_employment(self) -> None:
        """Hire a new person; of a known one, change the employment that the form shows. Raises ``EmployeeError``."""
        dates = {name: self.cleaned_data.get(name) for name in ("hired_on", "left_on")}
        employment_dates(employee=self.instance, **dates, clear_left=True)


def day_field(label: Any, **extra: Any) -> forms.DateField:
    """A day, with the browser's own calendar."""
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=picker, input_formats=["%Y-%m-%d"], **extra)


class EmploymentForm(forms.Form):
    """What the forms of a person's page share."""

    do = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.do}-%s", **kwargs})


class RehireForm(EmploymentForm):
    do = "rehire"
    hired_on = day_field(_("First day"))
    left_on = day_field(_("Last day"), required=False, help_text=_("Empty: until further notice."))


class EndForm(EmploymentForm):
    do = "end"
    left_on = day_field(
        _("Last day at work"),
        help_text=_(
            "After this day, from midnight where they work, the person cannot clock in, is not recognised and cannot "
            "log in. With a day that is past this holds at once. To end login, PIN and badge earlier, use “End "
            "access now” on the Account tab; to end the recognition earlier, record that the "
            "consent is withdrawn on the Face tab."
        ),
    )


class DatesForm(EmploymentForm):
    do = "dates"
    key = forms.IntegerField(widget=forms.HiddenInput)
    hired_on = day_field(_("First day"))
    left_on = day_field(_("Last day"), required=False, help_text=_("Empty: until further notice."))

    @classmethod
    def of(cls, period: EmploymentPeriod) -> DatesForm:
        """The form with what is stored."""
        return cls(initial={"key": period.pk, "hired_on": period.hired_on, "left_on": period.left_on})


class MoveForm(EmploymentForm):
    """Where the person belongs from a day on; it begins with what holds today."""

    do = "move"
    valid_from = day_field(_("From"), help_text=_("What you leave as it is does not change."))
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.all(), required=False)
    site = forms.ModelChoiceField(label=_("Site"), queryset=Site.objects.all(), required=False)
    manager = forms.CharField(
        label=pgettext_lazy("of a person", "Manager"),
        required=False,
        max_length=40,
        help_text=_("The number of the manager."),
    )
    contract = forms.ModelChoiceField(label=_("Contract"), queryset=Contract.objects.all(), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)

    def __init__(self, *args: Any, employee: Employee) -> None:
        now: dict[str, Any] = {
            name: getattr(employee, name) for name in ("department", "site", "contract", "time_zone")
        }
        now["manager"] = employee.manager.number if employee.manager else ""
        super().__init__(*args, initial=now)

    def clean_manager(self) -> Employee | None:
        """The person with that number."""
        number = self.cleaned_data["manager"].strip()
        found = Employee.objects.filter(number=number).first() if number else None
        if number and found is None:
            raise forms.ValidationError(_("Nobody has this number."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not self.changes():
            raise forms.ValidationError(_("Nothing is changed. Choose what is different from that day on."))
        return data

    def changes(self) -> dict[str, Any]:
        """What is different from today."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in Posting.PLACED}


class ContractForm(forms.ModelForm[Contract]):
    hours = forms.DecimalField(
        label=_("Hours a week"),
        min_value=0,
        max_value=168,
        decimal_places=2,
        help_text=_("Such as 40 or 37.5."),
        widget=UnfoldAdminDecimalFieldWidget,
    )

    class Meta:
        model = Contract
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["hours"] = Decimal(self.instance.weekly_minutes) / 60

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "hours" in data:
            self.instance.weekly_minutes = round(data["hours"] * 60)
        return data


class ConsentForm(forms.ModelForm[Consent]):
    """Recorded by the service; what it refuses is shown here."""

    author: User

    class Meta:
        model = Consent
        fields = ("employee", "method", "note", *PURPOSES)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            if has_consent(data["employee"]):
                raise forms.ValidationError(_("This person has already agreed."), code="already_given")
            try:
                self.instance = consent_give(
                    employee=data["employee"],
                    method=data["method"],
                    note=data.get("note", ""),
                    recorded_by=self.author,
                    text=consent_text(language=data["employee"].language or language()),
                    **{one: data.get(one, False) for one in PURPOSES},
                )
            except EmployeeError as refused:
                raise forms.ValidationError(refused.message, code=refused.code) from refused
        return data


class NamesField(forms.CharField):
    """A list, written with commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [part.strip() for part in (super().to_python(value) or "").split(",") if part.strip()]


class ApiKeyForm(forms.ModelForm[ApiKey]):
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"), choices=ApiKey.Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    addresses = NamesField(
        label=_("Addresses"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Networks from which the key may be used, such as 10.0.0.0/24, with commas; none means anywhere."),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "departments", "sites", "addresses", "expiry_date", "revoked")
        # The library's own names are English alone.
        labels: ClassVar[dict[str, Any]] = {"name": _("Name"), "revoked": _("Revoked")}
