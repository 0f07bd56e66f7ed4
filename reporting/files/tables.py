"""The reports as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from attendance.hours import to_the_second
from attendance.rules.shapes import Figures, Status
from attendance.rules.worked import Punch
from attendance.selectors import DayReport, DayRow
from attendance.selectors.timesheets import Sums, Timesheet
from attendance.wording import missing_label, state_label, status_label
from employees.employment import Placement
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
        *_person(lambda row: row.employee, lambda row: row.place),
        (Column(_("State"), width=14), lambda row: state_label(row.summary.state)),
        (Column(pgettext("punch", "In"), "moment"), lambda row: _local(row.first)),
        (Column(pgettext("punch", "Out"), "moment"), lambda row: _local(row.last)),
        (Column(_("Worked"), "duration", total=True), lambda row: row.summary.worked or None),
        (Column(_("Late"), "duration", total=True), lambda row: row.summary.late or None),
        (Column(_("Missing"), width=14), lambda row: ", ".join(missing_label(one) for one in row.summary.missing)),
        (Column(_("Time zone"), width=18), lambda row: _zone(row.first, row.last)),
    ]
    return _table(f"presente-{report.day:%Y-%m-%d}", f"{report.day:%Y-%m-%d}", fields, report.rows)


def month_table(sheet: Timesheet) -> Table:
    """A row for each day of one person's month, with the figures that the month's page has."""
    one = Sums(sheet.employee, sheet.result, sheet.history, sheet.place, sheet.adjusted, sheet.overtime)
    first = sheet.result.first
    made = days_table(
        [one],
        first=first,
        last=sheet.result.last,
        approvals=bool(sheet.decisions),
        moved=bool(sheet.overtime.moved_total),
    )
    return replace(made, name=f"presente-{sheet.employee.number}-{first:%Y-%m}", title=f"{first:%Y-%m}")


def period_table(
    sums: Iterable[Sums], *, first: date, last: date, approvals: bool = False, moved: bool = False
) -> Table:
    """A row for each person with the sums of their days.

    ``approvals``: with what is approved of the overtime; ``moved``: with what of it was moved into leave.
    """
    fields: list[Field[Sums]] = [
        *_person(lambda one: one.employee, lambda one: one.place),
        (Column(_("From"), "date"), lambda one: first),
        (Column(_("To"), "date"), lambda one: last),
        (Column(_("Days worked"), "count", total=True), lambda one: _days_worked(one)),
        (Column(_("Scheduled hours"), "duration", total=True), _total("required")),
        (Column(_("Worked"), "duration", total=True), _total("worked")),
        (Column(_("Balance"), "hours", total=True), lambda one: timedelta(seconds=one.result.total("balance"))),
        (Column(_("Adjusted"), "hours", total=True), lambda one: _span(one.adjusted)),
        (Column(_("Overtime adjusted"), width=22), lambda one: tiers_text(one.adjusted_overtime)),
        (Column(_("Ordinary hours"), "duration", total=True), lambda one: _span(one.result.ordinary)),
        (Column(_("Overtime"), "duration", total=True), lambda one: _span(one.result.overtime_total)),
        (Column(_("Overtime by tier"), width=22), lambda one: tiers_text(one.result.overtime)),
    ]
    if approvals:
        fields += [
            (Column(_("Overtime approved"), "duration", total=True), lambda one: _span(one.overtime.approved_total)),
            (Column(_("Approved by tier"), width=22), lambda one: tiers_text(one.overtime.approved)),
            (Column(_("Overtime pending"), "duration", total=True), lambda one: _span(one.overtime.pending_total)),
        ]
    if moved:
        fields += [
            (
                Column(_("Overtime moved into leave"), "duration", total=True),
                lambda one: _span(one.overtime.moved_total),
            ),
            (Column(_("Moved by tier"), width=22), lambda one: tiers_text(one.overtime.moved)),
        ]
    fields += [
        (Column(_("Night"), "duration", total=True), _total("night")),
        (Column(_("On Sundays"), "duration", total=True), _total("sunday")),
        (Column(_("On holidays"), "duration", total=True), _total("on_holiday")),
        (Column(_("Leave"), "duration", total=True), _total("leave")),
        (Column(_("Absent"), "duration", total=True), _total("absent")),
        (Column(_("Late"), "duration", total=True), _total("late")),
        (Column(_("Early"), "duration", total=True), _total("early")),
        (Column(_("Missing"), "count", total=True), lambda one: _punches_missing(one) or None),
    ]
    return _table(f"presente-{first:%Y-%m-%d}-{last:%Y-%m-%d}", _("Period"), fields, sums)


def days_table(sums: Iterable[Sums], *, first: date, last: date, approvals: bool = False, moved: bool = False) -> Table:
    """A row for each person and day on which something was asked or done; ``approvals``, ``moved`` as of a period."""
    fields: list[Field[_Day]] = [
        (Column(_("Date"), "date"), lambda row: row.figures.day),
        (Column(_("Number")), lambda row: row.who.number),
        (Column(_("Name"), width=28), lambda row: row.who.name),
        (Column(_("Department"), width=20), lambda row: row.place.department_name),
        (Column(_("State"), width=14), lambda row: status_label(row.figures.status)),
        (Column(pgettext("punch", "In"), "moment"), lambda row: _wall(row.came, row.place.zone)),
        (Column(pgettext("punch", "Out"), "moment"), lambda row: _wall(row.left, row.place.zone)),
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
    if moved:
        fields.append((Column(_("Overtime moved into leave"), "duration", total=True), lambda row: _span(row.moved)))
    fields += [
        (Column(_("Night"), "duration", total=True), lambda row: _span(row.figures.night)),
        (Column(_("Late"), "duration", total=True), lambda row: _span(row.figures.late)),
        (Column(_("Early"), "duration", total=True), lambda row: _span(row.figures.early)),
        (Column(_("Absent"), "duration", total=True), lambda row: _span(row.figures.absent)),
        (Column(_("Leave"), "duration", total=True), lambda row: _span(row.figures.leave)),
        (Column(_("Missing"), width=22), lambda row: _missing(row.figures)),
        (Column(_("Time zone"), width=18), lambda row: row.place.time_zone),
    ]
    return _table(f"presente-days-{first:%Y-%m-%d}-{last:%Y-%m-%d}", _("Days"), fields, _days(sums))


def tiers_text(tiers: Mapping[int, int]) -> str:
    """``150 %: 2:30, 200 %: 0:45``."""
    return ", ".join(
        f"{tier} %: {to_the_second(timedelta(seconds=seconds), always=False)}" for tier, seconds in tiers.items()
    )


@dataclass(slots=True)
class _Who:
    """A person as each of their days says it, made once."""

    number: str
    name: str


@dataclass(slots=True)
class _Day:
    """One person's day in a file, in the department and the zone of that day; seconds."""

    who: _Who
    place: Placement
    figures: Figures
    overtime: int
    approved: int
    pending: int
    moved: int

    @property
    def came(self) -> datetime | None:
        """The first punch, but where it is a check-out alone."""
        alone = self.figures.first == self.figures.last and self.figures.missing_in
        return None if alone else self.figures.first

    @property
    def left(self) -> datetime | None:
        """The last punch, but where it is a check-in alone."""
        alone = self.figures.first == self.figures.last and self.figures.missing_out
        return None if alone else self.figures.last


