"""The pages of leave: one's own, the team's calendar, and HR's entries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from attendance.charts import days_between
from attendance.models import Absence, RequestState
from attendance.report_filters import FIRST_DAY, LAST_DAY, PeopleFilter
from attendance.selectors import viewer_today
from attendance.views.reports import private, visible_employee_or_404
from attendance.views.timesheets import month_ends
from employees.access import hr_required, login_needed, reader_required, visible_employees
from employees.models import Employee, User
from leave.forms import EntryForm, ForecastForm
from leave.models import LedgerEntry
from leave.refusals import LeaveRefused
from leave.selectors import away_counts, balances, forecast, kinds_with_rules, ledger_of, team_away
from leave.services import encash, entry_add, overtime_move

PAGE_ROWS = 50
Entered = LedgerEntry.Entered


def ledger_context(request: HttpRequest, employee: Employee, today: date) -> dict[str, Any]:
    """The balances of a person today, and the ledger of the type that the address chooses, the newest line first."""
    found = balances([employee], today)[employee.pk]
    asked = request.GET.get("ledger", "")
    chosen = next((one for one in found if str(one.kind.pk) == asked), found[0] if found else None)
    entries = ledger_of(employee, chosen.kind, today).entries if chosen else ()
    return {"balances": found, "chosen": chosen, "entries": [*reversed(entries)], "today": today}


@require_safe
@login_needed
@private
def my_leave(request: HttpRequest) -> HttpResponse:
    """One's own balances, why they are what they are, and what a wanted absence would leave."""
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        return render(request, "attendance/unlinked.html")
    today = viewer_today(request.user)
    asked = request.GET if "kind" in request.GET else None
    form = ForecastForm(asked, kinds=kinds_with_rules(), today=today)
    found = None
    if form.is_bound and form.is_valid():
        data = {**form.cleaned_data, "half": form.cleaned_data["half"] or Absence.Half.WHOLE}
        found = forecast(Absence(employee=own, state=RequestState.REQUESTED, **data))
    context = {"employee": own, "form": form, "forecast": found, **ledger_context(request, own, today)}
    return render(request, "leave/my_leave.html", context)


@require_safe
@reader_required
def calendar_now(request: HttpRequest) -> HttpResponse:
    """The calendar of the current month."""
    return redirect("leave_calendar", month=viewer_today(request.user))


@require_safe
@reader_required
@private
def calendar(request: HttpRequest, month: date) -> HttpResponse:
    """Who is away on which day of a month: those whom the viewer sees, by department and name."""
    first, last = month_ends(month)
    form = PeopleFilter(request.GET, employees=visible_employees(request.user))
    page = Paginator(form.people(first, last), PAGE_ROWS).get_page(request.GET.get("page"))
    days = days_between(first, last)
    rows = team_away(page.object_list, days)
    following = last + timedelta(days=1)
    context = {
        "form": form,
        "first": first,
        "days": days,
        "rows": rows,
        "counts": list(zip(days, away_counts(rows, days), strict=True)),
        "page": page,
        "today": viewer_today(request.user),
        "previous": (first - timedelta(days=1)).replace(day=1) if first > FIRST_DAY else None,
        "following": following if following <= LAST_DAY else None,
    }
    return render(request, "leave/calendar.html", context)


@require_http_methods(["GET", "POST"])
@hr_required
@private
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """HR enters an opening balance, an adjustment, leave paid out, or overtime moved into leave."""
    employee = visible_employee_or_404(request, number)
    today = viewer_today(request.user)
    form = EntryForm(request.POST or None, kinds=kinds_with_rules(), today=today)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        try:
            _store(employee, form.cleaned_data, request.user)
        except LeaveRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Saved. Recorded under your name."))
            return redirect("person_leave", number=employee.number)
    return render(request, "leave/entry.html", {"employee": employee, "form": form, "kinds": kinds_with_rules()})


def _store(employee: Employee, data: dict[str, Any], author: User) -> LedgerEntry:
    shared = {"employee": employee, "author": author, **{name: data[name] for name in ("kind", "day", "reason")}}
    if data["entered"] == Entered.TIME_BANK:
        return overtime_move(minutes=int(data["amount"] * 60), first=data["first"], last=data["last"], **shared)
    if data["entered"] == Entered.ENCASHMENT:
        return encash(amount=data["amount"], **shared)
    return entry_add(entered=data["entered"], amount=data["amount"], **shared)
