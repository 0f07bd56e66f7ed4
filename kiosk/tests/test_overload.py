"""More faces at once than can be recognised: a few wait in line, the rest are told when to come back."""

from __future__ import annotations

from threading import Barrier, Event, Thread

import pytest
from django.test import Client

from attendance.models import Kiosk
from employees.models import Employee
from kiosk.tests.device_kit import Device
from kiosk.tests.kiosk_kit import identify as post_burst
from kiosk.tests.kiosk_kit import paired
from kiosk.views import overload
from kiosk.views.overload import Busy, Line
from recognition.models import Decision
from recognition.tests.fake_engine import fake_photo


def test_a_line_serves_some_lets_some_wait_and_refuses_the_rest() -> None:
    line = Line(at_once=2, room=1)
    inside, leave, served = Barrier(3), Event(), []

    def hold() -> None:
        with line.turn():
            inside.wait(timeout=30)
            leave.wait(timeout=30)
        served.append("held")

    def wait() -> None:
        with line.turn():
            served.append("waited")

    holders = [Thread(target=hold) for _ in range(2)]
    for thread in holders:
        thread.start()
    inside.wait(timeout=30)
    waiter = Thread(target=wait)
    waiter.start()
    while line.inside < 3:
        pass
    with pytest.raises(Busy), line.turn():
        pass
    leave.set()
    for thread in (*holders, waiter):
        thread.join(timeout=30)
    assert sorted(served) == ["held", "held", "waited"]
    with line.turn():
        assert line.inside == 1


@pytest.mark.django_db
def test_a_full_line_answers_429_and_looks_at_nothing(enrolled_ana: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    _kiosk, client = paired()
    monkeypatch.setattr(overload, "LINE", Line(at_once=1, room=0))
    with overload.LINE.turn():
        answer = post_burst(client, fake_photo(1))
    assert (answer.status_code, answer.json()["code"]) == (429, "busy")
    assert 1 <= int(answer["Retry-After"]) <= 3
    assert not Decision.objects.exists()
    assert post_burst(client, fake_photo(1)).status_code == 200


@pytest.mark.django_db
def test_whoever_was_told_to_wait_asks_again_with_the_nonce_that_came(
    enrolled_ana: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(Client()).pair(Kiosk.objects.create(name="Front door"))
    monkeypatch.setattr(overload, "LINE", Line(at_once=1, room=0))
    with overload.LINE.turn():
        refused = device.burst(fake_photo(1))
    again = device.burst(fake_photo(1), nonce=refused["Presente-Nonce"])
    assert (refused.status_code, again.status_code) == (429, 200)
