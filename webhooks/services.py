"""Telling other programs: a row for each message in the transaction of what happened, sent when that is committed."""

from __future__ import annotations

import base64
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from standardwebhooks import Webhook as Signer

from attendance.models import ClockEvent, Period
from common.jobs import enqueue
from common.leases import LeaseLost
from common.outgoing import AddressRefused, check_form
from employees import vault
from employees.models import Employee, User
from webhooks.models import Webhook, WebhookDelivery
from webhooks.post import Answer, post

log = logging.getLogger(__name__)

State = WebhookDelivery.State
PAUSES = (10, 60, 300, 1800, 7200, 21600, 86400)
"""Seconds from one try to the next; after the last one a message counts as failed, a day and a half after the first."""
KEPT = timedelta(days=30)
SECRET_PREFIX = "whsec_"
TEST = "test"


class Message(NamedTuple):
    """What is told: a name for what happened, the content, and whom it is about."""

    key: str
    data: dict[str, Any]
    employee: Employee | None = None


def webhook_create(*, name: str, url: str, events: Iterable[str], by: User | None = None) -> tuple[Webhook, str]:
    """A new receiver and its secret, which is shown this once. Raises ``ValidationError``."""
    webhook = Webhook(name=name, url=url, events=_checked(url, events), created_by=by)
    secret = _new_secret(webhook)
    webhook.full_clean()
    webhook.save()
    return webhook, secret


def webhook_renew_secret(*, webhook: Webhook) -> str:
    """A fresh secret; the old one signs nothing from now on."""
    secret = _new_secret(webhook)
    webhook.save(update_fields=["sealed_secret"])
    return secret


def webhook_check(*, url: str, events: Iterable[str]) -> None:
    """Raise ``ValidationError`` for an address or a kind of event that cannot be."""
    _checked(url, events)


def punch_announce(*, event: ClockEvent) -> None:
    """Tell of a stored clock event; one that replaces another is a correction. Call it in the same transaction."""
    kind = Webhook.Event.CORRECTION if event.replaces_id else Webhook.Event.PUNCH
    webhook_emit(event=kind, key=f"event:{event.pk}", data=event_document(event), employee=event.employee)


def period_announce(*, period: Period, by: User) -> None:
    """Tell of a period that was just closed for changes. Call it in the same transaction."""
    assert period.locked_at is not None
    webhook_emit(
        event=Webhook.Event.PERIOD_LOCK,
        key=f"period:{period.pk}:{period.locked_at.isoformat()}",
        data={"first": period.first.isoformat(), "last": period.last.isoformat(), "by": str(by)},
    )


def event_document(event: ClockEvent) -> dict[str, Any]:
    """A clock event in a message: the fields that the API gives, and with a correction its author and reason."""
    document: dict[str, Any] = {
        "id": str(event.pk),
        "employee": {"number": event.employee.number, "name": event.employee.name},
        "direction": event.direction,
        "at": instant(event.at),
        "zone": event.zone,
        "local_at": event.local_at.isoformat(),
        "received_at": instant(event.received_at),
        "method": event.method,
        "kiosk": event.kiosk.name if event.kiosk else None,
        "decision": str(event.decision_id) if event.decision_id else None,
        "replaces": str(event.replaces_id) if event.replaces_id else None,
    }
    if event.author_id:
        document |= {"author": str(event.author), "reason": event.reason}
    return document


def webhook_emit(*, event: str, key: str, data: dict[str, Any], employee: Employee | None = None) -> None:
    """Store a message for each active webhook that wants this event, and queue them on commit.

    ``key`` names what happened: the same key twice is told once.
    """
    webhooks_emit(event=event, tell=lambda: [Message(key, data, employee)])


def webhooks_emit(*, event: str, tell: Callable[[], Iterable[Message]]) -> None:
    """The same of several messages; ``tell`` makes them, and is asked only where a webhook wants the event."""
    wanted = [webhook for webhook in Webhook.objects.filter(active=True) if event in webhook.events]
    if not wanted:
        return
    rows = [_row(webhook, event, *message) for message in tell() for webhook in wanted]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    for row in rows:
        enqueue("webhooks.deliver", row.pk)


def webhook_test(*, webhook: Webhook) -> WebhookDelivery:
    """Send a message that says only that the address works."""
    with transaction.atomic():
        row = _row(webhook, TEST, f"{TEST}:{secrets.token_hex(8)}", {"webhook": webhook.name}, None)
        row.save()
        enqueue("webhooks.deliver", row.pk)
    return row


