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


def notices(*, employees: QuerySet[Employee], first: date, last: date) -> Sequence[Notice]:
    """Those settled days that nobody has seen as they are, the newest first; three queries.

    Days that are marked to be counted again are left out until they are.
    """
    waiting = DirtySpan.objects.filter(first__lte=last, last__gte=first)
    rows = DayResult.objects.filter(
        short_rest__gt=0, day__gte=first, day__lte=last, employee__in=employees.order_by().values("pk")
    ).exclude(employee__in=waiting.values("employee"))
    found = [(row["employee_id"], figures_from(row)) for row in rows.order_by().values("employee_id", *COLUMNS)]
    if not found:
        return []
    keys = {key for key, _figures in found}
    people = {one.pk: one for one in employed_between(Employee.objects.filter(pk__in=keys), first, last)}
    seen = set(
        SeenDay.objects.filter(employee__in=keys, day__gte=first, day__lte=last).values_list(
            "employee_id", "day", "fingerprint"
        )
    )
    fresh = [
        Notice(people[key], figures)
        for key, figures in found
        if key in people and (key, figures.day, fingerprint_of(figures)) not in seen
    ]
    return sorted(fresh, key=lambda one: (-one.figures.day.toordinal(), one.employee.name))
