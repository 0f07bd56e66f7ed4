"""Opening a door: what is decided, what is recorded, and that the lock moves once or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common.append_only import AppendOnlyError
from doors import services as doors
from doors.models import AccessEvent, Door, DoorPulse, DoorSchedule
from doors.relays import wiring
from doors.tests.door_kit import CountingRelay
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db


@pytest.fixture
def front(db: None) -> Door:
    return Door.objects.create(name="Front", leads="in", area="House")


@pytest.fixture
def relay(front: Door) -> Iterator[CountingRelay]:
    """The front door's relay counts."""
    counting = CountingRelay()
    wiring.reset()
    wiring._relays[str(front.pk)] = (wiring._fingerprint(front), counting)
    yield counting
    wiring.reset()


def ask(door: Door, person: Employee | None, key: str = "one", **extra: object) -> AccessEvent:
    return doors.access_request(door=door, employee=person, method="face", key=key, **extra)  # type: ignore[arg-type]


def test_the_right_person_opens_the_door_once_however_often_the_request_comes(
    front: Door, relay: CountingRelay, ana: Employee
) -> None:
    events = {ask(front, ana).pk for _ in range(3)}

    event = AccessEvent.objects.get()
    assert events == {event.pk}
    assert (event.outcome, event.reason, event.employee) == ("granted", "granted", ana)
    assert relay.pulses == [str(event.pk)]
    assert DoorPulse.objects.get().state == "sent"


def test_a_stranger_is_refused_and_recorded(front: Door, relay: CountingRelay) -> None:
    event = ask(front, None)

    assert (event.outcome, event.reason) == ("refused", "unknown_person")
    assert relay.pulses == []
    assert not DoorPulse.objects.exists()


def test_a_department_outside_its_hours_is_refused(front: Door, relay: CountingRelay, ana: Employee) -> None:
    tomorrow = (timezone.now().weekday() + 3) % 7
    DoorSchedule.objects.create(door=front, weekdays=[tomorrow], opens_at="00:00", closes_at="23:59")

    assert ask(front, ana).reason == "outside_schedule"
    assert relay.pulses == []


def test_somebody_who_has_left_is_refused(front: Door, relay: CountingRelay, ana: Employee) -> None:
    employ(ana, hired_on=timezone.localdate() - timedelta(9), left_on=timezone.localdate() - timedelta(2))

    assert ask(front, ana).reason == "not_employed"


def test_a_look_of_four_seconds_ago_is_recorded_and_opens_nothing(
    front: Door, relay: CountingRelay, ana: Employee
) -> None:
    event = ask(front, ana, at=timezone.now() - timedelta(seconds=4))

    assert event.outcome == "granted"
    assert DoorPulse.objects.get().state == "void"
    assert relay.pulses == []


def test_a_relay_that_fails_is_not_asked_again(front: Door, relay: CountingRelay, ana: Employee) -> None:
    relay.broken = True
    event = ask(front, ana)
    relay.broken = False

    pulse = doors.pulse_send(event=event)

    assert (pulse.state, pulse.error) == ("failed", "the relay is broken")
    assert relay.pulses == [str(event.pk)]


def test_what_a_dead_process_left_is_closed_and_never_sent(front: Door, relay: CountingRelay, ana: Employee) -> None:
    long_ago = timezone.now() - timedelta(minutes=2)
    for key, state in (("a", "waiting"), ("b", "sending")):
        event = AccessEvent(
            door=front,
            employee=ana,
            outcome="granted",
            reason="granted",
            method="face",
            at=long_ago,
            zone="UTC",
            idempotency_key=key,
        )
        event.save()
        DoorPulse.objects.create(event=event, state=state)

    assert doors.pulses_settle() == 2

    assert sorted(DoorPulse.objects.values_list("state", flat=True)) == ["failed", "void"]
    assert doors.pulses_settle() == 0
    assert relay.pulses == []


def test_entering_an_area_twice_is_refused_at_each_of_its_doors(
    front: Door, relay: CountingRelay, ana: Employee, ben: Employee
) -> None:
    Door.objects.update(anti_passback="refuse")
    front.refresh_from_db()
    side = Door.objects.create(name="Side", leads="in", area="House", anti_passback="refuse")
    way_out = Door.objects.create(name="Way out", leads="out", area="House")

    assert ask(front, ana, "1").outcome == "granted"
    assert ask(side, ana, "2").reason == "already_inside"
    assert ask(side, ben, "3").outcome == "granted"
    assert ask(way_out, ana, "4").outcome == "granted"
    assert ask(side, ana, "5").outcome == "granted"


def test_opening_by_hand_needs_the_right_and_is_signed(
    front: Door, relay: CountingRelay, hr: User, colleague: User
) -> None:
    with pytest.raises(doors.DoorRefused) as refused:
        doors.door_open_by_hand(door=front, by=colleague)
    assert refused.value.code == "not_an_opener"
    assert not AccessEvent.objects.exists()

    front.openers.add(colleague)
    by_colleague = doors.door_open_by_hand(door=front, by=colleague, note="parcel")
    by_hr = doors.door_open_by_hand(door=front, by=hr)

    assert (by_colleague.by, by_colleague.note, by_hr.by) == (colleague, "parcel", hr)
    assert relay.pulses == [str(by_colleague.pk), str(by_hr.pk)]


def test_an_emergency_holds_every_door_open_and_names_those_that_did_not_answer(
    front: Door, relay: CountingRelay, hr: User, colleague: User
) -> None:
    with pytest.raises(doors.DoorRefused):
        doors.doors_release(by=colleague)

    assert doors.doors_release(by=hr, note="drill") == {}
    front.refresh_from_db()
    assert front.released_at is not None
    relay.broken = True
    failed = doors.doors_secure(by=hr)

    assert {door.name: why for door, why in failed.items()} == {"Front": "the relay is broken"}
    assert relay.held == [True]
    assert relay.pulses == []
    assert list(AccessEvent.objects.order_by("at").values_list("method", "outcome", "reason")) == [
        ("emergency", "granted", "granted"),
        ("emergency", "refused", "secured"),
    ]


def test_access_events_can_be_neither_changed_nor_deleted(front: Door, relay: CountingRelay, ana: Employee) -> None:
    event = ask(front, ana)
    for change in (
        event.save,
        event.delete,
        AccessEvent.objects.all().delete,
        lambda: AccessEvent.objects.update(note="x"),
    ):
        with pytest.raises(AppendOnlyError):
            change()
    for statement in ("UPDATE doors_accessevent SET note = 'x'", "DELETE FROM doors_accessevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
