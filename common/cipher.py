"""Authenticated encryption of what is kept: AES-256-GCM, bound to the place where the bytes belong."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class VaultError(Exception):
    """The data cannot be decrypted: the key is another one or gone, or the bytes were changed."""


def new_key() -> bytes:
    """A random 256-bit key."""
    return AESGCM.generate_key(bit_length=256)


def encrypt(key: bytes, data: bytes, *, context: str) -> bytes:
    """AES-256-GCM with a random nonce in front; ``context`` binds the bytes to the place they belong to."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def decrypt(key: bytes, sealed: bytes, *, context: str) -> bytes:
    """The plain bytes; raises VaultError when key, bytes or context are not those of ``encrypt``."""
    try:
        return AESGCM(key).decrypt(bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:]), context.encode())
    except (InvalidTag, ValueError) as error:
        raise VaultError(
            f"{context} cannot be decrypted: its key is another one than it was stored with, or the bytes were changed."
            " Restore the folder of keys from the backup."
        ) from error
