"""Telling somebody something: a row for each receiver in the transaction of what happened, sent after its commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from attendance.models import CorrectionLink
from common.company import zone_name
from common.jobs import enqueue
from employees.access import may_act
from employees.models import Employee, User
from notifications.kinds import RULES, wanted
from notifications.models import (
    Channel,
    ChatAddress,
    Delivery,
    Kind,
    Notification,
    NotificationChoices,
    PushSubscription,
)
from notifications.timing import Timing, due

TASK = "notifications.deliver"


def tell(
    *,
    kind: str,
    key: str,
    users: Iterable[User] = (),
    person: Employee | None = None,
    data: Mapping[str, Any],
    path: str = "",
    about: Employee | None = None,
    to: str = "",
) -> int:
    """Tell these users of an event, and ``person``, who has no account, by mail; how many were not told before.

    ``key`` names the event: the same key twice is told once. Texts name nothing of a face, no reason of an absence and
    no answer: the page of ``path`` shows them to who may see them. ``to`` is another e-mail address than their own.
    """
    receivers = list({one.pk: one for one in users if may_act(one)}.values())
    common = {"kind": kind, "key": key, "data": dict(data), "path": path, "about": about}
    rows = [Notification(user=user, **common) for user in receivers]
    if person is not None and not person.has_left and person.email:
        rows.append(Notification(person=person, in_app=False, **common))
    reach = _Reach(receivers)
    company = ChatAddress.objects.filter(company=True).first() if RULES[kind].company else None
    if company is not None and kind in company.kinds:
        rows.append(Notification(in_app=False, **common))
    for row in rows:
        if row.user is not None:
            row.in_app = Channel.APP in reach.wanted(row.user, kind)
    with transaction.atomic():
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        new = set(Notification.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
        messages = [one for row in rows if row.pk in new for one in _messages(row, reach, to)]
        Delivery.objects.bulk_create(messages)
        now = timezone.now()
        for one in messages:
            if one.next_try_at <= now:
                enqueue(TASK, one.pk)
    return len(new)


def settle(*, key: str) -> int:
    """What this event asked for is done: it is not unread any more, and messages that still wait are not sent."""
    return Notification.objects.filter(key=key, read_at=None).update(read_at=timezone.now())


def timing_of(user: User | None, choices: NotificationChoices | None) -> Timing:
    """When this user is written to, on the clock of their place."""
    employee: Employee | None = getattr(user, "employee", None)
    zone = employee.zone if employee is not None else ZoneInfo(zone_name())
    if choices is None:
        return Timing(zone)
    hour = choices.digest_hour if choices.digest == NotificationChoices.Digest.DAILY else None
    return Timing(zone, hour, choices.quiet_from, choices.quiet_to)


class _Reach:
    """What these users chose and how they can be reached: three statements for all of them."""

    def __init__(self, users: list[User]) -> None:
        keys = [one.pk for one in users]
        self.choices = {one.user_id: one for one in NotificationChoices.objects.filter(user__in=keys)}
        chats = ChatAddress.objects.filter(user__in=keys).values_list("user_id", flat=True)
        pushes = PushSubscription.objects.filter(user__in=keys).values_list("user_id", flat=True)
        self.having = {Channel.CHAT: set(chats), Channel.PUSH: set(pushes)}

    def wanted(self, user: User, kind: str) -> frozenset[str]:
        choices = self.choices.get(user.pk)
        return wanted(user, kind, choices.channels if choices else None)

    def channels(self, user: User, kind: str, to: str) -> list[str]:
        """By which of the wanted ones a message can be sent."""
        found = self.wanted(user, kind)
        can = {Channel.EMAIL: bool(to or user.email)} | {one: user.pk in keys for one, keys in self.having.items()}
        return [channel for channel, able in can.items() if able and channel in found]


def _messages(row: Notification, reach: _Reach, to: str) -> list[Delivery]:
    if row.user is None:
        channel = Channel.EMAIL if row.person_id else Channel.CHAT
        return [Delivery(notification=row, channel=channel, to=to)]
    choices = reach.choices.get(row.user.pk)
    certain = RULES[row.kind].certain
    timing = Timing(ZoneInfo("UTC")) if certain else timing_of(row.user, choices)
    at = due(timezone.now(), timing)
    return [
        Delivery(
            notification=row,
            channel=channel,
            to=to if channel == Channel.EMAIL else "",
            digest=timing.digest_hour is not None,
            next_try_at=at,
        )
        for channel in reach.channels(row.user, row.kind, to)
        if not (channel == Channel.EMAIL and _mailed_already(row))
    ]


def _mailed_already(row: Notification) -> bool:
    """A missing check-out for which the work policy has a mail with a link of its own."""
    if row.kind != Kind.MISSING or row.about is None:
        return False
    return CorrectionLink.objects.filter(employee=row.about, day=row.data["day"]).exists()
