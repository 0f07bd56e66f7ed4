"""What a kiosk keeps while offline is sealed to the server: not even the kiosk itself can open it again.

Ephemeral ECDH on P-256, HKDF-SHA-256, AES-256-GCM, as WebCrypto offers them. Sealed bytes: the ephemeral public point
(65), the nonce (12), the ciphertext with its tag. Plain bytes: four bytes big-endian with the length of a JSON object,
the object, then the pictures one after the other, their sizes in ``frames`` of the object.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from django.db import transaction

from common.inputs import UnreadableInput, read_json
from employees import vault
from kiosk.models import QueuedPunch, QueueKey

PURPOSE = b"presente-queue-1"
POINT, NONCE = 65, 12
FRAMES = 5
CONTEXT = "queue-key"


class Unreadable(Exception):
    """The sealed bytes cannot be opened: another installation's, or damaged."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What was sealed: the words and the pictures."""

    content: dict[str, Any]
    frames: list[bytes]


def queue_key() -> QueueKey:
    """The key that kiosks seal to; made on the first use."""
    newest = QueueKey.objects.order_by("-pk").first()
    if newest is not None:
        return newest
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with transaction.atomic():
        # Two first kiosks at once make two keys; both stay, and a sealed punch names its own.
        return QueueKey.objects.create(
            public_key=private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
            sealed_private_key=vault.wrap(der, context=CONTEXT),
        )


def queue_public_key() -> dict[str, Any]:
    """What a kiosk has to know to seal: the key's ``id``, and its point ``public`` in base64."""
    key = queue_key()
    return {"id": key.pk, "public": base64.b64encode(bytes(key.public_key)).decode()}


def open_payload(punch: QueuedPunch, *, key_id: int) -> Payload:
    """What the kiosk sealed; raises ``Unreadable``."""
    if punch.payload is None:
        raise Unreadable
    return open_sealed(bytes(punch.payload), key_id=key_id, bound=f"{punch.key.fingerprint}:{punch.counter}")


def open_sealed(sealed: bytes, *, key_id: int, bound: str) -> Payload:
    """What a device sealed to the key ``key_id``, ``bound`` to its own key and counter; raises ``Unreadable``."""
    key = QueueKey.objects.filter(pk=key_id).first()
    if key is None:
        raise Unreadable
    try:
        private = load_der_private_key(vault.unwrap(bytes(key.sealed_private_key), context=CONTEXT), None)
        plain = _decrypt(private, sealed, aad=bound.encode())
    except (vault.VaultError, InvalidTag, ValueError) as error:
        raise Unreadable from error
    return read_plain(plain)


def _decrypt(private: Any, sealed: bytes, *, aad: bytes) -> bytes:
    point, nonce, text = sealed[:POINT], sealed[POINT : POINT + NONCE], sealed[POINT + NONCE :]
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(shared)
    return AESGCM(key).decrypt(nonce, text, aad)


def read_plain(plain: bytes) -> Payload:
    """What was sealed, once it is decrypted: a paired device's words, which may be anything. Raises ``Unreadable``."""
    end = 4 + int.from_bytes(plain[:4])
    try:
        content = read_json(plain[4:end])
    except UnreadableInput as error:
        raise Unreadable from error
    sizes = content.get("frames", []) if isinstance(content, dict) else None
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        raise Unreadable
    frames, rest = [], plain[end:]
    for size in sizes[:FRAMES]:
        frames.append(rest[:size])
        rest = rest[size:]
    return Payload(content, frames)
