"""Recognising what a kiosk kept, in the order in which it was kept; what cannot be confirmed waits for HR."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace

from django.db import DatabaseError, transaction
from django.utils import timezone

from attendance.models import ClockEvent
from attendance.refusals import AttendanceRefused
from attendance.services.clock import ClockResult, clock
from common.leases import LeaseLost
from employees import key_store, vault
from employees.models import Employee
from employees.services import EmployeeError
from kiosk.errors import KioskError
from kiosk.models import DeviceKey, KioskSettings, QueuedPunch
from kiosk.queue.sealing import Payload, Unreadable, open_payload
from kiosk.services.faces import liveness_policy
from kiosk.services.pin import kiosk_pin_check
from kiosk.services.proposals import proposal_confirm
from recognition.models import Decision
from recognition.services import ImageRejected, ModelUnavailable, identify
from recognition.services.liveness import LivenessError, moments

log = logging.getLogger(__name__)

State = QueuedPunch.State


@dataclass(frozen=True, slots=True)
class _Recognised:
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
    while (key := DeviceKey.claim(key_id)) is not None:
        try:
            while (punch := _next(key_id)) is not None:
                key.renew()
                _settle(punch)
                settled += 1
        except LeaseLost:
            log.warning("the queue of device %s was taken over by another worker", key_id)
            break
        finally:
            key.release(attempts=0)
        # What arrived while the lease was being given back was told that somebody is at work.
        if _next(key_id) is None:
            break
    return settled


def queues_waiting() -> list[int]:
    """The devices from which punches were received that nobody is settling."""
    open_ = QueuedPunch.objects.filter(DeviceKey.free(prefix="key__"), state=State.RECEIVED).order_by("key_id")
    return list(open_.values_list("key_id", flat=True).distinct())


def _next(key_id: int) -> QueuedPunch | None:
    rows = QueuedPunch.objects.select_related("key", "kiosk").filter(key_id=key_id, state=State.RECEIVED)
    return rows.order_by("counter").first()


def _settle(punch: QueuedPunch) -> None:
    try:
        payload = open_payload(punch, key_id=int(json.loads(punch.head)["sealed_to"]))
    except Unreadable:
        _wait(punch, _Recognised("unreadable"), None)
        return
    try:
        recognised = _recognise(punch, payload)
    except (ModelUnavailable, DatabaseError):
        raise
    except Exception:
        # One punch that trips over a fault of ours must not hold up those behind it: a person looks at it.
        log.exception("a punch made offline (%s) could not be recognised", punch.pk)
        recognised = _Recognised("failed")
    if not recognised.reason and punch.key.retired_at is not None:
        recognised = _Recognised("device_revoked", recognised.employee, recognised.decision, recognised.number)
    elif not recognised.reason and punch.clock == QueuedPunch.Clock.UNSURE and not recognised.token:
        recognised = _Recognised("clock_unsure", recognised.employee, recognised.decision, recognised.number)
    if recognised.reason:
        _wait(punch, recognised, payload)
        return
    try:
        with transaction.atomic():
            _confirm(punch, _clock(punch, recognised).event, recognised)
    except AttendanceRefused as error:
        _wait(punch, _Recognised(error.code, recognised.employee, recognised.decision, recognised.number), payload)
    except KioskError as error:
        _wait(punch, _Recognised(error.code), payload)


def _recognise(punch: QueuedPunch, payload: Payload) -> _Recognised:
    content = payload.content
    if punch.kind == QueuedPunch.Kind.OFFER:
        return _Recognised(token=str(content.get("proposal", "")))
    if punch.kind == QueuedPunch.Kind.PIN:
        number = str(content.get("number", "")).strip()[:40]
        try:
            # Under the limits of the kiosk and of the number: what is too much is not lost, it waits for HR.
            employee = kiosk_pin_check(kiosk=punch.kiosk, number=number, pin=str(content.get("pin", ""))[:40])
            return _Recognised(employee=employee, number=number)
        except (EmployeeError, KioskError) as error:
            return _Recognised(error.code, number=number)
    chosen = KioskSettings.of(punch.kiosk)
    if chosen.mode == KioskSettings.Mode.VERIFY:
        # A company that lets a face only confirm a number has it looked up for nobody, without a network either.
        return _Recognised("verify_only")
    if not payload.frames:
        return _Recognised("no_picture")
    try:
        # Nobody can be asked to move any more: whoever would have been waits for HR instead.
        policy = replace(liveness_policy(chosen, door=None), remember=False)
        answer = identify(
            images=payload.frames,
            asker=Decision.Asker.KIOSK,
            asker_id=str(punch.kiosk_id),
            use="clocking",
            times=_times(payload),
            liveness=policy,
        )
    except ImageRejected:
        return _Recognised("no_picture")
    reason = "" if answer.employee else str(answer.outcome)
    # The decision names a person who would have been asked to move, too: HR sees who, and the picture has their key.
    return _Recognised(reason, answer.decision.employee, answer.decision)


def _times(payload: Payload) -> list[float]:
    """When each frame was taken; the usual distance where that was not kept, as with the one frame of a full disk."""
    count = len(payload.frames)
    try:
        return moments(json.dumps(payload.content.get("times")), count)
    except LivenessError:
        return moments("", count)


def _clock(punch: QueuedPunch, recognised: _Recognised) -> ClockResult:
    if punch.kind == QueuedPunch.Kind.OFFER:
        return proposal_confirm(kiosk=punch.kiosk, token=recognised.token, direction=punch.direction, kept_at=punch.at)
    if recognised.employee is None:
        raise KioskError("unknown", "")
    return clock(
        employee=recognised.employee,
        direction=punch.direction or None,
        at=punch.at,
        zone=punch.kiosk.time_zone,
        method=ClockEvent.Method.FACE if punch.kind == QueuedPunch.Kind.FACE else ClockEvent.Method.PIN,
        kiosk=punch.kiosk,
        decision=recognised.decision,
        idempotency_key=f"queue-{punch.pk}",
    )


def _confirm(punch: QueuedPunch, event: ClockEvent, recognised: _Recognised) -> None:
    QueuedPunch.objects.filter(pk=punch.pk, state=State.RECEIVED).update(
        state=State.CONFIRMED,
        event=event,
        employee=event.employee,
        decision=recognised.decision,
        number=recognised.number,
        payload=None,
        settled_at=timezone.now(),
    )


def _wait(punch: QueuedPunch, recognised: _Recognised, payload: Payload | None) -> None:
    """Keep the first picture for HR, with the person's key where it is known whose it may be; forget the rest."""
    with transaction.atomic():
        picture = payload.frames[0] if payload and payload.frames else None
        QueuedPunch.objects.filter(pk=punch.pk, state=State.RECEIVED).update(
            state=State.WAITING,
            reason=recognised.reason,
            employee=recognised.employee,
            decision=recognised.decision,
            number=recognised.number,
            payload=None,
            picture=seal_picture(punch, picture, recognised.employee) if picture else None,
        )


def seal_picture(punch: QueuedPunch, picture: bytes, employee: Employee | None) -> bytes:
    """The picture encrypted with the key of the person it may show; with that of its day while nobody is known."""
    context = f"queued:{punch.pk}"
    if employee is None:
        return vault.wrap(picture, context=context, key=key_store.day(punch.received_at))
    return vault.encrypt(employee.biometric_key(), picture, context=context)
