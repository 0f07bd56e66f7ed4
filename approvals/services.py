"""Saying yes or no to a request: in one step or two, by who may, for whom; and looking after those that wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import ESCALATE_DAYS, REMIND_DAYS, ApprovalRule, Case, Escalation, Kind, Step
from approvals.people import Approvers, NotTheirs, givers
from approvals.signals import case_closed, case_late, turn_passed
from approvals.subjects import SOURCES, Subject
from common.refusals import Refusal
from employees.models import User

State = Case.State
DAY = timedelta(days=1)


class NotApprover(Refusal):
    """Somebody else decides about this request now."""

    status = 403


def rule_for(subject: Subject) -> ApprovalRule | None:
    """The rule that counts: its type of leave before its department before everybody's, then the highest limit."""
    rules = ApprovalRule.objects.filter(kind=subject.kind)
    fitting = [
        one
        for one in rules
        if one.department_id in (None, subject.employee.department_id)
        and one.leave_type_id in (None, subject.leave_type)
        and (one.more_than is None or (subject.size is not None and subject.size > one.more_than))
    ]
    return max(
        fitting,
        key=lambda one: (one.leave_type_id is not None, one.department_id is not None, one.more_than or -1, one.pk),
        default=None,
    )


def needs_second(subject: Subject) -> bool:
    """Whether one yes is not enough for this request."""
    rule = rule_for(subject)
    return rule is not None and rule.second != ApprovalRule.Second.NOBODY


def check_approver(*, subject: Subject, by: User) -> None:
    """Raise ``NotApprover`` where this user may not decide about the request now."""
    _capacity(Case.objects.filter(key=subject.key).first() or _new(subject), by)


def step_add(*, subject: Subject, by: User, approve: bool, wish: dict[str, Any] | None = None) -> bool:
    """Write down a yes or no; whether the request is decided by it, or waits for a second yes.

    Call it in the transaction of the decision, with the person's row locked. ``wish`` is what of overtime the yes is
    about; where that has changed since the first yes, the first one is to be given again. Raises ``NotApprover``.
    """
    with transaction.atomic():
        case = _locked(subject)
        stale = wish is not None and case.wish.get("found") != wish.get("found")
        if case.state not in Case.OPEN or (case.state == State.SECOND and stale):
            _begin(case, subject)
        acting_for = _capacity(case, by)
        second = case.state == State.SECOND
        Step.objects.create(case=case, number=2 if second else 1, approved=approve, by=by, acting_for=acting_for)
        if approve and not second and (rule := _second_rule(subject)) is not None:
            case.state, case.rule, case.wish = State.SECOND, rule, wish or {}
            _turn(case)
            case.save()
            turn_passed.send(Case, case=case, users=Approvers().second(case))
            return False
        _close(case, State.APPROVED if approve else State.REFUSED)
        return True


def case_withdraw(*, key: str) -> None:
    """The request was taken back."""
    case = Case.objects.select_for_update(of=("self",)).filter(key=key, state__in=Case.OPEN).first()
    if case is not None:
        _close(case, State.WITHDRAWN)


def cases_look(*, now: datetime | None = None) -> int:
    """Remind and escalate what has waited for too long, each once for each turn; how many times.

    Safe to run twice and in two workers at once: whoever notes it first tells.
    """
    moment = now or timezone.now()
    return sum(_look(one, moment) for source in list(SOURCES.values()) for one in source(moment - DAY))


def _look(subject: Subject, now: datetime) -> int:
    case = Case.objects.select_related("rule").filter(key=subject.key).first()
    rule = case.rule if case is not None and case.state == State.SECOND else rule_for(subject)
    remind, escalate = (rule.remind_days, rule.escalate_days) if rule else (REMIND_DAYS, ESCALATE_DAYS)
    since = case.turn_at if case is not None else subject.asked_at
    late = [days for days in (remind, escalate) if days and now >= since + days * DAY]
    if not late:
        return 0
    with transaction.atomic():
        found = _locked(subject)
        if found.state not in Case.OPEN:
            # Decided while the list was read; or overtime that has changed since, of which the days count from now.
            if subject.kind == Kind.OVERTIME:
                _begin(found, subject)
                found.turn_at = now
                found.save()
            return 0
        since, count = found.turn_at, 0
        if escalate and now >= since + escalate * DAY and found.escalated_at is None:
            found.escalated_at = now
            found.escalated_to = rule.escalate_to if rule else Escalation.HR
            # Whoever is told of this now needs no reminder beside it.
            reminded, found.reminded_at = found.reminded_at, found.reminded_at or now
            found.save()
            case_late.send(Case, case=found, users=Approvers().escalated(found), escalated=True)
            if remind and reminded is None:
                _remind(found)
            count += 1
        elif remind and now >= since + remind * DAY and found.reminded_at is None:
            found.reminded_at = now
            found.save()
            _remind(found)
            count += 1
        return count


def _remind(case: Case) -> None:
    users = Approvers().second(case) if case.state == State.SECOND else None
    case_late.send(Case, case=case, users=users, escalated=False)


def _locked(subject: Subject) -> Case:
    """The request's row, made where there is none, held until the transaction ends."""
    defaults = {name: getattr(_new(subject), name) for name in _GIVEN}
    made, _created = Case.objects.get_or_create(key=subject.key, defaults=defaults)
    rows = Case.objects.select_for_update(of=("self",)).select_related("employee", "other", "rule")
    return rows.get(pk=made.pk)


_GIVEN = ("kind", "employee", "other", "first_day", "last_day", "turn_at")


def _new(subject: Subject) -> Case:
    return Case(
        key=subject.key,
        kind=subject.kind,
        employee=subject.employee,
        other=subject.other,
        first_day=subject.first,
        last_day=subject.last,
        turn_at=subject.asked_at,
    )


def _begin(case: Case, subject: Subject) -> None:
    case.state, case.rule, case.wish = State.FIRST, None, {}
    _turn(case)
    case.turn_at = subject.asked_at


def _turn(case: Case) -> None:
    case.turn_at, case.reminded_at, case.escalated_at, case.escalated_to = timezone.now(), None, None, ""


def _close(case: Case, state: str) -> None:
    case.state = state
    case.save()
    case_closed.send(Case, case=case)


def _second_rule(subject: Subject) -> ApprovalRule | None:
    rule = rule_for(subject)
    return rule if rule is not None and rule.second != ApprovalRule.Second.NOBODY else None


def _capacity(case: Case, by: User) -> User | None:
    try:
        return Approvers().capacity(by, case)
    except NotTheirs:
        if case.pk and by.pk in givers(case):
            message = _("You gave the first approval; somebody else gives the second. Ask HR if there is nobody.")
            raise NotApprover("same_person", message) from None
        message = (
            _("Somebody else gives the second approval.")
            if case.state == State.SECOND
            else _("Only the manager or HR decides, and nobody about themselves.")
        )
        raise NotApprover("not_allowed", message) from None
