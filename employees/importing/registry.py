"""The kinds of files that can be imported, and a file as it is read; apps above this one add their kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.spreadsheets import Sheet, read_sheet
from employees.importing.columns import Table, heading_key, match, rated
from employees.importing.dates import Order, order_of, perhaps_swapped
from employees.importing.people import PeopleImporter
from employees.importing.plan import Importer, Plan
from employees.models import User

KINDS: dict[str, Importer] = {PeopleImporter.name: PeopleImporter()}


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as it was read, and what would become of it."""

    sheet: Sheet
    table: Table
    order: Order
    plan: Plan

    @property
    def ready(self) -> bool:
        """Whether it may be stored."""
        return self.plan.ready and bool(self.order.said)


def read(
    kind: str, content: bytes, *, file_name: str, choices: dict[str, Any], user: User | None, spanish: bool
) -> Reading:
    """Read a file and say what would become of it; stores nothing. Raises ``Refusal``.

    ``choices``: what somebody said of the file, ``encoding``, ``separator``, ``sheet``, ``dates``, and ``answers``.
    """
    importer = KINDS[kind]
    known = rated(importer.columns)

    def rate(headings: Sequence[str]) -> int:
        return len({known[key] for one in headings if (key := heading_key(one)) in known})

    sheet = importer.sheet(content, file_name, choices) or read_sheet(
        content,
        rate=rate,
        encoding=str(choices.get("encoding", "")),
        separator=str(choices.get("separator", "")),
        sheet=str(choices.get("sheet", "")),
    )
    table = match(sheet, importer.columns)
    days = [cell for entry in table.entries for name in importer.days if (cell := entry.cells.get(name)) is not None]
    order = order_of(days, answer=str(choices.get("dates", "")), spanish=spanish or table.spanish)
    answers = {str(key): str(value) for key, value in dict(choices.get("answers") or {}).items()}
    plan = importer.plan(table, order=order, answers=answers, user=user)
    plan.notices[:0] = table.notices
    if perhaps_swapped(days):
        plan.notices.append(
            _(
                "Some dates of this file are text and others are not: a spreadsheet program that reads the month first "
                "may have swapped day and month in the others. Check them, or have every date written as text."
            )
        )
    return Reading(sheet, table, order, plan)
