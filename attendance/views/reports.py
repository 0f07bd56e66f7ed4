"""The reports' pages: who is in, and a day."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from attendance.report_filters import FIRST_DAY, LAST_DAY, DayFilter, PeopleFilter
from attendance.selectors import day_people, day_rows, day_totals, viewer_today
from attendance.selectors.current import Everybody, Shown, everybody_now, shown, shown_lists
from attendance.selectors.locked import LockedDays
from employees.access import reader_required, visible_employees
from employees.models import Department, Employee
from employees.portraits import portraits_show

PAGE_ROWS = 50
LISTED = 30
"""So many people of each list are on the page of all lists; a list alone has pages."""
PARTS = {
    "in": (gettext_lazy("In now"), "in-now", "in"),
    "absent": (gettext_lazy("Absent"), "absent", "absent"),
    "late": (gettext_lazy("Late today"), "late", "late"),
    "later": (gettext_lazy("Still to come"), "later", "later"),
    "out": (pgettext_lazy("presence", "Left"), "gone", "gone"),
    "others": (gettext_lazy("On leave or off today"), "others", "other"),
}
"""The lists of who is in: title, and the names of the heading and of its lines."""
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
    closed = LockedDays(chosen, chosen)
    people = day_people(form.people_between(chosen, chosen), closed)
    page = Paginator(people, PAGE_ROWS).get_page(request.GET.get("page"))
    rows = day_rows(people=list(page.object_list), closed=closed).rows
    portraits_show(request, [row.employee for row in rows])
    return render(
        request,
        "attendance/day.html",
        {
            "form": form,
            "report": day_totals(employees=people, closed=closed),
            "page": page,
            "rows": rows,
            "today": today,
            "previous": chosen - timedelta(days=1) if chosen > FIRST_DAY else None,
            "following": chosen + timedelta(days=1) if chosen < min(today, LAST_DAY) else None,
        },
    )


def _presence_context(request: HttpRequest) -> dict[str, Any]:
    form = PeopleFilter(request.GET, employees=visible_employees(request.user))
    presence = everybody_now(employees=form.people())
    chosen, page = request.GET.get("list", ""), None
    if chosen in PARTS:
        page = Paginator(presence.of(chosen), PAGE_ROWS).get_page(request.GET.get("page"))
        parts = [_part(presence, chosen, shown(list(page.object_list)))]
    else:
        lines = shown_lists([presence.of(name)[:LISTED] for name in PARTS])
        parts = [_part(presence, name, some) for name, some in zip(PARTS, lines, strict=True)]
        # Of who is still to come, has gone or is off nothing is said where there is nobody.
        parts = [one for one in parts if one["rows"] or one["name"] not in ("later", "out", "others")]
    portraits_show(request, [row.employee for one in parts for row in one["rows"]])
    address = QueryDict(form.query, mutable=True)
    if page is not None:
        address.update({"list": chosen, "page": str(page.number)})
    return {
        "form": form,
        "presence": presence,
        "tiles": {name: presence.count(name) for name in ("in", "later", "late", "absent", "out", "leave")},
        "departments": _by_department(presence),
        "parts": parts,
        "page": page,
        "address": address.urlencode(),
    }


def _part(presence: Everybody, name: str, lines: list[Shown]) -> dict[str, Any]:
    """One list of the page: its title, how many are on it, and the lines of those who are shown."""
    title, anchor, row_anchor = PARTS[name]
    if presence.count("later"):
        none_absent = _("Nobody is missing so far.")
    elif presence.anybody_due:
        none_absent = _("Everybody with a shift today has come.")
    else:
        none_absent = _("Nobody has a shift today.")
    nobody = {
        "in": _("Nobody is in at the moment."),
        "absent": none_absent,
        "late": _("Nobody came late."),
    }
    count = presence.count(name)
    return {
        "name": name,
        "title": title,
        "anchor": anchor,
        "row_anchor": row_anchor,
        "count": count,
        "rows": lines,
        "more": count > len(lines) == LISTED,
        "nobody": nobody.get(name, ""),
    }


def _by_department(presence: Everybody) -> list[tuple[Department | None, Counter[str]]]:
    """How many of each department are in, late, absent, on leave; by name, none where all are of one department."""
    found = presence.by_department()
    departments = Department.objects.in_bulk([key for key in found if key is not None]) if len(found) > 1 else {}
    ordered = [(departments.get(key or 0), counts) for key, counts in found.items()]
    ordered.sort(key=lambda item: item[0].name if item[0] else "")
    return ordered if len(ordered) > 1 else []
