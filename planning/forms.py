"""What the plan's pages read: the board's filter and its forms. The services decide."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from attendance.models import Shift
from attendance.report_filters import PeopleFilter
from attendance.request_forms import day_field
from employees.employment import belonging, employed_between
from employees.models import Department, Employee, Posting, Site
from planning.access import FIRST_DAY, LAST_DAY
from planning.services.rotations import Turn, days_on_and_off, shifts_in_turn, weeks_in_turn

SHOWN = [("1", _("1 week")), ("2", _("2 weeks")), ("4", _("4 weeks"))]
_WEEK = re.compile(r"(20\d\d)-W(\d\d)")


def week_name(day: date) -> str:
    """``2026-W48``, the week of a day."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def read_week(text: str) -> date | None:
    """The Monday of a week; None for what is no week."""
    found = _WEEK.fullmatch(text)
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        return None
    return monday if monday is not None and FIRST_DAY <= monday <= LAST_DAY - timedelta(weeks=5) else None


class PlanFilter(PeopleFilter):
    """Whose plan to show, and of which weeks."""

    week = forms.CharField(
        label=_("Week"), required=False, max_length=8, widget=forms.TextInput(attrs={"type": "week"})
    )
    weeks = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("All sites")
    )
    field_order = ("week", "weeks", "department", "site", "q")

    def __init__(self, data: Any, *, employees: QuerySet[Employee], today: date) -> None:
        self._today = today
        asked = data.copy()
        # The fields show what is shown, also where the address names none.
        asked.setdefault("week", week_name(today))
        asked.setdefault("weeks", "1")
        super().__init__(asked, employees=employees)

    def full_clean(self) -> None:
        """Offer the sites of those people first; without any, none is asked for."""
        keys = self._employees.order_by()
        once = Posting.objects.filter(employee__in=keys.values("pk")).values("site")
        sites = Site.objects.filter(Q(pk__in=keys.values("site")) | Q(pk__in=once))
        choice = self.fields.get("site")
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = sites
            if not sites.exists():
                del self.fields["site"]
        super().full_clean()

    def clean_week(self) -> str:
        """The week as it was written; refused where there is no such week."""
        text = str(self.cleaned_data["week"])
        if text and read_week(text) is None:
            raise forms.ValidationError(_("Write the week as 2026-W48."), "week")
        return text

    @property
    def first(self) -> date:
        """The Monday that is shown first."""
        return read_week(self.cleaned_data.get("week") or "") or self._today - timedelta(days=self._today.weekday())

    @property
    def count(self) -> int:
        """How many weeks are shown."""
        return int(self.cleaned_data.get("weeks") or 1)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=7 * self.count - 1)

    def address(self, monday: date) -> str:
        """The same filters with another week, for the address bar."""
        return f"{self.without_week}&week={week_name(monday)}" if self.without_week else f"week={week_name(monday)}"

    @property
    def without_week(self) -> str:
        return "&".join(part for part in self.query.split("&") if part and not part.startswith("week="))

    def employed(self) -> QuerySet[Employee]:
        """Those who pass the filters and work here on one of the days."""
        found = self.people(self.first, self.last)
        if (site := self.cleaned_data.get("site")) is not None:
            found = belonging(found, self.first, self.last, site=site)
        return employed_between(found, self.first, self.last)


class CellForm(forms.Form):
    """A person's day: its shifts and a note."""

    shifts = forms.ModelMultipleChoiceField(
        label=_("Shifts"),
        queryset=Shift.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None means that the day is free."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="cell-%s")


class MoveForm(forms.Form):
    """Where a shift goes: another day, another person, or both."""

    shift = forms.ModelChoiceField(label=_("Shift"), queryset=Shift.objects.all(), empty_label=None)
    to_person = forms.ModelChoiceField(
        label=_("To whom"), queryset=Employee.objects.none(), to_field_name="number", empty_label=None
    )
    to_day = day_field(label=_("Day"))

    def __init__(self, data: Any = None, *, people: QuerySet[Employee], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="move-%s")
        choice = self.fields["to_person"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = people


class CopyWeekForm(forms.Form):
    """To how many weeks after it a week is copied."""

    weeks_on = forms.IntegerField(label=_("To the next weeks"), min_value=1, max_value=12, initial=1)


class RotationForm(forms.Form):
    """A rotation without a recurrence rule: its kind, its shifts, when it begins, and who works it."""

    KINDS = [
        ("days", _("Days on and off, such as 4 on, 4 off")),
        ("turns", _("Shifts one after the other, such as early, late, night")),
        ("weeks", _("A shift a week, such as week A and week B")),
    ]
    kind = forms.ChoiceField(label=_("Rotation"), choices=KINDS, widget=forms.RadioSelect, initial="days")
    first_shift = forms.ModelChoiceField(
        label=_("First shift, or that of week A"),
        queryset=Shift.objects.all(),
        required=False,
        empty_label=pgettext_lazy("day", "Free"),
    )
    second_shift = forms.ModelChoiceField(
        label=_("Second shift, or that of week B"), queryset=Shift.objects.all(), required=False, empty_label=_("None")
    )
    third_shift = forms.ModelChoiceField(
        label=_("Third shift, or that of week C"), queryset=Shift.objects.all(), required=False, empty_label=_("None")
    )
    days_on = forms.IntegerField(label=_("Days at work"), min_value=1, max_value=31, initial=4)
    days_off = forms.IntegerField(label=_("Free days after them"), min_value=0, max_value=31, initial=4)
    week_count = forms.TypedChoiceField(
        label=_("Weeks until it repeats"), choices=[(2, "2"), (3, "3")], coerce=int, initial=2, required=False
    )
    start = day_field(label=_("Begins on"))
    people = forms.ModelMultipleChoiceField(
        label=_("Who works it"), queryset=Employee.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, people: QuerySet[Employee], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="rotation-%s")
        choice = self.fields["people"]
        assert isinstance(choice, forms.ModelMultipleChoiceField)
        choice.queryset = people

    def turns(self) -> list[Turn]:
        """The parts of the rotation; raises ``PlanRefused`` for one that makes no sense."""
        data = self.cleaned_data
        shifts: list[Shift | None] = [data["first_shift"], data["second_shift"], data["third_shift"]]
        given = [one for one in shifts if one is not None]
        start, on, off = data["start"], data["days_on"], data["days_off"]
        if data["kind"] == "weeks":
            return weeks_in_turn(weeks=shifts[: data["week_count"] or 2], start=start)
        if data["kind"] == "turns":
            return shifts_in_turn(shifts=given, on=on, off=off, start=start)
        return days_on_and_off(shift=given[0], on=on, off=off, start=start)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") != "weeks" and data.get("first_shift") is None and "first_shift" not in self.errors:
            self.add_error("first_shift", _("Choose a shift."))
        return data


class OpenShiftForm(forms.Form):
    """A shift of a day for which people are wanted."""

    day = day_field(label=_("Day"))
    shift = forms.ModelChoiceField(label=_("Shift"), queryset=Shift.objects.all(), empty_label=None)
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), required=False, empty_label=_("All departments")
    )
    wanted = forms.IntegerField(label=_("People wanted"), min_value=1, max_value=500, initial=1)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        departments: QuerySet[Department],
        every: bool,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial, auto_id="open-%s")
        choice = self.fields["department"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = departments
        if not every:
            choice.required, choice.empty_label = True, None


class SwapForm(forms.Form):
    """With whom, and for which of their shifts."""

    target = forms.ChoiceField(label=_("Shift of a colleague"))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, targets: list[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="swap-%s")
        choice = self.fields["target"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = targets
