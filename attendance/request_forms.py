"""What people ask for, and what their managers correct, as forms. The services decide; these read the fields."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from attendance.models import Absence, AbsenceType, ClockEvent, CorrectionRequest
from attendance.report_filters import FIRST_DAY, LAST_DAY
from attendance.selectors.events import fitting
from employees.employment import history
from employees.models import Employee

DIRECTIONS = [(value, label) for value, label in ClockEvent.Direction.choices if value in ("in", "out")]
REASON = _("Why? It is kept with the correction.")


def day_field(**extra: Any) -> forms.DateField:
    """A day within the years that reports know."""
    picker = forms.DateInput(attrs={"type": "date", "min": FIRST_DAY, "max": LAST_DAY}, format="%Y-%m-%d")
    within = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return forms.DateField(widget=picker, input_formats=["%Y-%m-%d"], validators=within, **extra)


def time_field(**extra: Any) -> forms.TimeField:
    """Hours and minutes."""
    picker = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(widget=picker, input_formats=["%H:%M", "%H:%M:%S"], **extra)


Choice = Callable[[Sequence[datetime.datetime]], datetime.datetime]
"""Which of the two instants is meant that a time has where the clocks went back."""


def among(employee: Employee, direction: str) -> Choice:
    """The one that fits the person's other punches."""
    return partial(fitting, employee=employee, direction=direction)


def nearest_to(at: datetime.datetime) -> Choice:
    """The one nearer to this instant."""
    return lambda found: min(found, key=lambda one: abs(_utc(one) - _utc(at)))


def wall_instant(day: datetime.date, at: datetime.time, zone: ZoneInfo, *, choose: Choice) -> datetime.datetime:
    """The instant of a wall-clock time; raises ValidationError for an hour that the clocks skipped."""
    return _one_of(_instants(day, at, zone), choose)


def check_out_instant(
    day: datetime.date,
    at: datetime.time,
    zone: ZoneInfo,
    *,
    came: datetime.datetime,
    choose: Choice = operator.itemgetter(0),
) -> datetime.datetime:
    """The same of a check-out: it lies after the check-in, and so perhaps on the next day."""
    days = (day, day + datetime.timedelta(days=1))
    after = ([one for one in _instants(each, at, zone) if _utc(one) > _utc(came)] for each in days)
    return _one_of(next((found for found in after if found), []), choose)


def _instants(day: datetime.date, at: datetime.time, zone: ZoneInfo) -> list[datetime.datetime]:
    shown = datetime.datetime.combine(day, at)
    both = [shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    shown_then = [one for one in both if _utc(one).astimezone(zone).replace(tzinfo=None) == shown]
    return list({_utc(one): one for one in shown_then}.values())


def _one_of(found: list[datetime.datetime], choose: Choice) -> datetime.datetime:
    if not found:
        raise forms.ValidationError(_("The clocks went forward over this time: it did not exist."), "no_such_time")
    return choose(found)


def _utc(at: datetime.datetime) -> datetime.datetime:
    return at.astimezone(datetime.UTC)


class CorrectionForm(forms.Form):
    """A punch of one's own that is missing or wrong."""

    event = forms.ModelChoiceField(
        label=_("Which punch"), queryset=ClockEvent.objects.none(), required=False, empty_label=_("One is missing")
    )
    remove = forms.BooleanField(label=_("It should not be there at all"), required=False)
    direction = forms.ChoiceField(label=_("Direction"), choices=DIRECTIONS)
    day = day_field(label=_("Day"))
    time = time_field(label=_("Time"))
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=REASON)

    def __init__(self, data: Any, *, employee: Employee, events: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial, auto_id="ask-%s")
        choice = self.fields["event"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = events
        choice.label_from_instance = _punch_label  # type: ignore[method-assign, assignment]
        self._employee = employee

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            zone = history(self._employee).place(data["day"]).zone
            choose = nearest_to(data["event"].at) if data["event"] else among(self._employee, data["direction"])
            data["at"], data["zone"] = wall_instant(data["day"], data["time"], zone, choose=choose), zone.key
        return data

    @property
    def kind(self) -> str:
        """What is asked for."""
        if self.cleaned_data["event"] is None:
            return CorrectionRequest.Kind.ADD.value
        return (CorrectionRequest.Kind.REMOVE if self.cleaned_data["remove"] else CorrectionRequest.Kind.CHANGE).value


class AbsenceForm(forms.Form):
    """Days away."""

    kind = forms.ModelChoiceField(label=_("Type"), queryset=AbsenceType.objects.all(), empty_label=_("Choose…"))
    first = day_field(label=_("From"))
    last = day_field(label=_("To"))
    half = forms.ChoiceField(label=_("Part of the day"), choices=Absence.Half.choices, required=False)
    reason = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, data: Any, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="away-%s")


class MissingPunchForm(forms.Form):
    """A punch that a manager adds or changes: its day on the wall clock, direction, time."""

    day = day_field()
    direction = forms.ChoiceField(choices=DIRECTIONS)
    time = time_field(label=_("Time"))
    reason = forms.CharField(label=_("Reason"), max_length=300)


class ReasonForm(forms.Form):
    """Why a punch is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class AbsentDayForm(forms.Form):
    """Why somebody was away."""

    day = day_field()
    kind = forms.ModelChoiceField(label=_("Type"), queryset=AbsenceType.objects.all())


class SeenDayForm(forms.Form):
    """A day that somebody has seen, as it was."""

    day = day_field()
    fingerprint = forms.RegexField(r"^[0-9a-f]{64}$")
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class DecisionForm(forms.Form):
    """Yes or no, with a word to the person."""

    answer = forms.CharField(label=_("Answer"), max_length=300, required=False)
    decision = forms.ChoiceField(choices=[("approve", ""), ("refuse", "")])


def _punch_label(event: ClockEvent) -> str:
    return f"{event.local_at:%Y-%m-%d %H:%M} · {event.get_direction_display()} · {event.method_text}"
