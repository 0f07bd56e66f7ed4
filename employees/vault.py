"""Biometric data at rest: each person has a key of their own, wrapped by the company's master key.

Losing a person's key makes every photo and template of that person unreadable, in every backup too.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from employees.master_key import MasterKeyError, master_key

_NONCE_BYTES = 12


class VaultError(Exception):
    """The data cannot be decrypted: the key is another one, or the bytes were changed."""


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
            f"{context} cannot be decrypted: PRESENTE_MASTER_KEY (or keys/master.key) is not the one it was stored "
            "with, or the file was changed. Restore the key from the backup."
        ) from error


def wrap(key: bytes, *, context: str) -> bytes:
    """Encrypt a person's key under the master key."""
    return encrypt(_master(), key, context=context)


def unwrap(wrapped: bytes, *, context: str) -> bytes:
    """A person's key; raises VaultError under another master key."""
    return decrypt(_master(), wrapped, context=context)


def _master() -> bytes:
    try:
        return hashlib.sha256(master_key().encode()).digest()
    except MasterKeyError as error:
        raise VaultError(str(error)) from error
