"""What a backup consists of: the database, the folders of files, and the folder of keys, each found in one place."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from common.seals import keys_folder

HEAD = "audit.head"
"""The head of the audit trail's chain, as it was when the database was copied: it lies among the keys and goes with the
data, or a restored chain would seem cut off."""


def roots() -> dict[str, Path]:
    """The folders whose files are backed up, by the name they have there.

    Left out: what is made again by itself (static files, caches, the broker's queues, logs), and the keys.
    """
    found = {"models": Path(settings.MODELS_DIR), "browser": Path(settings.BROWSER_DIR)}
    for name in ("faces", "exports", "default"):
        storage = storages[name]
        # Another storage than the local disk keeps itself.
        if isinstance(storage, FileSystemStorage):
            found["files" if name == "default" else name] = Path(storage.location)
    found["reports"] = Path(settings.DATA_DIR) / "reports"
    return found


def data_files() -> Iterator[tuple[str, Path]]:
    """Each file of the folders, by its path in the backup."""
    for name, folder in roots().items():
        yield from ((f"{name}/{inside}", path) for inside, path in _walk(folder))


def key_files() -> Iterator[tuple[str, Path]]:
    """Each file of the folder of keys, but for the chain's head."""
    yield from ((inside, path) for inside, path in _walk(keys_folder()) if inside != HEAD)


def open_private(path: Path) -> BinaryIO:
    """A new file for its owner alone, in a folder that is made where it is missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def program_version() -> str:
    """The program's version, as pyproject.toml has it."""
    with (Path(settings.BASE_DIR) / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def applied_migrations() -> dict[str, list[str]]:
    """The schema's state: which migrations the database has, by app."""
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(app, []).append(name)
    return found


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """The regular files of a folder; names with a dot in front are drafts, locks and what a restore is staging."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path
