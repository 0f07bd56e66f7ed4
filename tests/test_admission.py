"""More pictures at once than can be looked at: a few wait in line, the rest are told when to come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

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


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; raises TimeoutError after half a minute."""
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError


class Visitors:
    """Threads that take a turn and hold it until they are told to leave; ``served`` names them in their order."""

    def __init__(self, line: Line) -> None:
        self.line, self.served = line, list[str]()
        self._leave: dict[str, Event] = {}
        self._threads: list[Thread] = []

    def come(self, name: str, *, kiosk: bool = False) -> None:
        """Returns when the visitor is inside the line."""
        before = self.line.inside
        self._leave[name] = Event()
        self._threads.append(Thread(target=self._visit, args=(name, kiosk), daemon=True))
        self._threads[-1].start()
        until(lambda: self.line.inside > before)

    def leave(self, *names: str) -> None:
        for name in names:
            self._leave[name].set()

    def served_are(self, *names: str) -> bool:
        until(lambda: len(self.served) >= len(names))
        return self.served == list(names)

    def go_home(self) -> None:
        self.leave(*self._leave)
        for thread in self._threads:
            thread.join(timeout=30)

    def _visit(self, name: str, kiosk: bool) -> None:
        with self.line.turn(kiosk=kiosk):
            self.served.append(name)
            self._leave[name].wait(timeout=30)


@pytest.fixture
def visitors() -> Iterator[Callable[[Line], Visitors]]:
    made: list[Visitors] = []

    def of(line: Line) -> Visitors:
        made.append(Visitors(line))
        return made[-1]

    yield of
    for one in made:
        one.go_home()


def test_a_line_serves_some_lets_some_wait_and_refuses_the_rest(visitors: Callable[[Line], Visitors]) -> None:
    line = Line(cores=2, kiosks=2, others=3)
    those = visitors(line)
    for name in ("first", "second", "third"):
        those.come(name)
    assert those.served_are("first", "second")
    with pytest.raises(Busy), line.turn():
        pass
    those.leave("second")
    assert those.served_are("first", "second", "third")
    those.go_home()
    with line.turn():
        assert line.inside == 1


def test_a_kiosk_comes_before_all_others_and_is_never_refused_for_them(visitors: Callable[[Line], Visitors]) -> None:
    line = Line(cores=1, kiosks=1, others=3)
    those = visitors(line)
    for name in ("first", "second", "third"):
        those.come(name)
    those.come("kiosk", kiosk=True)
    those.leave("first")
    assert those.served_are("first", "kiosk")
    with pytest.raises(Busy), line.turn(kiosk=True):
        pass
    those.leave("kiosk")
    assert those.served_are("first", "kiosk", "second")


def test_a_core_stays_free_while_a_kiosk_is_in_use(
    visitors: Callable[[Line], Visitors], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(cores=2, kiosks=1, others=3)
    those = visitors(line)
    with line.turn(kiosk=True):
        those.come("first")
    those.come("second")
    those.come("kiosk", kiosk=True)
    assert those.served_are("first", "kiosk")
    those.leave("kiosk")
    until(lambda: line.inside == 2)
    assert those.served == ["first", "kiosk"]
    monkeypatch.setattr(admission, "KIOSKS_NEAR_SECONDS", 0.0)
    those.come("third")
    assert those.served_are("first", "kiosk", "second")


@pytest.mark.django_db
def test_a_full_line_answers_503_and_looks_at_nothing(enrolled_ana: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    _kiosk, client = paired()
    monkeypatch.setattr(admission, "LINE", Line(cores=1, kiosks=1, others=1))
    with admission.LINE.turn(kiosk=True):
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
    monkeypatch.setattr(admission, "LINE", Line(cores=1, kiosks=1, others=1))
    with admission.LINE.turn(kiosk=True):
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
        "identify": "/api/v1/identify",
        "enrol": reverse("enrol_photos", args=[enrolled_ana.number]),
        "look": reverse("enrol_look", args=[enrolled_ana.number]),
    }[door]
    line = Line(cores=1, kiosks=1, others=1)
    monkeypatch.setattr(admission, "LINE", line)

    def ask() -> int:
        answer = client.post(address, {"file": SimpleUploadedFile("a.jpg", fake_photo(5), "image/jpeg")})
        if answer.status_code == 503:
            assert (answer.json()["code"], int(answer["Retry-After"]) in {1, 2, 3}) == ("busy", True)
        return answer.status_code

    with line.turn():
        assert ask() == 503
    assert ask() in {200, 201}