def webhook_deliver(*, delivery_id: UUID | str) -> WebhookDelivery:
    """Send one message that is due. Safe to run twice and in two workers at once: the first one claims it."""
    now = timezone.now()
    due = Q(state=State.WAITING, next_try_at__lte=now) | Q(state=State.SENDING)
    delivery = WebhookDelivery.claim(delivery_id, due, state=State.SENDING)
    if delivery is None:
        return WebhookDelivery.objects.get(pk=delivery_id)
    if not delivery.webhook.active:
        return _record(delivery, Answer(None, _("The webhook is switched off.")), 0, final=True)
    started = time.monotonic()
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":"))
    try:
        headers = _headers(delivery, body, now)
    except vault.VaultError as error:
        return _record(delivery, Answer(None, str(error)), 0, final=True)
    answer = post(delivery.webhook.url, body.encode(), headers)
    return _record(delivery, answer, round((time.monotonic() - started) * 1000))


def webhook_replay(*, deliveries: Iterable[WebhookDelivery]) -> int:
    """Send these messages again, with the ids they had; returns how many were queued. What waits already is left."""
    keys = [delivery.pk for delivery in deliveries]
    with transaction.atomic():
        rows = WebhookDelivery.objects.select_for_update().filter(
            pk__in=keys, state__in=[State.DELIVERED, State.FAILED]
        )
        found = list(rows.values_list("pk", flat=True))
        WebhookDelivery.objects.filter(pk__in=found).update(
            state=State.WAITING,
            attempts=0,
            next_try_at=timezone.now(),
            finished_at=None,
            lease_token=None,
            lease_until=None,
        )
        for key in found:
            enqueue("webhooks.deliver", key)
    return len(found)


def webhook_sweep() -> int:
    """Queue what is due and forget what is old; returns how many were queued."""
    now = timezone.now()
    done = [State.DELIVERED, State.FAILED]
    WebhookDelivery.objects.filter(state__in=done, created_at__lt=now - KEPT).delete()
    due = Q(state=State.WAITING, next_try_at__lte=now) | Q(WebhookDelivery.stale(now), state=State.SENDING)
    waiting = list(WebhookDelivery.objects.filter(due).order_by("next_try_at").values_list("pk", flat=True)[:500])
    for key in waiting:
        enqueue("webhooks.deliver", key)
    return len(waiting)


def _headers(delivery: WebhookDelivery, body: str, at: datetime) -> dict[str, str]:
    """Signed as standardwebhooks.com says (v1)."""
    message_id = str(delivery.pk)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Presente",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(delivery.webhook.secret).sign(message_id, at, body),
    }


def _record(delivery: WebhookDelivery, answer: Answer, milliseconds: int, *, final: bool = False) -> WebhookDelivery:
    """Write down what came of a try, unless another worker has taken the message over meanwhile."""
    now = timezone.now()
    entry = {"at": instant(now), "status": answer.status, "detail": answer.detail, "ms": milliseconds}
    with transaction.atomic():
        try:
            locked = delivery.hold()
        except LeaseLost:
            return WebhookDelivery.objects.filter(pk=delivery.pk).first() or delivery
        locked.log = [*locked.log, entry][-30:]
        locked.lease_end()
        if answer.delivered:
            locked.state, locked.finished_at = State.DELIVERED, now
        elif final or locked.attempts > len(PAUSES):
            locked.state, locked.finished_at = State.FAILED, now
        else:
            locked.state = State.WAITING
            locked.next_try_at = now + timedelta(seconds=PAUSES[locked.attempts - 1])
        locked.save()
    return locked


def _row(webhook: Webhook, event: str, key: str, data: dict[str, Any], employee: Employee | None) -> WebhookDelivery:
    payload = {"type": event, "timestamp": instant(timezone.now()), "data": data}
    return WebhookDelivery(webhook=webhook, event=event, key=key, payload=payload, employee=employee)


def _new_secret(webhook: Webhook) -> str:
    secret = secrets.token_bytes(32)
    webhook.sealed_secret = vault.wrap(secret, context=f"webhook:{webhook.pk}")
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def _checked(url: str, events: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(events))
    unknown = set(chosen) - set(Webhook.Event.values)
    if unknown or not chosen:
        raise ValidationError({"events": _("Choose at least one event.")})
    try:
        check_form(url)
    except AddressRefused as refused:
        raise ValidationError({"url": refused.message}, code=refused.code) from refused
    return chosen


def instant(value: datetime) -> str:
    """In UTC, as every message writes it."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
