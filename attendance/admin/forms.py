"""The forms of the attendance admin."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
)

from attendance.importing.shifts import SHIFT_FIELDS
from attendance.models import ClockEvent, Shift
from attendance.refusals import AttendanceRefused
from attendance.request_forms import among, wall_instant
from attendance.services.clock import clock
from employees.employment import history
from employees.forms import time_zones
from employees.models import User

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]


class UsualNumbers(forms.ModelForm[Any]):
    """Numbers that may be left empty are what a new row would have."""

    usual: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.usual:
            if name in self.fields:  # whoever may only read has a form without fields
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Raises nothing."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.usual:
            if name in data and data[name] is None:
                data[name] = self._meta.model._meta.get_field(name).get_default()
        return data


class ShiftForm(UsualNumbers):
    usual = ("call_out_minutes",)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
    )

    class Meta:
        model = Shift
        fields = SHIFT_FIELDS


class ManualEventForm(forms.ModelForm[ClockEvent]):
    """A punch somebody forgot. The service stores it; what it refuses is shown here."""

    author: User

    day = forms.DateField(label=_("Day"), widget=UnfoldAdminSingleDateWidget)
    time = forms.TimeField(label=_("Time"), widget=UnfoldAdminSingleTimeWidget)
    zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        widget=UnfoldAdminSelect2Widget,
        choices=lambda: [("", _("The person's own")), *time_zones()],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Why it is entered by hand. Recorded under your name; it cannot be changed."),
    )
    token = forms.CharField(widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex, max_length=40)

    class Meta:
        model = ClockEvent
        fields = ("employee", "direction", "zone", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        data["zone"] = data["zone"] or history(data["employee"]).place(data["day"]).time_zone
        at = wall_instant(
            data["day"], data["time"], ZoneInfo(data["zone"]), choose=among(data["employee"], data["direction"])
        )
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
        except AttendanceRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
        if result.already:
            raise forms.ValidationError(
                _("There is already a punch at %(time)s, less than a minute from this one: nothing was saved."),
                code="already",
                params={"time": f"{result.event.local_at:%H:%M}"},
            )
        self.instance = result.event
        return data
