"""More pictures at once than can be looked at: a few wait in line, the rest are told when to come back."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Barrier, Event, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attendance.models import Kiosk
from common import admission
from common.admission import Busy, Line
from employees.models import Employee, User
from kiosk.tests.device_kit import Device
from kiosk.tests.kiosk_kit import identify as post_burst
from kiosk.tests.kiosk_kit import paired
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
def test_a_full_line_answers_503_and_looks_at_nothing(enrolled_ana: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    _kiosk, client = paired()
    monkeypatch.setattr(admission, "LINE", Line(at_once=1, room=0))
    with admission.LINE.turn():
        answer = post_burst(client, fake_photo(1))
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert 1 <= int(answer["Retry-After"]) <= 3
    assert not Decision.objects.exists()
    assert post_burst(client, fake_photo(1)).status_code == 200


@pytest.mark.django_db
def test_whoever_was_told_to_wait_asks_again_with_the_nonce_that_came(
    enrolled_ana: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(Client()).pair(Kiosk.objects.create(name="Front door"))
    monkeypatch.setattr(admission, "LINE", Line(at_once=1, room=0))
    with admission.LINE.turn():
        refused = device.burst(fake_photo(1))
    again = device.burst(fake_photo(1), nonce=refused["Presente-Nonce"])
    assert (refused.status_code, again.status_code) == (503, 200)


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["identify", "enrol", "look"])
def test_every_door_for_pictures_has_the_same_line(
    door: str, enrolled_ana: Employee, hr: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    client.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")
    address = {
        "identify": "/api/v1/identify", "enrol": reverse("enrol_photos", args=[enrolled_ana.number]),
        "look": reverse("enrol_look", args=[enrolled_ana.number]),
    }[door]  # fmt: skip
    line = Line(at_once=1, room=0)
    monkeypatch.setattr(admission, "LINE", line)

    def ask() -> int:
        answer = client.post(address, {"file": SimpleUploadedFile("a.jpg", fake_photo(5), "image/jpeg")})
        if answer.status_code == 503:
            assert (answer.json()["code"], int(answer["Retry-After"]) in {1, 2, 3}) == ("busy", True)
        return answer.status_code

    with line.turn():
        assert ask() == 503
    assert ask() in {200, 201}


def test_photos_leave_room_for_the_kiosks() -> None:
    with ExitStack() as held:
        for _ in range(admission.CORES - 1 or 1):
            held.enter_context(admission.image_work())
        with admission.image_work(kiosk=True):
            assert admission.LINE.inside >= 2
