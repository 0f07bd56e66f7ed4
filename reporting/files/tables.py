"""The reports as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from attendance.rules.shapes import Figures, Status
from attendance.rules.worked import Punch
from attendance.selectors import DayReport, DayRow, MonthReport
from attendance.selectors.summaries import Interval
from attendance.selectors.timesheets import Sums
from attendance.wording import missing_label, state_label, status_label
from employees.models import Employee
from reporting.files.formats import Cell, Column, Table

AWAY = (Status.OFF, Status.NOT_EMPLOYED)

T = TypeVar("T")
Field = tuple[Column, Callable[[T], Cell]]
"""A column, and what fills it."""


def day_table(report: DayReport) -> Table:
    """A row for each person."""
    fields: list[Field[DayRow]] = [
        (Column(_("Date"), "date"), lambda row: report.day),
        *_person(lambda row: row.employee),
        (Column(_("State"), width=14), lambda row: state_label(row.summary.state)),
        (Column(pgettext("punch", "In"), "moment"), lambda row: _local(row.first)),
        (Column(pgettext("punch", "Out"), "moment"), lambda row: _local(row.last)),
        (Column(_("Worked"), "duration", total=True), lambda row: row.summary.worked or None),
        (Column(_("Late"), "duration", total=True), lambda row: row.summary.late or None),
        (Column(_("Missing"), width=14), lambda row: ", ".join(missing_label(one) for one in row.summary.missing)),
        (Column(_("Time zone"), width=18), lambda row: _zone(row.first, row.last)),
    ]
    return _table(f"presente-{report.day:%Y-%m-%d}", f"{report.day:%Y-%m-%d}", fields, report.rows)


def month_table(report: MonthReport) -> Table:
    """A row for each interval of one person's month."""
    person = report.employee
    fields: list[Field[tuple[date, Interval]]] = [
        (Column(_("Date"), "date"), lambda row: row[0]),
        (Column(_("Number")), lambda row: person.number),
        (Column(_("Name"), width=28), lambda row: person.name),
        (Column(pgettext("punch", "In"), "moment"), lambda row: _local(row[1].start)),
        (Column(pgettext("punch", "Out"), "moment"), lambda row: _local(row[1].end)),
        (Column(_("Worked"), "duration", total=True), lambda row: row[1].worked or None),
        (Column(_("Missing"), width=14), lambda row: missing_label(row[1].missing)),
        (Column(_("Time zone"), width=18), lambda row: _zone(row[1].start, row[1].end)),
    ]
    rows = ((summary.day, interval) for summary in report.days for interval in summary.intervals)
    return _table(f"presente-{person.number}-{report.first:%Y-%m}", f"{report.first:%Y-%m}", fields, rows)


def period_table(sums: Iterable[Sums], *, first: date, last: date, approvals: bool = False) -> Table:
    """A row for each person with the sums of their days; ``approvals``: with what is approved of the overtime."""
    fields: list[Field[Sums]] = [
        *_person(lambda one: one.employee),
        (Column(_("From"), "date"), lambda one: first),
        (Column(_("To"), "date"), lambda one: last),
        (Column(_("Days worked"), "count", total=True), lambda one: _days_worked(one)),
        (Column(_("Scheduled hours"), "duration", total=True), _total("required")),
        (Column(_("Worked"), "duration", total=True), _total("worked")),
        (Column(_("Balance"), "hours", total=True), lambda one: timedelta(seconds=one.result.total("balance"))),
        (Column(_("Adjusted"), "hours", total=True), lambda one: _span(one.adjusted)),
        (Column(_("Overtime"), "duration", total=True), lambda one: _span(one.result.overtime_total)),
        (Column(_("Overtime by tier"), width=22), lambda one: tiers_text(one.result.overtime)),
    ]
    if approvals:
        fields += [
            (Column(_("Overtime approved"), "duration", total=True), lambda one: _span(one.overtime.approved_total)),
            (Column(_("Approved by tier"), width=22), lambda one: tiers_text(one.overtime.approved)),
            (Column(_("Overtime pending"), "duration", total=True), lambda one: _span(one.overtime.pending_total)),
        ]
    fields += [
        (Column(_("Night"), "duration", total=True), _total("night")),
        (Column(_("On holidays"), "duration", total=True), _total("on_holiday")),
        (Column(_("Leave"), "duration", total=True), _total("leave")),
        (Column(_("Absent"), "duration", total=True), _total("absent")),
        (Column(_("Late"), "duration", total=True), _total("late")),
        (Column(_("Early"), "duration", total=True), _total("early")),
        (Column(_("Missing"), "count", total=True), lambda one: _punches_missing(one) or None),
    ]
    return _table(f"presente-{first:%Y-%m-%d}-{last:%Y-%m-%d}", _("Period"), fields, sums)


