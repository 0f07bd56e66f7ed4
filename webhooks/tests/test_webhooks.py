"""Messages to other programs: when they are written, how they are signed, sent, tried again and replayed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from attendance.models import ClockEvent
from attendance.services import clock
from common.outgoing import AddressRefused, resolve
from common.tests.receiver import Receiver, receiving
from employees.models import Employee, User
from webhooks.models import Webhook, WebhookDelivery
from webhooks.services import (
    punch_announce,
    webhook_create,
    webhook_deliver,
    webhook_renew_secret,
    webhook_replay,
    webhook_sweep,
    webhook_test,
)

pytestmark = pytest.mark.django_db
State = WebhookDelivery.State
ALL = list(Webhook.Event.values)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOK_LOOPBACK = True
    with receiving() as one:
        yield one


def punch(person: Employee, key: str = "k", direction: str = "in") -> ClockEvent:
    return clock(employee=person, direction=direction, zone="Europe/Madrid", method="pin", idempotency_key=key).event


def due(delivery: WebhookDelivery) -> None:
    """Let the pause until the next try be over."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))


def send(delivery: WebhookDelivery | None = None) -> WebhookDelivery:
    return webhook_deliver(delivery_id=(delivery or WebhookDelivery.objects.get()).pk)


def test_a_punch_is_told_with_the_fields_that_the_api_gives(
    receiver: Receiver, ana: Employee, api_client_factory: Any
) -> None:
    webhook_create(name="Payroll", url=receiver.url, events=ALL)
    event = punch(ana)

    assert send().state == State.DELIVERED

    reader: APIClient = api_client_factory("attendance:read")
    shown = reader.get("/api/v1/attendance/events").json()["results"][0]
    shown.pop("replaced_by")
    told = receiver.documents[0]
    assert told["type"] == "punch"
    assert told["data"] == shown
    assert told["data"]["id"] == str(event.pk)


def test_a_receiver_s_own_library_accepts_the_signature_and_refuses_a_changed_message(
    receiver: Receiver, ana: Employee
) -> None:
    _webhook, secret = webhook_create(name="Payroll", url=receiver.url, events=ALL)
    punch(ana)
    send()
    headers, body = receiver.requests[0]

    Verifier(secret).verify(body, headers)

    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(body.replace(b"Ana", b"Eva"), headers)


def test_a_new_secret_ends_the_old_one(receiver: Receiver, ana: Employee) -> None:
    webhook, old = webhook_create(name="Payroll", url=receiver.url, events=ALL)
    fresh = webhook_renew_secret(webhook=webhook)
    punch(ana)
    send()
    headers, body = receiver.requests[0]

    Verifier(fresh).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(body, headers)


def test_only_the_chosen_events_are_told_and_nothing_while_it_is_switched_off(ana: Employee) -> None:
    webhook_create(name="Corrections", url="https://example.com/", events=["correction"])
    off, _secret = webhook_create(name="Off", url="https://example.com/", events=ALL)
    off.active = False
    off.save()

    punch(ana)

    assert not WebhookDelivery.objects.exists()


def test_a_row_that_replaces_another_is_told_as_a_correction_with_its_author_and_reason(
    ana: Employee, hr: User
) -> None:
    webhook_create(name="Payroll", url="https://example.com/", events=["correction"])
    wrong = punch(ana)
    right = ClockEvent.objects.create(
        employee=ana,
        direction="out",
        at=wrong.at,
        zone="UTC",
        method="manual",
        idempotency_key="fix",
        replaces=wrong,
        author=hr,
        reason="was leaving",
    )

    punch_announce(event=right)

    told = WebhookDelivery.objects.get().payload["data"]
    assert (told["replaces"], told["author"], told["reason"]) == (str(wrong.pk), "hr", "was leaving")


def test_the_same_thing_is_told_once(ana: Employee) -> None:
    webhook_create(name="Payroll", url="https://example.com/", events=ALL)
    event = punch(ana)

    punch_announce(event=event)
    punch(ana)

    assert WebhookDelivery.objects.count() == 1


