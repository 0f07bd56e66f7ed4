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
    unpaid_leave = models.IntegerField(default=0)
    worked = models.IntegerField(default=0)
    regular = models.IntegerField(default=0)
    taken_break = models.IntegerField(default=0)
    paid_break = models.IntegerField(default=0)
    auto_break = models.IntegerField(default=0)
    night = models.IntegerField(default=0)
    night_bonus = models.IntegerField(default=0)
    sunday = models.IntegerField(default=0)
    on_holiday = models.IntegerField(default=0)
    on_call = models.IntegerField(default=0)
    call_out = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    early = models.IntegerField(default=0)
    absent = models.IntegerField(default=0)
    short_rest = models.IntegerField(default=0)
    missing_in = models.SmallIntegerField(default=0)
    missing_out = models.SmallIntegerField(default=0)
    holiday = models.BooleanField(default=False)
    weekend = models.BooleanField(default=False)
    unplanned = models.BooleanField(default=False)
    overtime: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    limited: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    surcharges: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    allowances: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    flags: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    first = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("day's result")
        verbose_name_plural = _("days' results")
        constraints = [models.UniqueConstraint(fields=["employee", "day"], name="result_once")]
        indexes = [
            models.Index(fields=["day", "employee"], name="result_by_day"),
            models.Index(fields=["day"], name="result_short_rest", condition=Q(short_rest__gt=0)),
            models.Index(fields=["day"], name="result_unplanned", condition=Q(unplanned=True)),
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


class CurrentState(models.Model):
    """One person's days that are not settled yet, and what the person is now: each with when it changes by itself.

    Derived, as ``DayResult`` is. It holds from ``since`` to ``until``, unless a ``DirtySpan`` of the person says that
    something has changed. ``presence`` and ``days`` are JSON, as ``attendance.selectors.current`` reads it.
    """

    employee = models.OneToOneField(Employee, on_delete=models.CASCADE, related_name="current_state", primary_key=True)
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    presence = models.TextField()
    days = models.TextField()

    def __str__(self) -> str:
        return f"{self.employee_id} {self.since:%Y-%m-%d %H:%M}"


FIGURES = tuple(one.name for one in fields(Figures))
_BY_TIER = ("overtime", "limited", "surcharges")
_BY_NAME = ("allowances", "flags")
_PLAIN = tuple(name for name in FIGURES if name not in ("status", *_BY_TIER, *_BY_NAME))
COLUMNS = (*_PLAIN, "status", *_BY_TIER, *_BY_NAME)


def figures_from(row: dict[str, object]) -> Figures:
    """The figures of a row that was read with ``values(*COLUMNS)``."""
    plain = {name: row[name] for name in _PLAIN}
    amounts: dict[str, object] = {}
    for name in _BY_TIER + _BY_NAME:
        stored = row[name]
        assert isinstance(stored, dict)
        amounts[name] = {int(key) if name in _BY_TIER else key: amount for key, amount in stored.items()}
    return Figures(status=Status(str(row["status"])), **plain, **amounts)  # type: ignore[arg-type]


def kept_figures(rows: models.QuerySet[DayResult]) -> Iterator[tuple[int, Figures]]:
    """Each row's person and figures, for many rows: overtime and the like, mostly none, is decoded only where it is."""
    texts = {f"{name}_text": Cast(name, models.TextField()) for name in _BY_TIER + _BY_NAME}
    source = rows.order_by().annotate(**texts)
    for employee, status, overtime, limited, surcharges, allowances, flags, *values in source.values_list(
        "employee_id", "status", *texts, *_PLAIN
    ):
        yield (
            employee,
            Figures(
                status=Status(status),
                overtime=_by_tier(overtime),
                limited=_by_tier(limited),
                surcharges=_by_tier(surcharges),
                allowances=json.loads(allowances) if allowances != "{}" else {},
                flags=json.loads(flags) if flags != "{}" else {},
                **dict(zip(_PLAIN, values, strict=True)),
            ),
        )


def row_from(employee_id: int, figures: Figures) -> DayResult:
    """The row that stores the figures."""
    plain = {name: getattr(figures, name) for name in _PLAIN}
    amounts = {
        name: {str(key): amount for key, amount in getattr(figures, name).items()} for name in _BY_TIER + _BY_NAME
    }
    return DayResult(employee_id=employee_id, status=figures.status.value, **plain, **amounts)


def _by_tier(text: str) -> dict[int, int]:
    return {int(tier): seconds for tier, seconds in json.loads(text).items()} if text != "{}" else {}
