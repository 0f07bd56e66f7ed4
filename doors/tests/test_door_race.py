"""One person at two doors of an area at once. First the race as it is without the lock, then that the lock stops it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import connection

from common.testing import together
from doors import services as doors
from doors.models import AccessEvent, Door, DoorPulse
from doors.relays import wiring
from employees.models import Employee

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def pair() -> list[Door]:
    """Two doors into one area that lets nobody in twice."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row locks to race for; DATABASE_URL=postgres://… runs this test")
    return [Door.objects.create(name=name, leads="in", area="House", anti_passback="refuse") for name in ("A", "B")]


def test_without_the_lock_both_doors_let_the_person_in(ana: Employee, pair: list[Door]) -> None:
    both_have_looked = Barrier(2)

    def unlocked(door: Door) -> Callable[[], object]:
        def enter() -> object:
            inside = AccessEvent.objects.filter(employee=ana, door__area=door.area, outcome="granted").exists()
            both_have_looked.wait(timeout=30)
            return AccessEvent.objects.create(
                door=door,
                employee=ana,
                outcome="refused" if inside else "granted",
                reason="",
                method="face",
                direction="in",
                zone="UTC",
                idempotency_key=door.name,
            )

        return enter

    together(*(unlocked(door) for door in pair))

    assert AccessEvent.objects.filter(outcome="granted").count() == 2


@pytest.mark.parametrize("attempt", range(5))
def test_with_the_lock_one_door_lets_the_person_in(ana: Employee, pair: list[Door], attempt: int) -> None:
    barrier = Barrier(2)

    def enter(door: Door) -> Callable[[], object]:
        def ask() -> object:
            barrier.wait(timeout=30)
            return doors.access_request(door=door, employee=ana, method="face", key=f"{door.name}-{attempt}")

        return ask

    results = together(*(enter(door) for door in pair))

    assert sorted(event.reason for event in results if isinstance(event, AccessEvent)) == ["already_inside", "granted"]
    assert DoorPulse.objects.count() == 1
    wiring.reset()
