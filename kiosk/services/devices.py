"""The binding of requests to a device: its key is registered once, then signs each request with the server's nonce."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from datetime import timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from kiosk.errors import KioskError
from kiosk.models import DeviceKey, UsedNonce

NONCE_SECONDS = 60
"""A face is looked at, recognised and answered in two seconds; a slow network gets the rest."""
NONCE_BYTES = 12
REQUEST = "presente-kiosk-1"
SIGNATURE_BYTES = 64
LONGEST_KEY = 400


def device_key_active(*, kiosk: Kiosk) -> DeviceKey | None:
    """The key that this kiosk's requests have to be signed with; None for a device that could not make one."""
    return DeviceKey.objects.filter(kiosk=kiosk, retired_at=None).first()


def device_key_register(*, kiosk: Kiosk, public_key: str) -> DeviceKey:
    """Bind the kiosk to the key (base64 of a P-256 SubjectPublicKeyInfo). Giving the same key again changes nothing.

    Raises ``KioskError``: ``device_key_invalid``, or ``device_key_taken`` when another key is registered: only a new
    pairing replaces it, so a stolen cookie cannot.
    """
    der = read_public_key(public_key)
    fingerprint = hashlib.sha256(der).hexdigest()
    with transaction.atomic():
        Kiosk.objects.select_for_update().get(pk=kiosk.pk)
        active = device_key_active(kiosk=kiosk)
        if active is not None and active.fingerprint == fingerprint:
            return active
        if active is not None or DeviceKey.objects.filter(fingerprint=fingerprint).exists():
            raise KioskError(
                "device_key_taken", _("This kiosk is bound to another device. Ask HR for a new pairing link.")
            )
        return DeviceKey.objects.create(kiosk=kiosk, public_key=der, fingerprint=fingerprint)


def device_keys_retire(*, kiosk: Kiosk) -> None:
    """No request signed with the kiosk's key is taken any more; what it signed offline goes to HR."""
    DeviceKey.objects.filter(kiosk=kiosk, retired_at=None).update(retired_at=timezone.now())


def nonce_make(*, kiosk: Kiosk) -> str:
    """A fresh nonce for one request of this kiosk within ``NONCE_SECONDS``."""
    return _signer(kiosk).sign(secrets.token_urlsafe(NONCE_BYTES))


def request_verify(
    *, kiosk: Kiosk, key: DeviceKey, method: str, path: str, body: bytes, nonce: str, signature: str
) -> None:
    """Check that the device signed this very request with an unused nonce of ours, and use the nonce up.

    ``signature`` is base64url of r‖s over ``request_text``. Raises ``KioskError``: ``signature_missing``,
    ``signature_wrong``, ``nonce_expired`` (also: not ours, or another kiosk's), ``nonce_used``.
    """
    if not nonce or not signature:
        raise KioskError(
            "signature_missing", _("This device does not sign its requests. Load the page again, or pair it again.")
        )
    try:
        value = _signer(kiosk).unsign(nonce, max_age=NONCE_SECONDS)
    except signing.BadSignature as error:
        raise KioskError("nonce_expired", _("That took too long. Try again.")) from error
    text = request_text(method=method, path=path, body=body, nonce=nonce)
    if not signature_holds(key=key, text=text, signature=decode_signature(signature)):
        raise KioskError("signature_wrong", _("The request was not signed by this kiosk's device. Pair it again."))
    try:
        with transaction.atomic():
            UsedNonce.objects.create(value=value)
    except IntegrityError as error:
        raise KioskError("nonce_used", _("This request was made before. Try again.")) from error


def request_text(*, method: str, path: str, body: bytes, nonce: str) -> bytes:
    """What the device signs of a request: five lines."""
    return "\n".join((REQUEST, method, path, hashlib.sha256(body).hexdigest(), nonce)).encode()


def signature_holds(*, key: DeviceKey, text: bytes, signature: bytes) -> bool:
    """Whether r‖s (64 bytes, as WebCrypto makes it) is the key's ECDSA-SHA-256 signature of the text."""
    return signature_fits(public_key=bytes(key.public_key), text=text, signature=signature)


def signature_fits(*, public_key: bytes, text: bytes, signature: bytes) -> bool:
    """The same for any P-256 SubjectPublicKeyInfo."""
    public = load_der_public_key(public_key)
    if len(signature) != SIGNATURE_BYTES or not isinstance(public, ec.EllipticCurvePublicKey):
        return False
    half = SIGNATURE_BYTES // 2
    der = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    try:
        public.verify(der, text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def decode_signature(signature: str) -> bytes:
    """The bytes of a base64url signature; none when it is no base64url."""
    try:
        return base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        return b""


def nonces_forget() -> int:
    """Remove the used nonces that are refused by their age alone; how many went."""
    gone, _rows = UsedNonce.objects.filter(used_at__lt=timezone.now() - timedelta(seconds=2 * NONCE_SECONDS)).delete()
    return gone


def _signer(kiosk: Kiosk) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"presente.kiosk.nonce.{kiosk.pk}")


def read_public_key(public_key: str) -> bytes:
    """The bytes of a P-256 SubjectPublicKeyInfo in base64. Raises ``KioskError`` (``device_key_invalid``)."""
    wrong = KioskError("device_key_invalid", _("The device's key cannot be read. Load the page again."))
    if not public_key or len(public_key) > LONGEST_KEY:
        raise wrong
    try:
        der = base64.b64decode(public_key, validate=True)
        key = load_der_public_key(der)
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise wrong from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise wrong
    return der
