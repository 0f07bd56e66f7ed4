"""A list of small records as one field of a form: a table with a line for each, and empty lines to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.widgets import BASE_INPUT_CLASSES

from attendance.hours import hours_and_minutes, minutes_typed

Cells = Mapping[str, forms.Field]
SPARE, MOST = 2, 30


class HoursField(forms.CharField):
    """Minutes, typed as hours and minutes."""

    def prepare_value(self, value: Any) -> Any:
        """``390`` as 6:30; what somebody typed as it is."""
        return hours_and_minutes(timedelta(minutes=value)) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """``6:30`` as 390; raises ValidationError."""
        text = super().to_python(value)
        if not text:
            return text
        try:
            return minutes_typed(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write hours and minutes as 6:30."), code="hours") from error


class FlagField(forms.ChoiceField):
    """One of two states, the usual one of which is not stored; ``value`` is what the other one stores."""

    def __init__(self, *, usual: Any, other: Any, value: bool = True, **given: Any) -> None:
        super().__init__(required=False, choices=[("", usual), ("other", other)], **given)
        self.value = value

    def prepare_value(self, value: Any) -> Any:
        """The stored value as the choice that stands for it; what somebody typed as it is."""
        return ("other" if value is self.value else "") if isinstance(value, bool) else value

    def clean(self, value: Any) -> Any:
        """The stored value, or empty for the usual state."""
        return self.value if super().clean(value) == "other" else ""


class RowsWidget(forms.Widget):
    """The table: the stored lines and some empty ones."""

    def __init__(self, cells: Cells) -> None:
        super().__init__()
        self.cells = cells

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Each cell is named and labelled after its line and column."""
        rows = [*(value or []), *({} for _spare in range(SPARE))][:MOST]
        lines = [
            [self._cell(name, number, key, field, row.get(key)) for key, field in self.cells.items()]
            for number, row in enumerate(rows)
        ]
        context = {"name": name, "lines": lines, "heads": [field.label for field in self.cells.values()]}
        return render_to_string("admin/rows.html", context)

    def _cell(self, name: str, number: int, key: str, field: forms.Field, value: Any) -> SafeString:
        label = _("%(column)s, line %(number)d") % {"column": field.label, "number": number + 1}
        attrs = {"id": f"id_{name}-{number}-{key}", "aria-label": label, "class": " ".join(BASE_INPUT_CLASSES)}
        html: SafeString = field.widget.render(f"{name}-{number}-{key}", field.prepare_value(value), attrs)
        return html

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        """What was typed, line by line."""
        count = str(data.get(f"{name}-lines", ""))
        lines = range(min(MOST, int(count)) if count.isascii() and count.isdigit() else 0)
        return [{key: data.get(f"{name}-{number}-{key}", "") for key in self.cells} for number in lines]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """An empty table was sent as well."""
        return f"{name}-lines" not in data

    def id_for_label(self, id_: str) -> str:
        """The first cell's."""
        return f"{id_}-0-{next(iter(self.cells))}"


class RowsField(forms.Field):
    """A list of dictionaries with the keys of ``cells``; a line without anything in it is left out."""

    def __init__(self, *, cells: Cells, **given: Any) -> None:
        super().__init__(required=False, widget=RowsWidget(cells), **given)
        self.cells = cells

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """Raises ValidationError with a sentence for each cell that cannot be read."""
        rows, wrong = [], []
        for number, line in enumerate(value or [], start=1):
            if not any(str(cell).strip() for cell in line.values()):
                continue
            row = {}
            for key, field in self.cells.items():
                try:
                    cell = field.clean(line[key])
                    # What may stay empty and does is left out of the record.
                    if field.required or cell not in ("", None):
                        row[key] = cell
                except forms.ValidationError as error:
                    places = {"number": number, "column": field.label, "error": " ".join(error.messages)}
                    wrong.append(_("Line %(number)d, %(column)s: %(error)s") % places)
            rows.append(row)
        if wrong:
            raise forms.ValidationError(wrong)
        return rows

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as stored, not as typed."""
        try:
            return self.clean(data) != (initial or [])
        except forms.ValidationError:
            return True