def test_a_punch_that_is_rolled_back_is_told_to_nobody(ana: Employee) -> None:
    webhook_create(name="Payroll", url="https://example.com/", events=ALL)

    with transaction.atomic():
        punch(ana)
        transaction.set_rollback(True)

    assert not WebhookDelivery.objects.exists()


def test_a_refusal_is_tried_again_later_and_later_until_it_counts_as_failed(receiver: Receiver, ana: Employee) -> None:
    webhook_create(name="Payroll", url=receiver.url, events=ALL)
    receiver.status, receiver.answer = 503, b"closed for the night"
    punch(ana)
    pauses = []

    for _try in range(8):
        delivery = send()
        pauses.append(delivery.next_try_at - timezone.now())
        due(delivery)

    assert delivery.state == State.FAILED
    assert len(receiver.requests) == 8
    assert sorted(pauses[:7]) == pauses[:7]
    assert delivery.log[0] | {"at": "", "ms": 0} == {"at": "", "status": 503, "detail": "closed for the night", "ms": 0}
    send()
    assert len(receiver.requests) == 8


def test_nothing_is_sent_before_its_time(receiver: Receiver, ana: Employee) -> None:
    webhook_create(name="Payroll", url=receiver.url, events=ALL)
    receiver.status = 500
    punch(ana)
    send()

    send()

    assert len(receiver.requests) == 1
    assert webhook_sweep() == 0


def test_a_message_is_sent_once_and_again_only_when_it_is_replayed_with_its_id(
    receiver: Receiver, ana: Employee
) -> None:
    webhook_create(name="Payroll", url=receiver.url, events=ALL)
    punch(ana)
    send()
    send()
    assert len(receiver.requests) == 1

    assert webhook_replay(deliveries=WebhookDelivery.objects.all()) == 1
    again = send()

    assert again.state == State.DELIVERED
    first, second = (headers["webhook-id"] for headers, _body in receiver.requests)
    assert first == second
    assert len(again.log) == 2


def test_the_sweep_takes_over_what_a_killed_worker_was_sending(receiver: Receiver, ana: Employee) -> None:
    webhook_create(name="Payroll", url=receiver.url, events=ALL)
    punch(ana)
    WebhookDelivery.objects.update(state=State.SENDING, lease_until=timezone.now() - timedelta(seconds=1), attempts=1)

    assert webhook_sweep() == 1
    assert send().state == State.DELIVERED


