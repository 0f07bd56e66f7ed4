"""Secrets that are made once and kept in a file for their owner alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

SHORTEST = 32
FEWEST_CHARACTERS = 8


def secret_make(path: Path) -> str:
    """The secret in ``path``, made now where there is none; two processes that start together get the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            # A link fails where another process was first: its secret is then the one.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    return path.read_text().strip()


def too_weak(secret: str) -> str | None:
    """What is wrong with a secret that protects everything; None for a good one."""
    if not secret.strip():
        return "is empty"
    if len(secret) < SHORTEST:
        return f"has {len(secret)} characters, at least {SHORTEST} are needed"
    if len(set(secret)) < FEWEST_CHARACTERS:
        return "repeats a few characters"
    return None
