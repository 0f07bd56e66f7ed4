"""An installation of the test's own, with people."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as program
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from attendance.tests.fixtures import Punched
from common import seals
from employees.models import Consent, Employee
from employees.services import consent_give, employee_create
from employees.tests.employment_kit import employ
from presente.backup.database import is_empty
from presente.tests.backup.kit import enrol


@pytest.fixture(scope="module")
def made_anew(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], object]]:
    """Brings an empty database's tables back; on SQLite from a copy, since migrating takes many seconds."""
    if connection.vendor != "sqlite":
        yield lambda: call_command("migrate", verbosity=0, interactive=False)
        return
    with contextlib.closing(sqlite3.connect(":memory:", check_same_thread=False)) as copy:
        with django_db_blocker.unblock():
            connection.ensure_connection()
            connection.connection.backup(copy)

        def again() -> None:
            connection.ensure_connection()
            copy.backup(connection.connection)

        yield again


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path, made_anew: Callable[[], object]) -> Iterator[None]:
    """Everything that is kept lies in one folder of the test's own, and a test that fails leaves a database behind."""
    data = tmp_path / "var"
    settings.DATA_DIR, settings.MODELS_DIR = data, data / "models"
    settings.BROWSER_DIR = data / "browser"
    known: dict[str, Any] = program.STORAGES
    places = {name: {**known[name], "OPTIONS": {"location": data / name}} for name in ("faces", "exports")}
    settings.STORAGES = {**known, **places}
    for folder in ("models", "faces", "keys"):
        (data / folder).mkdir(parents=True)
    (data / "models" / "fake-1").mkdir()
    (data / "models" / "fake-1" / "weights").write_bytes(b"w" * 5_000_000)
    yield
    seals.forget()
    if is_empty():
        made_anew()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "data"


@pytest.fixture
def staff(punched: Punched) -> list[Employee]:
    """Three people with a face and a week of punches."""
    people = []
    for number in (1, 2, 3):
        one = employee_create(number=f"100{number}", first_name=f"Person {number}", last_name="Demo")
        consent_give(employee=one, method=Consent.Method.PAPER)
        employ(one, hired_on=date(2026, 1, 1))
        for day in range(2, 7):
            punched(one, "in", f"2026-11-0{day}T08:0{number}")
            punched(one, "out", f"2026-11-0{day}T16:0{number}")
        enrol(one, number)
        people.append(one)
    return people


@pytest.fixture
def company(staff: list[Employee], punched: Punched) -> list[Employee]:
    """Fifty people with a face, the three of ``staff`` among them; the others were there for a day."""
    people = [*staff]
    for number in range(len(staff) + 1, 51):
        one = employee_create(number=f"{1000 + number}", first_name=f"Person {number}", last_name="Demo")
        consent_give(employee=one, method=Consent.Method.PAPER)
        employ(one, hired_on=date(2026, 1, 1))
        punched(one, "in", f"2026-11-03T08:{number:02}")
        punched(one, "out", f"2026-11-03T16:{number:02}")
        enrol(one, number, (0,))
        people.append(one)
    return people
