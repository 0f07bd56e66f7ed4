"""The forms of attendance's admin."""

from __future__ import annotations

import uuid
import zoneinfo
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTimeWidget,
)

from attendance.models import ClockEvent, Kiosk, Shift
from attendance.services import ClockRefused, clock
from employees.forms import time_zones
from employees.models import User

WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")),
    (6, _("Sunday")),
]  # fmt: skip


class KioskForm(forms.ModelForm[Kiosk]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, widget=UnfoldAdminSelect2Widget,
        initial=timezone.get_default_timezone_name,
    )  # fmt: skip

    class Meta:
        model = Kiosk
        fields = ("name", "location", "time_zone")


class ShiftForm(forms.ModelForm[Shift]):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Shift
        fields = ("name", "starts_at", "ends_at", "weekdays", "grace_minutes")


class ManualEventForm(forms.ModelForm[ClockEvent]):
    """A forgotten punch, signed by who adds it. Stored by the service; what it refuses is shown here."""

    author: User

    day = forms.DateField(label=_("Date"), widget=UnfoldAdminDateWidget)
    time = forms.TimeField(label=_("Time"), widget=UnfoldAdminTimeWidget)
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, widget=UnfoldAdminSelect2Widget,
        initial=timezone.get_default_timezone_name,
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=300)
    token = forms.CharField(widget=forms.HiddenInput, max_length=80, initial=lambda: str(uuid.uuid4()))

    class Meta:
        model = ClockEvent
        fields = ("employee", "direction", "zone", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            at = datetime.combine(data["day"], data["time"], tzinfo=zoneinfo.ZoneInfo(data["zone"]))
            try:
                result = clock(
                    employee=data["employee"],
                    direction=data["direction"],
                    at=at,
                    zone=data["zone"],
                    method=ClockEvent.Method.MANUAL,
                    idempotency_key=f"manual:{data['token']}",
                    author=self.author,
                    reason=data["reason"],
                )
            except ClockRefused as refused:
                raise forms.ValidationError(refused.message, code=refused.code) from refused
            if result.already:
                raise forms.ValidationError(
                    _("There is a clock event within a minute of this time already."), code="already"
                )
            self.instance = result.event
        return data
