"""What is asked on the pages of leave, as forms. The services decide; these read the fields."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.hours import minutes_typed
from attendance.models import Absence, AbsenceType
from attendance.request_forms import day_field
from leave.models import LedgerEntry

LONGEST = timedelta(days=366)
LONGEST_AMOUNT = 12


class ForecastForm(forms.Form):
    """An absence that somebody thinks of."""

    kind = forms.ModelChoiceField(label=gettext_lazy("Type"), queryset=AbsenceType.objects.none(), empty_label=None)
    first = day_field(label=gettext_lazy("From"))
    last = day_field(label=gettext_lazy("To"))
    half = forms.ChoiceField(label=gettext_lazy("Part of the day"), choices=Absence.Half.choices, required=False)

    def __init__(self, data: Any, *, kinds: QuerySet[AbsenceType], today: date) -> None:
        super().__init__(data, auto_id="forecast-%s", initial={"first": today, "last": today, "half": "whole"})
        field = self.fields["kind"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = kinds

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last and not first <= last <= first + LONGEST:
            self.add_error("last", _("The last day lies from the first one to a year later."))
        elif first and last and first != last and data.get("half") not in ("", "whole"):
            self.add_error("half", _("Half a day is of one day: give the same day twice."))
        return data


class AmountField(forms.Field):
    """Days as 2.5, or hours as 2:30, exactly; a comma is a point, and a minus takes away."""

    def to_python(self, value: Any) -> Any:
        """A fraction, and None for nothing; raises ValidationError."""
        text = str(value or "").strip().replace(",", ".").replace("−", "-")
        if not text:
            return None
        sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
        try:
            if len(rest) > LONGEST_AMOUNT:
                raise ValueError(rest)
            if ":" in rest:
                return sign * Fraction(minutes_typed(rest), 60)
            if not rest.replace(".", "", 1).isascii() or not rest.replace(".", "", 1).isdigit():
                raise ValueError(rest)
            return sign * Fraction(rest)
        except ValueError as error:
            raise forms.ValidationError(_("Write days as 2.5, hours as 2:30."), code="amount") from error


class EntryForm(forms.Form):
    """An entry of somebody's ledger."""

    kind = forms.ModelChoiceField(label=gettext_lazy("Type"), queryset=AbsenceType.objects.none(), empty_label=None)
    entered = forms.ChoiceField(label=gettext_lazy("What"), choices=LedgerEntry.Entered.choices)
    day = day_field(label=gettext_lazy("Day"))
    amount = AmountField(
        label=gettext_lazy("Amount"),
        required=False,
        help_text=gettext_lazy(
            "Days as 2.5, hours as 2:30. Of overtime: the hours to move; a minus gives back hours that were moved."
        ),
    )
    first = day_field(
        label=gettext_lazy("Overtime from"), required=False, help_text=gettext_lazy("For overtime alone.")
    )
    last = day_field(label=gettext_lazy("Overtime to"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, data: Any, *, kinds: QuerySet[AbsenceType], today: date) -> None:
        super().__init__(data, auto_id="entry-%s", initial={"day": today})
        field = self.fields["kind"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = kinds

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "amount" in data and data["amount"] is None:
            self.add_error("amount", _("Give an amount."))
        if data.get("entered") == LedgerEntry.Entered.TIME_BANK:
            for name in ("first", "last"):
                if name in data and data[name] is None:
                    self.add_error(name, _("Say of which days the overtime is."))
            amount = data.get("amount")
            if amount is not None and (not amount or (amount * 60).denominator != 1):
                self.add_error("amount", _("Write the hours of overtime as 2:30."))
        return data
