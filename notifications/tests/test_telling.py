"""Each kind is told to whom it concerns, once, in their language, and says nothing that is private."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from attendance.models import Kiosk, OvertimeDecision, Period, PeriodApproval, Shift, ShiftAssignment
from attendance.services.absences import absence_decide, absence_withdraw
from attendance.services.approvals import approvals_tell
from attendance.services.corrections import request_file, request_refuse
from attendance.services.periods import period_create, period_lock
from attendance.signals import kiosk_silent
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from notifications.kinds import text
from notifications.models import Delivery, Kind, Notification
from notifications.services.calendar import look
from notifications.services.choosing import choices_change
from notifications.services.telling import tell
from notifications.tests.kit import away, send_all

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(kind: str) -> list[tuple[str, str]]:
    """Who was told what, in English, by the user name."""
    rows = Notification.objects.filter(kind=kind).select_related("user").order_by("created_at")
    with translation.override("en"):
        return [(one.user.username if one.user else "-", text(one.kind, one.data).title) for one in rows]


def test_a_request_is_told_to_the_manager_and_the_decision_to_the_person(
    colleague: User, manager: User, outsider_manager: User, hr: User
) -> None:
    asked = away(colleague, day=date(2027, 2, 1))
    ((who, said),) = told(Kind.REQUEST)
    assert who == "manager"
    assert said.startswith("Cleo Demo requests time off:")
    absence_decide(absence=asked, by=manager, approve=True)
    ((who, said),) = told(Kind.DECISION)
    assert who == "colleague"
    assert said.startswith("Your time off was approved:")
    # Nothing of it waits any more.
    assert not Notification.objects.filter(kind=Kind.REQUEST, read_at=None).exists()


def test_without_a_manager_hr_is_told_and_never_the_person_who_asks(hr: User, colleague: User) -> None:
    away(colleague)
    assert [who for who, _said in told(Kind.REQUEST)] == ["hr"]


def test_what_was_withdrawn_waits_for_nobody(colleague: User, manager: User) -> None:
    absence_withdraw(absence=away(colleague), by=colleague)
    assert not Notification.objects.filter(read_at=None).exists()
    assert told(Kind.DECISION) == []
    assert set(send_all()) == {Delivery.State.DROPPED}


def test_a_correction_is_told_too_and_no_text_holds_a_reason(colleague: User, manager: User) -> None:
    yesterday = datetime.combine(timezone.now().date() - DAY, time(17), MADRID)
    employ(colleague.employee, hired_on=yesterday.date() - 30 * DAY)
    asked = request_file(
        employee=colleague.employee, by=colleague, kind="add", reason="at the doctor's", direction="out", at=yesterday
    )
    request_refuse(request=asked, by=manager, answer="too often ill")
    assert [who for who, _said in told(Kind.REQUEST) + told(Kind.DECISION)] == ["manager", "colleague"]
    send_all()
    everything = " ".join(str(one.data) for one in Notification.objects.all())
    everything += " ".join(f"{one.subject} {one.body}" for one in mail.outbox)
    assert "doctor" not in everything
    assert "ill" not in everything.replace("will", "")


def test_decided_overtime_is_told_with_how_much_of_it(colleague: User, manager: User) -> None:
    for approved, words in (({"150": 3600}, "approved:"), ({"150": 60}, "approved in part:"), ({}, "refused:")):
        OvertimeDecision.objects.create(
            employee=colleague.employee, day=date(2026, 3, 2), found={"150": 3600}, approved=approved, by=manager
        )
        assert f"Your overtime was {words}" in told(Kind.DECISION)[-1][1]


def test_a_silent_kiosk_is_told_to_hr_and_it_once_in_each_silence(
    door: tuple[Kiosk, Client], hr: User, technician: User, manager: User
) -> None:
    since = timezone.now() - timedelta(hours=1)
    for _look in range(2):
        kiosk_silent.send(Kiosk, kiosk=door[0], since=since)
    assert {who for who, _said in told(Kind.KIOSK)} == {"hr", "technician"}
    send_all()
    assert sorted(to for message in mail.outbox for to in message.to) == ["hr@example.com", "technician@example.com"]
    assert all("Front door" in message.subject for message in mail.outbox)


@pytest.fixture
def forgetful(colleague: User, manager: User, on_early_shift: Callable[[Employee], Employee], punched: Punched) -> User:
    """Came yesterday and never left."""
    day = timezone.now().date() - DAY
    employ(Employee.objects.all(), hired_on=day - 30 * DAY)
    punched(on_early_shift(colleague.employee), "in", datetime.combine(day, time(9), MADRID))
    return colleague


def test_a_missing_punch_is_told_once_and_no_more_unread_when_it_is_there(forgetful: User, punched: Punched) -> None:
    now = timezone.now() + timedelta(hours=12)
    look(now=now)
    look(now=now)
    missing = Notification.objects.filter(kind=Kind.MISSING)
    assert [(one.user, one.data["missing"]) for one in missing] == [(forgetful, "out")]
    punched(forgetful.employee, "out", datetime.combine(timezone.now().date() - DAY, time(17), MADRID))
    look(now=now)
    assert missing.get().read_at is not None


@pytest.mark.parametrize(("chosen", "who"), [([], ["manager"]), (["app"], ["hr", "manager"])])
def test_managers_learn_of_a_missing_punch_and_hr_if_it_wants_to(
    forgetful: User,
    manager: User,
    outsider_manager: User,
    hr: User,
    punched: Punched,
    chosen: list[str],
    who: list[str],
) -> None:
    now = timezone.now() + timedelta(hours=12)
    if chosen:
        choices_change(user=hr, channels={Kind.GAP: chosen})
    look(now=now)
    look(now=now)

    assert sorted(name for name, _said in told(Kind.GAP)) == who
    assert told(Kind.GAP)[0][1].startswith("Cleo Demo has no check-out on")
    assert not Delivery.objects.filter(notification__kind=Kind.GAP).exists()
    punched(forgetful.employee, "out", datetime.combine(timezone.now().date() - DAY, time(17), MADRID))
    look(now=now)
    assert not Notification.objects.filter(kind=Kind.GAP, read_at=None).exists()


def test_who_is_late_is_told_to_the_manager_once(
    colleague: User, manager: User, hr: User, outsider_manager: User
) -> None:
    monday = date(2026, 3, 2)
    employ(Employee.objects.all(), hired_on=monday - 30 * DAY)
    shift = Shift.objects.create(name="Early", starts_at=time(9), ends_at=time(17), weekdays=[0, 1, 2, 3, 4])
    ShiftAssignment.objects.create(employee=colleague.employee, shift=shift, valid_from=monday - 20 * DAY)
    Employee.objects.update(time_zone="UTC")
    early, later = (datetime.combine(monday, time(hour), UTC) for hour in (8, 11))
    look(now=early)
    assert told(Kind.LATE) == []
    look(now=later)
    look(now=later + timedelta(minutes=10))
    ((who, said),) = told(Kind.LATE)
    assert who == "manager"
    assert said.startswith("Cleo Demo was expected at 09:00")
    # Shown in Presente alone, unless somebody chose more.
    assert Delivery.objects.count() == 0


def test_a_period_that_cannot_be_closed_yet_is_not_told(hr: User) -> None:
    today = timezone.now().date()
    period_create(first=today - 9 * DAY, last=today - 4 * DAY, by=hr)
    look()
    assert told(Kind.PERIOD) == []
    look(now=timezone.now() + DAY)
    assert [who for who, _said in told(Kind.PERIOD)] == ["hr"]


def test_a_period_that_is_over_is_told_to_hr_until_it_is_closed(hr: User, manager: User) -> None:
    first = timezone.now().date() - 14 * DAY
    period = period_create(first=first, last=first + 6 * DAY, by=hr)
    look()
    look()
    assert [who for who, _said in told(Kind.PERIOD)] == ["hr"]
    period_lock(period=Period.objects.get(pk=period.pk), by=hr)
    assert not Notification.objects.filter(kind=Kind.PERIOD, read_at=None).exists()


def test_approvals_that_were_taken_back_are_told_to_both_also_without_an_account(
    ana: Employee, hr: User, manager: User
) -> None:
    first = timezone.now().date() - 14 * DAY
    period = period_create(first=first, last=first + 6 * DAY, by=hr)
    Employee.objects.filter(pk=ana.pk).update(email="ana@example.com")
    PeriodApproval.objects.create(period=period, employee=ana, manager_by=manager, taken_back_at=timezone.now())
    assert [approvals_tell(), approvals_tell()] == [1, 0]
    send_all()
    assert sorted(to for message in mail.outbox for to in message.to) == ["ana@example.com", "manager@example.com"]
    # Who has no account gets no page that would ask for a login.
    assert "http" not in next(str(one.body) for one in mail.outbox if one.to == ["ana@example.com"])


def test_several_periods_of_one_change_are_one_message_to_each(
    colleague: User, ana: Employee, hr: User, manager: User
) -> None:
    first = timezone.now().date() - 28 * DAY
    cleo = Employee.objects.get(user=colleague)
    for number in range(3):
        begin = first + 7 * number * DAY
        given = {"period": period_create(first=begin, last=begin + 6 * DAY, by=hr), "manager_by": manager}
        PeriodApproval.objects.create(**given, employee=cleo, taken_back_at=timezone.now())
    assert [approvals_tell(), approvals_tell()] == [3, 0]

    assert sorted(who for who, _said in told(Kind.APPROVAL)) == ["colleague", "manager"]
    send_all()
    body = str(mail.outbox[0].body)
    assert "Every approval given for them was taken back." in body
    assert body.count(" – ") == 3
    assert {one.path for one in Notification.objects.filter(user=manager)} == {reverse("attendance_periods")}


def test_the_same_event_is_told_once_to_each(hr: User, manager: User) -> None:
    given: dict[str, Any] = {"kind": Kind.BACKUP, "key": "backup:1", "data": {"days": 3}}
    assert tell(users=[hr], **given) == 1
    assert tell(users=[hr, manager], **given) == 1
    assert Notification.objects.count() == 2


def test_each_reads_it_in_their_own_language(colleague: User, manager: User) -> None:
    Employee.objects.filter(user=manager).update(language="es")
    with translation.override("en"):
        away(colleague)
        send_all()
    (message,) = mail.outbox
    assert "solicita" in message.subject
    assert "Hola" in str(message.body)


def test_a_leaver_is_not_told(colleague: User, manager: User) -> None:
    with time_machine.travel(timezone.now()):
        employ(manager.employee, hired_on=timezone.now().date() - 90 * DAY, left_on=timezone.now().date() - DAY)
        assert tell(kind=Kind.BACKUP, key="k", users=[User.objects.get(pk=manager.pk)], data={"days": 3}) == 0
