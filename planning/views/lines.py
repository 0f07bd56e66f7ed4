"""The lines of the board as HTML. 300 people and four weeks are 8,400 cells: too many for a template each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from urllib.parse import quote

from django.template.loader import get_template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString

from planning.selectors import Cell, PersonRow


class Lines:
    """Writes lines of the same days; what their cells share is made once, and so is each text that cells say."""

    def __init__(self, days: Iterable[date], query: str) -> None:
        self._days = [
            (f"&amp;day={day}", escape(f"{date_format(day, 'D')} {date_format(day, 'MONTH_DAY_FORMAT')}"))
            for day in days
        ]
        self._address = escape(f"{reverse('plan_cell')}?{query}&person=")
        self._template = get_template("planning/_slot.html")
        self._texts: dict[tuple[object, ...], tuple[str, str]] = {}

    def line(self, row: PersonRow) -> SafeString:
        """A person's line: the name, then a cell for each day, which is a link where the reader may change it."""
        person, name = row.employee, escape(row.employee.name)
        address = f"{self._address}{quote(person.number)}"
        parts = [
            f'<tr data-person="{escape(person.number)}" data-name="{name}"><th scope="row" class="grid__who">'
            f'<a class="person__name" href="{escape(reverse("person", args=[person.number]))}">{name}</a></th>'
        ]
        for cell, (day, label) in zip(row.cells, self._days, strict=True):
            begin, text = self._text(cell)
            if row.may_plan and cell.may_change:
                parts.append(f'{begin}<a href="{address}{day}"><i>{name}, {label}:</i> {text}</a></td>')
            else:
                parts.append(f"{begin}<span>{text}</span></td>")
        parts.append("</tr>")
        # All of it was written above or is escaped.
        return SafeString("".join(parts))

    def _text(self, cell: Cell) -> tuple[str, str]:
        """How the cell begins, and what it says."""
        if (found := self._texts.get(cell.said)) is None:
            classes = " ".join(
                name for name, has in (("slot--draft", cell.is_draft), ("slot--warned", cell.warnings)) if has
            )
            lines = (line.strip() for line in self._template.render({"cell": cell}).splitlines())
            found = f'<td class="{classes}">' if classes else "<td>", " ".join(line for line in lines if line)
            self._texts[cell.said] = found
        return found
