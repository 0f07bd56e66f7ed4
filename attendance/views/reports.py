"""The reports' pages: who is in, and a day."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from attendance.report_filters import FIRST_DAY, LAST_DAY, DayFilter, PeopleFilter
from attendance.selectors import Presence, day_people, day_rows, day_totals, presence_now, viewer_today
from employees.access import reader_required, visible_employees
from employees.models import Department, Employee
from employees.portraits import portraits_show

PAGE_ROWS = 50
LIVE_SECONDS = 10
_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,20}")

private = cache_control(private=True, no_cache=True)


def visible_employee_or_404(request: HttpRequest, number: str) -> Employee:
    """The person, if the viewer may know of them; for anybody else the person does not exist."""
    people = visible_employees(request.user).select_related("department")
    if not _NUMBER.fullmatch(number):
        raise Http404
    # Pages of a locked period name people by their number of then.
    found: Employee | None = (
        people.filter(number=number).first() or people.filter(locked_timesheets__number=number).first()
    )
    if found is None:
        raise Http404
    return found


@require_safe
@reader_required
@private
def presence(request: HttpRequest) -> HttpResponse:
    """Who is in now; the list is then refreshed by ``presence_live``."""
    context = _presence_context(request)
    return render(request, "attendance/presence.html", {**context, "live_seconds": LIVE_SECONDS})


@require_safe
@reader_required
@private
def presence_live(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    return render(request, "attendance/_presence.html", _presence_context(request))


@require_safe
@reader_required
@private
def day(request: HttpRequest) -> HttpResponse:
    """Everybody of the viewer's on one day."""
    today = viewer_today(request.user)
    asked = request.GET.copy()
    # The field shows the day that is shown, also where the address names none.
    asked.setdefault("date", f"{today:%Y-%m-%d}")
    form = DayFilter(asked, employees=visible_employees(request.user))
    chosen = form.day(today)
    people = day_people(form.people_between(chosen, chosen), chosen)
    page = Paginator(people, PAGE_ROWS).get_page(request.GET.get("page"))
    rows = day_rows(people=list(page.object_list), day=chosen).rows
    portraits_show(request, [row.employee for row in rows])
    return render(
        request,
        "attendance/day.html",
        {
            "form": form,
            "report": day_totals(employees=people, day=chosen),
            "page": page,
            "rows": rows,
            "today": today,
            "previous": chosen - timedelta(days=1) if chosen > FIRST_DAY else None,
            "following": chosen + timedelta(days=1) if chosen < min(today, LAST_DAY) else None,
        },
    )


def _presence_context(request: HttpRequest) -> dict[str, Any]:
    form = PeopleFilter(request.GET, employees=visible_employees(request.user))
    presence = presence_now(employees=form.people())
    portraits_show(request, [one.employee for one in presence.people])
    return {
        "form": form,
        "presence": presence,
        "departments": _by_department(presence),
        "month": viewer_today(request.user),
    }


def _by_department(presence: Presence) -> list[tuple[Department | None, dict[str, int]]]:
    """How many of each department are in, late, absent, on leave; by name, none where all are of one department."""
    found: dict[Department | None, dict[str, int]] = {}
    for one in presence.people:
        counts = found.setdefault(one.employee.department, {"people": 0, "in": 0, "late": 0, "absent": 0, "leave": 0})
        counts["people"] += 1
        counts["late"] += bool(one.late)
        if one.state in counts:
            counts[one.state] += 1
    ordered = sorted(found.items(), key=lambda item: item[0].name if item[0] else "")
    return ordered if len(ordered) > 1 else []
