"""Two people exchange a shift each: asked for, accepted by the colleague, approved by who plans both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.services import case_withdraw
from attendance.models import PlannedShift, Shift
from attendance.services.planned import people_lock
from common import audit
from employees.models import Employee, User
from planning.access import NotPlanned, PlanRefused
from planning.models import Swap
from planning.selectors import PlanView
from planning.services.open_shifts import day_rows
from planning.services.publishing import Day, days_publish
from planning.signals import swap_changed
from planning.subjects import approver_check, of_swap, step, swap_key


def swap_ask(
    *,
    employee: Employee,
    day: date,
    shift: Shift,
    colleague: Employee,
    colleague_day: date,
    colleague_shift: Shift,
    today: date,
    note: str = "",
) -> Swap:
    """Ask a colleague of the same department to exchange one's shift for theirs. Raises ``PlanRefused``."""
    if employee.department_id is None or employee.department_id != colleague.department_id or employee == colleague:
        raise NotPlanned("other_department", _("Choose a colleague of your department."), field="colleague")
    if min(day, colleague_day) < today:
        raise PlanRefused("past", _("This shift is over."), field="day")
    with transaction.atomic():
        people_lock([employee.pk, colleague.pk])
        swap = Swap(
            employee=employee,
            day=day,
            shift=shift,
            colleague=colleague,
            colleague_day=colleague_day,
            colleague_shift=colleague_shift,
            note=note.strip()[:300],
        )
        days_after(swap, view_of([swap]))
        try:
            with transaction.atomic():
                swap.save()
        except IntegrityError as error:
            raise PlanRefused("asked_already", _("You have asked for a swap of this shift already.")) from error
        return _told(swap, "asked")


def swap_answer(*, swap: Swap, employee: Employee, accept: bool) -> Swap:
    """The colleague says yes or no. Raises ``PlanRefused``."""
    if swap.colleague_id != employee.pk:
        raise NotPlanned("not_yours", _("Somebody else was asked for this swap."))
    with transaction.atomic():
        found = _locked(swap, Swap.State.REQUESTED)
        found.state = Swap.State.ACCEPTED if accept else Swap.State.DECLINED
        found.answered_at = timezone.now()
        found.save(update_fields=["state", "answered_at"])
        return _told(found, found.state)


def swap_withdraw(*, swap: Swap, employee: Employee) -> Swap:
    """Who asked takes it back before it is decided. Raises ``PlanRefused``."""
    if swap.employee_id != employee.pk:
        raise NotPlanned("not_yours", _("This is somebody else's request."))
    with transaction.atomic():
        found = _locked(swap, *Swap.OPEN)
        case_withdraw(key=swap_key(found.pk))
        found.state = Swap.State.WITHDRAWN
        found.save(update_fields=["state"])
        return _told(found, found.state)


def swap_decide(*, swap: Swap, by: User, approve: bool, answer: str = "") -> Swap:
    """Who plans both approves what the colleague has accepted, which publishes both days, or refuses.

    Where a rule asks for a second approval, nothing is published before it.

    Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    message = _("Only who plans both people decides, and nobody about themselves.")
    approver_check(subject=of_swap(swap), by=by, message=message)
    if not approve and not answer.strip():
        raise PlanRefused("answer_missing", _("Say why, so that the person knows what to do."), field="answer")
    with transaction.atomic():
        people_lock([swap.employee_id, swap.colleague_id])
        found = _locked(swap, Swap.State.ACCEPTED)
        rows: dict[Day, list[PlannedShift]] = {}
        if approve:
            rows = {
                key: day_rows(person, key[1], shifts)
                for key, (person, shifts) in days_after(found, view_of([found])).items()
            }
        if not step(subject=of_swap(found), by=by, approve=approve):
            return found
        if approve:
            days_publish(days=rows, by=by)
        found.state = Swap.State.APPROVED if approve else Swap.State.REFUSED
        found.decided_by, found.decided_at, found.answer = by, timezone.now(), answer.strip()[:300]
        found.save(update_fields=["state", "decided_by", "decided_at", "answer"])
        return _told(found, found.state)


def view_of(swaps: Sequence[Swap]) -> PlanView:
    """The plan of the people of these swaps on their days."""
    people = {person.pk: person for one in swaps for person in (one.employee, one.colleague)}
    days = [day for one in swaps for day in (one.day, one.colleague_day)]
    return PlanView(people.values(), min(days), max(days))


def days_after(swap: Swap, view: PlanView) -> dict[Day, tuple[Employee, list[int]]]:
    """The days of both as they would be; refused where one of them no longer has the shift, or has the other's."""
    one, other = swap.employee, swap.colleague
    days = {swap.day, swap.colleague_day}
    after = {
        (person.pk, day): (person, list(view.counted(person, day))) for person in (one, other) for day in sorted(days)
    }
    for giver, taker, day, shift in (
        (one, other, swap.day, swap.shift),
        (other, one, swap.colleague_day, swap.colleague_shift),
    ):
        has, gets = after[giver.pk, day][1], after[taker.pk, day][1]
        if shift.pk not in has:
            message = _("%(name)s no longer has this shift. Reload the page.") % {"name": giver.name}
            raise PlanRefused("plan_changed", message)
        if not view.book.history(taker).employed(day):
            message = _("%(name)s does not work here on that day.") % {"name": taker.name}
            raise PlanRefused("not_employed", message)
        if shift.pk in gets:
            message = _("%(name)s has this shift on that day already.") % {"name": taker.name}
            raise PlanRefused("has_it", message)
        has.remove(shift.pk)
        gets.append(shift.pk)
    return after


def _locked(swap: Swap, *states: str) -> Swap:
    rows = Swap.objects.select_for_update(of=("self",)).select_related(
        "employee", "colleague", "shift", "colleague_shift"
    )
    found = rows.get(pk=swap.pk)
    if found.state not in states:
        raise PlanRefused("already_decided", _("Somebody has decided this meanwhile. Reload the page."))
    return found


def _told(swap: Swap, act: str) -> Swap:
    audit.record(f"plan.swap_{act}", subject=swap.employee.number, object=f"swap {swap.pk}")
    swap_changed.send(Swap, swap=swap)
    return swap
