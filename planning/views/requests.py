"""Open shifts as whoever plans offers them, and what people ask for, decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.selectors import approver_required, courses_of
from attendance.models import RequestState
from attendance.request_forms import DecisionForm
from attendance.views.reports import private
from common.refusals import Refusal
from employees.access import is_hr, manager_required
from planning.access import planned_departments
from planning.forms import OpenShiftForm
from planning.models import ShiftRequest, Swap
from planning.offers import offered_to_plan, requests_waiting, swaps_waiting
from planning.selectors import PlanView
from planning.services.open_shifts import open_shift_add, open_shift_remove, shift_give
from planning.services.swaps import days_after, swap_decide, view_of
from planning.subjects import request_key, swap_key
from planning.views.board import filter_of, user_of


@require_http_methods(["GET", "POST"])
@manager_required
def offer(request: HttpRequest) -> HttpResponse:
    """Offer a shift of a day."""
    form, user = filter_of(request), user_of(request)
    asked = OpenShiftForm(
        request.POST or None,
        departments=planned_departments(user),
        every=is_hr(user),
        initial={"day": form.first, "department": form.chosen},
    )
    if request.method == "POST" and asked.is_valid():
        try:
            open_shift_add(by=user, **asked.cleaned_data)
        except Refusal as refused:
            asked.add_error(refused.field if refused.field in asked.fields else None, refused.message)
        else:
            messages.success(request, _("The open shift is a draft. People see it once it is published."))
            return redirect(f"{reverse('plan')}?{form.query}")
    return render(request, "planning/open.html", {"form": asked, "filter": form})


@require_POST
@manager_required
def offer_remove(request: HttpRequest, key: int) -> HttpResponse:
    """Take an offer away."""
    found = get_object_or_404(offered_to_plan(user_of(request)), pk=key)
    try:
        open_shift_remove(open_shift=found, by=user_of(request))
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The open shift is removed."))
    return redirect(f"{reverse('plan')}?{filter_of(request).query}")


@require_safe
@approver_required
@private
def waiting(request: HttpRequest) -> HttpResponse:
    """What the viewer has to decide, each with what would speak against it."""
    user = user_of(request)
    requests, swaps = list(requests_waiting(user)), list(swaps_waiting(user))
    context = {
        "requests": _with_warnings(requests),
        "swaps": _looked_at(swaps),
        "request_courses": courses_of(requests, request_key),
        "swap_courses": courses_of(swaps, swap_key),
    }
    return render(request, "planning/requests.html", context)


@require_POST
@approver_required
def request_decide(request: HttpRequest, key: int) -> HttpResponse:
    """Give an open shift to who asks for it, or not."""
    found = get_object_or_404(requests_waiting(user_of(request)), pk=key)

    def decide(approve: bool, answer: str) -> bool:
        done = shift_give(request=found, by=user_of(request), approve=approve, answer=answer)
        return done.state != RequestState.REQUESTED

    return _decided(request, decide)


@require_POST
@approver_required
def decide_swap(request: HttpRequest, key: int) -> HttpResponse:
    """Let two people exchange their shifts, or not."""
    found = get_object_or_404(swaps_waiting(user_of(request)), pk=key)

    def decide(approve: bool, answer: str) -> bool:
        done = swap_decide(swap=found, by=user_of(request), approve=approve, answer=answer)
        return done.state != Swap.State.ACCEPTED

    return _decided(request, decide)


def _decided(request: HttpRequest, decide: Callable[[bool, str], bool]) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose approve or refuse."))
        return redirect("plan_requests")
    approve = form.cleaned_data["decision"] == "approve"
    try:
        decided = decide(approve, form.cleaned_data["answer"])
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        done = _("Approved. The plan is published.") if decided else _("Approved. It waits for a second approval now.")
        messages.success(request, done if approve else _("Refused."))
    return redirect("plan_requests")


def _with_warnings(asked: list[ShiftRequest]) -> list[tuple[ShiftRequest, Sequence[str]]]:
    """The requests, each with what would speak against the person's day."""
    if not asked:
        return []
    people = {one.employee_id: one.employee for one in asked}
    days = [one.open_shift.day for one in asked]
    view = PlanView(people.values(), min(days), max(days))

    def against(one: ShiftRequest) -> Sequence[str]:
        has = view.counted(one.employee, one.open_shift.day)
        return view.against(one.employee, one.open_shift.day, (*has, one.open_shift.shift_id))

    return [(one, against(one)) for one in asked]


def _looked_at(asked: list[Swap]) -> list[tuple[Swap, Sequence[str]]]:
    """The swaps, each with what would speak against the days of both, or with why it is no longer possible."""
    view = view_of(asked) if asked else None

    def against(one: Swap, view: PlanView) -> Sequence[str]:
        try:
            after = days_after(one, view)
        except Refusal as refused:
            return [refused.message]
        return [
            f"{person.name}: {warning}"
            for (_key, day), (person, shifts) in after.items()
            for warning in view.against(person, day, shifts)
        ]

    return [(one, against(one, view)) for one in asked if view is not None]
