"""A move that may be undone: what the person's places were before it and after it."""

from __future__ import annotations

from datetime import date
from typing import Any

from employees.bulk import changed_since
from employees.models import Employee, Posting
from employees.services.employment import employee_move, posting_remove

Places = list[list[Any]]
"""Each place from when on, as it is stored: the day, then ``Posting.PLACED`` with rows by their keys."""


def move_do(*, employee: Employee, valid_from: date, changes: dict[str, Any]) -> dict[str, Any]:
    """``employee_move``; returns what ``move_undo`` needs. Raises ``EmployeeError``."""
    before = _places(employee)
    employee_move(employee=employee, valid_from=valid_from, **changes)
    return {"from": f"{valid_from}", "before": before, "after": _places(employee)}


def move_undo(*, employee: Employee, row: dict[str, Any]) -> None:
    """The move never was. Raises ``Refusal`` where the person was moved again since."""
    if _places(employee) != row["after"]:
        raise changed_since()
    day = date.fromisoformat(row["from"])
    there = next((place for place in row["before"] if place[0] == row["from"]), None)
    if there is None:
        posting_remove(posting=Posting.objects.get(employee=employee, valid_from=day))
        return
    values = dict(zip((_column(name) for name in Posting.PLACED), there[1:], strict=True))
    again = Posting(employee=employee, valid_from=day, **values)
    employee_move(employee=employee, valid_from=day, **{name: getattr(again, name) for name in Posting.PLACED})


def _places(employee: Employee) -> Places:
    columns = ("valid_from", *(_column(name) for name in Posting.PLACED))
    rows = Posting.objects.filter(employee=employee).order_by("valid_from").values_list(*columns)
    return [[f"{row[0]}", *row[1:]] for row in rows]


def _column(name: str) -> str:
    return str(Posting._meta.get_field(name).attname)  # type: ignore[union-attr]
