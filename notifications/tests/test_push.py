"""Push messages are encrypted for the browser alone, signed by this installation's key, and stop where it is gone."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from py_vapid import Vapid02
from pytest_django import Settings

from common.tests.receiver import Receiver, receiving
from employees.models import User
from employees.vault import VaultError
from notifications.channels.push import MOST_BROWSERS, public_key
from notifications.models import Delivery, PushSubscription
from notifications.tests.kit import away, send_all

pytestmark = pytest.mark.django_db
State = Delivery.State
ADDRESS = "/notifications/push/"


@pytest.fixture(autouse=True)
def _keys(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """The push service of a browser."""
    settings.WEBHOOK_LOOPBACK = True
    with receiving() as one:
        one.status = 201
        yield one


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Browser:
    """The keys that it made, and what it says of itself."""

    def __init__(self, endpoint: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"sixteen bytes..."
        self.endpoint = endpoint

    @property
    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": encoded(point), "auth": encoded(self.secret)}}

    def reads(self, body: bytes) -> dict[str, Any]:
        content = http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        return dict(json.loads(content))


def post(client: Client, content: Any) -> Any:
    return client.post(ADDRESS, json.dumps(content), content_type="application/json")


@pytest.fixture
def subscribed(receiver: Receiver, manager_client: Client, manager: User) -> Browser:
    browser = Browser(receiver.url)
    assert post(manager_client, browser.subscription).json() == {"browsers": 1}
    User.objects.filter(pk=manager.pk).update(email="")
    return browser


def test_a_message_is_read_by_the_browser_alone_and_signed_for_its_push_service(
    receiver: Receiver, subscribed: Browser, colleague: User
) -> None:
    away(colleague)
    assert send_all() == [State.SENT]
    assert send_all() == [State.SENT]
    ((headers, body),) = receiver.requests
    assert b"Cleo" not in body
    told = subscribed.reads(body)
    assert told["title"].startswith("Cleo Demo requests time off")
    assert told["path"] == "/attendance/exceptions/"
    assert Vapid02.verify(headers["authorization"])
    assert headers["authorization"].endswith(f"k={public_key()}")
    assert headers["content-encoding"] == "aes128gcm"


def test_the_key_pair_is_its_owner_s_alone_and_stays(settings: Settings) -> None:
    first = public_key()
    assert public_key() == first
    path = Path(str(settings.KEYS_DIR)) / "push.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_pair_closes_no_page_and_is_told(
    settings: Settings, colleague_client: Client, content: bytes
) -> None:
    path = Path(str(settings.KEYS_DIR)) / "push.key"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(VaultError, match="holds no key"):
        public_key()
    page = colleague_client.get("/notifications/choices/")
    assert page.status_code == 200
    assert "data-key" not in page.text


def test_with_a_damaged_key_pair_messages_fail_one_by_one(
    receiver: Receiver, subscribed: Browser, colleague: User, settings: Settings
) -> None:
    (Path(str(settings.KEYS_DIR)) / "push.key").write_bytes(b"")
    away(colleague)
    assert send_all() == [State.WAITING]
    assert PushSubscription.objects.exists()


def test_a_browser_that_is_gone_is_forgotten(receiver: Receiver, subscribed: Browser, colleague: User) -> None:
    receiver.status = 410
    away(colleague)
    assert send_all() == [State.FAILED]
    assert not PushSubscription.objects.exists()


def test_a_push_service_that_is_away_is_asked_again(receiver: Receiver, subscribed: Browser, colleague: User) -> None:
    receiver.status = 503
    away(colleague)
    assert send_all() == [State.WAITING]
    assert "503" in Delivery.objects.get().error


def test_this_machine_is_no_push_service(
    receiver: Receiver, subscribed: Browser, colleague: User, settings: Settings
) -> None:
    settings.WEBHOOK_LOOPBACK = False
    away(colleague)
    assert send_all() == [State.WAITING]
    assert receiver.requests == []


def test_a_browser_belongs_to_whoever_subscribed_last_and_only_they_take_it_away(
    receiver: Receiver, subscribed: Browser, manager_client: Client, colleague_client: Client, colleague: User
) -> None:
    post(colleague_client, subscribed.subscription)
    assert PushSubscription.objects.get().user == colleague
    post(manager_client, {"remove": True, "endpoint": receiver.url})
    assert PushSubscription.objects.count() == 1
    post(colleague_client, {"remove": True, "endpoint": receiver.url})
    assert PushSubscription.objects.count() == 0


def test_a_person_has_a_few_browsers(colleague_client: Client) -> None:
    for number in range(MOST_BROWSERS + 2):
        post(colleague_client, Browser(f"https://push.example.com/{number}").subscription)
    assert PushSubscription.objects.count() == MOST_BROWSERS


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"endpoint": "https://push.example.com/1"},
        {"endpoint": 7, "keys": {"p256dh": "x", "auth": "y"}},
        {"endpoint": "https://push.example.com/1", "keys": {"p256dh": "x", "auth": "é"}},
        {"endpoint": "file:///etc/passwd", "keys": {"p256dh": encoded(b"4" * 65), "auth": encoded(b"1" * 16)}},
        {"endpoint": "https://push.example.com/1", "keys": {"p256dh": encoded(b"4" * 65), "auth": encoded(b"1" * 16)}},
    ],
)
def test_what_is_no_subscription_is_refused(colleague_client: Client, content: Any) -> None:
    assert post(colleague_client, content).status_code == 422
    assert not PushSubscription.objects.exists()
