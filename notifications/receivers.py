"""Tells people of what the apps below store, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models.signals import post_save
from django.urls import reverse
from django.utils import timezone

from approvals.models import Case
from approvals.models import Kind as Subjects
from approvals.signals import case_closed, case_late, turn_passed
from attendance.models import (
    Absence,
    CorrectionRequest,
    Kiosk,
    OvertimeDecision,
    Period,
    PeriodApproval,
    RequestState,
)
from attendance.signals import approvals_ended, kiosk_silent, period_locked
from employees.models import Delegation, Employee, User
from employees.services.delegations import name_of
from employees.signals import delegate_named
from notifications.audience import Deciders, in_roles
from notifications.models import Kind, Notification
from notifications.services.telling import settle, tell


def request_saved(
    sender: type[Absence | CorrectionRequest],
    instance: Absence | CorrectionRequest,
    created: bool,
    raw: bool = False,
    **_more: Any,
) -> None:
    """A request for time off or of a correction: who decides is told, and then the person."""
    if raw:
        return
    what = "absence" if isinstance(instance, Absence) else "correction"
    key, employee = f"{what}:{instance.pk}", instance.employee
    data = {"what": what, **_days_of(instance)}
    if instance.state == RequestState.REQUESTED:
        if created:
            tell(
                kind=Kind.REQUEST,
                key=key,
                users=Deciders().of(employee),
                data={**data, "name": employee.name},
                path=reverse("attendance_exceptions"),
                about=employee,
            )
        return
    settle(key=key)
    # What somebody else entered for the person was never asked for.
    asked = instance.requested_by_id in (None, employee.user_id)
    if asked and not created and instance.state in (RequestState.APPROVED, RequestState.REFUSED):
        _tell_person(
            employee,
            kind=Kind.DECISION,
            key=f"{key}:decided",
            data={**data, "state": instance.state},
            path=reverse("my_month"),
        )


def overtime_decided(
    sender: type[OvertimeDecision], instance: OvertimeDecision, created: bool, raw: bool = False, **_more: Any
) -> None:
    """Somebody decided about the overtime of a day."""
    if raw or not created:
        return
    approved, found = sum(instance.approved.values()), sum(instance.found.values())
    state = "approved" if approved == found else "part" if approved else "refused"
    _tell_person(
        instance.employee,
        kind=Kind.DECISION,
        key=f"overtime-decision:{instance.pk}",
        data={"what": "overtime", "state": state, "first": instance.day.isoformat()},
        path=reverse("my_month"),
    )


def approvals_taken_back(sender: object, approvals: Sequence[PeriodApproval], **_more: Any) -> None:
    """The person and whoever had approved timesheets of theirs look at them again: one message for all periods."""
    employee = approvals[0].employee
    _tell_person(employee, path=reverse("my_month"), **_taken_back(approvals))
    for manager in dict.fromkeys(one.manager_by for one in approvals if one.manager_by is not None):
        theirs = [one for one in approvals if one.manager_by == manager]
        place = reverse("attendance_period", args=[theirs[0].period_id])
        path = place if len(theirs) == 1 else reverse("attendance_periods")
        tell(users=[manager], path=path, about=employee, **_taken_back(theirs))


def _taken_back(approvals: Sequence[PeriodApproval]) -> dict[str, Any]:
    one = approvals[0]
    assert one.taken_back_at is not None
    spans = [[row.period.first.isoformat(), row.period.last.isoformat()] for row in approvals]
    return {
        "kind": Kind.APPROVAL,
        "key": f"approval:{one.pk}:{one.taken_back_at:%Y%m%d%H%M%S%f}",
        "data": {"name": one.employee.name, "first": spans[0][0], "last": spans[-1][1], "spans": spans},
    }


def kiosk_fell_silent(sender: object, kiosk: Kiosk, since: datetime, **_more: Any) -> None:
    """HR and IT look after the devices."""
    tell(
        kind=Kind.KIOSK,
        key=f"kiosk:{kiosk.pk}:{since.timestamp():.0f}",
        users=in_roles(User.Role.HR, User.Role.IT),
        data={"name": kiosk.name, "since": since.isoformat()},
        path=reverse("admin:attendance_kiosk_change", args=[kiosk.pk]),
    )


def period_closed(sender: object, period: Period, **_more: Any) -> None:
    """Nobody needs to be reminded of it any more."""
    settle(key=f"period:{period.pk}")


def turn_was_passed(sender: object, case: Case, users: list[User], **_more: Any) -> None:
    """Whoever gives the second approval is told; the first one is done."""
    settle(key=case.key)
    _settle_late(case)
    tell(
        kind=Kind.REQUEST,
        key=f"{case.key}:second:{case.turn_at:%Y%m%d%H%M%S%f}",
        users=users,
        data=_of_case(case),
        path=_page_of(case),
        about=case.employee,
    )


def request_is_late(sender: object, case: Case, users: list[User] | None, escalated: bool, **_more: Any) -> None:
    """A reminder to whoever decides, or word to whom it was escalated."""
    tell(
        kind=Kind.REMINDER,
        key=f"{case.key}:{'escalated' if escalated else 'late'}:{case.turn_at:%Y%m%d%H%M%S%f}",
        users=Deciders().of(case.employee) if users is None else users,
        data={**_of_case(case), "since": timezone.localdate(case.turn_at).isoformat(), "escalated": escalated},
        path=_page_of(case),
        about=case.employee,
    )


def request_closed(sender: object, case: Case, **_more: Any) -> None:
    """Nobody needs to look at it any more."""
    _settle_late(case)


def delegate_was_named(sender: object, delegation: Delegation, **_more: Any) -> None:
    """Whoever acts for somebody knows from when."""
    tell(
        kind=Kind.DELEGATE,
        key=f"delegation:{delegation.pk}",
        users=[delegation.delegate],
        data={
            "name": name_of(delegation.principal),
            "first": delegation.first.isoformat(),
            "last": delegation.last.isoformat(),
        },
        path=reverse("delegates"),
    )


def _settle_late(case: Case) -> None:
    """Whatever was told of it since it was asked."""
    told = Notification.objects.filter(key__startswith=f"{case.key}:", read_at=None)
    told.filter(kind__in=[Kind.REQUEST, Kind.REMINDER]).update(read_at=timezone.now())


def _of_case(case: Case) -> dict[str, Any]:
    what = case.key.partition(":")[0]
    return {
        "what": "overtime" if what == "overtime-day" else what,
        "name": case.employee.name,
        "first": case.first_day.isoformat(),
        "last": case.last_day.isoformat(),
    }


def _page_of(case: Case) -> str:
    return reverse("plan_requests" if case.kind == Subjects.SHIFT else "attendance_exceptions")


def _tell_person(employee: Employee, **told: Any) -> None:
    """By the account, or by mail where there is none: then without a page, which would ask for a login."""
    if employee.user is not None:
        tell(users=[employee.user], about=employee, **told)
    else:
        tell(person=employee, about=employee, **{**told, "path": ""})


def _days_of(asked: Absence | CorrectionRequest) -> dict[str, str]:
    if isinstance(asked, Absence):
        return {"first": asked.first.isoformat(), "last": asked.last.isoformat()}
    zone = ZoneInfo(asked.zone or asked.employee.time_zone)
    return {"first": asked.at.astimezone(zone).date().isoformat()}


def connect() -> None:
    """Listen; called once when the app is ready."""
    for model in (Absence, CorrectionRequest):
        post_save.connect(request_saved, sender=model, dispatch_uid=f"notifications.{model.__name__}")
    post_save.connect(overtime_decided, sender=OvertimeDecision, dispatch_uid="notifications.overtime_decided")
    approvals_ended.connect(approvals_taken_back, dispatch_uid="notifications.approvals_ended")
    kiosk_silent.connect(kiosk_fell_silent, dispatch_uid="notifications.kiosk_silent")
    turn_passed.connect(turn_was_passed, dispatch_uid="notifications.turn_passed")
    case_late.connect(request_is_late, dispatch_uid="notifications.case_late")
    case_closed.connect(request_closed, dispatch_uid="notifications.case_closed")
    delegate_named.connect(delegate_was_named, dispatch_uid="notifications.delegate_named")
    period_locked.connect(period_closed, dispatch_uid="notifications.period_locked")
