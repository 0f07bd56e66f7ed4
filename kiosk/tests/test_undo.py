""" "That is not me": undone on the spot, kept as evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from attendance.refusals import AttendanceRefused
from attendance.selectors import presence_now
from attendance.services.clock import clock
from attendance.services.undo import clock_undo
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from kiosk.tests.kiosk_kit import identify, paired, post_json
from recognition.models import Decision
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db

ANA = [fake_photo(1, variation=variation, kind="JPEG") for variation in (4, 5, 6)]


def clocked(client: Client) -> Any:
    """Recognised and recorded; what the kiosk was told."""
    offer = identify(client, *ANA).json()
    return post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in").json()


def test_the_punch_is_undone_and_the_evidence_stays(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    kiosk, client = door
    told = clocked(client)
    answer = post_json(client, "kiosk_undo", undo=told["undo"])
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "undone"
    first, second = ClockEvent.objects.order_by("received_at")
    assert (second.method, second.replaces, second.kiosk, second.at) == ("void", first, kiosk, first.at)
    assert "not me" in second.reason
    assert first.decision == Decision.objects.get()
    assert not ClockEvent.objects.standing().exists()
    assert presence_now(employees=Employee.objects.all()).present == []


def test_the_right_person_can_clock_at_once_afterwards(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    _kiosk, client = door
    told = clocked(client)
    post_json(client, "kiosk_undo", undo=told["undo"])
    offer = post_json(client, "kiosk_pin", number="1001", pin="246813").json()
    assert (offer["already"], offer["direction"]) == (False, "in")
    post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in")
    assert ClockEvent.objects.standing().get().method == "pin"


def test_undoing_twice_stores_one_row(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    _kiosk, client = door
    told = clocked(client)
    for _time in range(2):
        assert post_json(client, "kiosk_undo", undo=told["undo"]).status_code == 200
    assert ClockEvent.objects.count() == 2


def test_another_kiosk_cannot_undo_it(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    told = clocked(door[1])
    _other, other_client = paired("Back door")
    answer = post_json(other_client, "kiosk_undo", undo=told["undo"])
    assert (answer.status_code, answer.json()["code"]) == (400, "undo_invalid")
    for token in ("", "forged:token:here", told["undo"][:-2]):
        assert post_json(door[1], "kiosk_undo", undo=token).status_code == 400
    assert ClockEvent.objects.count() == 1


def test_a_minute_later_it_is_too_late(
    door: tuple[Kiosk, Client], enrolled_ana: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = clocked(door[1])
    later = timezone.now().timestamp() + 61
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert post_json(door[1], "kiosk_undo", undo=told["undo"]).status_code == 400
    assert ClockEvent.objects.count() == 1


def test_a_second_look_offers_nothing_to_undo(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    _other, other_client = paired("Back door")
    first, second = identify(door[1], *ANA).json(), identify(other_client, *ANA).json()
    post_json(door[1], "kiosk_confirm", proposal=first["proposal"], direction="in")
    late = post_json(other_client, "kiosk_confirm", proposal=second["proposal"], direction="in").json()
    assert (late["outcome"], late["undo"]) == ("already", "")


def stored(employee: Employee, *, kiosk: Kiosk | None = None, ago: timedelta = timedelta()) -> ClockEvent:
    employ(Employee.objects.all(), hired_on=timezone.localdate() - timedelta(days=9))
    return clock(
        employee=employee,
        direction="in",
        at=timezone.now() - ago,
        zone="Europe/Madrid",
        method="api",
        kiosk=kiosk,
        idempotency_key=f"undo-test-{ago}",
    ).event


def test_a_signed_undoing_works_at_any_time(ana: Employee, hr: User) -> None:
    event = stored(ana, ago=timedelta(days=3))
    result = clock_undo(event=event, author=hr, reason="The wrong badge")
    assert (result.created, result.event.author) == (True, hr)
    assert clock_undo(event=event, author=hr, reason="The wrong badge").replayed


def test_what_may_not_be_undone(ana: Employee, hr: User, door: tuple[Kiosk, Client]) -> None:
    event = stored(ana)
    with pytest.raises(AttendanceRefused) as unsigned:
        clock_undo(event=event, reason="nobody says so")
    with pytest.raises(AttendanceRefused) as no_reason:
        clock_undo(event=event, author=hr, reason=" ")
    with pytest.raises(AttendanceRefused) as foreign:
        clock_undo(event=event, kiosk=door[0], reason="not mine")
    undone = clock_undo(event=event, author=hr, reason="wrong").event
    with pytest.raises(AttendanceRefused) as nothing:
        clock_undo(event=undone, author=hr, reason="wrong")
    codes = [refused.value.code for refused in (unsigned, no_reason, foreign, nothing)]
    assert codes == ["unsigned", "unsigned", "undo_foreign", "not_a_punch"]
    assert ClockEvent.objects.count() == 2


def test_the_database_wants_a_reason_and_the_punch(ana: Employee) -> None:
    event = stored(ana)
    for bad in ({"replaces": None, "reason": "x"}, {"replaces": event, "reason": ""}):
        row = ClockEvent(
            employee=ana, direction="in", at=event.at, zone=event.zone, method="void", idempotency_key="bad", **bad
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
