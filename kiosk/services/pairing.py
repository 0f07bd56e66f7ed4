"""Kiosk devices: pair with a one-time link, know them by their token, revoke them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from employees.models import User
from kiosk.errors import KioskError
from kiosk.services.devices import device_key_register, device_keys_retire

COOKIE = "presente_kiosk"
COOKIE_PATH = "/kiosk/"
COOKIE_DAYS = 400
"""As long as browsers keep a cookie; every visit to the page renews it."""
PAIRING_MINUTES = 15
SEEN_EVERY = timedelta(minutes=1)
IDENTIFY = timedelta(seconds=50)
"""The page asks every 20 seconds: the name is on the screen for half a minute at least."""
CAMERAS = 8


def token_digest(token: str) -> str:
    """What is stored of a token. It has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def kiosk_pairing_link(*, kiosk: Kiosk, by: User | None) -> str:
    """The path of a fresh one-time link (``/kiosk/pair/<token>/``), good for 15 minutes; an earlier one stops working.

    The device that is paired now stays so until the link is used.
    """
    token = secrets.token_urlsafe(32)
    kiosk.pairing_hash = token_digest(token)
    kiosk.pairing_expires_at = timezone.now() + timedelta(minutes=PAIRING_MINUTES)
    if kiosk.created_by_id is None:
        kiosk.created_by = by
    kiosk.save(update_fields=["pairing_hash", "pairing_expires_at", "created_by"])
    return reverse("kiosk_pair", args=[token])


def link_token(link: str) -> str:
    """The token in a pairing link."""
    return link.rstrip("/").rpartition("/")[2]


def kiosk_for_link(*, token: str) -> Kiosk:
    """The kiosk whose pairing link this is, without using the link up.

    Raises ``KioskError``: ``pairing_unknown`` (used, replaced or never made) or ``pairing_expired``.
    """
    kiosk = Kiosk.objects.filter(pairing_hash=token_digest(token)).first()
    if kiosk is None:
        raise KioskError(
            "pairing_unknown", _("This link has been used or replaced. Ask HR for a new one: each pairs one device.")
        )
    if kiosk.pairing_expires_at is None or kiosk.pairing_expires_at <= timezone.now():
        raise KioskError(
            "pairing_expired",
            _("This link has expired. Ask HR for a new one and open it within %(minutes)d minutes.")
            % {"minutes": PAIRING_MINUTES},
        )
    return kiosk


def kiosk_pair(*, token: str, public_key: str = "") -> tuple[Kiosk, str]:
    """Use the link up: the kiosk and its device's new token; the device's key, if it has one, is the kiosk's from now.

    Of two devices that open the same link at once, one is paired. Raises as ``kiosk_for_link`` and
    ``device_key_register`` do.
    """
    device_token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        used = Kiosk.objects.filter(pairing_hash=token_digest(token), pairing_expires_at__gt=now).update(
            pairing_hash="",
            pairing_expires_at=None,
            token_hash=token_digest(device_token),
            paired_at=now,
            last_seen_at=now,
            revoked_at=None,
        )
        if not used:
            kiosk_for_link(token=token)
            raise KioskError("pairing_unknown", _("This link has been used or replaced. Ask HR for a new one."))
        kiosk = Kiosk.objects.get(token_hash=token_digest(device_token))
        device_keys_retire(kiosk=kiosk)
        if public_key:
            device_key_register(kiosk=kiosk, public_key=public_key)
        return kiosk, device_token


def kiosk_revoke(*, kiosk: Kiosk) -> None:
    """Unpair the device at once and stop an open pairing link; only a new link pairs a device again.

    What the device kept while it was offline can still be sent, and waits for HR.
    """
    kiosk.revoked_at = timezone.now()
    kiosk.token_hash = kiosk.pairing_hash = ""
    kiosk.pairing_expires_at = None
    with transaction.atomic():
        kiosk.save(update_fields=["revoked_at", "token_hash", "pairing_hash", "pairing_expires_at"])
        device_keys_retire(kiosk=kiosk)


def kiosk_name_show(*, kiosk: Kiosk) -> None:
    """Let the device's screen show its name, so that HR finds it among others."""
    Kiosk.objects.filter(pk=kiosk.pk).update(identify_until=timezone.now() + IDENTIFY)


def kiosk_report(*, kiosk: Kiosk, version: str, state: str, cameras: Sequence[str]) -> None:
    """Note what the device's page said about itself; what is too long is cut."""
    kiosk.page_version, kiosk.page_state = version[:16], state[:30]
    kiosk.cameras = [str(name)[:120] for name in cameras[:CAMERAS]]
    kiosk.last_seen_at = timezone.now()
    kiosk.silence_told_at = None
    kiosk.save(update_fields=["page_version", "page_state", "cameras", "last_seen_at", "silence_told_at"])


def kiosk_from_request(request: HttpRequest) -> Kiosk | None:
    """The kiosk whose token the request's cookie holds, or None; notes at most once a minute that it was seen."""
    token = request.COOKIES.get(COOKIE, "")
    if not token:
        return None
    kiosk = Kiosk.objects.filter(token_hash=token_digest(token), revoked_at=None).first()
    if kiosk is None:
        return None
    now = timezone.now()
    if kiosk.last_seen_at is None or now - kiosk.last_seen_at >= SEEN_EVERY:
        Kiosk.objects.filter(pk=kiosk.pk).update(last_seen_at=now)
        kiosk.last_seen_at = now
    return kiosk


def device_cookie_set(*, request: HttpRequest, response: HttpResponseBase, token: str) -> None:
    """Leave the device's token where no script and no other site reaches it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_DAYS * 24 * 3600,
        path=COOKIE_PATH,
        secure=settings.HTTPS or request.is_secure(),
        httponly=True,
        samesite="Strict",
    )
