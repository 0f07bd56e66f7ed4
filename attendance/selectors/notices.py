"""Days that somebody should know of, though nothing mends them: the rest before them was too short."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from django.db.models import QuerySet

from attendance.models import DayResult, DirtySpan, SeenDay
from attendance.models.results import COLUMNS, figures_from
from attendance.rules.shapes import Figures
from employees.employment import employed_between
from employees.models import Employee


@dataclass(frozen=True, slots=True)
class Notice:
    """One person's day; ``fingerprint`` names its figures."""

    employee: Employee
    figures: Figures

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.figures)


def fingerprint_of(figures: Figures) -> str:
    """The same for the same figures alone."""
    return hashlib.sha256(json.dumps(asdict(figures), default=str, sort_keys=True).encode()).hexdigest()


def notices(
    *, employees: QuerySet[Employee], first: date, last: date, most: int | None = None
) -> tuple[Sequence[Notice], int]:
    """At most ``most`` of the settled days that nobody has seen as they are, the newest first, and how many there are.

    Days that are marked to be counted again are left out until they are. Five queries.
    """
    waiting = DirtySpan.objects.filter(first__lte=last, last__gte=first)
    people = employed_between(employees, first, last).order_by().values("pk")
    rows = DayResult.objects.filter(short_rest__gt=0, day__gte=first, day__lte=last, employee__in=people)
    rows = rows.exclude(employee__in=waiting.values("employee")).order_by()
    found = dict(rows.values_list("pk", "day"))
    if not found:
        return [], 0
    names = {key: (-found[key].toordinal(), bytes(name)) for key, name in rows.values_list("pk", "employee__sort_key")}
    seen = SeenDay.objects.filter(employee__in=rows.values("employee"), day__gte=first, day__lte=last)
    told = set(seen.values_list("employee_id", "day", "fingerprint"))
    gone = _seen(rows, told) if told else set()
    fresh = sorted((key for key in found if key not in gone), key=lambda key: names[key])
    shown = fresh if most is None else fresh[:most]
    read = {row["pk"]: row for row in DayResult.objects.filter(pk__in=shown).values("pk", "employee_id", *COLUMNS)}
    who = Employee.objects.select_related("department").in_bulk({row["employee_id"] for row in read.values()})
    return [Notice(who[read[key]["employee_id"]], figures_from(read[key])) for key in shown if key in read], len(fresh)


def _seen(rows: QuerySet[DayResult], told: set[tuple[int, date, str]]) -> set[int]:
    """Those of the rows that somebody has seen with the figures that they have."""
    near = rows.filter(employee__in={key for key, _day, _print in told}, day__in={day for _key, day, _print in told})
    read = near.values("pk", "employee_id", *COLUMNS)
    return {row["pk"] for row in read if (row["employee_id"], row["day"], fingerprint_of(figures_from(row))) in told}
