"""A department's month as a grid or a heat map, and its trends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.views.decorators.http import require_safe

from attendance.charts import columns, days_between, shade
from attendance.report_filters import FIRST_DAY, PeopleFilter
from attendance.rules.shapes import Figures, PeriodDay, Status
from attendance.selectors import viewer_today
from attendance.selectors.late_people import late_people
from attendance.selectors.timesheets import Sums, timesheets
from attendance.selectors.trends import Week, weekly_trends
from attendance.views.reports import private
from attendance.views.timesheets import month_ends
from common.company import company
from employees.access import reader_required, visible_employees
from employees.models import Employee
from employees.portraits import portraits_show

PAGE_ROWS = 40
WEEKS = 26
FEWEST_WEEKS = 8
SHOWN: dict[str, tuple[Callable[[PeriodDay], int], int]] = {
    "hours": (lambda day: day.figures.worked, 10 * 3600),
    "overtime": (lambda day: sum(day.overtime.values()), 3 * 3600),
    "late": (lambda day: day.figures.late, 3600),
    "absent": (lambda day: day.figures.absent, 8 * 3600),
}
"""What the grid can show, and the seconds that make the darkest cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's day: seconds of what is shown, its shade (0 to 5), and what kind of day it was."""

    day: date
    seconds: int = 0
    shade: int = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One person's month."""

    employee: Employee
    cells: Sequence[Cell]
    total: int
    balance: int
    pending: int = 0


@require_safe
@reader_required
def this_month(request: HttpRequest) -> HttpResponse:
    """The grid of the current month."""
    return redirect("attendance_team", month=viewer_today(request.user))


@require_safe
@reader_required
@private
def grid(request: HttpRequest, month: date) -> HttpResponse:
    """People down, days across; ``show`` chooses the figure, and ``week`` this week instead of the month.

    The late ones of this week are a list: of whom nothing is to be told is not in it.
    """
    today = viewer_today(request.user)
    week = bool(request.GET.get("week"))
    first, last = _week_until(today) if week else month_ends(month)
    form = PeopleFilter(request.GET, employees=visible_employees(request.user))
    show = request.GET.get("show", "hours")
    show = show if show in SHOWN else "hours"
    days, number = days_between(first, last), request.GET.get("page")
    people = form.people_between(first, last)
    only_late = week and show == "late"

    def rows_of(some: QuerySet[Employee]) -> list[Row]:
        found = timesheets(employees=some, first=first, last=last, department=form.chosen)
        return [_row(one, days, show) for one in found]

    if only_late:
        late = late_people(employees=form.people(), first=first, last=last, now=timezone.now())
        page: Page[Any] = Paginator(late, PAGE_ROWS).get_page(number)
        rows = [row for row in rows_of(Employee.objects.filter(pk__in=page.object_list)) if row.total]
        rows.sort(key=lambda row: -row.total)
    else:
        page = Paginator(people, PAGE_ROWS).get_page(number)
        rows = rows_of(Employee.objects.filter(pk__in=[one.pk for one in page.object_list]))
        if week:
            # Whom the page is opened for comes first.
            rows.sort(key=lambda row: -row.total)
    portraits_show(request, [row.employee for row in rows])
    this_month = today.replace(day=1)
    return render(
        request,
        "attendance/team.html",
        {
            "form": form,
            "first": month,
            "week": week,
            "only_late": only_late,
            "days": days,
            "rows": rows,
            "any_pending": show == "overtime" and any(row.pending for row in rows),
            "page": page,
            "show": show,
            "shows": list(SHOWN),
            "today": today,
            "previous": (first - timedelta(days=1)).replace(day=1) if first > FIRST_DAY and not week else None,
            "following": last + timedelta(days=1) if last + timedelta(days=1) <= this_month and not week else None,
        },
    )


@require_safe
@reader_required
@private
def trends(request: HttpRequest) -> HttpResponse:
    """Half a year by weeks, or what there is of it."""
    form = PeopleFilter(request.GET, employees=visible_employees(request.user))
    last = viewer_today(request.user)
    weeks = _since_begun(weekly_trends(employees=form.people(), first=last - timedelta(weeks=WEEKS - 1), last=last))
    labels = [formats.date_format(week.first, "MONTH_DAY_FORMAT") for week in weeks]
    charts = [
        (name, columns(labels, {name: [getattr(week, name) for week in weeks]}), max(getattr(w, name) for w in weeks))
        for name in ("late", "beyond", "absent")
    ]
    return render(request, "attendance/trends.html", {"form": form, "weeks": weeks, "charts": charts})


def _since_begun(weeks: Sequence[Week]) -> Sequence[Week]:
    """Without the empty weeks before the first day that was counted: a young company's charts would be mostly blank."""
    first = next((number for number, week in enumerate(weeks) if week != Week(week.first)), len(weeks))
    return weeks[min(first, len(weeks) - FEWEST_WEEKS) :]


def _row(one: Sums, days: Sequence[date], show: str) -> Row:
    value, highest = SHOWN[show]
    by_day = {day.figures.day: day for day in one.result.days}
    cells = []
    for day in days:
        counted = by_day.get(day)
        if counted is None:
            cells.append(Cell(day))
            continue
        seconds = value(counted)
        split = one.overtime.days.get(day)
        waits = show == "overtime" and split is not None and split.waits
        kind = "pending" if waits else _kind(counted.figures, show)
        cells.append(Cell(day, seconds, shade(seconds, highest), kind))
    total = sum(cell.seconds for cell in cells)
    return Row(one.employee, cells, total, one.result.total("balance"), one.overtime.pending_total)


def _week_until(today: date) -> tuple[date, date]:
    """The week of this day, as far as it has gone."""
    return today - timedelta(days=(today.weekday() - company().week_start) % 7), today


def _kind(figures: Figures, show: str) -> str:
    """The mark of the cell: what somebody should look at comes first. Who looks for late people sees no other mark."""
    if show == "late":
        return "late" if figures.late else ""
    if figures.missing_in or figures.missing_out:
        return "missing"
    if figures.status is Status.ABSENT or figures.absent:
        return "absent"
    if figures.late:
        return "late"
    return {Status.LEAVE: "leave", Status.HOLIDAY: "holiday", Status.WORKING: "in"}.get(figures.status, "")
