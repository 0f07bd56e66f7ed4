"""One encrypted file with every template of the version that serves, so that a process starts without decrypting rows.

It is never the truth: who starts from it reads on from its revision, and without it reads the rows. Each part is
encrypted by AES-256-GCM, whose tag is the check of its bytes, and bound to its version, revision and place. The key is
one of the key store; an erasure destroys it, and so every copy of the file wherever it lies.
"""

from __future__ import annotations

import json
import logging
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from django.conf import settings

from common import shared_folders
from common.cipher import VaultError, decrypt, encrypt
from common.kept_secrets import sync_folder
from common.private_files import folder_make
from employees import key_store
from recognition.engine.block import Rows
from recognition.engine.index import Index

log = logging.getLogger(__name__)

SHARED = "gallery"
"""Its folder in the storage that machines share."""
_LENGTH = struct.Struct("<Q")
_LONGEST = 1 << 30


class SnapshotError(Exception):
    """The file is not what was written; the message says why."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a snapshot holds: the templates of ``version`` at a revision with its mark, read on ``day``."""

    version: str
    revision: int
    mark: int
    day: date
    index: Index


def path_of(version: str) -> Path:
    """Where the snapshot of a version lies."""
    return Path(settings.DATA_DIR) / "gallery" / f"{version}.snapshot"


def key_make() -> bytes:
    """The key to write with, to be had before the templates are read: an erasure in between makes it worthless."""
    return key_store.make(key_store.GALLERY)


def write(stored: Stored, key: bytes) -> Path:
    """Write the file, for its owner alone, whole or not at all; those of other versions go."""
    path = path_of(stored.version)
    folder_make(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _put(file, encrypt(key, _head(stored), context=f"gallery:{stored.version}"))
            for place, block in enumerate(stored.index.blocks):
                _put(file, encrypt(key, _packed(block.rows), context=_context(stored, place)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    for other in path.parent.glob("*.snapshot"):
        if other != path:
            other.unlink(missing_ok=True)
    sync_folder(path.parent)
    try:
        shared_folders.share_file(f"{SHARED}/{path.name}", path)
    except OSError as error:
        log.warning("The snapshot of the gallery stays on this machine: %s", error)
    return path


def read(version: str, empty: Index) -> Stored | None:
    """The snapshot of a version, filled into an ``empty`` index; None where there is none that can be read."""
    try:
        key = key_store.read(key_store.GALLERY)
        if key is None:
            return None
        shared_folders.fetch_file(f"{SHARED}/{path_of(version).name}", path_of(version))
        with path_of(version).open("rb") as file:
            return _read(file, version, key, empty)
    except FileNotFoundError:
        return None
    except (VaultError, SnapshotError, ValueError, KeyError, OSError) as error:
        log.warning("The snapshot of the gallery is not used, every template is decrypted: %s", error)
        return None


def forget() -> None:
    """Make every snapshot unreadable, wherever it lies, and delete the one of this machine and the shared one."""
    key_store.destroy(key_store.GALLERY)
    for path in (Path(settings.DATA_DIR) / "gallery").glob("*"):
        path.unlink(missing_ok=True)
    shared_folders.forget(SHARED)


def revision_of(version: str) -> int | None:
    """The revision that the version's snapshot was made at; None where there is none that can be read."""
    key = key_store.read(key_store.GALLERY)
    try:
        with path_of(version).open("rb") as file:
            return None if key is None else int(_heading(file, version, key)["revision"])
    except (OSError, VaultError, SnapshotError, ValueError, KeyError):
        return None


def _read(file: BinaryIO, version: str, key: bytes, empty: Index) -> Stored:
    head = _heading(file, version, key)
    parts, day = int(head["parts"]), date.fromisoformat(str(head["day"]))
    bare = Stored(version, int(head["revision"]), int(head["mark"]), day, empty)

    def each() -> Iterator[Rows]:
        for place in range(parts):
            yield _rows(decrypt(key, _take(file), context=_context(bare, place)), len(empty.prior_centre))

    index = empty.filled(each())
    if len(index) != int(head["templates"]):
        raise SnapshotError("it holds another number of templates than it says")
    return Stored(version, bare.revision, bare.mark, day, index)


def _heading(file: BinaryIO, version: str, key: bytes) -> dict[str, Any]:
    head = json.loads(decrypt(key, _take(file), context=f"gallery:{version}"))
    if not isinstance(head, dict):
        raise SnapshotError("its head is none")
    return head


def _head(stored: Stored) -> bytes:
    return json.dumps(
        {
            "revision": stored.revision,
            "mark": stored.mark,
            "day": stored.day.isoformat(),
            "parts": len(stored.index.blocks),
            "templates": len(stored.index),
        }
    ).encode()


def _context(stored: Stored, place: int) -> str:
    return f"gallery:{stored.version}:{stored.revision}:{stored.mark}:{place}"


def _put(file: BinaryIO, sealed: bytes) -> None:
    file.write(_LENGTH.pack(len(sealed)))
    file.write(sealed)


def _take(file: BinaryIO) -> bytes:
    size = file.read(_LENGTH.size)
    length = _LENGTH.unpack(size)[0] if len(size) == _LENGTH.size else _LONGEST
    content = file.read(length) if length < _LONGEST else b""
    if len(content) != length:
        raise SnapshotError("it is cut off")
    return content


def _packed(rows: Rows) -> bytes:
    columns = (rows.owners.astype("<i8"), rows.ids.astype("<i8"), rows.added.astype("u1"), rows.vectors.astype("<f4"))
    return _LENGTH.pack(len(rows)) + b"".join(column.tobytes() for column in columns)


def _rows(content: bytes, dimensions: int) -> Rows:
    count, at = _LENGTH.unpack(content[: _LENGTH.size])[0], _LENGTH.size
    columns = []
    for kind, width in (("<i8", 1), ("<i8", 1), ("u1", 1), ("<f4", dimensions)):
        columns.append(np.frombuffer(content, kind, count * width, at))
        at += columns[-1].nbytes
    if at != len(content):
        raise SnapshotError("a part has another length than it says")
    owners, ids, added, vectors = columns
    return Rows(
        owners.astype(np.int64), ids.astype(np.int64), vectors.astype(np.float32).reshape(count, -1), added.astype(bool)
    )
