"""A punch is evidence: neither the code nor the database changes or deletes one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from attendance.models import ClockEvent
from attendance.tests.fixtures import Punched
from common import append_only
from common.append_only import AppendOnlyError
from employees.models import Employee

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(ana: Employee, punched: Punched) -> ClockEvent:
    return punched(ana, "in", "2026-11-24T08:59")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attendance_clockevent SET direction = 'out'",
        "UPDATE attendance_clockevent SET reason = 'x' WHERE direction = 'in'",
        "DELETE FROM attendance_clockevent",
    ],
)
def test_raw_sql_is_refused_by_the_database(event: ClockEvent, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    event.refresh_from_db()
    assert event.direction == "in"
    assert event.reason == ""


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_truncate_is_refused_by_the_database(event: ClockEvent) -> None:
    connection.check_constraints()  # no row's check may be left for the commit, or TRUNCATE fails for that alone
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE attendance_clockevent CASCADE")
    assert ClockEvent.objects.exists()


def change(event: ClockEvent) -> None:
    event.direction = "out"
    event.save()


@pytest.mark.parametrize(
    "attempt",
    [
        change,
        lambda event: event.delete(),
        lambda event: event.save(update_fields=["reason"]),
        lambda event: ClockEvent.objects.get(pk=event.pk).save(force_update=True),
        lambda event: ClockEvent.objects.update(direction="out"),
        lambda event: ClockEvent.objects.all().delete(),
        lambda event: ClockEvent.objects.bulk_update([event], ["reason"]),
        lambda event: ClockEvent.objects.update_or_create(pk=event.pk, defaults={"direction": "out"}),
        lambda event: ClockEvent.objects.bulk_create(
            [event], update_conflicts=True, unique_fields=["id"], update_fields=["direction"]
        ),
    ],
)
def test_the_code_refuses(event: ClockEvent, attempt: Any) -> None:
    with pytest.raises(AppendOnlyError):
        attempt(event)
    assert ClockEvent.objects.get().direction == "in"


def test_saving_a_copy_under_the_same_id_is_refused(event: ClockEvent) -> None:
    copy = ClockEvent(
        id=event.pk,
        employee=event.employee,
        direction="out",
        at=event.at,
        zone="UTC",
        method="pin",
        idempotency_key="b",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()
    assert ClockEvent.objects.get().direction == "in"


def test_a_new_event_is_stored(event: ClockEvent, punched: Punched) -> None:
    punched(event.employee, "out", "2026-11-24T17:01")
    assert ClockEvent.objects.count() == 2


def test_lifting_and_restoring(event: ClockEvent) -> None:
    append_only.remove(connection)
    assert not append_only.is_protected(connection)
    append_only.install(connection)
    append_only.install(connection)
    assert append_only.is_protected(connection)


@pytest.mark.django_db(transaction=True)
def test_a_flush_empties_a_test_database_and_leaves_it_protected(event: ClockEvent) -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert not ClockEvent.objects.exists()
    assert append_only.is_protected(connection)


def test_triggers_lost_to_a_rebuilt_table_come_back_after_migrate(db: None) -> None:
    append_only.remove(connection)
    append_only.protect_after_migrate(sender=None, using="default")
    assert append_only.is_protected(connection)
