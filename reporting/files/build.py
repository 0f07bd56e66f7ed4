"""From what somebody asked for to the lines of a file; the page and the worker both come here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import IO, Any

from django.db.models import QuerySet
from django.utils.translation import pgettext

from attendance.models import WorkPolicy
from attendance.selectors.locked import LockedDays, people_between
from attendance.selectors.timesheets import Sums, timesheets
from attendance.signals import overtime_moved
from employees.access import visible_employees
from employees.models import Department, Employee, User
from reporting.files.formats import Table, csv_lines, xlsx_file
from reporting.files.payroll import payroll_lines, payroll_table
from reporting.files.tables import days_table, period_table
from reporting.models import PayrollLayout

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Spec:
    """What is asked for: ``report`` is period, days or payroll (then with a layout's key)."""

    report: str
    form: str
    first: date
    last: date
    layout: int | None = None
    department: int | None = None
    search: str = ""

    def as_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "first": self.first.isoformat(), "last": self.last.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Spec:
        """What ``as_json`` gave."""
        first, last = (date.fromisoformat(stored[name]) for name in ("first", "last"))
        return cls(**{**stored, "first": first, "last": last})

    @property
    def file_name(self) -> str:
        """In the language of whoever asks."""
        names = {
            "period": pgettext("file name", "summary"),
            "days": pgettext("file name", "days"),
            "payroll": pgettext("file name", "payroll"),
        }
        return f"presente-{names[self.report]}-{self.first:%Y-%m-%d}-{self.last:%Y-%m-%d}.{self.form}"

    @property
    def content_type(self) -> str:
        """With the encoding that the file has, which a payroll layout chooses."""
        if self.form == "xlsx":
            return XLSX_TYPE
        layout = PayrollLayout.objects.filter(pk=self.layout or 0).first()
        return "text/csv; charset=windows-1252" if layout and layout.encoding == "cp1252" else CSV_TYPE


def people_for(spec: Spec, user: User) -> QuerySet[Employee]:
    """Those of the people whom this user may see now that the file is about: of a department, whoever was in it."""
    department = _department(spec)
    if spec.department and department is None:
        return Employee.objects.none()
    return people_between(visible_employees(user), spec.first, spec.last, department=department, search=spec.search)


def lines(spec: Spec, user: User, tick: Tick | None = None) -> Iterator[bytes]:
    """A CSV file piece by piece, in bounded memory; ``tick`` hears how many people are done."""
    sums = _counted(spec, user, tick)
    if spec.report == "payroll":
        layout = PayrollLayout.objects.get(pk=spec.layout or 0)
        return payroll_lines(layout, sums, first=spec.first, last=spec.last)
    return csv_lines(_table(spec, user, sums))


def sheet(spec: Spec, user: User, tick: Tick | None = None) -> IO[bytes]:
    """An XLSX file in a temporary file."""
    sums = _counted(spec, user, tick)
    if spec.report == "payroll":
        layout = PayrollLayout.objects.get(pk=spec.layout or 0)
        return xlsx_file(payroll_table(layout, sums, first=spec.first, last=spec.last))
    return xlsx_file(_table(spec, user, sums))


def _department(spec: Spec) -> Department | None:
    return Department.objects.filter(pk=spec.department).first() if spec.department else None


def _table(spec: Spec, user: User, sums: Iterator[Sums]) -> Table:
    make = days_table if spec.report == "days" else period_table
    closed = LockedDays(spec.first, spec.last)
    people = people_for(spec, user).order_by().values_list("pk", flat=True)
    moved = bool(overtime_moved(people, spec.first, spec.last))
    if closed.complete:
        table = make(sums, first=spec.first, last=spec.last, approvals=closed.approvals(), moved=moved)
        return replace(table, as_of=closed.locked_at)
    # Whoever has no overtime approved gets the columns of always.
    approvals = WorkPolicy.objects.filter(approve_overtime=True, valid_from__lte=spec.last).exists()
    return make(sums, first=spec.first, last=spec.last, approvals=approvals, moved=moved)


def _counted(spec: Spec, user: User, tick: Tick | None) -> Iterator[Sums]:
    found = timesheets(employees=people_for(spec, user), first=spec.first, last=spec.last, department=_department(spec))
    for number, one in enumerate(found, start=1):
        yield one
        if tick is not None:
            tick(number)
