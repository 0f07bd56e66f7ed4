"""The forms of the attendance admin."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
)

from attendance.models import ClockEvent, Kiosk, KioskSettings, Shift
from attendance.models.kiosk import every_day
from attendance.services.clock import ClockRefused, clock
from employees.forms import default_zone, time_zones
from employees.models import User

GREETING_PLACES = re.compile(r"\{(\w*)\}")
WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")),
    (6, _("Sunday")),
]  # fmt: skip


class KioskForm(forms.ModelForm[Kiosk]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, initial=default_zone, widget=UnfoldAdminSelect2Widget
    )

    class Meta:
        model = Kiosk
        fields = ("name", "location", "time_zone")


class KioskSettingsForm(forms.ModelForm[KioskSettings]):
    camera = forms.ChoiceField(label=_("Camera"), required=False, widget=UnfoldAdminSelectWidget)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=every_day,
    )  # fmt: skip

    class Meta:
        model = KioskSettings
        fields = (
            "mode", "start", "pin", "badge", "language", "greeting", "sound", "voice", "theme", "brightness", "lamp",
            "camera", "mirrored", "liveness", "liveness_picture", "liveness_motion", "liveness_repeats", "opens_at",
            "closes_at", "weekdays",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.camera
        seen = Kiosk.objects.filter(pk=self.instance.pk).values_list("cameras", flat=True).first() or []
        names = dict.fromkeys([*seen, *([stored] if stored not in ("", "environment") else [])])
        choices = [
            ("", _("The one on the screen's side")), ("environment", _("The one on the back")),
            *((name, name) for name in names),
        ]  # fmt: skip
        field = self.fields["camera"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_greeting(self) -> str:
        text: str = self.cleaned_data["greeting"]
        if set(GREETING_PLACES.findall(text)) - {"name"} or "{" in GREETING_PLACES.sub("", text):
            raise forms.ValidationError(_("Use {name} for the first name, and no other braces."), code="places")
        return text


class ShiftForm(forms.ModelForm[Shift]):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
    )  # fmt: skip

    class Meta:
        model = Shift
        fields = (
            "name", "kind", "starts_at", "ends_at", "resumes_at", "finishes_at", "core_starts_at", "core_ends_at",
            "target_minutes", "pause_minutes", "weekdays", "grace_minutes", "grace_out_minutes", "earliest_minutes",
            "latest_minutes", "works_holidays",
        )  # fmt: skip


class ManualEventForm(forms.ModelForm[ClockEvent]):
    """A punch somebody forgot. The service stores it; what it refuses is shown here."""

    author: User

    day = forms.DateField(label=_("Day"), widget=UnfoldAdminSingleDateWidget)
    time = forms.TimeField(label=_("Time"), widget=UnfoldAdminSingleTimeWidget)
    zone = forms.ChoiceField(
        label=_("Time zone"), required=False, widget=UnfoldAdminSelect2Widget,
        choices=lambda: [("", _("The person's own")), *time_zones()],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Why it is entered by hand. It is kept with your name and cannot be changed."),
    )  # fmt: skip
    token = forms.CharField(widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex, max_length=40)

    class Meta:
        model = ClockEvent
        fields = ("employee", "direction", "zone", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        data["zone"] = data["zone"] or data["employee"].time_zone
        at = wall_instant(data["day"], data["time"], ZoneInfo(data["zone"]))
        try:
            result = clock(
                employee=data["employee"], direction=data["direction"], at=at, zone=data["zone"],
                method=ClockEvent.Method.MANUAL, idempotency_key=f"manual:{data['token']}", author=self.author,
                reason=data["reason"],
            )  # fmt: skip
        except ClockRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
        if result.already:
            raise forms.ValidationError(
                _("There is already a punch at %(time)s, less than a minute from this one: nothing was stored."),
                code="already", params={"time": f"{result.event.local_at:%H:%M}"},
            )  # fmt: skip
        self.instance = result.event
        return data


def wall_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time; raises ValidationError for an hour that the clocks skipped."""
    local = datetime.combine(day, at, tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise forms.ValidationError(_("The clocks went forward over this time: it did not exist."), code="no_such_time")
    return local
