"""The company's master key: from the environment or a file, made on the first use and never in a lost one's place.

It encrypts the keys of the key store and nothing else. What encrypts is derived from it by scrypt, and so is its
identifier, which every stored key names: a wrong master key is told from a damaged file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.apps import apps
from django.conf import settings

from common.kept_secrets import WeakSecret, secret_make, secret_read, sync_folder, write_durably
from common.seals import keys_folder

MISSING = (
    "The master key is missing (PRESENTE_MASTER_KEY, or master.key in the folder of keys), and people are enrolled "
    "with it. Restore it from the backup: a new one would open nothing that is stored."
)
_SALT = b"presente master key 1"


class MasterKeyError(Exception):
    """There is no master key that could be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """What is derived from a master key; the identifier tells nothing of the key."""

    secret: bytes
    identifier: str


def current() -> MasterKey:
    """The key that wraps now. Raises ``MasterKeyError`` where it was lost or is too weak."""
    if settings.MASTER_KEY:
        return derive(str(settings.MASTER_KEY))
    path = keys_folder() / "master.key"
    if not path.exists() and _needed():
        raise MasterKeyError(MISSING)
    try:
        return derive(secret_make(path))
    except (WeakSecret, OSError) as error:
        raise MasterKeyError(str(error)) from error


def known() -> dict[str, MasterKey]:
    """Every master key at hand by its identifier: the current one, and during a rotation the one before it."""
    found = [current()]
    if settings.MASTER_KEY_PREVIOUS:
        found.append(derive(str(settings.MASTER_KEY_PREVIOUS)))
    elif previous_path().exists():
        found.append(derive(secret_read(previous_path())))
    return {one.identifier: one for one in found}


def previous_path() -> Path:
    """Where the earlier master key lies while a rotation is under way."""
    return keys_folder() / "master.previous.key"


def switch() -> None:
    """Have a new master key from now on, and keep the one before it; goes on where an earlier call was interrupted.

    Raises ``MasterKeyError`` where the key comes from the environment, which only the operator can change.
    """
    if settings.MASTER_KEY:
        raise MasterKeyError(
            "The master key comes from PRESENTE_MASTER_KEY. Set that to a new one and PRESENTE_MASTER_KEY_PREVIOUS to "
            "the one before it, restart everything, and run this command again."
        )
    path, before = keys_folder() / "master.key", previous_path()
    if before.exists() and secret_read(before) != secret_read(path):
        return
    current()
    if not before.exists():
        os.link(path, before)
        sync_folder(path.parent)
    write_durably(path, secrets.token_urlsafe(48).encode(), replace=True)


def previous_forget() -> None:
    """Nothing is wrapped with the earlier key any more: its file goes."""
    previous_path().unlink(missing_ok=True)
    sync_folder(keys_folder())


@lru_cache(maxsize=8)
def derive(text: str) -> MasterKey:
    """The wrapping key and the identifier of a master key."""
    made = Scrypt(salt=_SALT, length=64, n=2**14, r=8, p=1).derive(text.encode())
    return MasterKey(made[:32], hashlib.sha256(made[32:]).hexdigest()[:16])


def _needed() -> bool:
    store = keys_folder() / "store"
    # By name: the models are built on this.
    return any(store.rglob("*.key")) or bool(apps.get_model("employees", "EnrolmentPhoto")._default_manager.exists())
