"""Put a backup back: verified whole before anything is touched, into an empty place, and examined afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from attendance.services.results import results_catch_up
from common import seals
from common.audit import record
from common.kept_secrets import secret_read, write_durably
from common.refusals import Refusal
from common.seals import keys_folder
from employees import gallery_revision, key_store, master_key
from employees.models import Employee
from presente import process_state
from presente.backup import content, database
from presente.backup.making import backup_key
from presente.backup.repository import BackupError, Manifest, Repository, repository_open, telling_full_disks
from presente.backup.staging import NEW, Staged
from presente.start import damaged_keys, key_problem, keys_lacking
from privacy.models import Erasure
from privacy.services.erasure import biometrics_erase

FORCE = "replace everything"
REPLACED = ("faces", "exports", "files", "reports")
"""What is emptied first; models and the browser's files are replaced where the backup has some."""
Say = Callable[[str], None]


@dataclass(slots=True)
class Restored:
    """What was put back, whom it erased again, and what is not as it should be (``problems``, a line each)."""

    id: str
    made_at: str
    files: int = 0
    bytes: int = 0
    erased_again: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """An opened backup: the data, and the keys where they are restored too."""

    data: Repository
    manifest: Manifest
    keys: Repository | None
    key_manifest: Manifest | None


def source_open(*, folder: Path, keys: Path | None, passphrase: str | None = None, at: str | None = None) -> Source:
    """Open a backup; without ``keys`` the key it is encrypted with has to be in this installation's folder of keys.

    The newest keys are taken whatever ``at`` says: earlier ones would bring back who was erased since.
    """
    store = key_manifest = None
    if keys is not None:
        store = repository_open(keys, kind="keys", secret=passphrase)
        key_manifest = store.manifest()
        found = key_manifest.file(backup_key().name)
        if found is None:
            raise BackupError(f"{keys} lacks {backup_key().name}. It was not made by `manage.py backup`.")
        opened = BytesIO()
        store.read(found, opened)
        secret = opened.getvalue().decode().strip()
    elif backup_key().exists():
        secret = secret_read(backup_key())
    else:
        raise BackupError(f"{folder} opens with the keys alone: give the folder that holds their backup with --keys.")
    data = repository_open(folder, kind="data", secret=secret)
    return Source(data, data.manifest(at), store, key_manifest)


def source_verify(source: Source) -> int:
    """Read every file of the backup and hold it against its SHA-256; how many. Raises ``BackupError``."""
    for repository, manifest in ((source.data, source.manifest), (source.keys, source.key_manifest)):
        if repository is not None and manifest is not None:
            for file in manifest.files:
                repository.read(file)
    return len(source.manifest.files) + (len(source.key_manifest.files) if source.key_manifest else 0)


def restore(source: Source, *, force: str = "", receipts: Iterable[dict[str, Any]] = (), say: Say = print) -> Restored:
    """Put the backup in this installation's place. Raises ``BackupError`` before anything is touched.

    ``receipts``: of erasures made since the backup, where its keys do not know of them yet.
    """
    manifest = source.manifest
    erased = {str(one["id"]): str(one["person"]["public_id"]) for one in receipts} | _erasures()
    _check_program(manifest)
    _check_stopped()
    _check_place(force, with_keys=source.keys is not None)
    _check_space(source)
    staged = Staged()
    place = Path(settings.DATA_DIR) / "restore-draft"
    with telling_full_disks(Path(settings.DATA_DIR)):
        try:
            say(f"Reading and verifying {len(manifest.files)} files ({manifest.size / 1e6:.0f} MB)")
            copy = _read(source, staged, place)
            _check_keys(source)
            say("Putting everything in its place")
            staged.places.remove(place)
            staged.put_in_place()
            try:
                database.put_back(copy)
            except BaseException:
                staged.put_back()
                raise
            head = place / NEW / content.HEAD
            if head.exists():
                write_durably(keys_folder() / content.HEAD, head.read_bytes(), replace=True)
        finally:
            staged.clear()
            shutil.rmtree(place, ignore_errors=True)
    seals.forget()
    result = Restored(manifest.id, manifest.made_at, len(manifest.files), manifest.size)
    _finish(result, erased, say)
    return result


def _read(source: Source, staged: Staged, place: Path) -> Path:
    """Have every file wait beside its place; gives back the database's copy."""
    roots = content.roots()
    copy: Path | None = None
    for file in source.manifest.files:
        root, _slash, inside = file.path.partition("/")
        if inside and root in roots:
            staged.read(source.data, file, roots[root], inside)
        else:
            found = staged.read(source.data, file, place, file.path)
            copy = found if file.path == database.copy_name() else copy
    if copy is None:
        raise BackupError("The backup holds no database. It was not made by `manage.py backup`.")
    # What the backup does not have must not stay behind from the place it replaces.
    staged.places += [roots[name] for name in REPLACED if name in roots and roots[name] not in staged.places]
    if source.keys is not None and source.key_manifest is not None:
        for file in source.key_manifest.files:
            staged.read(source.keys, file, keys_folder(), file.path)
    return copy


