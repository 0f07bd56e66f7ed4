"""Secrets that are made once and kept in a file for their owner alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SHORTEST = 32
FEWEST_CHARACTERS = 8
NO_TEXT = "\ufffd"
"""What stands for bytes that are no text."""


class WeakSecret(ImproperlyConfigured):
    """A kept secret that protects nothing: an empty file, or other bytes than were written."""


def secret_make(path: Path) -> str:
    """The secret in ``path``, made now where there is none; two processes that start together get the same.

    Raises ``WeakSecret`` where the file holds none: it was cut off, or filled with something else.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Where another process was first, its secret is the one.
        with contextlib.suppress(FileExistsError):
            write_durably(path, secrets.token_urlsafe(48).encode())
    found = secret_read(path)
    if weakness := too_weak(found):
        raise WeakSecret(f"{path} {weakness}. Restore it from the backup of the keys.")
    return found


def secret_read(path: Path) -> str:
    """The text of a secret's file; ``NO_TEXT``, which ``too_weak`` refuses, stands for bytes that are none."""
    return path.read_text(encoding="utf-8", errors="replace").strip()


def write_durably(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file for its owner alone, whole or not at all, and on the disk when this returns.

    Raises FileExistsError where there is one already, unless ``replace``.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(draft, path)
        else:
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the disk know which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def too_weak(secret: str) -> str | None:
    """What is wrong with a secret that protects everything; None for a good one."""
    if not secret.strip():
        return "is empty"
    if NO_TEXT in secret:
        return "holds other bytes than a key's"
    if len(secret) < SHORTEST:
        return f"has {len(secret)} characters, at least {SHORTEST} are needed"
    if len(set(secret)) < FEWEST_CHARACTERS:
        return "repeats a few characters"
    return None
