"""The page of a person: when and where they work as a line of time, which HR changes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from employees.access import is_hr, login_needed, visible_employees
from employees.forms import DatesForm, EndForm, MoveForm, RehireForm
from employees.models import Employee, EmploymentPeriod, Posting, User
from employees.refusals import EmployeeError, PunchesOutside
from employees.services import (
    employee_move,
    employee_rehire,
    employment_change,
    employment_end,
    employment_remove,
    posting_remove,
)
from employees.services.accounts import raised_text
from employees.signals import ask_first
from employees.timeline import timeline

Act = Callable[[Employee, Any], str]


@require_http_methods(["GET", "HEAD", "POST"])
@login_needed
@cache_control(private=True, no_store=True)
def person(request: HttpRequest, number: str) -> HttpResponse:
    """Whoever may see the person reads the line of time; HR changes it."""
    employee = visible_employees(request.user).filter(number=number).first()
    if employee is None:
        raise Http404
    wrong: dict[str, forms.Form] = {}
    if request.method == "POST":
        if not is_hr(request.user):
            raise PermissionDenied
        if (answer := _change(request, employee, wrong)) is not None:
            return answer
    period = employee.period
    running = period is not None and not employee.has_left
    context = {
        "employee": employee,
        "stretches": timeline(employee),
        "running": running,
        "may_change": is_hr(request.user),
        "rehire": wrong.get("rehire") or RehireForm(),
        "end": wrong.get("end") or EndForm(initial={"left_on": employee.left_on}),
        "move": wrong.get("move") or MoveForm(employee=employee),
        "dates": wrong.get("dates") or (DatesForm.of(period) if period else None),
    }
    return render(request, "employees/person.html", context)


def _change(request: HttpRequest, employee: Employee, wrong: dict[str, forms.Form]) -> HttpResponse | None:
    """Do what was asked for and show the page anew; None where the form that is then in ``wrong`` says why not."""
    name = request.POST.get("do", "")
    if name in ("remove", "unmove"):
        return _taken_away(request, employee, name)
    if name not in ACTS:
        raise Http404
    form = MoveForm(request.POST, employee=employee) if name == "move" else FORMS[name](request.POST)
    if form.is_valid():
        try:
            if (asked := _asked(request, employee, lambda: ACTS[name](employee, form))) is not None:
                return asked
            said = ACTS[name](employee, form)
        except EmployeeError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, _linked(employee, refused))
        else:
            return _done(request, employee, said)
    wrong[name] = form
    return None


def _linked(employee: Employee, refused: EmployeeError) -> str:
    """What was refused; where punches are in the way, with a link to the day of the first one."""
    if not isinstance(refused, PunchesOutside):
        return refused.message
    month = reverse("attendance_month", args=[employee.number, refused.day.replace(day=1)])
    where = f"{month}?day={refused.day}#d{refused.day}"
    return format_html('{} <a href="{}">{}</a>', refused.message, where, _("Open the first one's day"))


def _taken_away(request: HttpRequest, employee: Employee, name: str) -> HttpResponse:
    model: Any = EmploymentPeriod if name == "remove" else Posting
    row = get_object_or_404(model, pk=request.POST.get("key") or 0, employee=employee)
    try:
        if (asked := _asked(request, employee, lambda: _remove(row))) is not None:
            return asked
        _remove(row)
    except EmployeeError as refused:
        messages.error(request, refused.message)
        return redirect("person", number=employee.number)
    return _done(request, employee, _("Removed."))


def _remove(row: EmploymentPeriod | Posting) -> None:
    if isinstance(row, EmploymentPeriod):
        employment_remove(period=row)
    else:
        # A row that was tried to be deleted has lost its key.
        posting_remove(posting=Posting.objects.get(pk=row.pk))


def _asked(request: HttpRequest, employee: Employee, change: Callable[[], Any]) -> HttpResponse | None:
    """The page that says what the change does to hours; None where it does nothing, or that has been read."""
    if "locked_seen" in request.POST:
        return None
    said = ask_first(Employee, change)
    if not said:
        return None
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {
        "employee": employee,
        "said": said,
        "sent": [one for one in sent if one[0] != "csrfmiddlewaretoken"],
    }
    return render(request, "employees/ask.html", context)


def _done(request: HttpRequest, employee: Employee, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("person", number=employee.number)


def _rehire(employee: Employee, form: forms.Form) -> str:
    found = form.cleaned_data
    employee_rehire(employee=employee, hired_on=found["hired_on"], left_on=found["left_on"])
    return _("%(name)s is employed again from %(day)s.") % _words(employee, found["hired_on"])


def _end(employee: Employee, form: forms.Form) -> str:
    employment_end(employee=employee, left_on=form.cleaned_data["left_on"])
    return _("The last day at work of %(name)s is %(day)s.") % _words(employee, form.cleaned_data["left_on"])


def _dates(employee: Employee, form: forms.Form) -> str:
    found = form.cleaned_data
    period = get_object_or_404(EmploymentPeriod, pk=found["key"], employee=employee)
    employment_change(period=period, hired_on=found["hired_on"], left_on=found["left_on"])
    return _("The dates of %(name)s are changed.") % {"name": employee.name}


def _move(employee: Employee, form: forms.Form) -> str:
    assert isinstance(form, MoveForm)
    chief = form.changes().get("manager")
    before = set(User.objects.filter(employee=chief, role=User.Role.MANAGER)) if chief else set()
    employee_move(employee=employee, valid_from=form.cleaned_data["valid_from"], **form.changes())
    after = set(User.objects.filter(employee=chief, role=User.Role.MANAGER)) if chief else set()
    said = _("Changed for %(name)s from %(day)s.") % _words(employee, form.cleaned_data["valid_from"])
    return f"{said} {raised_text(after - before)}".strip()


def _words(employee: Employee, day: Any) -> dict[str, str]:
    return {"name": employee.name, "day": formats.date_format(day, "DATE_FORMAT")}


ACTS: dict[str, Act] = {"rehire": _rehire, "end": _end, "dates": _dates, "move": _move}
FORMS: dict[str, type[forms.Form]] = {"rehire": RehireForm, "end": EndForm, "dates": DatesForm}
