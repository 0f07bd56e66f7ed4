"""Bring an installation to this version of the program: backup, migrate, look whether it works, or leave it as it was.

All migrations and the look are one transaction. Where anything fails it is rolled back, so the old version goes on with
everything that was stored meanwhile. Only where a migration cannot be part of a transaction the backup is put back, and
then everything has to be stopped first.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

from common.append_only import is_protected
from employees.models import Employee
from presente import process_state
from presente.backup import database
from presente.backup.content import applied_migrations
from presente.backup.making import backup_make, last_backup
from presente.backup.repository import BackupError, telling_full_disks
from presente.backup.restoring import source_open
from presente.backup.staging import Staged
from presente.start import explain, key_problem, lost_database
from recognition import engine_holder
from recognition.engine.types import ModelUnavailable
from recognition.models import ModelVersion

Say = Callable[[str], None]


class UpgradeFailed(Exception):
    """It was not done, and the installation is as it was; the message says why."""


@dataclass(slots=True)
class Plan:
    """What an upgrade would do, and what stands against it (``stops``, a line each; ``notes`` stop nothing)."""

    migrations: list[str] = field(default_factory=list)
    in_one_transaction: bool = True
    running: list[str] = field(default_factory=list)
    backup_folder: str = ""
    free_bytes: int = 0
    needed_bytes: int = 0
    notes: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)


def upgrade_plan(*, folder: Path) -> Plan:
    """What would happen now; nothing is changed."""
    plan = Plan(backup_folder=str(folder))
    try:
        if line := lost_database():
            plan.stops.append(line)
            return plan
        pending = _pending()
    except DatabaseError as error:
        plan.stops.append(explain(error) or f"The database does not answer ({_first(error)}). Check DATABASE_URL.")
        return plan
    plan.migrations = [f"{one.app_label}.{one.name}" for one in pending]
    plan.in_one_transaction = all(one.atomic for one in pending)
    plan.running = sorted(process_state.read(Path(settings.DATA_DIR)) or {})
    others = database.others()
    if (plan.running or others) and not plan.in_one_transaction:
        plan.stops.append(
            "A migration cannot be rolled back by the database: stop Presente first, so that nothing is stored that "
            "the backup would not have."
        )
    elif plan.running or others:
        plan.notes.append("Presente runs: it waits while the database is migrated, and has to be restarted afterwards.")
    place = next(one for one in (folder, *folder.parents) if one.exists())
    plan.free_bytes = shutil.disk_usage(place).free
    plan.needed_bytes = 2 * database.size()
    if plan.needed_bytes > min(plan.free_bytes, shutil.disk_usage(settings.DATA_DIR).free):
        plan.stops.append(f"The backup and the migration need about {plan.needed_bytes / 1e9:.1f} GB; free some space.")
    last = last_backup()
    if last is None:
        plan.notes.append("No backup was ever made here; the first one copies all photos and models.")
    if not pending:
        # Otherwise the tables are not yet those that this version reads.
        plan.stops += smoke_test()
    return plan


def upgrade(*, folder: Path, say: Say = print) -> Plan:
    """Back up, migrate, look, and keep it; else leave everything as it was and raise ``UpgradeFailed``.

    The keys stay out of that backup: no migration touches them, and a copy that nobody renews would outlive erasures.
    """
    plan = upgrade_plan(folder=folder)
    if plan.stops:
        raise UpgradeFailed(" ".join(plan.stops))
    if not plan.migrations:
        say("Nothing has to be migrated.")
        return plan
    id = ""
    try:
        # A first start has nothing that could be lost, and no tables.
        if applied_migrations():
            say(f"Backing up into {folder}")
            id = backup_make(folder=folder, keys=None, say=say).id
    except BackupError as error:
        raise UpgradeFailed(f"There is no backup, so nothing was begun: {error}") from error
    say(f"Migrating: {', '.join(plan.migrations)}")
    if plan.in_one_transaction:
        _migrate_in_one()
    else:
        _migrate_or_put_back(folder, id)
    say("Done. Restart Presente now (systemctl restart presente, or docker compose up -d).")
    return plan


def smoke_test() -> list[str]:
    """What does not work, a line each: the model, the keys, the evidence's triggers, a row of each table."""
    said = []
    try:
        if ModelVersion.objects.exists() or Employee.objects.exists():
            engine_holder.verify(engine_holder.active_name())
        for model in apps.get_models():
            model._default_manager.order_by("pk").first()
        if not is_protected(connection):
            said.append("A table of evidence lacks its triggers.")
        if line := key_problem():
            said.append(line)
    except ModelUnavailable as error:
        said.append(error.message)
    except DatabaseError as error:
        said.append(f"The tables cannot be read ({_first(error)}).")
    return said


def _pending() -> list[Migration]:
    executor = MigrationExecutor(connection)
    return [migration for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def _migrate_in_one() -> None:
    # SQLite rebuilds tables, which it may not with foreign keys checked, and cannot stop to check within a transaction.
    connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                # It alters no table for which a check still waits.
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            call_command("migrate", interactive=False, verbosity=0)
            connection.check_constraints()
            if wrong := smoke_test():
                raise UpgradeFailed(f"After the migration not all works: {' '.join(wrong)} {ROLLED_BACK}")
    except UpgradeFailed:
        raise
    except Exception as error:
        raise UpgradeFailed(f"A migration failed ({_first(error)}). {ROLLED_BACK}") from error
    finally:
        connection.enable_constraint_checking()


def _migrate_or_put_back(folder: Path, id: str) -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
        wrong = smoke_test()
    except Exception as error:
        wrong = [f"A migration failed ({_first(error)})."]
    if not wrong:
        return
    if not id:
        raise UpgradeFailed(f"{' '.join(wrong)} The database was empty before: empty it, and try again.")
    source = source_open(folder=folder, keys=None, at=id)
    copy = source.manifest.file(database.copy_name())
    assert copy is not None
    place, staged = Path(settings.DATA_DIR) / "restore-draft", Staged()
    try:
        with telling_full_disks(place):
            database.put_back(staged.read(source.data, copy, place, copy.path))
    except BackupError as error:
        raise UpgradeFailed(
            f"{' '.join(wrong)} The backup {id} could not be put back ({error}). Run `manage.py restore {folder}` with "
            "the version before this one."
        ) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
    raise UpgradeFailed(f"{' '.join(wrong)} The backup {id} was put back: start the version before this one again.")


ROLLED_BACK = "All of it was rolled back: the database is as it was, and the version that runs goes on."


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
