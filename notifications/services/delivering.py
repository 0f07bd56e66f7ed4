"""Sending what is due: each message once, to nobody who has left, again after a pause where a server was away."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from approvals.selectors import may_decide_about
from common.company import in_company_zone, language
from common.jobs import enqueue
from common.leases import LeaseLost
from common.unsent_mail import mail_server_set
from employees.access import may_act
from employees.mail import language_of
from employees.models import User
from notifications.channels import chat, email, push
from notifications.channels.outcome import NotSent, Outcome
from notifications.kinds import RULES, wanted
from notifications.models import Channel, ChatAddress, Delivery, NotificationChoices
from notifications.services.telling import TASK, timing_of
from notifications.timing import after_quiet

log = logging.getLogger(__name__)
State = Delivery.State
PAUSES = (60, 300, 1800, 7200, 21600)
"""Seconds from one try to the next; after the last one a message counts as failed, some eight hours after the first."""
AT_ONCE = 500
SENDERS = {Channel.EMAIL: email.send, Channel.PUSH: push.send, Channel.CHAT: chat.send}


def deliver(*, delivery_id: UUID | str) -> Delivery:
    """Send one message that is due, with the others of the day where they come together.

    Safe to run twice and in two workers at once: the first one claims it.
    """
    row = _read(delivery_id)
    if row.state == State.WAITING and (later := _quiet_until(row)) is not None:
        now = timezone.now()
        Delivery.objects.filter(pk=row.pk, state=State.WAITING, next_try_at__lte=now).update(next_try_at=later)
        return _read(delivery_id)
    claimed = Delivery.claim(delivery_id, _due(timezone.now()), state=State.SENDING)
    if claimed is None:
        return _read(delivery_id)
    together = [_read(delivery_id), *_others(row)] if row.digest else [_read(delivery_id)]
    kept = []
    for one in together:
        why = _refusal(one)
        if why is None:
            kept.append(one)
        else:
            _record(one, State.DROPPED, why)
    if kept:
        outcome = _send(kept)
        for one in kept:
            _settle(one, outcome)
    return _read(delivery_id)


def sweep() -> int:
    """Queue what is due; returns how many were queued."""
    now = timezone.now()
    waiting = list(Delivery.objects.filter(_due(now)).order_by("next_try_at").values_list("pk", flat=True)[:AT_ONCE])
    for key in waiting:
        enqueue(TASK, key)
    return len(waiting)


def dead_since(moment: datetime) -> int:
    """How many messages were given up since then."""
    return Delivery.objects.filter(state=State.FAILED, finished_at__gte=moment).count()


def _due(now: datetime) -> Q:
    return Q(state=State.WAITING, next_try_at__lte=now) | Q(Delivery.stale(now), state=State.SENDING)


def _read(key: UUID | str) -> Delivery:
    rows = Delivery.objects.select_related(
        "notification__user__employee",
        "notification__user__notification_choices",
        "notification__user__chat_address",
        "notification__person",
        "notification__about",
    )
    return rows.get(pk=key)


def _others(row: Delivery) -> list[Delivery]:
    """What else is due for the same receiver by the same channel, claimed."""
    now = timezone.now()
    beside = Delivery.objects.filter(
        _due(now), digest=True, channel=row.channel, to=row.to, notification__user=row.notification.user_id
    ).exclude(pk=row.pk)
    keys = list(beside.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    claimed = [key for key in keys if Delivery.claim(key, _due(now), state=State.SENDING) is not None]
    return [_read(key) for key in claimed]


def _choices(user: User | None) -> NotificationChoices | None:
    found: NotificationChoices | None = getattr(user, "notification_choices", None)
    return found


def _quiet_until(row: Delivery) -> datetime | None:
    """The end of the receiver's quiet hours, where it is quiet now."""
    user, now = row.notification.user, timezone.now()
    if user is None or RULES[row.notification.kind].certain:
        return None
    later = after_quiet(now, timing_of(user, _choices(user)))
    return later if later > now else None


def _refusal(row: Delivery) -> str | None:
    """Why this message is not sent now; None where it is. Asked at the moment of sending."""
    told = row.notification
    if row.channel == Channel.EMAIL and not mail_server_set():
        return _("No mail server is set.")
    if told.person is not None:
        return _("This person has left.") if told.person.has_left else None
    if told.user is None:
        company = ChatAddress.objects.filter(company=True).first()
        return None if company is not None and told.kind in company.kinds else _("The company does not want it.")
    if not may_act(told.user):
        return _("This person has left, or the account is closed.")
    rule, choices = RULES[told.kind], _choices(told.user)
    if row.channel not in wanted(told.user, told.kind, choices.channels if choices else None):
        return _("It was switched off.")
    if told.read_at is not None and row.channel not in rule.certain:
        return _("It was read in Presente before.")
    if rule.of_others and told.about is not None and not may_decide_about(told.user, told.about):
        return _("This person may no longer decide about it.")
    return None


def _send(rows: list[Delivery]) -> Outcome:
    """By the channel, in the receiver's language and on the company's clock."""
    told = rows[0].notification
    reader = told.user or told.person
    spoken = language_of(reader) if reader is not None else language()
    with translation.override(spoken), in_company_zone():
        try:
            return SENDERS[Channel(rows[0].channel)](rows)
        except NotSent as refused:
            return Outcome(sent=False, error=str(refused), final=refused.final)


def _settle(row: Delivery, outcome: Outcome) -> None:
    if outcome.sent:
        _record(row, State.SENT, "")
    elif outcome.final or row.attempts > len(PAUSES):
        log.warning("message %s about %s was given up: %s", row.pk, row.notification.kind, outcome.error)
        _record(row, State.FAILED, outcome.error)
    else:
        _record(row, State.WAITING, outcome.error)


def _record(row: Delivery, state: str, error: str) -> None:
    """Write down what came of a try, unless another worker has taken the message over meanwhile."""
    now = timezone.now()
    with transaction.atomic():
        try:
            locked = row.hold()
        except LeaseLost:
            return
        locked.lease_end()
        locked.state, locked.error = state, error[:300]
        if state == State.WAITING:
            locked.next_try_at = now + timedelta(seconds=PAUSES[locked.attempts - 1])
        else:
            locked.finished_at = now
        locked.save()
