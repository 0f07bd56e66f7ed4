"""A person's month with its reasons, and the year at a glance."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from attendance.charts import days_between, shade
from attendance.report_filters import FIRST_DAY, LAST_DAY
from attendance.rules.shapes import Figures
from attendance.selectors import viewer_today
from attendance.selectors.audit_trail import audit_trail
from attendance.selectors.timesheets import timesheet, timesheets
from attendance.timesheet_page import month_view
from attendance.views.reports import private, visible_employee_or_404
from employees.access import login_needed, may_decide
from employees.models import Employee

SUMMED = ("required", "worked", "balance", "late", "absent", "leave")
FULL_DAY = 10 * 3600
"""Worked in a day, this gives the darkest cell of the year."""


def month_ends(first: date) -> tuple[date, date]:
    """The first and the last day of that month."""
    return first.replace(day=1), first.replace(day=calendar.monthrange(first.year, first.month)[1])


@require_safe
@login_needed
@private
def month(request: HttpRequest, number: str, month: date) -> HttpResponse:
    """One person's month; a plain employee may see their own."""
    employee = visible_employee_or_404(request, number)
    first, last = month_ends(month)
    now = timezone.now()
    sheet = timesheet(employee=employee, first=first, last=last, now=now)
    decides, own = may_decide(request.user, employee), getattr(request.user, "employee", None) == employee
    trail = audit_trail(employee=employee, first=first, last=last, evidence=decides or own)
    view = month_view(sheet=sheet, trail=trail, now=now)
    previous, following = (first - timedelta(days=1)).replace(day=1), last + timedelta(days=1)
    opened = _day_or_none(request.GET.get("day", ""))
    return render(
        request,
        "attendance/month.html",
        {
            "employee": employee,
            "who": sheet.employee,
            "place": sheet.place,
            "first": first,
            "view": view,
            "totals": {
                name: view.total(name) for name in ("worked", "required", "balance", "not_due", "night", "late")
            },
            "may_decide": decides,
            "may_ask": own,
            "open_day": opened,
            "messages_in_day": any(one.day == opened and not one.blank for one in view.days),
            "previous": previous if previous >= FIRST_DAY else None,
            "following": following if following <= viewer_today(request.user) else None,
        },
    )


@require_safe
@login_needed
@private
def year(request: HttpRequest, number: str, year: int) -> HttpResponse:
    """One person's year as a heat map, a cell for each day."""
    employee = visible_employee_or_404(request, number)
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise Http404
    first, last = date(year, 1, 1), date(year, 12, 31)
    one = next(timesheets(employees=Employee.objects.filter(pk=employee.pk), first=first, last=last), None)
    figures = {day.figures.day: day.figures for day in one.result.days} if one else {}
    start = first - timedelta(days=first.weekday())
    cells = [
        {
            "day": day,
            "x": (day - start).days // 7,
            "y": day.weekday(),
            "figures": figures.get(day),
            "shade": shade(figures[day].worked, FULL_DAY) if day in figures else 0,
        }
        for day in days_between(first, last)
    ]
    months = [{"x": (date(year, month, 1) - start).days // 7, "first": date(year, month, 1)} for month in range(1, 13)]
    today = viewer_today(request.user)
    return render(
        request,
        "attendance/year.html",
        {
            "employee": employee,
            "year": year,
            "cells": cells,
            "months": months,
            "here": today.replace(day=1),
            "totals": _by_month(figures, year),
            "previous": year - 1 if year > FIRST_DAY.year else None,
            "following": year + 1 if year < today.year else None,
        },
    )


def _by_month(figures: Mapping[date, Figures], year: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for month in range(1, 13):
        inside = [value for day, value in figures.items() if (day.year, day.month) == (year, month)]
        sums = {name: sum(int(getattr(value, name)) for value in inside) for name in SUMMED}
        rows.append({"first": date(year, month, 1), **sums})
    return rows


def _day_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
