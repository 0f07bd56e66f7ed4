"""A zip to send to whoever helps: how the installation is, with nobody in it.

No biometrics, no names, no numbers of people, no addresses and no secrets: what is free text goes through ``Cleaner``.
"""

from __future__ import annotations

import json
import os
import platform
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection
from django.utils import timezone

from attendance.models import Kiosk
from common.redaction import redact
from employees.models import ApiKey, Department, Employee, Site, User
from presente import health, process_state
from presente.backup.content import applied_migrations, program_version
from presente.checks import examine

LINES = 400
"""The last lines of each log."""
LEFT_OUT = "…"
TOLD = (
    "DEBUG",
    "ENGINE",
    "ERASE_AFTER_DAYS",
    "FINE_TUNE",
    "HTTPS",
    "KEEP_IMAGES",
    "LANGUAGE_CODE",
    "PIN_DIGITS",
    "PROXIES",
    "RETENTION_DAYS",
    "SECOND_FACTOR_ROLES",
    "SESSION_COOKIE_AGE",
    "SESSION_IDLE_SECONDS",
    "TIME_ZONE",
    "TRAINING_DELAY",
    "TRUST_NTP",
    "WEBHOOK_LOOPBACK",
    "WEB_THREADS",
)
"""Settings whose values are told; of every other variable only that it is set."""
WORDS = re.compile(r"\w+")
SECRETS = re.compile(
    # E-mail addresses; UUIDs; IP addresses; anything long that mixes letters with digits, as tokens and hashes do.
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\b"
    r"|(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{16,}"
    r"|//[^/@\s]*:[^/@\s]*@",
    re.IGNORECASE,
)


class Cleaner:
    """Takes out of a text what could name somebody or open something."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {part.casefold() for word in words for part in WORDS.findall(word)}

    def clean(self, text: str) -> str:
        """The text with each such word replaced by …; a word too many costs less than a name too many."""
        text = SECRETS.sub(LEFT_OUT, redact(text))
        return WORDS.sub(lambda found: LEFT_OUT if found[0].casefold() in self._words else found[0], text)


def support_bundle(target: BinaryIO) -> list[str]:
    """Write the zip; the names of its files. A part that cannot be read says so, and the others are there."""
    cleaner = Cleaner(_people())
    parts: dict[str, Any] = {
        "versions.json": _versions,
        "doctor.json": lambda: [finding.as_dict() for finding in examine()],
        "processes.json": _processes,
        "settings.json": _settings,
        "rows.json": _rows,
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, read in parts.items():
            try:
                content = json.dumps(read(), indent=1, ensure_ascii=False, default=str)
            except (DatabaseError, OSError) as error:
                content = json.dumps({"unreadable": type(error).__name__})
            # Counts and versions name nobody, and cleaning would take numbers out of them.
            bundle.writestr(name, content if name in COUNTED else cleaner.clean(content))
        for name, lines in _logs():
            bundle.writestr(name, "\n".join(cleaner.clean(line) for line in lines))
        return bundle.namelist()


COUNTED = {"versions.json", "rows.json"}


def _people() -> Iterator[str]:
    """Every word that stands for a person, a place or a device here."""
    for model, fields in (
        (Employee, ("number", "first_name", "last_name")),
        (User, ("username", "first_name", "last_name", "email")),
        (Kiosk, ("name", "location")),
        (Department, ("name",)),
        (Site, ("name",)),
        (ApiKey, ("name", "prefix")),
        (Group, ("name",)),
    ):
        for row in model._default_manager.values_list(*fields).iterator():
            yield from (str(value) for value in row if value)


def _versions() -> dict[str, Any]:
    return {
        "made_at": timezone.now().isoformat(),
        "presente": program_version(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores",
        "database": f"{connection.vendor} {'.'.join(map(str, connection.get_database_version()))}",
        "migrations": {app: names[-1] for app, names in applied_migrations().items()},
        "packages": dict(sorted((one.name, one.version) for one in distributions())),
    }


def _processes() -> dict[str, Any]:
    states = process_state.read(Path(settings.DATA_DIR)) or {}
    return {
        "supervisor": {name: asdict(state) for name, state in states.items()},
        "parts": health.check_parts() | health.process_parts(),
    }


def _settings() -> dict[str, Any]:
    return {
        "values": {name: getattr(settings, name) for name in TOLD},
        "set": sorted(
            name
            for name, value in os.environ.items()
            if value and (name.startswith("PRESENTE_") or name in {"DATABASE_URL", "REDIS_URL", "EMAIL_URL"})
        ),
    }


def _rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def _logs() -> Iterator[tuple[str, list[str]]]:
    for path in sorted((Path(settings.DATA_DIR) / "log").glob("*.log")):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 500_000))
            yield f"log/{path.name}", file.read().decode(errors="replace").splitlines()[-LINES:]
