"""A kiosk with a door beside it: what its answers say of the door, and what is recorded."""

from __future__ import annotations

import pytest
from django.test import Client

from attendance.models import ClockEvent, Kiosk
from doors.models import AccessEvent, Door
from employees.models import Employee
from kiosk.tests.kiosk_kit import identify, post_json
from recognition.models import Decision
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def lock(door: tuple[Kiosk, Client]) -> Door:
    """A simulated lock beside the paired kiosk."""
    return Door.objects.create(name="Lobby", kiosk=door[0], leads="in", time_zone="Europe/Madrid")


def test_a_recognised_person_opens_the_door_and_is_offered_the_punch(
    door: tuple[Kiosk, Client], lock: Door, enrolled_ana: Employee
) -> None:
    answer = identify(door[1], fake_photo(1, variation=5)).json()

    assert answer["door"] == {"opened": True, "reason": "granted", "text": "The door is open."}
    assert answer["outcome"] == "identified"
    assert answer["proposal"]
    event = AccessEvent.objects.get()
    assert (event.employee, event.method) == (enrolled_ana, "face")
    assert event.decision is not None
    assert event.decision.use == "door"
    assert not ClockEvent.objects.exists()


def test_where_passing_clocks_the_punch_is_recorded_at_once(
    door: tuple[Kiosk, Client], lock: Door, enrolled_ana: Employee
) -> None:
    Door.objects.update(clocks=True)

    answer = identify(door[1], fake_photo(1, variation=5)).json()

    assert (answer["outcome"], answer["direction"], answer["door"]["opened"]) == ("recorded", "in", True)
    assert ClockEvent.objects.get().decision == AccessEvent.objects.get().decision


def test_a_stranger_leaves_the_door_shut_and_a_trace(
    door: tuple[Kiosk, Client], lock: Door, enrolled_ana: Employee
) -> None:
    answer = identify(door[1], fake_photo(9)).json()

    assert answer["outcome"] == "unknown"
    assert answer["door"]["opened"] is False
    assert AccessEvent.objects.get().reason == "unknown_person"


def test_a_number_and_pin_open_a_door_that_does_not_ask_for_both(
    door: tuple[Kiosk, Client], lock: Door, ana: Employee
) -> None:
    answer = post_json(door[1], "kiosk_pin", number=ana.number, pin="246813").json()

    assert answer["door"]["opened"] is True
    assert AccessEvent.objects.get().method == "pin"


def test_a_door_that_wants_both_opens_after_the_face_and_then_the_pin(
    door: tuple[Kiosk, Client], lock: Door, enrolled_ana: Employee
) -> None:
    Door.objects.update(pin_needed=True)

    by_pin = post_json(door[1], "kiosk_pin", number=enrolled_ana.number, pin="246813").json()
    by_face = identify(door[1], fake_photo(1, variation=5)).json()
    then_pin = post_json(door[1], "kiosk_pin", number=enrolled_ana.number, pin="246813").json()
    again = post_json(door[1], "kiosk_pin", number=enrolled_ana.number, pin="246813").json()

    assert [answer["door"]["reason"] for answer in (by_pin, by_face, then_pin)] == [
        "face_needed",
        "pin_needed",
        "granted",
    ]
    assert AccessEvent.objects.get(outcome="granted").method == "face+pin"
    # One face opens once: the next time it has to be shown again.
    assert again["door"]["reason"] == "face_needed"
    assert AccessEvent.objects.filter(outcome="granted").count() == 1


def test_a_kiosk_without_a_door_says_nothing_of_one(door: tuple[Kiosk, Client], enrolled_ana: Employee) -> None:
    assert "door" not in identify(door[1], fake_photo(1, variation=5)).json()
    assert not AccessEvent.objects.exists()
    assert Decision.objects.get().use == "clocking"
