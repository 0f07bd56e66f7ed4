"""One punch from two tabs, one signed request eight times, two workers at one device: each counts once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from attendance.models import ClockEvent, Kiosk
from common.testing import together
from employees.models import Employee
from kiosk.models import DeviceKey, QueuedPunch, UsedNonce
from kiosk.queue import queue_settle
from kiosk.tests.device_kit import Device
from kiosk.tests.queue_kit import OfflineKiosk, ana_since_last_year

__all__ = ["ana_since_last_year"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

HOUR = timedelta(hours=1)


@pytest.fixture
def _row_locks() -> None:
    if connection.vendor != "postgresql":
        skip_reason = "SQLite has one writer at a time; DATABASE_URL=postgres://… runs this test"
        pytest.skip(skip_reason)


@pytest.mark.usefixtures("_row_locks")
def test_without_the_database_s_word_both_would_be_let_in() -> None:
    both_have_looked = Barrier(2)

    def check_then_note() -> str:
        unused = not UsedNonce.objects.filter(value="the-one").exists()
        both_have_looked.wait(timeout=30)
        try:
            UsedNonce.objects.create(value="the-one")
        except IntegrityError:
            return f"looked: {unused}, refused"
        return f"looked: {unused}, let in"

    assert sorted(map(str, together(check_then_note, check_then_note))) == [
        "looked: True, let in",
        "looked: True, refused",
    ]


def test_one_signed_request_eight_times_at_once_is_taken_once(ana: Employee) -> None:
    device = Device().pair(Kiosk.objects.create(name="Front door"))
    nonce = device.nonce()
    cookies = device.client.cookies
    barrier = Barrier(8)

    def ask() -> int:
        own = Device(Client(), device.private)
        own.client.cookies = cookies
        barrier.wait(timeout=30)
        return int(own.post("kiosk_pin", nonce=nonce, number="1001", pin="246813").status_code)

    assert sorted(map(int, map(str, together(*[ask] * 8)))) == [200] + [409] * 7


def test_a_kept_punch_from_two_tabs_at_once_is_stored_once(ana: Employee) -> None:
    door = OfflineKiosk.make()
    kept = door.pin("1001", "246813", ago=HOUR)
    barrier = Barrier(6)

    def send() -> int:
        barrier.wait(timeout=30)
        return int(door.send(kept).status_code)

    assert together(*[send] * 6) == [200] * 6
    assert QueuedPunch.objects.count() == 1


def test_two_workers_at_one_device_settle_each_punch_once_and_in_order(ana: Employee) -> None:
    door = OfflineKiosk.make()
    for hours, way in ((5, "in"), (4, "out"), (3, "in"), (2, "out")):
        door.send(door.pin("1001", "246813", ago=hours * HOUR, direction=way))
    key, barrier = door.key.pk, Barrier(3)

    def work() -> int:
        barrier.wait(timeout=30)
        return queue_settle(key_id=key)

    workers: list[Callable[[], object]] = [work] * 3
    settled = together(*workers)
    assert sum(int(str(count)) for count in settled) == 4, settled
    assert [event.direction for event in ClockEvent.objects.order_by("received_at")] == ["in", "out", "in", "out"]
    assert DeviceKey.objects.get(pk=key).lease_until is None
