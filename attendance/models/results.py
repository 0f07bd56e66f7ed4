"""Daily results, kept so that nobody has to count 15 million punches again; and which of them to count anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.rules.shapes import Figures, Status
from employees.models import Employee


class DayResult(models.Model):
    """A settled day of a person in figures, as the rules gave them; seconds, but for the missing punches.

    Derived: all of it can be deleted and counted again from events and rules, but for the days of locked periods.
    """

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="day_results")
    day = models.DateField(_("day"))
    status = models.CharField(max_length=12)
    planned = models.IntegerField(default=0)
    required = models.IntegerField(default=0)
    leave = models.IntegerField(default=0)
    worked = models.IntegerField(default=0)
    taken_break = models.IntegerField(default=0)
    paid_break = models.IntegerField(default=0)
    auto_break = models.IntegerField(default=0)
    night = models.IntegerField(default=0)
    on_holiday = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    early = models.IntegerField(default=0)
    absent = models.IntegerField(default=0)
    short_rest = models.IntegerField(default=0)
    missing_in = models.SmallIntegerField(default=0)
    missing_out = models.SmallIntegerField(default=0)
    holiday = models.BooleanField(default=False)
    weekend = models.BooleanField(default=False)
    overtime: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    first = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("day's result")
        verbose_name_plural = _("days' results")
        constraints = [models.UniqueConstraint(fields=["employee", "day"], name="result_once")]
        indexes = [
            models.Index(fields=["day", "employee"], name="result_by_day"),
            models.Index(
                fields=["day"],
                name="result_exceptional",
                condition=Q(missing_in__gt=0) | Q(missing_out__gt=0) | Q(absent__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.day}"


class DirtySpan(models.Model):
    """Days of a person that must be counted again; a row for each cause, taken away by whoever has counted them."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="dirty_spans")
    first = models.DateField()
    last = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="dirty_span_order")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.first}–{self.last}"


FIGURES = tuple(one.name for one in fields(Figures))
_PLAIN = tuple(name for name in FIGURES if name not in ("status", "overtime"))
COLUMNS = (*_PLAIN, "status", "overtime")


def figures_from(row: dict[str, object]) -> Figures:
    """The figures of a row that was read with ``values(*COLUMNS)``."""
    overtime = row["overtime"]
    assert isinstance(overtime, dict)
    plain = {name: row[name] for name in _PLAIN}
    return Figures(
        status=Status(str(row["status"])),
        overtime={int(tier): seconds for tier, seconds in overtime.items()},
        **plain,  # type: ignore[arg-type]
    )


def kept_figures(rows: models.QuerySet[DayResult]) -> Iterator[tuple[int, Figures]]:
    """Each row's person and figures, for many rows: overtime, mostly none, is decoded only where there is any."""
    source = rows.order_by().annotate(tiers=Cast("overtime", models.TextField()))
    for employee, status, tiers, *values in source.values_list("employee_id", "status", "tiers", *_PLAIN):
        overtime = {int(tier): seconds for tier, seconds in json.loads(tiers).items()} if tiers != "{}" else {}
        yield employee, Figures(status=Status(status), overtime=overtime, **dict(zip(_PLAIN, values, strict=True)))


def row_from(employee_id: int, figures: Figures) -> DayResult:
    """The row that stores the figures."""
    plain = {name: getattr(figures, name) for name in _PLAIN}
    overtime = {str(tier): seconds for tier, seconds in figures.overtime.items()}
    return DayResult(employee_id=employee_id, status=figures.status.value, overtime=overtime, **plain)