def _finish(result: Restored, erased: dict[str, str], say: Say) -> None:
    """Bring the schema up to date, erase again who was erased since, and examine all of it.

    ``erased``: the person's public id by that of each erasure that was known here.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Migrating the restored database")
        call_command("migrate", interactive=False, verbosity=0)
    gallery_revision.advance()
    # Whoever logged out since must not be logged in again.
    Session.objects.all().delete()
    record("restore", object=result.id, details={"made_at": result.made_at})
    for employee in _erased_since(erased):
        say(f"Erasing the face of {employee.number} again: it was erased after this backup")
        try:
            biometrics_erase(employee=employee, cause=Erasure.Cause.COMMAND, reason="erased after the restored backup")
            result.erased_again.append(employee.number)
        except Refusal as refused:
            result.problems.append(f"the erasure of {employee.number} waits: {refused.message}")
    # Every key, not people's alone. Nobody is erased for want of one: it may lie in another backup.
    line = key_problem() or next(key_store.problems(), "")
    if not line and (damaged := damaged_keys()):
        line = keys_lacking(len(damaged))
    if line:
        result.problems.append(line)
    # The days since the backup have become settled without a worker.
    results_catch_up()
    for command in ("attendance_verify", "audit_verify"):
        say(f"manage.py {command}")
        said = StringIO()
        try:
            call_command(command, stdout=said)
        except CommandError as error:
            result.problems.append(f"{command}: {' '.join([*said.getvalue().split(chr(10))[:3], str(error)])}")
        say(said.getvalue().strip())


def _erased_since(erased: dict[str, str]) -> list[Employee]:
    """Whose erasure the restored database does not know: by an erasure known here, or by the mark of the key store."""
    known = _erasures()
    since = {person for erasure, person in erased.items() if erasure not in known}
    gone = {name.rpartition("/")[2] for name in key_store.destroyed() if not key_store.path_of(name).exists()}
    pictured = Employee.objects.filter(public_id__in=gone, photos__isnull=False)
    return sorted({*Employee.objects.filter(public_id__in=since), *pictured}, key=lambda one: one.number)


def _erasures() -> dict[str, str]:
    """Whom each finished erasure of the database at hand is about; none where that is missing or damaged."""
    try:
        if Erasure._meta.db_table not in connection.introspection.table_names():
            return {}
        rows = Erasure.objects.exclude(finished_at=None).values_list("pk", "public_id")
        return {str(erasure): str(person) for erasure, person in rows}
    except DatabaseError:
        return {}


def _check_program(manifest: Manifest) -> None:
    """Raise ``BackupError`` where this program or its database is not one for that backup."""
    made_of, ours = manifest.about["database"]["vendor"], database.vendor_name()
    if made_of != ours:
        raise BackupError(
            f"The backup is of {made_of}, and this installation has {ours}: a backup goes back into the kind of "
            "database it was made from. Set DATABASE_URL to one."
        )
    known = MigrationLoader(None).disk_migrations or {}
    unknown = [
        f"{app}.{name}"
        for app, names in manifest.about["migrations"].items()
        for name in names
        if (app, name) not in known and any(one == app for one, _name in known)
    ]
    if unknown:
        raise BackupError(
            f"The backup is of version {manifest.about['version']}, whose schema ({unknown[0]}) this one, "
            f"{content.program_version()}, does not know. Install that version first."
        )


def _check_stopped() -> None:
    if process_state.read(Path(settings.DATA_DIR)) is not None:
        raise BackupError("Presente runs on this data folder. Stop it first (systemctl stop presente, or Ctrl-C).")
    if others := database.others():
        raise BackupError(f"{others} other connections use the database. Stop Presente everywhere first.")


def _check_place(force: str, *, with_keys: bool) -> None:
    """Raise ``BackupError`` where there is something that would be lost, unless the words were said."""
    if force == FORCE:
        return
    if force:
        raise BackupError(f"--force takes the words '{FORCE}', so that nobody says it by mistake.")
    there = [] if database.is_empty() else ["the database has people or accounts"]
    there += [f"{name} has files" for name in ("faces", "exports") if _has_files(content.roots().get(name))]
    there += ["the folder of keys has keys of people"] if with_keys and any(key_store.names("people")) else []
    if there:
        raise BackupError(
            f"This place is not empty: {'; '.join(there)}. Restore into an empty one, or say --force '{FORCE}': what "
            "is here is then lost."
        )


def _check_space(source: Source) -> None:
    needed = source.manifest.size + sum(one.size for one in source.manifest.files if one.path == database.copy_name())
    free = shutil.disk_usage(settings.DATA_DIR).free
    if needed > free:
        raise BackupError(
            f"The backup needs {needed / 1e9:.1f} GB, and {settings.DATA_DIR} has {free / 1e9:.1f} GB left. Free some "
            "space first."
        )


def _check_keys(source: Source) -> None:
    """Raise ``BackupError`` where no master key at hand opens the keys, before they take their place."""
    folder = keys_folder() / NEW if source.keys is not None else keys_folder()
    given = [str(one) for one in (settings.MASTER_KEY, settings.MASTER_KEY_PREVIOUS) if one]
    if not settings.MASTER_KEY:
        given += [secret_read(path) for path in folder.glob("master*.key")]
    opened = {master_key.derive(one).identifier for one in given}
    for path in (folder / "store").rglob("*.key"):
        parts = secret_read(path).split()
        if len(parts) != 3 or parts[1] not in opened:
            raise BackupError(
                "The master key at hand is not the one that the keys were stored with. Set PRESENTE_MASTER_KEY to the "
                "one of the backed up installation, or unset it where the key lay in master.key. Nothing was changed."
            )


def _has_files(folder: Path | None) -> bool:
    return folder is not None and folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def receipts_read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The receipts in these files. Raises ``BackupError``; their seals are known again once the keys stand."""
    from privacy.receipts import ReceiptUnreadable, receipt_read

    try:
        return [receipt_read(path.read_text(encoding="utf-8")) for path in paths]
    except (OSError, UnicodeDecodeError, ReceiptUnreadable, json.JSONDecodeError) as error:
        raise BackupError(f"A receipt cannot be read: {error}") from error
