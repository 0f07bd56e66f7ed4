"""Chat messages go through Apprise, to addresses that the guard allows, and their address is kept encrypted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from common.models import AuditEntry
from common.tests.receiver import Receiver, receiving
from employees.models import User
from notifications.channels.chat import ChatRefused, chat_set
from notifications.models import ChatAddress, Delivery, Kind, Notification
from notifications.services.telling import tell
from notifications.tests.kit import away, send_all

pytestmark = pytest.mark.django_db
State = Delivery.State
SECRET = "t0psecret"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOK_LOOPBACK = True
    with receiving() as one:
        yield one


def address(receiver: Receiver) -> str:
    return f"{receiver.url.replace('http', 'json', 1).partition('?')[0]}/{SECRET}"


def test_a_chat_message_arrives_once_and_its_address_is_sealed(
    receiver: Receiver, colleague: User, manager: User
) -> None:
    row = chat_set(url=address(receiver), user=manager)
    assert (row.service, row.url) == ("JSON", address(receiver))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM notifications_chataddress")
        assert SECRET not in repr([bytes(x) if isinstance(x, memoryview) else x for x in cursor.fetchone()])
    User.objects.filter(pk=manager.pk).update(email="")
    away(colleague)
    assert send_all() == [State.SENT]
    assert send_all() == [State.SENT]
    (document,) = receiver.documents
    assert "Cleo Demo requests time off" in document["title"]
    assert "/attendance/exceptions/" in document["message"]
    assert "wedding" not in str(document)


def test_a_machine_that_nothing_is_sent_to_is_not_connected_to(
    receiver: Receiver, settings: Settings, colleague: User, manager: User
) -> None:
    settings.WEBHOOK_LOOPBACK = False
    chat_set(url=address(receiver), user=manager)
    User.objects.filter(pk=manager.pk).update(email="")
    away(colleague)
    assert send_all() == [State.FAILED]
    assert receiver.requests == []
    assert "this machine itself" in Delivery.objects.get().error


def test_a_redirect_is_not_followed_and_a_refusal_is_tried_again(
    receiver: Receiver, colleague: User, manager: User
) -> None:
    receiver.status, receiver.location = 307, "/elsewhere"
    chat_set(url=address(receiver), user=manager)
    User.objects.filter(pk=manager.pk).update(email="")
    away(colleague)
    assert send_all() == [State.WAITING]
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "syslog://",
        "mailto://user:pass@example.com",
        "dbus://",
        "x" * 2000,
    ],
)
def test_other_addresses_are_refused(manager: User, url: str) -> None:
    with pytest.raises(ChatRefused):
        chat_set(url=url, user=manager)
    assert not ChatAddress.objects.exists()


def test_the_company_s_chat_gets_what_names_nobody_and_its_change_is_recorded(
    receiver: Receiver, client_of: object, hr: User, technician: User, colleague: User, manager: User
) -> None:
    browser = Client()
    browser.force_login(technician, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post(
        "/notifications/company/", {"url": address(receiver), "kinds": [Kind.BACKUP, Kind.KIOSK]}, follow=True
    )
    assert "JSON" in answer.text
    assert SECRET not in answer.text
    assert AuditEntry.objects.filter(act="chat.company").count() == 1
    away(colleague)
    tell(kind=Kind.BACKUP, key="backup:1", users=[hr], data={"days": 3})
    tell(kind=Kind.PERIOD, key="period:1", users=[hr], data={"first": "2026-01-01", "last": "2026-01-31"})
    assert Notification.objects.filter(user=None).count() == 1
    send_all()
    assert ["3 days old" in one["title"] for one in receiver.documents] == [True]
