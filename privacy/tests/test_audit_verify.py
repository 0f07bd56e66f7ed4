"""Whatever SQL does to evidence, with the triggers dropped and put back, audit_verify finds it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from attendance.models import ClockEvent, Period, PeriodAct
from common import append_only, audit
from common.chain import anchor_make, chain_extend
from common.models import AuditEntry, ChainLink
from employees.models import Consent, Employee, User
from employees.services import consent_give, consent_withdraw
from recognition.models import Decision

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def evidence(settings: Settings, tmp_path: Path, ana: Employee, ben: Employee, hr: User) -> None:
    """Some of each kind, chained; keys of the test's own."""
    settings.KEYS_DIR = tmp_path / "keys"
    Consent.objects.all().delete()
    for person in (ana, ben):
        consent_give(employee=person, method=Consent.Method.PAPER)
    consent_withdraw(employee=ben, by=hr)
    now = timezone.now()
    for number in range(4):
        decision = Decision.objects.create(
            asker="kiosk",
            outcome="identified",
            employee=ana,
            confidence=0.9876543210123,
            milliseconds={"total": 12.25, "detect": 1e-5},
            box=[1, 2, 3, 4],
        )
        ClockEvent.objects.create(
            employee=ana,
            direction="in",
            at=now - timedelta(hours=number),
            zone="UTC",
            method="face",
            decision=decision,
            idempotency_key=f"k{number}",
        )
        audit.record("face.read", subject=ana.number, object=f"photo {number}", details={"n": number})
    period = Period.objects.create(first=date(2026, 1, 1), last=date(2026, 1, 31))
    PeriodAct.objects.create(period=period, act="lock", by=hr, reason="January")
    chain_extend()


def sql(statement: str, *values: Any) -> None:
    """Somebody with the database's password: the triggers are dropped, and put back as they were."""
    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
    append_only.install(connection)


def verify(**options: Any) -> list[dict[str, str]]:
    said = StringIO()
    try:
        call_command("audit_verify", "--json", stdout=said, **options)
    except CommandError:
        return list(json.loads(said.getvalue())["findings"])
    assert json.loads(said.getvalue())["findings"] == []
    return []


def codes() -> set[tuple[str, str]]:
    return {(one["code"], one["table"]) for one in verify()}


def key(row: Any) -> Any:
    pk = row._meta.pk
    return pk.get_db_prep_value(row.pk, connection)


def first(model: Any) -> Any:
    return key(model.objects.order_by("pk")[0])


def copy(table: str, **changed: Any) -> None:
    """Put in a row that is another one's copy, seal and all, but for some columns."""
    with connection.cursor() as cursor:
        columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
    values = {name: "%s" if name in changed else connection.ops.quote_name(name) for name in columns}
    if "id" in columns and "id" not in changed:
        values["id"] = "(SELECT MAX(id) + 1 FROM %s)" % table  # noqa: UP031
    names = ", ".join(map(connection.ops.quote_name, columns))
    sql(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} FROM {table} LIMIT 1",
        *[changed[name] for name in columns if name in changed],
    )


def uuid_value(number: int) -> str:
    return f"{number:032x}"


def restored_consent() -> None:
    """The withdrawn consent, as it was when it was given: seal and all."""
    row = Consent.objects.get(withdrawn_at=None)
    before = Consent.objects.filter(pk=row.pk).values("seal", "changed_at").get()
    consent_withdraw(employee=row.employee, by=None)
    chain_extend()
    stamp = connection.ops.adapt_datetimefield_value(before["changed_at"])
    sql(
        "UPDATE employees_consent SET withdrawn_at = NULL, changed_at = %s, seal = %s WHERE id = %s",
        stamp,
        bytes(before["seal"]),
        row.pk,
    )


def cut_tail() -> None:
    """The last entry, its link, and the head as if neither had been."""
    last, before = ChainLink.objects.order_by("-number")[:2]
    entry = AuditEntry.objects.order_by("-at")[0]
    audit.record("export", object="hours")
    chain_extend()
    sql("DELETE FROM common_chainlink WHERE number > %s", last.number)
    sql("DELETE FROM common_auditentry WHERE act = 'export'")
    sql("UPDATE common_chainhead SET number = %s, hash = %s", last.number, bytes(last.hash))
    assert before.number < last.number
    assert entry.act != "export"


