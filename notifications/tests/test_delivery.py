"""Messages are sent once, when they may be, to who may still have them, and again where a server was away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from employees.models import Department, Employee, User
from employees.tests.employment_kit import employ
from notifications.models import Delivery, Kind, Notification
from notifications.services.choosing import choices_change
from notifications.services.delivering import PAUSES, dead_since, deliver, sweep
from notifications.services.telling import tell
from notifications.tests.kit import away, mail_server, send_all

pytestmark = pytest.mark.django_db
State = Delivery.State
ALL = {kind: ["app", "email", "push", "chat"] for kind in Kind.values}


@pytest.fixture
def sent_by_task(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages that were handed to workers."""
    handed: list[str] = []

    def hand(name: str, arguments: list[str]) -> None:
        if name == "notifications.deliver":
            handed.extend(arguments)

    monkeypatch.setattr("common.jobs.current_app.send_task", hand)
    return handed


def test_a_mail_reaches_a_real_server(colleague: User, manager: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    away(colleague)
    with mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        assert send_all() == [State.SENT]
        assert send_all() == [State.SENT]
    ((to, message),) = server.taken
    assert to == "manager@example.com"
    assert "Cleo Demo requests time off" in str(message["Subject"])
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert b"/attendance/exceptions/" in body
    assert b"/notifications/choices/" in body


def test_two_sweeps_and_two_workers_send_one(
    colleague: User, manager: User, sent_by_task: list[str], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        away(colleague)
        sweep()
        sweep()
    assert len(sent_by_task) == 3
    for key in sent_by_task:
        deliver(delivery_id=key)
    assert len(mail.outbox) == 1
    assert sweep() == 0


def test_what_a_worker_holds_no_other_sends_and_a_dead_worker_s_goes_to_the_next(
    colleague: User, manager: User
) -> None:
    away(colleague)
    held = Delivery.claim(Delivery.objects.get().pk, state=State.SENDING)
    assert held is not None
    assert deliver(delivery_id=held.pk).state == State.SENDING
    assert mail.outbox == []
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweep() == 1
    assert deliver(delivery_id=held.pk).state == State.SENT


def test_a_server_that_is_away_is_asked_again_with_growing_pauses_and_then_no_more(
    colleague: User, manager: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    away(colleague)
    row = Delivery.objects.get()
    now = timezone.now()
    for pause in PAUSES:
        with time_machine.travel(now, tick=False):
            row = deliver(delivery_id=row.pk)
            assert (row.state, row.next_try_at) == (State.WAITING, now + timedelta(seconds=pause))
            assert "refused" in row.error
            # Not before the pause is over.
            assert deliver(delivery_id=row.pk).attempts == row.attempts
        now = row.next_try_at
    assert dead_since(timezone.now() - timedelta(days=1)) == 0
    with time_machine.travel(now, tick=False):
        assert deliver(delivery_id=row.pk).state == State.FAILED
        assert dead_since(now - timedelta(days=1)) == 1
        assert sweep() == 0


def left(user: User, department: Department) -> None:
    yesterday = timezone.now().date() - timedelta(days=1)
    employ(user.employee, hired_on=yesterday - timedelta(days=90), left_on=yesterday)


def closed(user: User, department: Department) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def manages_no_more(user: User, department: Department) -> None:
    department.managers.clear()


def read_before(user: User, department: Department) -> None:
    Notification.objects.update(read_at=timezone.now())


def switched_off(user: User, department: Department) -> None:
    choices_change(user=user, channels={Kind.REQUEST: ["app"]})


@pytest.mark.parametrize("change", [left, closed, manages_no_more, read_before, switched_off])
def test_who_may_have_it_is_asked_when_it_is_sent(
    colleague: User, manager: User, department: Department, change: Callable[[User, Department], None]
) -> None:
    away(colleague)
    change(manager, department)
    assert send_all() == [State.DROPPED]
    assert mail.outbox == []
    assert Delivery.objects.get().error


def test_without_a_mail_server_no_mail_counts_as_sent(
    colleague: User, manager: User, manager_client: Client, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "common.unsent_mail.EmailBackend"
    away(colleague)

    assert send_all() == [State.DROPPED]

    assert Delivery.objects.get().error == "No mail server is set."
    assert "EMAIL_URL" in manager_client.get("/notifications/choices/").text


def test_a_leaver_without_an_account_gets_nothing(ana: Employee) -> None:
    Employee.objects.filter(pk=ana.pk).update(email="ana@example.com")
    ana.refresh_from_db()
    tell(kind=Kind.BACKUP, key="k", person=ana, data={"days": 3})
    employ(ana, hired_on=timezone.now().date() - timedelta(days=9), left_on=timezone.now().date() - timedelta(days=1))
    assert send_all() == [State.DROPPED]


def test_quiet_hours_hold_also_what_was_queued_before_they_were_chosen(colleague: User, manager: User) -> None:
    noon = timezone.now().replace(hour=12, minute=0)
    with time_machine.travel(noon, tick=False):
        away(colleague)
        choices_change(user=manager, channels=ALL, quiet_from=time(11), quiet_to=time(13))
        assert deliver(delivery_id=Delivery.objects.get().pk).state == State.WAITING
        assert mail.outbox == []
    with time_machine.travel(noon + timedelta(hours=1), tick=False):
        assert send_all() == [State.SENT]


def test_what_comes_once_a_day_comes_in_one_message(colleague: User, manager: User) -> None:
    morning = timezone.now().replace(hour=6, minute=0)
    choices_change(user=manager, channels=ALL, digest="daily", digest_hour=18)
    with time_machine.travel(morning, tick=False):
        first = timezone.now().date() + timedelta(days=20)
        away(colleague, day=first)
        away(colleague, day=first + timedelta(days=2))
        assert send_all() == [State.WAITING, State.WAITING]
    with time_machine.travel(morning + timedelta(hours=13), tick=False):
        assert send_all() == [State.SENT, State.SENT]
        assert send_all() == [State.SENT, State.SENT]
    (message,) = mail.outbox
    assert "2 notifications" in message.subject
    assert str(message.body).count("requests time off") == 2


def test_a_mail_with_the_link_of_the_work_policy_is_not_doubled(colleague: User) -> None:
    from attendance.models import CorrectionLink

    day = timezone.now().date()
    choices_change(user=colleague, channels=ALL)
    told = {"kind": Kind.MISSING, "users": [colleague], "about": colleague.employee}
    for number in (0, 1):
        when = day - timedelta(days=number)
        if number:
            CorrectionLink.objects.create(employee=colleague.employee, day=when, expires_at=timezone.now())
        tell(key=f"missing:{when}", data={"day": when.isoformat(), "missing": "out"}, **told)  # type: ignore[arg-type]
    assert Notification.objects.count() == 2
    assert Delivery.objects.count() == 1
