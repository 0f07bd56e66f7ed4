"""The reports as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from attendance.exports.files import Cell, Column, Table
from attendance.rules.shapes import Figures, PeriodDay, PeriodResult, Status
from attendance.rules.worked import Punch
from attendance.selectors import DayReport, MonthReport
from attendance.selectors.timesheets import Sums
from attendance.wording import missing_label, state_label, status_label
from employees.models import Employee

AWAY = (Status.OFF, Status.NOT_EMPLOYED)


def day_table(report: DayReport) -> Table:
    """A row for each person."""
    columns = [
        Column(_("Date"), "date"),
        Column(_("Number")),
        Column(_("Name"), width=28),
        Column(_("Department"), width=20),
        Column(_("State"), width=14),
        Column(pgettext("punch", "In"), "moment"),
        Column(pgettext("punch", "Out"), "moment"),
        Column(_("Worked"), "duration", total=True),
        Column(_("Late"), "duration", total=True),
        Column(_("Missing"), width=14),
        Column(_("Time zone"), width=18),
    ]
    rows: Iterable[Sequence[Cell]] = (
        (
            report.day,
            row.employee.number,
            row.employee.name,
            _department(row.employee),
            state_label(row.summary.state),
            _local(row.first),
            _local(row.last),
            row.summary.worked or None,
            row.summary.late or None,
            ", ".join(missing_label(one) for one in row.summary.missing),
            _zone(row.first, row.last),
        )
        for row in report.rows
    )
    return Table(f"presente-{report.day:%Y-%m-%d}", f"{report.day:%Y-%m-%d}", columns, rows)


def month_table(report: MonthReport) -> Table:
    """A row for each interval of one person's month."""
    columns = [
        Column(_("Date"), "date"),
        Column(_("Number")),
        Column(_("Name"), width=28),
        Column(pgettext("punch", "In"), "moment"),
        Column(pgettext("punch", "Out"), "moment"),
        Column(_("Worked"), "duration", total=True),
        Column(_("Missing"), width=14),
        Column(_("Time zone"), width=18),
    ]
    person = report.employee
    rows: Iterable[Sequence[Cell]] = (
        (
            summary.day,
            person.number,
            person.name,
            _local(interval.start),
            _local(interval.end),
            interval.worked or None,
            missing_label(interval.missing),
            _zone(interval.start, interval.end),
        )
        for summary in report.days
        for interval in summary.intervals
    )
    return Table(f"presente-{person.number}-{report.first:%Y-%m}", f"{report.first:%Y-%m}", columns, rows)


def period_table(sums: Iterable[Sums], *, first: date, last: date) -> Table:
    """A row for each person with the sums of their days."""
    columns = [
        Column(_("Number")),
        Column(_("Name"), width=28),
        Column(_("Department"), width=20),
        Column(_("From"), "date"),
        Column(_("To"), "date"),
        Column(_("Days worked"), "count", total=True),
        Column(_("Required"), "duration", total=True),
        Column(_("Worked"), "duration", total=True),
        Column(_("Balance"), "hours", total=True),
        Column(_("Adjusted"), "hours", total=True),
        Column(_("Overtime"), "duration", total=True),
        Column(_("Overtime by tier"), width=22),
        Column(_("Night"), "duration", total=True),
        Column(_("On holidays"), "duration", total=True),
        Column(_("Leave"), "duration", total=True),
        Column(_("Absent"), "duration", total=True),
        Column(_("Late"), "duration", total=True),
        Column(_("Early"), "duration", total=True),
        Column(_("Missing"), "count", total=True),
    ]
    rows = (_period_row(one, first, last) for one in sums)
    return Table(f"presente-{first:%Y-%m-%d}-{last:%Y-%m-%d}", _("Period"), columns, rows)


def days_table(sums: Iterable[Sums], *, first: date, last: date) -> Table:
    """A row for each person and day on which something was asked or done."""
    columns = [
        Column(_("Date"), "date"),
        Column(_("Number")),
        Column(_("Name"), width=28),
        Column(_("Department"), width=20),
        Column(_("State"), width=14),
        Column(pgettext("punch", "In"), "moment"),
        Column(pgettext("punch", "Out"), "moment"),
        Column(_("Required"), "duration", total=True),
        Column(_("Worked"), "duration", total=True),
        Column(_("Balance"), "hours", total=True),
        Column(_("Break"), "duration", total=True),
        Column(_("Overtime"), "duration", total=True),
        Column(_("Night"), "duration", total=True),
        Column(_("Late"), "duration", total=True),
        Column(_("Early"), "duration", total=True),
        Column(_("Absent"), "duration", total=True),
        Column(_("Leave"), "duration", total=True),
        Column(_("Missing"), width=22),
        Column(_("Time zone"), width=18),
    ]
    return Table(f"presente-days-{first:%Y-%m-%d}-{last:%Y-%m-%d}", _("Days"), columns, _day_rows(sums))


def tiers_text(result: PeriodResult) -> str:
    """``150 %: 2:30, 200 %: 0:45``."""
    from attendance.exports.files import hours_and_minutes

    return ", ".join(
        f"{tier} %: {hours_and_minutes(timedelta(seconds=seconds))}" for tier, seconds in result.overtime.items()
    )


def _period_row(one: Sums, first: date, last: date) -> Sequence[Cell]:
    person, result = one.employee, one.result
    worked_days = sum(day.figures.worked > 0 for day in result.days)
    missing = result.total("missing_in") + result.total("missing_out")
    return (
        person.number,
        person.name,
        _department(person),
        first,
        last,
        worked_days,
        _span(result.total("required")),
        _span(result.total("worked")),
        timedelta(seconds=result.total("balance")),
        _span(one.adjusted),
        _span(result.overtime_total),
        tiers_text(result),
        *(_span(result.total(name)) for name in ("night", "on_holiday", "leave", "absent", "late", "early")),
        missing or None,
    )


def _day_rows(sums: Iterable[Sums]) -> Iterator[Sequence[Cell]]:
    for one in sums:
        person, zone = one.employee, one.employee.zone
        department, name = _department(person), person.name
        for day in one.result.days:
            figures = day.figures
            if figures.status in AWAY and not figures.worked and not figures.exceptional:
                continue
            yield (
                figures.day,
                person.number,
                name,
                department,
                status_label(figures.status),
                figures.first.astimezone(zone).replace(tzinfo=None) if figures.first else None,
                figures.last.astimezone(zone).replace(tzinfo=None) if figures.last else None,
                _span(figures.required),
                _span(figures.worked),
                _span(figures.balance),
                _span(figures.taken_break + figures.auto_break),
                _span(_overtime(day)),
                _span(figures.night),
                _span(figures.late),
                _span(figures.early),
                _span(figures.absent),
                _span(figures.leave),
                _missing(figures),
                person.time_zone,
            )


def _overtime(day: PeriodDay) -> int:
    return sum(day.overtime.values())


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
