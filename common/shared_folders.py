"""Folders that every machine has to have, such as models: in the object storage, where one is set, and copied from it.

Where the local disk is all there is, whoever serves has the folder already, and nothing here does anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

ALIAS = "shared"
"""Its entry in ``settings.STORAGES``."""
WHOLE = ".whole"
"""Put there last, with a digest of all: a folder without it is still being written, or half removed."""


def storage() -> Storage | None:
    """Where the folders are shared; None where the local disk is all there is."""
    return storages[ALIAS] if ALIAS in settings.STORAGES else None


def bucket_make() -> bool:
    """Have the place where the folders are shared, where it can be made; whether it was now. Raises ``OSError``."""
    place = storage()
    if place is None:
        return False
    # Not for every import of this module: the library of the storage comes with it.
    from common.object_storage import ObjectStorage

    return isinstance(place, ObjectStorage) and place.bucket_make()


def share(name: str, folder: Path) -> None:
    """Put the folder's files there as ``name``, in place of what was there; drafts stay out. Raises ``OSError``."""
    place = storage()
    if place is None or not _filled(folder):
        return
    paths = _here(folder)
    digest = hashlib.sha256()
    for inside, path in paths.items():
        digest.update(f"{inside} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    mark = digest.hexdigest().encode()
    if _mark(place, name) == mark:
        return
    forget(name)
    for inside, path in paths.items():
        with path.open("rb") as content:
            place.save(f"{name}/{inside}", File(content))
    place.save(f"{name}/{WHOLE}", ContentFile(mark))


def fetch(name: str, folder: Path) -> bool:
    """Have the folder here too, whole or not at all; True where it was copied now.

    One that is here is left as it is. Raises ``OSError`` where the storage fails.
    """
    place = storage()
    if place is None or _filled(folder) or not place.exists(f"{name}/{WHOLE}"):
        return False
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _copy(place, name, draft)
        with contextlib.suppress(OSError):
            # An empty one, as the settings make it.
            folder.rmdir()
        draft.rename(folder)
    except OSError:
        # Another process of this machine was quicker: its copy is as good.
        if not _filled(folder):
            raise
        return False
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True


def share_file(name: str, path: Path) -> None:
    """Put one file there as ``name``, in place of what was there. Raises ``OSError``."""
    place = storage()
    if place is not None:
        with path.open("rb") as content:
            place.save(name, File(content))


def fetch_file(name: str, path: Path) -> None:
    """Have that file here too, where there is none. Raises ``FileNotFoundError`` and other ``OSError``."""
    place = storage()
    if place is None or path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with place.open(name) as source, draft.open("wb") as file:
            shutil.copyfileobj(source, file)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def forget(name: str) -> None:
    """Remove the folder there; who has a copy keeps it."""
    place = storage()
    if place is None:
        return
    if place.exists(f"{name}/{WHOLE}"):
        place.delete(f"{name}/{WHOLE}")
    for path in _files(place, name):
        place.delete(path)


def _filled(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _here(folder: Path) -> dict[str, Path]:
    found = {}
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in sorted(one for one in files if not one.startswith(".")):
            path = Path(root) / file
            found[path.relative_to(folder).as_posix()] = path
    return found


def _mark(place: Storage, name: str) -> bytes:
    try:
        with place.open(f"{name}/{WHOLE}") as file:
            return bytes(file.read())
    except FileNotFoundError:
        return b""


def _copy(place: Storage, name: str, folder: Path) -> None:
    for path in _files(place, name):
        inside = path.removeprefix(f"{name}/")
        if inside == WHOLE:
            continue
        target = folder / inside
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place.open(path) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)


def _files(place: Storage, name: str) -> list[str]:
    folders, files = place.listdir(name)
    inside = [f"{name}/{file}" for file in files]
    return inside + [path for folder in folders for path in _files(place, f"{name}/{folder}")]
