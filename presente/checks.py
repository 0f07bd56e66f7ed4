"""Checks of the installation, with stable ids: `manage.py doctor` runs them all, `manage.py check --deploy` too.

Two of them (E001, E002) also run before every command, since nothing works without what they ask for.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from common.private_files import loose_files
from common.seals import keys_folder
from presente.checks_around import (
    Finding,
    backups,
    exposure,
    file_storage,
    first_account,
    kiosk_page,
    links,
    mail_server,
    messages,
    printable_names,
    public_holidays,
    server_clock,
    strangers,
    time_zone,
)
from presente.process_state import ProcessState
from presente.start import FULL, REMEDY_FULL, damaged_keys, explain, key_problem
from recognition.engines import PUBLISHED, factory

LITTLE_SPACE = 1024**3
MOST_NAMED = 3
MEND_DATABASE = "Mend the database first."


def engine_setting() -> Finding:
    """E001: the engine's factory is one that exists; W001: and it is the published one."""
    name = settings.ENGINE
    try:
        factory()
    except ImportError as error:
        return Finding("presente.E001", "fail", "engine", f"PRESENTE_ENGINE is {name!r}: {error}", "Unset it.")
    if name != PUBLISHED:
        return Finding(
            "presente.W001",
            "warn",
            "engine",
            f"{name}, not the published networks",
            "Unset PRESENTE_ENGINE unless this is a test.",
        )
    return Finding("presente.E001", "ok", "engine", "the published networks")


def data_folder() -> Finding:
    """E002: the data folder can be written; W002: and has space left."""
    folder = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"1")
    except OSError as error:
        if error.errno in FULL:
            return Finding("presente.E002", "fail", "data folder", f"the disk of {folder} is full", REMEDY_FULL)
        return Finding(
            "presente.E002",
            "fail",
            "data folder",
            f"{folder} cannot be written ({error.strerror})",
            "Give it to the user who runs Presente, or set PRESENTE_DATA to another one.",
        )
    free = shutil.disk_usage(folder).free
    if free < LITTLE_SPACE:
        return Finding(
            "presente.W002",
            "warn",
            "data folder",
            f"{folder} has {free / 2**20:.0f} MiB left",
            "Free some space, or move the folder and set PRESENTE_DATA.",
        )
    return Finding("presente.E002", "ok", "data folder", f"{folder}, {free / 2**30:.1f} GiB free")


def key_files() -> Finding:
    """E003: nobody but their owner can read the keys."""
    folder = keys_folder()
    loose = [path for path in (folder, *folder.glob("*.key")) if path.exists() and _others_may_read(path)]
    if loose:
        names = " ".join(str(path) for path in loose)
        return Finding("presente.E003", "fail", "keys", f"readable by others: {names}", f"chmod go-rwx {names}")
    kept = [path.name for path in sorted(folder.glob("*.key"))]
    return Finding(
        "presente.E003",
        "ok",
        "keys",
        f"{', '.join(kept) or 'none'} in {folder}, for their owner alone" if kept else "from the environment",
    )


def private_files() -> Finding:
    """E009: nobody but their owner can read the data."""
    folder = Path(settings.DATA_DIR)
    loose = [str(path) for path in islice(loose_files(folder), MOST_NAMED + 1)]
    if loose:
        more = " and others" if len(loose) > MOST_NAMED else ""
        return Finding(
            "presente.E009",
            "fail",
            "file modes",
            f"open to others: {' '.join(loose[:MOST_NAMED])}{more}",
            f"chmod -R go-rwx {folder}",
        )
    return Finding("presente.E009", "ok", "file modes", f"all in {folder} for its owner alone")


def database() -> Finding:
    """E004: the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        if line := explain(error):
            return Finding("presente.E004", "fail", "database", str(error), line)
        return Finding(
            "presente.E004",
            "fail",
            "database",
            f"{connection.vendor}: {str(error).strip()}",
            "Start it and check DATABASE_URL (host, port, name, user, password).",
        )
    return Finding("presente.E004", "ok", "database", connection.vendor)


def migrations() -> Finding:
    """E005: the database has this program's tables."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return Finding(
            "presente.E005", "fail", "migrations", "unknown: the database does not answer", "Mend the database first."
        )
    if pending:
        return Finding("presente.E005", "fail", "migrations", f"{len(pending)} to run", "Run `manage.py migrate`.")
    return Finding("presente.E005", "ok", "migrations", "all run")


def model_files() -> Finding:
    """E006: the active model version's files are whole."""
    from recognition import engine_holder
    from recognition.engine.types import ModelUnavailable

    try:
        name = engine_holder.active_name()
        engine_holder.verify(name)
    except DatabaseError:
        return Finding(
            "presente.E006",
            "fail",
            "models",
            "unknown: the database does not say which version is active",
            MEND_DATABASE,
        )
    except ModelUnavailable as error:
        return Finding("presente.E006", "fail", "models", error.message, "Run `manage.py build_models`.")
    return Finding("presente.E006", "ok", "models", f"{name}, files whole")


def master_key() -> Finding:
    """E007: the master key opens every key of the key store, and nobody's key is missing."""
    from employees import key_store

    try:
        problem, damaged = key_problem(), damaged_keys()
    except DatabaseError:
        return Finding(
            "presente.E007", "fail", "master key", "unknown: the database does not answer", "Mend the database first."
        )
    if problem:
        return Finding("presente.E007", "fail", "master key", "opens nothing that is stored", problem)
    if damaged:
        named = damaged[:MOST_NAMED]
        more = f", and {len(damaged) - len(named)} more" if len(damaged) > len(named) else ""
        detail = f"does not open the keys of {', '.join(str(owner) for owner, _said in named)}{more}"
        remedy = (
            f"{' '.join(said for _owner, said in named)} Where no backup has it, `manage.py erase_biometrics "
            f"{named[0][0].number}`, record the consent and enrol anew; by PIN they clock in meanwhile."
        )
        return Finding("presente.E007", "fail", "master key", detail, remedy)
    if others := list(key_store.problems()):
        return Finding("presente.E007", "fail", "master key", "does not open all that is stored", others[0])
    return Finding("presente.E007", "ok", "master key", "opens what is stored")


