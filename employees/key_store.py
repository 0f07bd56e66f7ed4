"""The key store: one small file a key, wrapped by the master key, in a folder that backups keep apart.

A person's key is destroyed by removing its file: what it encrypted cannot be read any more, in old copies either, but
for those that hold this folder too. So the folder is backed up by itself, and its backups are kept for a short time
(docs/decisions/0020). Names: ``people/…`` (one for each person), ``days/…`` (pictures of people whom nobody knows, a
key a day), ``checkpoints/…`` (one for each training), ``cache`` (vectors of evaluations), ``gallery`` (the snapshot
that processes start from), ``installation`` (secrets of webhooks, doors and kiosks).
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from common.cipher import VaultError, decrypt, encrypt, new_key
from common.kept_secrets import sync_folder, write_durably
from common.seals import keys_folder
from employees import master_key
from employees.master_key import MasterKeyError

INSTALLATION = "installation"
CACHE = "cache"
GALLERY = "gallery"
_MARK = "presente-key-1"
_GONE = ".gone"


class WrongMasterKey(VaultError):
    """A key that names another master key than those at hand: what it was stored with was lost or changed."""


def folder() -> Path:
    """Where the store lies."""
    return keys_folder() / "store"


def person(public_id: UUID | str) -> str:
    """The name of a person's key."""
    return f"people/{str(public_id)[:2]}/{public_id}"


def day(at: datetime) -> str:
    """The name of the key of pictures that show nobody known, taken on the day of that instant (UTC)."""
    return f"days/{at:%Y-%m-%d}"


def read(name: str) -> bytes | None:
    """The key of that name; None where there is none. Raises VaultError where it cannot be read or unwrapped."""
    content = _content(name)
    return None if content is None else _unwrap(name, content)


def make(name: str) -> bytes:
    """The key of that name, made now where there is none; two processes that ask together get the same."""
    found = read(name)
    if found is not None:
        return found
    with _locked():
        found = read(name)
        if found is None:
            found = new_key()
            _write(name, found)
    return found


def put(name: str, key: bytes) -> None:
    """Store a key that was made elsewhere, in the place of any other of that name."""
    with _locked():
        _write(name, key)


def destroy(name: str) -> str | None:
    """Remove the key for good: its bytes are overwritten, then the file goes. Returns the SHA-256 of the file.

    None where there was none. Of a person's key a mark stays, so that what was erased is told from what was lost. Disks
    that write elsewhere than they are told (SSDs, snapshots) may keep the old bytes for a while; wrapped by the master
    key as they are, a rotation of that key ends what they are worth.
    """
    path = path_of(name)
    with _locked():
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        if name.startswith("people/"):
            write_durably(path.with_suffix(_GONE), b"", replace=True)
        with path.open("r+b") as file:
            file.write(os.urandom(len(content)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)
    return hashlib.sha256(content).hexdigest()


def names(kind: str = "") -> Iterator[str]:
    """Every key's name, in order; ``kind``: only those of that folder."""
    for path in sorted((folder() / kind).rglob("*.key")):
        yield path.relative_to(folder()).with_suffix("").as_posix()


def destroyed() -> Iterator[str]:
    """The name of each person's key that was destroyed, in order; some have a new one since."""
    for path in sorted((folder() / "people").rglob(f"*{_GONE}")):
        yield path.relative_to(folder()).with_suffix("").as_posix()


def rewrap() -> int:
    """Wrap every key with the current master key; how many were not. Safe to interrupt and to run again.

    What no master key opens stays as it is: ``problems`` names it, and nobody else's key waits for it.
    """
    done = 0
    with _locked():
        now = master_key.current().identifier
        for name in list(names()):
            with contextlib.suppress(VaultError):
                content = _content(name) or ""
                if _identifier(name, content) != now:
                    _write(name, _unwrap(name, content))
                    done += 1
    return done


def switch() -> None:
    """As ``master_key.switch``, while nobody makes a key."""
    with _locked():
        master_key.switch()


def problems() -> Iterator[str]:
    """A line for each key that the master key does not open."""
    for name in names():
        try:
            read(name)
        except VaultError as error:
            yield str(error)


def opens_any() -> bool:
    """Whether the master key opens at least one key: then what does not open is damaged, and not the master key."""
    return any(_opens(name) for name in names())


def path_of(name: str) -> Path:
    """The file of a key."""
    return folder() / f"{name}.key"


def _opens(name: str) -> bool:
    try:
        return read(name) is not None
    except VaultError:
        return False


def _content(name: str) -> str | None:
    """What stands in a key's file; None where there is none. Raises VaultError where that cannot be told."""
    try:
        return path_of(name).read_text()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise VaultError(damaged(name)) from error
    except OSError as error:
        raise VaultError(
            f"The key file {path_of(name)} cannot be read ({error.strerror}), or is damaged. Give it to the user who "
            "runs Presente, or restore it from the backup of the keys."
        ) from error


def _write(name: str, key: bytes) -> None:
    try:
        master = master_key.current()
    except MasterKeyError as error:
        raise VaultError(str(error)) from error
    sealed = base64.b64encode(encrypt(master.secret, key, context=name)).decode()
    path = path_of(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, f"{_MARK} {master.identifier} {sealed}\n".encode(), replace=True)


def _unwrap(name: str, content: str) -> bytes:
    identifier = _identifier(name, content)
    try:
        master = master_key.known().get(identifier)
        if master is None:
            raise WrongMasterKey(
                f"The master key is not the one that the key {name} was stored with ({identifier}; this one is "
                f"{master_key.current().identifier}). Restore master.key (or PRESENTE_MASTER_KEY) from the backup."
            )
        return decrypt(master.secret, base64.b64decode(content.split()[2]), context=name)
    except MasterKeyError as error:
        raise VaultError(str(error)) from error
    except ValueError as error:
        raise VaultError(damaged(name)) from error


def _identifier(name: str, content: str) -> str:
    parts = content.split()
    if len(parts) != 3 or parts[0] != _MARK:
        raise VaultError(damaged(name))
    return parts[1]


def damaged(name: str) -> str:
    """What to say of a key whose file is there and not whole."""
    return f"The key file {path_of(name)} is damaged. Restore it from the backup of the keys."


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One writer at a time, over all processes: a key that is being wrapped anew must not come back once destroyed."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder() / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