MANIPULATIONS: dict[str, tuple[Callable[[], None], tuple[str, str]]] = {
    "a punch is moved": (
        lambda: sql("UPDATE attendance_clockevent SET direction = 'out' WHERE id = %s", first(ClockEvent)),
        ("row_changed", "attendance.clockevent"),
    ),
    "a punch is removed": (
        lambda: sql("DELETE FROM attendance_clockevent WHERE id = %s", first(ClockEvent)),
        ("row_removed", "attendance.clockevent"),
    ),
    "a punch is put in": (
        lambda: copy("attendance_clockevent", id=uuid_value(7), idempotency_key="new", decision_id=None),
        ("row_inserted", "attendance.clockevent"),
    ),
    "a decision is changed": (
        lambda: sql("UPDATE recognition_decision SET confidence = 0.5 WHERE id = %s", first(Decision)),
        ("row_changed", "recognition.decision"),
    ),
    "two decisions exchange their seals": (
        lambda: sql(
            "UPDATE recognition_decision SET seal = (SELECT seal FROM recognition_decision d WHERE d.id = %s)"
            " WHERE id = %s",
            first(Decision),
            key(Decision.objects.order_by("-pk")[0]),
        ),
        ("row_changed", "recognition.decision"),
    ),
    "a withdrawal is undone": (
        lambda: sql("UPDATE employees_consent SET withdrawn_at = NULL"),
        ("row_changed", "employees.consent"),
    ),
    "a withdrawn consent is put back as it was": (restored_consent, ("row_changed", "employees.consent")),
    "a consent is removed": (
        lambda: sql("DELETE FROM employees_consent WHERE withdrawn_at IS NOT NULL"),
        ("row_removed", "employees.consent"),
    ),
    "a consent is copied for somebody else": (
        lambda: copy("employees_consent", withdrawn_at=timezone.now().isoformat(" ")),
        ("row_inserted", "employees.consent"),
    ),
    "the reason of an act on a period is changed": (
        lambda: sql("UPDATE attendance_periodact SET reason = 'another'"),
        ("row_changed", "attendance.periodact"),
    ),
    "an act on a period is copied": (lambda: copy("attendance_periodact"), ("row_copied", "attendance.periodact")),
    "an entry of the audit trail is changed": (
        lambda: sql("UPDATE common_auditentry SET actor = 'user somebody' WHERE id = %s", first(AuditEntry)),
        ("row_changed", "common.auditentry"),
    ),
    "an entry is removed with its link": (
        lambda: sql("DELETE FROM common_chainlink WHERE number = 12"),
        ("chain_broken", ""),
    ),
    "a link is written anew": (
        lambda: sql("UPDATE common_chainlink SET seal = %s WHERE number = 3", b"x" * 32),
        ("chain_broken", "attendance.clockevent"),
    ),
    "the chain is cut off at its end": (cut_tail, ("chain_cut", "")),
}


def test_untouched_evidence_verifies() -> None:
    assert verify() == []
    assert ChainLink.objects.count() == 4 + 4 + 3 - 1 + 4 + 1


@pytest.mark.parametrize("manipulation", list(MANIPULATIONS))
def test_a_manipulation_is_found(manipulation: str) -> None:
    act, expected = MANIPULATIONS[manipulation]
    act()
    assert append_only.is_protected(connection)
    assert expected in codes()


def test_missing_triggers_are_found() -> None:
    append_only.remove(connection)
    assert ("triggers_missing", "") in codes()
    append_only.install(connection)


def test_a_chain_written_anew_by_somebody_who_has_the_keys_is_found_by_exported_anchors(tmp_path: Path) -> None:
    kept = StringIO()
    call_command("audit_anchors", stdout=kept)
    file = tmp_path / "anchors.jsonl"
    file.write_text(kept.getvalue())
    assert verify(anchors=file) == []
    # Everything is made again without one entry; the program's own anchors are removed too.
    sql("DELETE FROM common_auditentry WHERE id = %s", first(AuditEntry))
    for table in ("common_chainlink", "common_chainhead", "common_chainanchor"):
        sql(f"DELETE FROM {table}")
    chain_extend(everything=True)
    assert {one["code"] for one in verify()} <= {"chain_cut"}
    assert "anchor_differs" in {one["code"] for one in verify(anchors=file)}


def test_the_anchor_of_a_day_is_made_once() -> None:
    made = anchor_make()
    audit.record("export")
    assert anchor_make() == made
    assert ChainLink.objects.count() == made.number + 1


def test_rows_that_are_added_many_at_once_are_sealed() -> None:
    Decision.objects.bulk_create(Decision(asker="api", outcome="unknown") for _number in range(3))
    AuditEntry.objects.bulk_create(AuditEntry(actor="user x", act="export") for _number in range(3))
    assert verify() == []
