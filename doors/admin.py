"""HR's pages about doors and what happened at them."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from attendance.admin.forms import WEEKDAYS
from doors.models import AccessEvent, Door, DoorSchedule
from doors.relays.relay import RelayError
from doors.relays.webhook import WebhookRelay
from doors.relays.wiring import seal_secret
from doors.wording import LIST, listed
from employees.admin import KeptAdmin, ReadOnlyAdmin
from employees.admin.base import OpenWhereWrong
from employees.forms import default_zone, time_zones

MQTT_PORT = 1883
TEXT, SWITCH = UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget
USER = TEXT(attrs={"autocomplete": "off"})
"""No browser fills in who is logged in here for who is known to the broker."""
NEEDED = {Door.Driver.MQTT: ("host", "topic"), Door.Driver.WEBHOOK: ("url", "secret"), Door.Driver.GPIO: ("pin",)}


class DoorForm(forms.ModelForm[Door]):
    """The relay's wiring as fields of its own; its password is written and never shown again."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, initial=default_zone, widget=UnfoldAdminSelect2Widget
    )
    host = forms.CharField(label=_("MQTT broker"), required=False, max_length=200, widget=TEXT)
    port = forms.IntegerField(
        label=_("Port"), required=False, min_value=1, max_value=65535, initial=MQTT_PORT, widget=TEXT
    )
    topic = forms.RegexField(
        r"^[^#+\x00]+$",
        label=_("Topic"),
        required=False,
        max_length=200,
        widget=TEXT,
        help_text=_("The relay listens to TOPIC/pulse and TOPIC/hold."),
    )
    username = forms.CharField(label=_("MQTT user"), required=False, max_length=100, widget=USER)
    payload = forms.CharField(
        label=_("Payload"),
        required=False,
        max_length=100,
        widget=TEXT,
        help_text=_("What a simple relay wants to hear, such as ON. Empty sends the whole command as JSON."),
    )
    tls = forms.BooleanField(label="TLS", required=False, widget=SWITCH)
    home_assistant = forms.BooleanField(label=_("Announce to Home Assistant"), required=False, widget=SWITCH)
    url = forms.URLField(label=_("Address"), required=False, assume_scheme="https", widget=TEXT)
    pin = forms.IntegerField(label=_("Pin (BCM number)"), required=False, min_value=0, max_value=27, widget=TEXT)
    secret = forms.CharField(
        label=_("Password or signing key"),
        required=False,
        max_length=200,
        strip=False,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Saved encrypted and never shown. Empty keeps the one that is there."),
    )
    WIRING = ("host", "port", "topic", "username", "payload", "tls", "home_assistant", "url", "pin")

    class Meta:
        model = Door
        fields = (
            "name",
            "kiosk",
            "leads",
            "area",
            "time_zone",
            "enabled",
            "driver",
            "pulse_seconds",
            "fail_mode",
            "liveness_needed",
            "pin_needed",
            "anti_passback",
            "clocks",
            "openers",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "area"):
            if name in self.fields:  # whoever may only read has a form without fields
                self.fields[name].widget.attrs["autocomplete"] = "off"
        for name in self.WIRING:
            if name in self.instance.wiring:
                self.initial[name] = self.instance.wiring[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in NEEDED.get(data.get("driver", ""), ()):
            kept = name == "secret" and self.instance.sealed_secret
            if data.get(name) in (None, "") and not kept and name not in self.errors:
                self.add_error(name, forms.ValidationError(_("This relay needs it."), code="required"))
        if data.get("driver") == Door.Driver.WEBHOOK and data.get("url"):
            try:
                WebhookRelay(data["url"], "")
            except RelayError as error:
                self.add_error("url", error.message)
        return data

    def save(self, commit: bool = True) -> Door:
        """Keep the wiring of the chosen relay; the secret is sealed when the door has its key."""
        self.instance.wiring = {
            name: value for name in self.WIRING if (value := self.cleaned_data.get(name)) not in (None, "", False)
        }
        self.instance.wiring.setdefault("port", MQTT_PORT)
        return super().save(commit)


class DoorScheduleForm(forms.ModelForm[DoorSchedule]):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = DoorSchedule
        fields = ("department", "opens_at", "closes_at", "weekdays")


class DoorScheduleInline(TabularInline):
    model = DoorSchedule
    form = DoorScheduleForm
    extra = 0
    verbose_name_plural = _("Who may pass when (nothing here: everybody, always)")


@admin.register(Door)
class DoorAdmin(OpenWhereWrong, KeptAdmin):
    form = DoorForm
    list_display = ("name", "kiosk", "driver", "state")
    search_fields = ("name", "area")
    autocomplete_fields = ("kiosk", "openers")
    inlines = (DoorScheduleInline,)
    list_select_related = ("kiosk",)
    fieldsets = (
        (None, {"fields": ("name", ("kiosk", "time_zone"), ("leads", "area"), "enabled")}),
        (
            _("Who passes"),
            {
                "fields": (
                    ("liveness_needed", "pin_needed"),
                    "anti_passback",
                    "clocks",
                    "openers",
                )
            },
        ),
        (_("Relay"), {"fields": ("driver", ("pulse_seconds", "fail_mode"), "secret")}),
        (
            "MQTT",
            {
                "fields": (
                    ("host", "port"),
                    ("topic", "payload"),
                    ("username", "tls"),
                    "home_assistant",
                ),
                "classes": ("collapse",),
            },
        ),
        (_("Signed HTTP request"), {"fields": ("url",), "classes": ("collapse",)}),
        (_("Pin of this machine (GPIO)"), {"fields": ("pin",), "classes": ("collapse",)}),
    )

    def save_model(self, request: HttpRequest, obj: Door, form: Any, change: bool) -> None:
        if form.cleaned_data.get("secret"):
            # The inline rows of a new door have taken its key away; the secret is bound to it.
            obj.pk = obj.pk or uuid.uuid4()
            obj.sealed_secret = seal_secret(obj, form.cleaned_data["secret"])
        super().save_model(request, obj, form, change)

    @display(description=_("state"), label={"released": "danger", "used": "success", "off": "default"})
    def state(self, obj: Door) -> tuple[str, Any]:
        if obj.released_at:
            return "released", _("Held open")
        return ("used", _("In use")) if obj.enabled else ("off", _("Not in use"))


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "door", "who", "outcome_label", "method", "answer", "open_person")
    list_filter = ("outcome", "reason", "method", "door")
    search_fields = ("employee__searched", "door__name", "note")
    list_select_related = ("door", "employee", "by", "pulse")
    date_hierarchy = "at"
    show_full_result_count = False
    fields = (
        "door",
        "employee",
        "outcome",
        "why",
        "method",
        "direction",
        "passed_back",
        "at",
        "zone",
        "decision",
        "by",
        "note",
        "answer",
    )
    readonly_fields = ("answer", "why")

    @display(description=_("reason"))
    def why(self, obj: AccessEvent) -> str:
        return str(LIST[obj.reason])

    @display(description=_("person"))
    def who(self, obj: AccessEvent) -> str:
        return str(obj.employee or obj.by or "–")

    @display(description=_("outcome"), ordering="outcome", label={"granted": "success", "refused": "danger"})
    def outcome_label(self, obj: AccessEvent) -> tuple[str, str]:
        return obj.outcome, listed(obj)

    @display(description=_("relay"))
    def answer(self, obj: AccessEvent) -> str:
        pulse = getattr(obj, "pulse", None)
        if pulse is None:
            return "–"
        spent = f" ({pulse.milliseconds:.0f} ms)" if pulse.milliseconds is not None else ""
        return f"{pulse.get_state_display()}{spent} {pulse.error}".strip()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.admin_site.has_permission(request))
