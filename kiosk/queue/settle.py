"""Recognising what a kiosk kept, in the order in which it was kept; what cannot be confirmed waits for HR."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from attendance.models import ClockEvent
from attendance.services.clock import ClockRefused, ClockResult, clock
from employees import vault
from employees.models import Employee
from employees.services import EmployeeError, pin_check
from kiosk.errors import KioskError
from kiosk.models import DeviceKey, KioskSettings, QueuedPunch
from kiosk.queue.sealing import Payload, Unreadable, open_payload
from kiosk.services.liveness import kiosk_policy
from kiosk.services.proposals import proposal_confirm
from recognition.models import Decision
from recognition.services import ImageRejected, ModelUnavailable, identify
from recognition.services.liveness import LivenessError, moments

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long a killed worker holds a device's queue; each punch renews it."""
State = QueuedPunch.State


@dataclass(frozen=True, slots=True)
class _Found:
    """What a kept punch turned out to be: whose, or the reason why nobody can be named."""

    reason: str = ""
    employee: Employee | None = None
    decision: Decision | None = None
    number: str = ""
    token: str = ""


def queue_settle(*, key_id: int) -> int:
    """Settle everything received from one device, in its order; how many were settled.

    One worker at a time holds a device's queue, by a lease in the database: the direction of a punch may follow from
    the one before it. Raises ``ModelUnavailable`` when no face can be recognised now: the punches stay received.
    """
    settled = 0
    while _claim(key_id):
        try:
            while (punch := _next(key_id)) is not None and _claim(key_id, held=True):
                _settle(punch)
                settled += 1
        finally:
            DeviceKey.objects.filter(pk=key_id).update(settling_until=None)
        # What arrived while the lease was being given back was told that somebody is at work.
        if _next(key_id) is None:
            break
    return settled


def queues_waiting() -> list[int]:
    """The devices from which punches were received that nobody is settling."""
    free = Q(key__settling_until=None) | Q(key__settling_until__lt=timezone.now())
    open_ = QueuedPunch.objects.filter(free, state=State.RECEIVED).order_by("key_id")
    return list(open_.values_list("key_id", flat=True).distinct())


def _claim(key_id: int, *, held: bool = False) -> bool:
    now = timezone.now()
    free = Q() if held else Q(settling_until=None) | Q(settling_until__lt=now)
    return bool(DeviceKey.objects.filter(free, pk=key_id).update(settling_until=now + LEASE))


def _next(key_id: int) -> QueuedPunch | None:
    rows = QueuedPunch.objects.select_related("key", "kiosk").filter(key_id=key_id, state=State.RECEIVED)
    return rows.order_by("counter").first()


def _settle(punch: QueuedPunch) -> None:
    try:
        payload = open_payload(punch, key_id=int(json.loads(punch.head)["sealed_to"]))
    except Unreadable:
        _wait(punch, _Found("unreadable"), None)
        return
    try:
        found = _recognise(punch, payload)
    except (ModelUnavailable, DatabaseError):
        raise
    except Exception:
        # One punch that trips over a fault of ours must not hold up those behind it: a person looks at it.
        log.exception("a punch made offline (%s) could not be recognised", punch.pk)
        found = _Found("failed")
    if not found.reason and punch.key.retired_at is not None:
        found = _Found("device_revoked", found.employee, found.decision, found.number)
    elif not found.reason and punch.clock == QueuedPunch.Clock.UNSURE and not found.token:
        found = _Found("clock_unsure", found.employee, found.decision, found.number)
    if found.reason:
        _wait(punch, found, payload)
        return
    try:
        with transaction.atomic():
            _confirm(punch, _clock(punch, found).event, found)
    except ClockRefused as error:
        _wait(punch, _Found(error.code, found.employee, found.decision, found.number), payload)
    except KioskError as error:
        _wait(punch, _Found(error.code), payload)


def _recognise(punch: QueuedPunch, payload: Payload) -> _Found:
    content = payload.content
    if punch.kind == QueuedPunch.Kind.OFFER:
        return _Found(token=str(content.get("proposal", "")))
    if punch.kind == QueuedPunch.Kind.PIN:
        number = str(content.get("number", "")).strip()[:40]
        try:
            return _Found(employee=pin_check(number=number, pin=str(content.get("pin", ""))[:40]), number=number)
        except EmployeeError as error:
            return _Found(error.code, number=number)
    if KioskSettings.of(punch.kiosk).mode == KioskSettings.Mode.VERIFY:
        # A company that lets a face only confirm a number has it looked up for nobody, without a network either.
        return _Found("verify_only")
    if not payload.frames:
        return _Found("no_picture")
    try:
        # Nobody can be asked to move any more: whoever would have been waits for HR instead.
        policy = replace(kiosk_policy(kiosk=punch.kiosk, door=None), remember=False)
        answer = identify(
            images=payload.frames, asker=Decision.Asker.KIOSK, asker_id=str(punch.kiosk_id), use="clocking",
            times=_times(payload), liveness=policy,
        )  # fmt: skip
    except ImageRejected:
        return _Found("no_picture")
    reason = "" if answer.employee else str(answer.outcome)
    # The decision names a person who would have been asked to move, too: HR sees who, and the picture has their key.
    return _Found(reason, answer.decision.employee, answer.decision)


def _times(payload: Payload) -> list[float]:
    """When each frame was taken; the usual distance where that was not kept, as with the one frame of a full disk."""
    count = len(payload.frames)
    try:
        return moments(json.dumps(payload.content.get("times")), count)
    except LivenessError:
        return moments("", count)


def _clock(punch: QueuedPunch, found: _Found) -> ClockResult:
    if punch.kind == QueuedPunch.Kind.OFFER:
        return proposal_confirm(kiosk=punch.kiosk, token=found.token, direction=punch.direction, kept_at=punch.at)
    if found.employee is None:
        raise KioskError("unknown", "")
    return clock(
        employee=found.employee,
        direction=punch.direction or None,
        at=punch.at,
        zone=punch.kiosk.time_zone,
        method=ClockEvent.Method.FACE if punch.kind == QueuedPunch.Kind.FACE else ClockEvent.Method.PIN,
        kiosk=punch.kiosk,
        decision=found.decision,
        idempotency_key=f"queue-{punch.pk}",
    )


def _confirm(punch: QueuedPunch, event: ClockEvent, found: _Found) -> None:
    QueuedPunch.objects.filter(pk=punch.pk, state=State.RECEIVED).update(
        state=State.CONFIRMED, event=event, employee=event.employee, decision=found.decision, number=found.number,
        payload=None, settled_at=timezone.now(),
    )  # fmt: skip


def _wait(punch: QueuedPunch, found: _Found, payload: Payload | None) -> None:
    """Keep the first picture for HR, with the person's key where it is known whose it may be; forget the rest."""
    with transaction.atomic():
        picture = payload.frames[0] if payload and payload.frames else None
        QueuedPunch.objects.filter(pk=punch.pk, state=State.RECEIVED).update(
            state=State.WAITING, reason=found.reason, employee=found.employee, decision=found.decision,
            number=found.number, payload=None,
            picture=seal_picture(punch, picture, found.employee) if picture else None,
        )  # fmt: skip


def seal_picture(punch: QueuedPunch, picture: bytes, employee: Employee | None) -> bytes:
    """The picture encrypted with the key of the person it may show; with the installation's while nobody is known."""
    context = f"queued:{punch.pk}"
    if employee is None:
        return vault.wrap(picture, context=context)
    return vault.encrypt(employee.biometric_key(), picture, context=context)
