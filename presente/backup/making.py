"""Make a backup: the database first, then the files it names, then the keys, into a folder of their own.

In that order, because a file without a row and a key without a person do no harm; the other way round they would be
missing.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings

from common.kept_secrets import secret_make, write_durably
from common.seals import keys_folder
from employees import key_store
from presente.backup import content, database
from presente.backup.repository import (
    BackupError,
    Manifest,
    Repository,
    Stored,
    alone,
    new_id,
    repository_make,
    telling_full_disks,
)
from recognition.models import ModelVersion

Say = Callable[[str], None]
BACKUPS_KEPT = 30
KEY_BACKUPS_DAYS = 30
"""Decision 20: from then on nobody who was erased can be read in any backup."""
TOLD_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup came to. ``new_bytes``: what had to be stored for it; ``keys``: empty where they were left out."""

    id: str
    folder: str
    files: int
    bytes: int
    new_bytes: int
    seconds: float
    keys: str = ""
    keys_open: bool = False
    erased_from_keys: int = 0


def backup_make(
    *,
    folder: Path,
    keys: Path | None,
    passphrase: str | None = None,
    keep: int = BACKUPS_KEPT,
    keep_keys_days: int = KEY_BACKUPS_DAYS,
    say: Say = lambda line: None,
) -> Made:
    """Back up everything into ``folder``, and the keys into ``keys``. Raises ``BackupError``.

    ``passphrase`` encrypts the backups of the keys; without one they open by themselves, and only lie apart.
    """
    _check_places(folder, keys)
    began = time.monotonic()
    with telling_full_disks(folder), alone(folder):
        data = repository_make(folder, kind="data", secret=secret_make(backup_key()))
        before = data.manifest() if data.ids() else None
        made = _data_store(data, before, say)
        data.manifest_store(made)
        data.forget(data.ids()[:-keep] if keep else [])
        _weights_forget(data)
    erased, opens = 0, False
    if keys is not None:
        with telling_full_disks(keys), alone(keys):
            store = repository_make(keys, kind="keys", secret=passphrase)
            opens = passphrase is None
            erased = _keys_store(store, made, keep_keys_days)
    result = Made(
        id=made.id,
        folder=str(folder),
        files=len(made.files),
        bytes=made.size,
        new_bytes=data.stored_bytes,
        seconds=round(time.monotonic() - began, 1),
        keys=str(keys or ""),
        keys_open=opens,
        erased_from_keys=erased,
    )
    _note(result, made.made_at)
    return result


def backup_key() -> Path:
    """What the data's backups are encrypted with: a file among the keys, so that it goes where they go."""
    return keys_folder() / "backup.key"


def last_path() -> Path:
    """Where the last backup is noted, for the doctor and the metrics."""
    return Path(settings.DATA_DIR) / "last-backup.json"


def last_backup() -> dict[str, Any] | None:
    """The last backup as it was noted, with ``age`` in seconds; None where there is none."""
    try:
        found: dict[str, Any] = json.loads(last_path().read_text())
        made_at = datetime.fromisoformat(found["made_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {**found, "age": max(0.0, (datetime.now(UTC) - made_at).total_seconds())}


def _data_store(data: Repository, before: Manifest | None, say: Say) -> Manifest:
    head = _bytes_of(keys_folder() / content.HEAD)
    about = {
        "version": content.program_version(),
        "database": {"vendor": database.vendor_name()},
        "migrations": content.applied_migrations(),
    }
    known = {one.path: one for one in before.files} if before else {}
    found = list(content.data_files())
    _check_space(data.folder, known, found)
    id, made_at = new_id(), datetime.now(UTC).isoformat()
    say("Copying the database")
    with database.copied(Path(settings.DATA_DIR) / "backup-draft" / "database") as stream:
        files = [data.store(database.copy_name(), stream)]
    if head is not None:
        files.append(data.store(content.HEAD, BytesIO(head)))
    # Listed again: photos that came while the database was copied may be in the copy.
    files += _files_store(data, content.data_files(), known, say)
    return Manifest(id, made_at, about, files)


def _files_store(
    data: Repository, found: Iterable[tuple[str, Path]], known: dict[str, Stored], say: Say
) -> list[Stored]:
    stored: list[Stored] = []
    told = time.monotonic()
    for number, (path, file) in enumerate(found, 1):
        try:
            about = file.stat()
            earlier = known.get(path)
            same = earlier is not None and (earlier.size, earlier.mtime_ns) == (about.st_size, about.st_mtime_ns)
            if earlier is not None and same and data.has(earlier):
                stored.append(earlier)
            else:
                with file.open("rb") as stream:
                    stored.append(data.store(path, stream, about.st_mtime_ns))
        except FileNotFoundError:
            # Removed in between, as an erasure does.
            continue
        if time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            say(f"{number} files, {data.stored_bytes / 1e6:.0f} MB stored")
    return stored


def _weights_forget(data: Repository) -> None:
    """Take out of earlier backups the weights that had learnt from somebody who was erased."""
    erased = ModelVersion.objects.filter(state=ModelVersion.State.ERASED).values_list("name", flat=True)
    folders = tuple(f"models/{name}/" for name in erased)
    if folders:
        data.forget_files(lambda file: file.path.startswith(folders))


def _keys_store(store: Repository, made: Manifest, days: int) -> int:
    """Back up the keys under the id of the data's backup, and take from earlier ones who was erased since."""
    files = []
    for path, file in content.key_files():
        found = _bytes_of(file)
        if found is not None:
            files.append(store.store(path, BytesIO(found)))
    about = {"version": made.about["version"]}
    store.manifest_store(Manifest(made.id, datetime.now(UTC).isoformat(), about, files))
    # Who was erased and enrolled again has a new key: that one stays.
    wanted = {one.path: one.sha256 for one in files}
    names = {f"store/{name}.key" for name in key_store.destroyed()}
    erased = 0
    if names:
        erased = store.forget_files(lambda file: file.path in names and wanted.get(file.path) != file.sha256)
    limit = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    store.forget([one.id for one in store.manifests() if one.made_at < limit and one.id != made.id])
    return erased


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _check_places(folder: Path, keys: Path | None) -> None:
    """Raise ``BackupError`` where the places make no sense."""
    inside = [keys_folder(), *content.roots().values()]
    for place in filter(None, (folder, keys)):
        if any(place == one or one in place.parents for one in inside):
            raise BackupError(f"{place} lies within what is backed up. Name a folder outside, best on another disk.")
    if keys is not None and (keys == folder or folder in keys.parents or keys in folder.parents):
        raise BackupError("The keys have to lie apart from the data: name a folder outside of DIR with --keys.")


def _check_space(folder: Path, known: dict[str, Stored], found: list[tuple[str, Path]]) -> None:
    """Raise ``BackupError`` where what is new cannot fit, before anything is written."""
    # Photos are encrypted and do not get smaller, a database does; an interrupted backup left pieces of both.
    new = sum(file.stat().st_size for path, file in found if path not in known and file.exists())
    stored = 0 if known else sum(path.stat().st_size for path in (folder / "pieces").glob("*/*"))
    needed, free = new + database.size() // 4 - stored, shutil.disk_usage(folder).free
    if needed > free:
        raise BackupError(
            f"About {needed / 1e9:.1f} GB are new, and {folder} has {free / 1e9:.1f} GB left. Free some space, or name "
            "another disk."
        )


def _note(result: Made, made_at: str) -> None:
    said = {"id": result.id, "made_at": made_at, "folder": result.folder, "keys": result.keys, "bytes": result.bytes}
    write_durably(last_path(), json.dumps(said).encode(), replace=True)
