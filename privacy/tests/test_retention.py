"""What has been kept long enough goes, class by class; holds and evidence stay."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from attendance.models import ClockEvent
from common import append_only, audit
from common.chain import chain_extend
from common.chain_verify import chain_check
from common.models import AuditEntry
from doors.models import AccessEvent, Door, DoorPulse
from employees import key_store
from employees.models import Employee, User
from privacy.models import LegalHold
from recognition.models import Decision
from reporting.models import ExportJob

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


def run(*options: str) -> dict[str, int]:
    said = StringIO()
    call_command("retention", "--json", *options, stdout=said)
    return {one["code"]: one["count"] for one in json.loads(said.getvalue())}


def decision(days: int, employee: Employee | None = None, **more: Any) -> Decision:
    at = timezone.now() - timedelta(days=days)
    return Decision.objects.create(asker="kiosk", outcome="not_live", employee=employee, at=at, **more)


def pictured(days: int, employee: Employee | None = None) -> Decision:
    row = decision(days, employee)
    row.image_path = storages["faces"].save(f"decisions/{row.pk}.frame", ContentFile(b"sealed"))
    row.save(update_fields=["image_path"])
    return row


def test_pictures_of_strangers_go_after_thirty_days_with_the_key_of_their_day() -> None:
    old, new = pictured(31), pictured(29)
    for days in (29, 31, 33):
        key_store.make(key_store.day(timezone.now() - timedelta(days=days)))
    assert run("--dry-run")["pictures"] == 1
    assert storages["faces"].exists(old.image_path)
    assert run()["pictures"] == 1
    path = old.image_path
    old.refresh_from_db()
    assert (old.image_path, storages["faces"].exists(path)) == ("", False)
    assert storages["faces"].exists(new.image_path)
    assert len(list(key_store.names("days"))) == 2


def test_recognitions_go_after_a_year_but_for_those_behind_a_punch(ana: Employee) -> None:
    old, behind, new = decision(366), decision(366, ana), decision(364)
    ClockEvent.objects.create(
        employee=ana, direction="in", at=behind.at, zone="UTC", method="face", decision=behind, idempotency_key="k"
    )
    chain_extend(everything=True)
    assert run()["decisions"] == 1
    assert set(Decision.objects.all()) == {behind, new}
    # The program's own removal is part of the chain.
    chain_extend(everything=True)
    assert chain_check().findings == []
    assert old.pk not in Decision.objects.values_list("pk", flat=True)


def test_passages_go_and_their_table_is_protected_again(ana: Employee) -> None:
    door = Door.objects.create(name="Store")
    for days in (181, 179):
        event = AccessEvent.objects.create(
            door=door,
            employee=ana,
            outcome="granted",
            reason="open",
            method="face",
            zone="UTC",
            at=timezone.now() - timedelta(days=days),
            idempotency_key=str(days),
        )
        DoorPulse.objects.create(event=event)
    assert run()["access_events"] == 1
    assert AccessEvent.objects.count() == 1
    assert append_only.is_protected(connection)


def test_sessions_that_ended_logins_and_exported_files_go(hr: User) -> None:
    old, new = timezone.now() - timedelta(days=91), timezone.now()
    Session.objects.create(session_key="ended", session_data="", expire_date=timezone.now() - timedelta(seconds=1))
    Session.objects.create(session_key="open", session_data="", expire_date=timezone.now() + timedelta(hours=1))
    for at in (old, new):
        AccessLog.objects.create(username="hr")
        AccessLog.objects.filter(attempt_time__gte=new).update(attempt_time=at)
        AccessFailureLog.objects.create(username="hr")
        AccessFailureLog.objects.filter(attempt_time__gte=new).update(attempt_time=at)
        ExportJob.objects.create(requested_by=hr, created_at=at, file_name="hours.csv")
    gone = ExportJob.objects.get(created_at=old)
    storages["exports"].save(gone.path, ContentFile(b"hours"))
    run()
    assert [one.session_key for one in Session.objects.all()] == ["open"]
    assert [model.objects.count() for model in (AccessLog, AccessFailureLog, ExportJob)] == [1, 1, 1]
    assert not storages["exports"].exists(gone.path)


def test_the_audit_trail_itself_goes_after_five_years_and_verifies() -> None:
    AuditEntry.objects.bulk_create([AuditEntry(actor="x", act="export", at=timezone.now() - timedelta(days=1826))])
    audit.record("export")
    chain_extend(everything=True)
    assert run()["audit"] == 1
    chain_extend(everything=True)
    assert chain_check().findings == []
    assert [one.details for one in AuditEntry.objects.filter(act="retention")] == [{"audit": 1}]


def test_what_a_hold_names_stays(ana: Employee) -> None:
    LegalHold.objects.create(employee=ana, reason="court case 12")
    pictured(400, ana)
    counts = run()
    assert (counts["pictures"], counts["decisions"]) == (0, 0)
    LegalHold.objects.update(lifted_at=timezone.now())
    counts = run()
    assert (counts["pictures"], counts["decisions"]) == (1, 1)


def test_failed_logins_go_after_ninety_days_and_nothing_where_the_days_are_none(settings: Settings) -> None:
    AccessAttempt.objects.create(failures_since_start=1, get_data="", post_data="")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=91))
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "logins": 0}
    run()
    assert AccessAttempt.objects.count() == 1
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "logins": 90}
    run()
    assert AccessAttempt.objects.count() == 0
