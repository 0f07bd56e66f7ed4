"""What people read and ask for about their own plan: shifts, open shifts, swaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.selectors import courses_of
from attendance.models import Shift
from attendance.selectors import viewer_today
from attendance.selectors.own import upcoming_shifts
from attendance.views.reports import private
from common.refusals import Refusal
from employees.access import has_manager, login_needed
from employees.models import Employee
from planning.forms import SwapForm
from planning.models import OpenShift, ShiftRequest, Swap
from planning.offers import AHEAD, colleagues_shifts, offered_to, own_requests, own_swaps
from planning.services.open_shifts import shift_ask, shift_ask_withdraw
from planning.services.swaps import swap_answer, swap_ask, swap_withdraw
from planning.subjects import request_key, swap_key


@require_safe
@login_needed
@private
def my_shifts(request: HttpRequest) -> HttpResponse:
    """The next four weeks as they are published, what is offered, and one's requests."""
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        return render(request, "attendance/unlinked.html")
    today = viewer_today(request.user)
    named = {one.name: one for one in Shift.objects.all()}
    days = [
        (one, [(named.get(name), name, spans) for name, spans in one.shifts])
        for one in upcoming_shifts(employee=own, first=today, days=AHEAD)
    ]
    requests, swaps = list(own_requests(own)), list(own_swaps(own))
    context = {
        "employee": own,
        "today": today,
        "days": days,
        "offered": offered_to(own, today),
        "requests": requests,
        "swaps": swaps,
        "request_courses": courses_of(requests, request_key),
        "swap_courses": courses_of(swaps, swap_key),
    }
    return render(request, "planning/mine.html", context)


@require_POST
@login_needed
def ask(request: HttpRequest, key: int) -> HttpResponse:
    """Ask for an open shift."""
    own, found = _own(request), get_object_or_404(OpenShift, pk=key, state=OpenShift.State.PUBLISHED)
    today = viewer_today(request.user)
    said = _("Your manager decides.") if has_manager(own) else _("HR decides.")
    return _done(request, lambda: shift_ask(open_shift=found, employee=own, today=today), said)


@require_POST
@login_needed
def ask_withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Take that back."""
    own = _own(request)
    found = get_object_or_404(ShiftRequest, pk=key, employee=own)
    return _done(request, lambda: shift_ask_withdraw(request=found, employee=own), _("Your request is withdrawn."))


@require_http_methods(["GET", "POST"])
@login_needed
def swap_new(request: HttpRequest) -> HttpResponse:
    """Ask a colleague to exchange a shift."""
    own, today = _own(request), viewer_today(request.user)
    shift, day = _shift(request), _day(request)
    offered = {
        f"{person.pk}:{on}:{key}": (person, on, key, name) for person, on, key, name in colleagues_shifts(own, today)
    }
    targets = [
        (value, f"{person.name} · {formats.date_format(on, 'D')} {formats.date_format(on, 'DATE_FORMAT')} · {name}")
        for value, (person, on, key, name) in offered.items()
        if (on, key) != (day, shift.pk)
    ]
    form = SwapForm(request.POST or None, targets=targets)
    if request.method == "POST" and form.is_valid():
        person, on, wanted, _name = offered[form.cleaned_data["target"]]
        try:
            swap_ask(
                employee=own,
                day=day,
                shift=shift,
                colleague=person,
                colleague_day=on,
                colleague_shift=Shift.objects.get(pk=wanted),
                today=today,
                note=form.cleaned_data["note"],
            )
        except Refusal as refused:
            form.add_error(None, refused.message)
        else:
            with_manager = _("Your colleague is asked. Then your manager decides.")
            with_hr = _("Your colleague is asked. Then HR decides.")
            messages.success(request, with_manager if has_manager(own) else with_hr)
            return redirect("my_shifts")
    return render(request, "planning/swap.html", {"form": form, "shift": shift, "day": day, "targets": targets})


@require_POST
@login_needed
def answer_swap(request: HttpRequest, key: int) -> HttpResponse:
    """Say yes or no to a colleague."""
    own, accept = _own(request), request.POST.get("decision") == "accept"
    found = get_object_or_404(Swap, pk=key, colleague=own)
    accepted = (
        _("You have accepted. Your manager decides.") if has_manager(own) else _("You have accepted. HR decides.")
    )
    said = accepted if accept else _("You have declined.")
    return _done(request, lambda: swap_answer(swap=found, employee=own, accept=accept), said)


@require_POST
@login_needed
def withdraw_swap(request: HttpRequest, key: int) -> HttpResponse:
    """Take one's own question back."""
    own = _own(request)
    found = get_object_or_404(Swap, pk=key, employee=own)
    return _done(request, lambda: swap_withdraw(swap=found, employee=own), _("Your request is withdrawn."))


def _done(request: HttpRequest, work: Callable[[], object], said: str) -> HttpResponse:
    try:
        work()
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, said)
    return redirect("my_shifts")


def _own(request: HttpRequest) -> Employee:
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        raise PermissionDenied
    return own


def _shift(request: HttpRequest) -> Shift:
    text = request.GET.get("shift", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return get_object_or_404(Shift, pk=int(text))


def _day(request: HttpRequest) -> date:
    try:
        found = date.fromisoformat(request.GET.get("day", ""))
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= found.year <= 2099:
        raise Http404
    return found