def test_old_messages_are_forgotten(ana: Employee) -> None:
    webhook_create(name="Payroll", url="https://example.com/", events=ALL)
    punch(ana)
    WebhookDelivery.objects.update(state=State.FAILED, created_at=timezone.now() - timedelta(days=31))

    webhook_sweep()

    assert not WebhookDelivery.objects.exists()


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    webhook, _secret = webhook_create(name="Payroll", url=receiver.url, events=ALL)
    receiver.status, receiver.location = 307, receiver.url

    delivery = send(webhook_test(webhook=webhook))

    assert delivery.state == State.WAITING
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://127.0.0.1/", "address_of_this_machine"),
        ("https://localhost/", "address_of_this_machine"),
        ("https://[::1]/", "address_of_this_machine"),
        ("https://[::ffff:127.0.0.1]/", "address_of_this_machine"),
        ("https://[2002:7f00:1::]/", "address_of_this_machine"),
        ("https://2130706433/", "address_of_this_machine"),
        ("https://0177.0.0.1/", "address_of_this_machine"),
        ("https://0x7f.1/", "address_of_this_machine"),
        ("http://169.254.169.254/latest/meta-data", "address_not_allowed"),
        ("http://2852039166/", "address_not_allowed"),
        ("http://0251.0376.0251.0376/", "address_not_allowed"),
        ("http://[::ffff:a9fe:a9fe]/", "address_not_allowed"),
        ("http://[64:ff9b::a9fe:a9fe]/", "address_not_allowed"),
        ("http://[2002:a9fe:a9fe::1]/", "address_not_allowed"),
        ("http://[::169.254.169.254]/", "address_not_allowed"),
        ("http://[fd00:ec2::254]/", "address_not_allowed"),
        ("https://100.100.100.200/", "address_not_allowed"),
        ("https://0.0.0.0/", "address_not_allowed"),
        ("https://224.0.0.1/", "address_not_allowed"),
        ("http://8.8.8.8/", "plain_http"),
        ("https://nowhere.invalid/", "host_unknown"),
        ("ftp://10.0.0.1/", "address_malformed"),
        ("https:///x", "address_malformed"),
        ("https://a b/", "address_malformed"),
        ("https://u:p@10.0.0.1/", "address_with_password"),
    ],
)
def test_addresses_that_messages_are_not_sent_to(url: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        resolve(url)
    assert refused.value.code == code


@pytest.mark.parametrize("url", ["http://10.0.0.7:8080/hook", "http://192.168.1.2/", "https://[fd00::1]/"])
def test_private_networks_are_allowed_without_tls(url: str) -> None:
    assert resolve(url)[1].is_private


def test_what_resolves_to_a_forbidden_address_is_never_asked(ana: Employee) -> None:
    with receiving() as receiver:
        webhook_create(name="Payroll", url=receiver.url, events=ALL)
        punch(ana)

        delivery = send()

    assert receiver.requests == []
    assert "this machine" in delivery.log[0]["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"events": []}, "events"), ({"events": ["birthday"]}, "events"), ({"url": "javascript:alert(1)"}, "url")],
)
def test_a_webhook_that_cannot_be_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        webhook_create(**{"name": "Payroll", "url": "https://example.com/", "events": ALL, **changes})
    assert field in refused.value.message_dict


def test_hr_makes_one_in_the_admin_and_sees_the_secret_once(hr_client: Client) -> None:
    sent = {"name": "Payroll", "url": "https://example.com/hook", "events": ["punch"]}
    answer = hr_client.post("/admin/webhooks/webhook/add/", sent, follow=True)

    assert b"whsec_" in answer.content
    webhook = Webhook.objects.get()
    assert b"whsec_" not in hr_client.get(f"/admin/webhooks/webhook/{webhook.pk}/change/").content


def test_hr_tests_an_address_and_replays_a_message_in_the_admin(
    hr_client: Client, receiver: Receiver, ana: Employee
) -> None:
    webhook, _secret = webhook_create(name="Payroll", url=receiver.url, events=ALL)
    hr_client.get(reverse("admin:webhooks_webhook_send_test", args=[webhook.pk]))
    assert not WebhookDelivery.objects.exists()
    hr_client.post(reverse("admin:webhooks_webhook_send_test", args=[webhook.pk]))
    delivery = send()
    page = hr_client.get(f"/admin/webhooks/webhookdelivery/{delivery.pk}/change/")
    assert b"thanks" in page.content

    hr_client.post(reverse("admin:webhooks_webhookdelivery_send_one_again", args=[delivery.pk]))
    send()
    chosen = {"action": "send_again", "_selected_action": [str(delivery.pk)]}
    hr_client.post("/admin/webhooks/webhookdelivery/", chosen)
    send()

    assert len(receiver.requests) == 3


@pytest.mark.parametrize("role", ["manager_client", "colleague_client", "client"])
def test_nobody_else_opens_a_webhook_s_page(role: str, hr: User, request: pytest.FixtureRequest) -> None:
    webhook, _secret = webhook_create(name="Payroll", url="https://example.com/", events=ALL)
    delivery = webhook_test(webhook=webhook)
    visitor: Client = request.getfixturevalue(role)
    before = bytes(webhook.sealed_secret)

    for name, key in (
        ("webhook_change", webhook.pk),
        ("webhook_send_test", webhook.pk),
        ("webhook_renew_secret", webhook.pk),
        ("webhookdelivery_change", delivery.pk),
        ("webhookdelivery_send_one_again", delivery.pk),
    ):
        for ask in (visitor.get, visitor.post):
            answer = ask(reverse(f"admin:webhooks_{name}", args=[key]), follow=True)
            refused = answer.status_code == 403 or answer.redirect_chain[-1][0].startswith("/login/")
            assert refused, name

    webhook.refresh_from_db()
    assert bytes(webhook.sealed_secret) == before
    assert WebhookDelivery.objects.count() == 1