def days_table(sums: Iterable[Sums], *, first: date, last: date, approvals: bool = False) -> Table:
    """A row for each person and day on which something was asked or done; ``approvals`` as for the period."""
    fields: list[Field[_Day]] = [
        (Column(_("Date"), "date"), lambda row: row.figures.day),
        (Column(_("Number")), lambda row: row.who.number),
        (Column(_("Name"), width=28), lambda row: row.who.name),
        (Column(_("Department"), width=20), lambda row: row.who.department),
        (Column(_("State"), width=14), lambda row: status_label(row.figures.status)),
        (Column(pgettext("punch", "In"), "moment"), lambda row: _wall(row.figures.first, row.who.zone)),
        (Column(pgettext("punch", "Out"), "moment"), lambda row: _wall(row.figures.last, row.who.zone)),
        (Column(_("Scheduled hours"), "duration", total=True), lambda row: _span(row.figures.required)),
        (Column(_("Worked"), "duration", total=True), lambda row: _span(row.figures.worked)),
        (Column(_("Balance"), "hours", total=True), lambda row: _span(row.figures.balance)),
        (
            Column(_("Break"), "duration", total=True),
            lambda row: _span(row.figures.taken_break + row.figures.auto_break),
        ),
        (Column(_("Overtime"), "duration", total=True), lambda row: _span(row.overtime)),
    ]
    if approvals:
        fields += [
            (Column(_("Overtime approved"), "duration", total=True), lambda row: _span(row.approved)),
            (Column(_("Overtime pending"), "duration", total=True), lambda row: _span(row.pending)),
        ]
    fields += [
        (Column(_("Night"), "duration", total=True), lambda row: _span(row.figures.night)),
        (Column(_("Late"), "duration", total=True), lambda row: _span(row.figures.late)),
        (Column(_("Early"), "duration", total=True), lambda row: _span(row.figures.early)),
        (Column(_("Absent"), "duration", total=True), lambda row: _span(row.figures.absent)),
        (Column(_("Leave"), "duration", total=True), lambda row: _span(row.figures.leave)),
        (Column(_("Missing"), width=22), lambda row: _missing(row.figures)),
        (Column(_("Time zone"), width=18), lambda row: row.who.time_zone),
    ]
    return _table(f"presente-days-{first:%Y-%m-%d}-{last:%Y-%m-%d}", _("Days"), fields, _days(sums))


def tiers_text(tiers: Mapping[int, int]) -> str:
    """``150 %: 2:30, 200 %: 0:45``."""
    from attendance.hours import hours_and_minutes

    return ", ".join(f"{tier} %: {hours_and_minutes(timedelta(seconds=seconds))}" for tier, seconds in tiers.items())


@dataclass(slots=True)
class _Who:
    """A person as each of their days says it, made once."""

    number: str
    name: str
    department: str
    time_zone: str
    zone: ZoneInfo


@dataclass(slots=True)
class _Day:
    """One person's day in a file; seconds."""

    who: _Who
    figures: Figures
    overtime: int
    approved: int
    pending: int


def _days(sums: Iterable[Sums]) -> Iterator[_Day]:
    for one in sums:
        person, split = one.employee, one.overtime.days
        who = _Who(person.number, person.name, _department(person), person.time_zone, person.zone)
        for day in one.result.days:
            figures = day.figures
            if figures.status in AWAY and not figures.worked and not figures.exceptional:
                continue
            found = split.get(figures.day) if split else None
            if found is None:
                yield _Day(who, figures, 0, 0, 0)
            else:
                approved, pending = sum(found.approved.values()), sum(found.pending.values())
                yield _Day(who, figures, sum(day.overtime.values()), approved, pending)


def _table(name: str, title: str, fields: Sequence[Field[T]], items: Iterable[T]) -> Table:
    cells = [cell for _column, cell in fields]
    return Table(name, title, [column for column, _cell in fields], ([cell(one) for cell in cells] for one in items))


def _person(of: Callable[[Any], Employee]) -> list[Field[Any]]:
    return [
        (Column(_("Number")), lambda row: of(row).number),
        (Column(_("Name"), width=28), lambda row: of(row).name),
        (Column(_("Department"), width=20), lambda row: _department(of(row))),
    ]


def _total(figure: str) -> Callable[[Sums], Cell]:
    return lambda one: _span(one.result.total(figure))


def _days_worked(one: Sums) -> int:
    return sum(day.figures.worked > 0 for day in one.result.days)


def _punches_missing(one: Sums) -> int:
    return one.result.total("missing_in") + one.result.total("missing_out")


def _wall(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone).replace(tzinfo=None) if at else None


def _missing(figures: Figures) -> str:
    found = ["in"] * figures.missing_in + ["out"] * figures.missing_out
    return ", ".join(missing_label(one) for one in found)


def _span(seconds: int) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None


def _department(person: Employee) -> str:
    return person.department.name if person.department else ""


def _local(punch: Punch | None) -> datetime | None:
    return punch.local.replace(tzinfo=None) if punch else None


def _zone(*punches: Punch | None) -> str:
    return next((punch.zone for punch in punches if punch), "")
