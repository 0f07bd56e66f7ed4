"""Biometric data at rest: each person has a key of their own, which lies in the key store (``employees.key_store``).

Destroying a person's key makes every photo and template of that person unreadable, in every copy made without the keys.
What belongs to nobody in particular (a webhook's secret, a picture of somebody unknown) is encrypted with a named key
of the same store, by ``wrap``; what belongs to a person with theirs, by ``encrypt`` and ``Employee.biometric_key``.

Call ``wrap`` outside of long transactions: the first use of a name writes a file.
"""

from __future__ import annotations

from common.cipher import VaultError, decrypt, encrypt, new_key
from employees import key_store

__all__ = ["VaultError", "decrypt", "encrypt", "new_key", "unwrap", "wrap"]


def wrap(data: bytes, *, context: str, key: str = key_store.INSTALLATION) -> bytes:
    """Encrypt what belongs to nobody in particular, with the key of that name, made on the first use."""
    return encrypt(key_store.make(key), data, context=context)


def unwrap(sealed: bytes, *, context: str, key: str = key_store.INSTALLATION) -> bytes:
    """What ``wrap`` encrypted; raises VaultError where the key was destroyed or lost, or is another one."""
    found = key_store.read(key)
    if found is None:
        raise VaultError(
            f"{context} cannot be decrypted: its key ({key}) is not in the key store {key_store.folder()}. "
            "Unless it was destroyed on purpose, restore that folder from the backup of the keys."
        )
    return decrypt(found, sealed, context=context)
