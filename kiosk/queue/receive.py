"""Taking in what a kiosk kept: each punch once, in the order of the device's counter, whoever the device is by now."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent
from common.inputs import UnreadableInput, read_json
from common.jobs import enqueue
from kiosk.errors import KioskError
from kiosk.models import DeviceKey, QueuedPunch
from kiosk.queue.device_clock import Anchor, Stamp, estimate
from kiosk.services.devices import decode_signature, signature_holds

log = logging.getLogger(__name__)

SIGNED = b"presente-queue-1\n"
HEAD_BYTES = 4096
SEALED_BYTES = 4 * 1024 * 1024
MOST_OPEN = 5000
"""Of one device: more than a week of a busy door, and an end to what a stolen one can send."""
FULL_SECONDS = 600
"""How long a device waits whose punches are not taken because HR has not looked at so many."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the device signed beside the sealed part; ``anchor`` is what it last heard from us."""

    key: str
    counter: int
    kind: str
    direction: str
    stamp: Stamp
    anchor: Anchor | None
    sealed_to: int
    sealed: str


def punch_receive(*, head: bytes, signature: str, sealed: bytes, sent: Any) -> QueuedPunch:
    """Store a kept punch and queue its recognition; the same punch again gives the same row.

    ``head`` is the JSON that the device signed when the punch was made, ``sealed`` the encrypted part whose SHA-256 it
    names, ``sent`` both clocks of the device at the moment of sending (``wall``, ``mono``, ``boot``). A retired key
    still opens the way, for a device that was revoked while it was offline: its punches wait for HR. Raises
    ``KioskError``: ``head_invalid``, ``too_large``, ``key_unknown``, ``signature_wrong``, ``counter_reused``,
    ``queue_full``.
    """
    if len(sealed) > SEALED_BYTES:
        raise KioskError("too_large", _("A kept punch may have 4 MiB."))
    parsed, after = read_head(head), Anchor(timezone.now(), read_stamp(sent))
    key = DeviceKey.objects.select_related("kiosk").filter(fingerprint=parsed.key).first()
    if key is None:
        raise KioskError("key_unknown", _("This device is not known here. Ask HR to pair it again."))
    held = signature_holds(key=key, text=SIGNED + head, signature=decode_signature(signature))
    if not held or hashlib.sha256(sealed).hexdigest() != parsed.sealed:
        raise KioskError("signature_wrong", _("This punch was not signed by the device, or was changed."))
    try:
        with transaction.atomic():
            return _store(key, parsed, head, signature, sealed, after)
    except IntegrityError:
        # The same punch from another tab of the kiosk, in this moment: it is stored now.
        with transaction.atomic():
            return _store(key, parsed, head, signature, sealed, after)


def _store(key: DeviceKey, head: Head, raw: bytes, signature: str, sealed: bytes, after: Anchor) -> QueuedPunch:
    digest = hashlib.sha256(raw).hexdigest()
    DeviceKey.objects.select_for_update().get(pk=key.pk)
    known = QueuedPunch.objects.filter(key=key, counter=head.counter).first()
    if known is not None:
        if known.digest != digest:
            raise KioskError("counter_reused", _("The device gave this number to another punch before."))
        return known
    mine = QueuedPunch.objects.filter(key=key)
    if mine.filter(state__in=[QueuedPunch.State.RECEIVED, QueuedPunch.State.WAITING]).count() >= MOST_OPEN:
        raise KioskError(
            "queue_full",
            _("Too many punches of this device wait for HR. They stay in the device."),
            retry_after=FULL_SECONDS,
        )
    last = mine.filter(counter__lt=head.counter).order_by("-counter").first()
    estimated = estimate(head.stamp, before=head.anchor, after=after, not_before=last.at if last else None)
    punch = QueuedPunch.objects.create(
        key=key,
        kiosk=key.kiosk,
        counter=head.counter,
        missing=head.counter - (last.counter if last else 0) - 1,
        digest=digest,
        head=raw.decode(),
        signature=decode_signature(signature),
        kind=head.kind,
        direction=head.direction,
        at=estimated.at,
        device_at=head.stamp.instant,
        clock=estimated.trust,
        received_at=after.server,
        payload=sealed,
    )
    enqueue("kiosk.queue_settle", key.pk)
    return punch


def read_head(head: bytes, *, kinds: Collection[str] = QueuedPunch.Kind.values) -> Head:
    """What the device signed, where it is of one of the ``kinds``. Raises ``KioskError`` (``head_invalid``)."""
    try:
        if len(head) > HEAD_BYTES:
            raise ValueError("too long")
        content = read_json(head)
        if content["kind"] not in kinds:
            raise ValueError("another kind")
        return Head(
            key=str(content["key"]),
            counter=_whole(content["counter"], least=1),
            kind=str(content["kind"]),
            direction=ClockEvent.Direction(content["direction"]).value if content["direction"] else "",
            stamp=_stamp(content),
            anchor=_anchor(content["anchor"]) if content["anchor"] else None,
            sealed_to=_whole(content["sealed_to"], least=1),
            sealed=str(content["sealed"]),
        )
    except (UnreadableInput, ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise _invalid() from error


def read_stamp(sent: Any) -> Stamp:
    """Both clocks of the device, as it sent them. Raises ``KioskError`` (``head_invalid``)."""
    try:
        return _stamp(sent)
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise _invalid() from error


def _invalid() -> KioskError:
    return KioskError("head_invalid", _("This kept punch cannot be read. Tell HR."))


def _stamp(content: Any) -> Stamp:
    stamp = Stamp(_whole(content["wall"]), float(content["mono"]), str(content["boot"])[:64])
    if not 0 <= stamp.mono < 1e13:
        raise ValueError("the monotonic clock is out of range")
    _in_our_era(stamp.instant)
    return stamp


def _anchor(content: Any) -> Anchor:
    return Anchor(_in_our_era(datetime.fromtimestamp(_whole(content["server"]) / 1000, UTC)), _stamp(content))


def _in_our_era(instant: datetime) -> datetime:
    """An instant from which the differences of a device's clocks may be counted without an overflow."""
    if abs(instant - datetime(2026, 1, 1, tzinfo=UTC)) > timedelta(days=200 * 365):
        raise ValueError("the clock is out of range")
    return instant


def _whole(value: Any, *, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**53:
        raise ValueError("no whole number in range")
    return value