def broker() -> Finding:
    """E008: tasks can be handed to the workers; W007: or the embedded broker waits for `make run` to start it."""
    from presente import process_state
    from presente.broker import BrokerError, program
    from presente.health import CHECKS, REMEDIES

    kind = "Redis" if settings.REDIS_URL else "embedded"
    try:
        if not settings.REDIS_URL:
            program()
        CHECKS["broker"]()
    except BrokerError as error:
        return Finding("presente.E008", "fail", "broker", "none", str(error))
    # Each transport has errors of its own, and whatever it is the broker cannot be used.
    except Exception as error:
        if not settings.REDIS_URL and process_state.read(Path(settings.DATA_DIR)) is None:
            return Finding(
                "presente.W007",
                "warn",
                "broker",
                "embedded, and not running",
                "It runs while `make run` does (or start it alone: `manage.py run broker`).",
            )
        return Finding("presente.E008", "fail", "broker", f"{kind}: {error}", REMEDIES["broker"]())
    return Finding("presente.E008", "ok", "broker", kind)


def processes() -> Finding:
    """W008: what the supervisor started runs, and has run for a while."""
    from presente import process_state

    states = process_state.read(Path(settings.DATA_DIR))
    if states is None:
        return Finding("presente.W008", "ok", "processes", "no supervisor (`make run`) on this data folder")
    shaky = [f"{name} {_told(state)}" for name, state in states.items() if not state.steady]
    if shaky:
        return Finding(
            "presente.W008",
            "warn",
            "processes",
            "; ".join(shaky),
            f"Each is started again by itself. Why it ended: {Path(settings.DATA_DIR) / 'log'}",
        )
    restarts = sum(state.restarts for state in states.values())
    return Finding("presente.W008", "ok", "processes", f"{len(states)} run, {restarts} restarts")


def _told(state: ProcessState) -> str:
    now = f"runs again for {time.time() - state.since:.0f} s" if state.running else "does not run"
    return f"{state.ended} ({now}, {state.restarts} restarts)"


def worker() -> Finding:
    """W003: a worker has answered the scheduler lately."""
    from presente import heartbeat

    age = heartbeat.age()
    if age is not None and age <= heartbeat.LATE_SECONDS:
        return Finding("presente.W003", "ok", "worker", f"worked {age:.0f} s ago")
    seen = "none has ever been seen" if age is None else f"the last sign is {timedelta(seconds=round(age))} old"
    return Finding(
        "presente.W003",
        "warn",
        "worker",
        f"{seen}; new photos wait until one runs",
        "Start everything with `make run`, or a worker alone (docs/operations.md).",
    )


def scheduler() -> Finding:
    """W016: one scheduler leads."""
    from presente.leader import leader

    try:
        name = leader()
    except DatabaseError:
        return Finding("presente.W016", "warn", "scheduler", "unknown: the database does not answer", MEND_DATABASE)
    if name:
        return Finding("presente.W016", "ok", "scheduler", f"{name} leads")
    # Where nothing runs at all, the worker's finding says so.
    return Finding("presente.W016", "ok", "scheduler", "none runs")


def waiting_photos() -> Finding:
    """W004: no photo has waited for long."""
    from employees.models import EnrolmentPhoto

    State = EnrolmentPhoto.State
    limit = timezone.now() - timedelta(minutes=2)
    try:
        old = EnrolmentPhoto.objects.filter(state__in=[State.QUEUED, State.PROCESSING], created_at__lt=limit).count()
    except DatabaseError:
        return Finding("presente.W004", "warn", "photos", "unknown: the database does not answer", MEND_DATABASE)
    if old:
        return Finding(
            "presente.W004",
            "warn",
            "photos",
            f"{old} have waited for more than two minutes",
            "Start the worker; they are picked up by themselves.",
        )
    return Finding("presente.W004", "ok", "photos", "none waits")


ALL: tuple[Callable[[], Finding], ...] = (
    engine_setting,
    data_folder,
    key_files,
    private_files,
    database,
    migrations,
    model_files,
    master_key,
    broker,
    processes,
    worker,
    scheduler,
    waiting_photos,
    strangers,
    exposure,
    links,
    kiosk_page,
    printable_names,
    server_clock,
    backups,
    mail_server,
    messages,
    time_zone,
    public_holidays,
    first_account,
    file_storage,
)
ALWAYS = (engine_setting, data_folder)


def examine(wanted: Iterable[Callable[[], Finding]] = ALL) -> list[Finding]:
    """Run the checks, each once."""
    return [check() for check in wanted]


def _others_may_read(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _as_messages(findings: Iterable[Finding]) -> list[checks.CheckMessage]:
    kinds = {"warn": checks.Warning, "fail": checks.Error}
    return [
        kinds[finding.status](f"{finding.name}: {finding.detail}", hint=finding.remedy, id=finding.id)
        for finding in findings
        if finding.status != "ok"
    ]


@checks.register("presente")
def before_every_command(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Errors alone: a test with the fake engine is no reason to warn at each command."""
    return _as_messages(finding for finding in examine(ALWAYS) if finding.status == "fail")


@checks.register("presente", deploy=True)
def before_deploying(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Everything that the doctor examines."""
    return _as_messages(examine(check for check in ALL if check not in ALWAYS))
