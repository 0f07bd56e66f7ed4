"""Seals: a keyed digest by which the program knows again what it wrote, and nobody can write who has no key.

The key lies with the other keys, outside of the database: whoever changes rows there cannot make a seal that fits.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from common.kept_secrets import secret_make


def keys_folder() -> Path:
    """Where all keys lie: PRESENTE_KEYS, or ``keys`` in the data folder."""
    return Path(settings.KEYS_DIR) if settings.KEYS_DIR else Path(settings.DATA_DIR) / "keys"


def seal(content: bytes) -> bytes:
    """The 32 bytes that only this installation makes of ``content``."""
    return hmac.digest(seal_key(), content, hashlib.sha256)


def seal_key() -> bytes:
    """The key of seals, for whoever makes a million of them with ``hmac.digest``."""
    return _key(keys_folder())


def fits(content: bytes, given: bytes) -> bool:
    """Whether ``given`` is this installation's seal of ``content``."""
    return hmac.compare_digest(seal(content), bytes(given))


def forget() -> None:
    """Read the key anew: a restored one lies there now."""
    _key.cache_clear()


@lru_cache(maxsize=4)
def _key(folder: Path) -> bytes:
    return hashlib.sha256(secret_make(folder / "audit.key").encode()).digest()
