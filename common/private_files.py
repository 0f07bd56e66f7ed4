"""The data folder is its owner's alone: database, keys, faces, models and logs of people lie in it."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def umask_close() -> None:
    """What this process and its children write from here on is theirs alone."""
    os.umask(0o077)


def folder_make(folder: Path) -> None:
    """Make the data folder, and close one that stands open; what lies inside is then out of reach too."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _close(folder)


def loose_files(folder: Path) -> Iterator[Path]:
    """Everything in the folder, and itself, that others may read or change."""
    if folder.exists() and _is_loose(folder):
        yield folder
    for root, folders, files in os.walk(folder):
        yield from (path for name in (*folders, *files) if _is_loose(path := Path(root) / name))


def folder_close(folder: Path) -> int:
    """Take others' rights from everything in the folder; how many files that concerned."""
    return sum(_close(path) for path in list(loose_files(folder)))


def _is_loose(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        # Drafts and lock files come and go.
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)


def _close(path: Path) -> bool:
    # Another account's file stays as it is: the doctor tells.
    with contextlib.suppress(PermissionError, FileNotFoundError):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & OTHERS and not path.is_symlink():
            path.chmod(mode & ~OTHERS)
            return True
    return False
