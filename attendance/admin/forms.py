"""The forms of the attendance admin."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from attendance.importing.shifts import SHIFT_FIELDS
from attendance.models import ClockEvent, Shift, ShiftAssignment
from attendance.refusals import AttendanceRefused
from attendance.request_forms import among, wall_instant
from attendance.selectors.unpunched import unpunched_text
from attendance.services.assigning import check_none_begins, clashes
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.TimeField):
                field.error_messages["invalid"] = gettext("Write a time of day such as 18:30.")

    def clean(self) -> dict[str, Any]:
        """Every mistake stands beside its field."""
        data = super().clean()
        if not data.get("weekdays") and "weekdays" not in self.errors:
            said = gettext("Tick the days on which it is worked, such as Monday to Friday: without one nobody is due.")
            self.add_error("weekdays", said)
        if data.get("kind") == Shift.Kind.SPLIT:
            for name in ("resumes_at", "finishes_at"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, gettext("A shift split in two needs the hours of its second part."))
        return data


ASSIGNED = ("employee", "shift", "valid_from", "valid_to", "pattern", "anchor", "run_days")


class AssignmentForm(forms.ModelForm[ShiftAssignment]):
    """Who works which shift from when: in place of what applies then, or beside it."""

    how = forms.ChoiceField(
        label=_("The shifts that apply now"),
        choices=[
            ("instead", _("end the day before: this one takes their place")),
            ("beside", _("go on: this one is worked in addition")),
        ],
        initial="instead",
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("Where you give a last day, they go on after it."),
    )
    sure = forms.BooleanField(label=_("Save all the same"), required=False, widget=forms.HiddenInput)

    class Meta:
        model = ShiftAssignment
        fields = ASSIGNED

    def clean(self) -> dict[str, Any]:
        """A new assignment fits those that there are, or somebody has read why it does not."""
        data = super().clean() or self.cleaned_data
        if self.instance.pk or self.errors or "how" not in self.fields:
            return data
        data["how"] = data.get("how") or "instead"
        if data["how"] == "instead":
            try:
                check_none_begins(data["employee"], data["valid_from"], data["valid_to"])
            except AttendanceRefused as refused:
                self.add_error("shift", refused.message)
                return data
        new = ShiftAssignment(**{name: data[name] for name in ASSIGNED})
        said = clashes(new) if data["how"] == "beside" else []
        said += [text for text in [unpunched_text([new])] if text]
        if said and not data.get("sure"):
            self.fields["sure"].widget = UnfoldBooleanWidget()
            self.add_error("sure", " ".join([*said, gettext("Tick the box to save it all the same.")]))
        return data


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