def _days(sums: Iterable[Sums]) -> Iterator[_Day]:
    for one in sums:
        person, split = one.employee, one.overtime.days
        who = _Who(person.number, person.name)
        for day in one.result.days:
            figures = day.figures
            if figures.status in AWAY and not figures.worked and not figures.exceptional:
                continue
            found, place = split.get(figures.day) if split else None, one.history.place(figures.day)
            parts = (found.approved, found.pending, found.moved) if found else ({}, {}, {})
            yield _Day(who, place, figures, sum(day.overtime.values()), *(sum(one.values()) for one in parts))


def _table(name: str, title: str, fields: Sequence[Field[T]], items: Iterable[T]) -> Table:
    cells = [cell for _column, cell in fields]
    return Table(name, title, [column for column, _cell in fields], ([cell(one) for cell in cells] for one in items))


def _person(of: Callable[[Any], Employee], placed: Callable[[Any], Placement]) -> list[Field[Any]]:
    return [
        (Column(_("Number")), lambda row: of(row).number),
        (Column(_("Name"), width=28), lambda row: of(row).name),
        (Column(_("Department"), width=20), lambda row: placed(row).department_name),
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


def _local(punch: Punch | None) -> datetime | None:
    return punch.local.replace(tzinfo=None) if punch else None


def _zone(*punches: Punch | None) -> str:
    return next((punch.zone for punch in punches if punch), "")
