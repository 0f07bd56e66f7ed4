"""Punches that a phone kept while it had no connection: each taken in once, then recorded or refused at once.

The envelope is the kiosk's (``kiosk.queue``): a head that the phone signed, and a part that it sealed to the server.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent
from attendance.refusals import ClockWrong
from common.refusals import Refusal
from kiosk.queue.device_clock import Anchor, Estimate, estimate
from kiosk.queue.receive import SIGNED, Head, read_head, read_stamp
from kiosk.queue.sealing import Unreadable, open_sealed
from kiosk.services.devices import decode_signature, signature_fits
from phone.models import PhoneKey, PhonePunch
from phone.services import LONGEST_KEY, PhoneRefused, Sent, punch_record, read_place

KIND = "phone"
WAYS = (ClockEvent.Direction.IN, ClockEvent.Direction.OUT)
SEALED_BYTES = 16 * 1024
MOST_KEPT, DAYS_KEPT = 200, 35
"""What a phone keeps without a connection: weeks of one person's punches, and within what ``clock`` still takes."""


def punch_receive(*, head: bytes, signature: str, sealed: bytes, sent: Any) -> PhonePunch:
    """Store a kept punch and record it where it may be; the same punch again gives the same row.

    ``head`` is the JSON that the phone signed when the punch was made, ``sealed`` the encrypted part whose SHA-256 it
    names, ``sent`` both clocks of the phone at the moment of sending. The signature is what lets it in: the login may
    be over by now. Raises ``Refusal``: ``head_invalid``, ``too_large``, ``key_unknown``, ``signature_wrong``,
    ``counter_reused``, and ``server_clock`` while the punch has to stay in the phone.
    """
    if len(sealed) > SEALED_BYTES:
        raise PhoneRefused("too_large", _("A kept punch may have 16 KiB."), status=413)
    parsed, after = read_head(head, kinds=[KIND]), Anchor(timezone.now(), read_stamp(sent))
    key = PhoneKey.objects.select_related("employee__user").filter(fingerprint=parsed.key).first()
    if key is None:
        raise PhoneRefused("key_unknown", _("This phone is not known here. Log in and load the page again."))
    raw = decode_signature(signature)
    held = signature_fits(public_key=bytes(key.public_key), text=SIGNED + head, signature=raw)
    if not held or hashlib.sha256(sealed).hexdigest() != parsed.sealed:
        raise PhoneRefused("signature_wrong", _("This punch was not signed by the phone, or was changed."))
    try:
        with transaction.atomic():
            return _store(key, parsed, head, raw, sealed, after)
    except IntegrityError:
        # The same punch from another tab of the page, in this moment: it is stored now.
        with transaction.atomic():
            return _store(key, parsed, head, raw, sealed, after)


def _store(key: PhoneKey, head: Head, raw: bytes, signature: bytes, sealed: bytes, after: Anchor) -> PhonePunch:
    digest = hashlib.sha256(raw).hexdigest()
    PhoneKey.objects.select_for_update().get(pk=key.pk)
    mine = PhonePunch.objects.filter(key=key)
    known = mine.select_related("event").filter(counter=head.counter).first()
    if known is not None:
        if known.digest != digest:
            raise PhoneRefused("counter_reused", _("The phone gave this number to another punch before."), status=409)
        return known
    last = mine.filter(counter__lt=head.counter).order_by("-counter").first()
    estimated = estimate(head.stamp, before=head.anchor, after=after, not_before=last.at if last else None)
    event, reason = _recorded(key, head, sealed, estimated)
    return PhonePunch.objects.create(
        employee=key.employee,
        key=key,
        counter=head.counter,
        missing=head.counter - (last.counter if last else 0) - 1,
        digest=digest,
        head=raw.decode(),
        signature=signature,
        direction=event.direction if event else head.direction or ClockEvent.Direction.ANY,
        at=estimated.at,
        device_at=head.stamp.instant,
        clock=estimated.trust,
        received_at=after.server,
        event=event,
        reason=reason,
    )


def _recorded(key: PhoneKey, head: Head, sealed: bytes, estimated: Estimate) -> tuple[ClockEvent | None, str]:
    """The event that stands for the punch, or why there is none."""
    employee, user = key.employee, key.employee.user
    if key.retired_at is not None:
        return None, "phone_retired"
    if user is None or not user.is_active:
        return None, "account_closed"
    try:
        content = open_sealed(sealed, key_id=head.sealed_to, bound=f"{head.key}:{head.counter}").content
    except Unreadable:
        return None, "unreadable"
    once = content.get("key")
    once = once[:LONGEST_KEY] if isinstance(once, str) and once else f"{key.pk}-{head.counter}"
    known = ClockEvent.objects.filter(idempotency_key=f"phone-{employee.pk}-{once}").first()
    if known is not None:
        # It arrived at once, and only the answer was lost.
        return known, ""
    if estimated.trust == "unsure":
        return None, "clock_unsure"
    try:
        with transaction.atomic():
            result = punch_record(
                employee=employee,
                sent=Sent(
                    direction=head.direction if head.direction in WAYS else None,
                    key=once,
                    reading=read_place(content.get("place"), made=head.stamp.wall),
                    at=estimated.at,
                    clock=estimated.trust,
                    browser=key.browser,
                ),
            )
    except ClockWrong:
        raise
    except Refusal as refused:
        return None, refused.code[:40]
    return result.event, ""
