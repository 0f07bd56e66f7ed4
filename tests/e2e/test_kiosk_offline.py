"""The kiosk without a network, in a real browser: the cable is pulled, people clock, nothing is lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import ClockEvent, Kiosk
from employees.models import Employee
from employees.services import pin_set
from kiosk.models import DeviceKey, KioskSettings, QueuedPunch
from kiosk.queue import queue_settle
from kiosk.services.pairing import kiosk_revoke
from tests.e2e.access import violations
from tests.e2e.conftest import LaunchKept
from tests.e2e.kiosk import PATIENCE, KioskPage
from tests.e2e.tablet import Lobby, by_face, by_pin, people
from tests.e2e.wire import Wire, wire

pytestmark = pytest.mark.browser

CLOCKS = timedelta(seconds=1)
"""By so much the page may misjudge the server's clock."""
AWAY = ("ERR_CONNECTION", "ERR_SOCKET", "ERR_EMPTY_RESPONSE", "ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "ERR_NETWORK")


@pytest.fixture
def cable(server: LiveServer) -> Iterator[Wire]:
    with wire(int(urlsplit(server.url).port or 0)) as made:
        yield made


@pytest.fixture
def touch(kiosk: Kiosk) -> Kiosk:
    """A kiosk that looks at nobody before it is touched."""
    KioskSettings.objects.create(kiosk=kiosk, start=KioskSettings.Start.TOUCH)
    return kiosk


@pytest.fixture
def lobby(launch_kept: LaunchKept, cable: Wire, tmp_path: Path) -> Iterator[Lobby]:
    made = Lobby(launch_kept, cable, tmp_path)
    yield made
    # The browser itself writes a line for each request that failed; nothing else may be there.
    errors = [error for page in made.pages for error in page.errors]
    assert [error for error in errors if not any(sign in error for sign in AWAY)] == []


def is_a_send(request: Request) -> bool:
    return request.url.endswith("/kiosk/queue")


def waiting(door: KioskPage, count: int) -> None:
    expect(door.page.locator("body")).to_have_attribute("data-kept", str(count), timeout=PATIENCE)


def settle() -> None:
    for key in DeviceKey.objects.all():
        queue_settle(key_id=key.pk)


@pytest.fixture
def every_look_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look within a minute is the same visit; here two people clock fifty times in a minute."""
    monkeypatch.setattr(import_module("attendance.services.clock"), "DOUBLE", timedelta(0))


@pytest.mark.slow
def test_fifty_punches_survive_cuts_and_a_closed_browser(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee, every_look_counts: None
) -> None:
    door = lobby.paired(touch)
    lobby.unplug(door)
    made = people(door, 30)
    lobby.close()
    door = lobby.open()
    door.page.goto(f"{cable.url}/kiosk/")
    door.page.evaluate("window.dispatchEvent(new Event('offline'))")
    waiting(door, 30)
    made += people(door, 20)
    waiting(door, 50)
    # Back in the middle, and cut again: the server has taken the eleventh, whose answer is lost.
    cable.mend(posts=11)
    waiting(door, 40)
    expect(door.page.locator("body")).to_have_attribute("data-state", "offline", timeout=PATIENCE)
    assert cable.is_cut
    assert QueuedPunch.objects.count() == 11
    settle()
    cable.mend()
    waiting(door, 0)
    settle()
    events = ClockEvent.objects.select_related("employee").order_by("at")
    stored = [(event.employee.number, event.method, event.direction) for event in events]
    assert stored == [(number, method, way) for number, method, way, _begun, _done in made]
    for event, (*_who, begun, done) in zip(events, made, strict=True):
        assert begun - CLOCKS <= event.at <= done + CLOCKS
    rows = QueuedPunch.objects.order_by("counter")
    assert [row.counter for row in rows] == list(range(1, 51))
    assert {row.state for row in rows} == {"confirmed"}
    assert [row.event_id for row in rows] == [event.pk for event in events]


def test_a_greeting_that_was_cut_off_is_kept(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee
) -> None:
    door = lobby.paired(touch)
    door.type_pin("1002", "135792")
    door.wait("proposal")
    cable.cut()
    door.page.locator('[data-direction="out"]').click()
    door.wait("saving")
    door.wait("kept")
    cable.mend()
    waiting(door, 0)
    settle()
    event = ClockEvent.objects.get()
    assert (event.employee, event.direction, event.method) == (ben, "out", "pin")
    door.wait("touch")


def test_two_tabs_give_no_number_twice(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee, every_look_counts: None
) -> None:
    first = lobby.paired(touch)
    second = lobby.tab()
    second.page.goto(f"{cable.url}/kiosk/")
    second.wait("touch")
    lobby.unplug(first)
    lobby.unplug(second)
    for door in (first, second, first, second):
        door.page.bring_to_front()
        by_pin(door, "in")
    cable.mend()
    expect(first.page.locator("body")).not_to_have_attribute("data-state", "offline", timeout=PATIENCE)
    waiting(second, 0)
    assert list(QueuedPunch.objects.order_by("counter").values_list("counter", flat=True)) == [1, 2, 3, 4]
    settle()
    assert ClockEvent.objects.count() == 4


def test_a_device_revoked_meanwhile_hands_its_punches_to_hr(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee
) -> None:
    door = lobby.paired(touch)
    lobby.unplug(door)
    people(door, 2)
    kiosk_revoke(kiosk=touch)
    cable.mend()
    door.wait("kiosk_unpaired")
    expect(door.page.locator("#kept")).to_have_text(
        "The punches saved on this device are with HR now.", timeout=PATIENCE
    )
    settle()
    rows = QueuedPunch.objects.order_by("counter")
    assert [(row.state, row.reason) for row in rows] == [("waiting", "device_revoked")] * 2
    assert not ClockEvent.objects.exists()
    assert all("401" in error or any(sign in error for sign in AWAY) for error in door.errors)
    door.errors.clear()


def test_nothing_readable_lies_in_a_stolen_tablet(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee
) -> None:
    pin_set(employee=ben, pin="86420975")
    door = lobby.paired(touch)
    lobby.unplug(door)
    by_face(door, "in")
    by_pin(door, "in", pin="86420975")
    lobby.close()
    stored = b"".join(path.read_bytes() for path in (lobby.folder / "profile").rglob("*") if path.is_file())
    assert b"presente-kiosk" in stored
    assert b"sealed" in stored
    # Neither a PIN nor a picture: a canvas's JPEG begins with these bytes, and the page's own pictures are no JPEG.
    assert b"86420975" not in stored
    assert b"\xff\xd8\xff\xe0\x00\x10JFIF" not in stored


def test_a_bound_is_shown_before_it_is_reached_and_said_when_it_is(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.page.MOST_KEPT", 2)
    door = lobby.paired(touch)
    lobby.unplug(door)
    people(door, 1)
    expect(door.page.locator("#kept")).to_have_text("Saved here: 1")
    people(door, 1)
    expect(door.page.locator("#kept")).to_have_text("Saved here: 2, room for 0 more: bring back the network.")
    door.wait("offline")
    door.page.locator('[data-view="offline"] [data-do="keep-in"]').click()
    door.wait("refused")
    expect(door.page.locator('[data-view="refused"] [data-detail]')).to_contain_text("There is no room")
    waiting(door, 2)
    cable.mend()
    waiting(door, 0)


FULL_DISK = """
const add = IDBObjectStore.prototype.add;
window.fullFor = 0;
IDBObjectStore.prototype.add = function (...given) {
  if (window.fullFor-- > 0) throw new DOMException("the disk is full", "QuotaExceededError");
  return add.apply(this, given);
};
"""


def test_a_full_disk_is_said_and_one_picture_is_kept_where_five_do_not_fit(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee
) -> None:
    door = lobby.open()
    door.page.add_init_script(FULL_DISK)
    door.pair(touch).wait("touch")
    expect(door.page.locator("body")).to_have_attribute("data-installed", "yes", timeout=PATIENCE)
    expect(door.page.locator("body")).to_have_attribute("data-keeps", "yes")
    lobby.unplug(door)

    door.page.evaluate("window.fullFor = 2")
    door.page.locator('[data-view="offline"] [data-do="keep-in"]').click()
    door.wait("refused")
    expect(door.page.locator('[data-view="refused"] [data-detail]')).to_contain_text("There is no room")
    waiting(door, 0)
    door.page.keyboard.press("Escape")

    door.page.evaluate("window.fullFor = 1")
    by_face(door, "in")
    waiting(door, 1)
    cable.mend()
    waiting(door, 0)
    settle()
    assert ClockEvent.objects.get().employee == enrolled_ana


def test_a_browser_that_was_killed_has_what_it_had_said_it_kept(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee
) -> None:
    lobby.paired(touch)
    # Chromium writes a new cookie to the disk within half a minute, or when it is closed: pairing was long ago.
    lobby.close()
    door = lobby.open()
    door.page.goto(f"{cable.url}/kiosk/")
    door.wait("touch")
    lobby.unplug(door)
    door.type_pin("1002", "135792")
    door.wait("way")
    door.page.locator('[data-view="way"] [data-do="keep-in"]').click()
    door.wait("kept")
    lobby.kill()
    cable.mend()
    door = lobby.open()
    door.page.goto(f"{cable.url}/kiosk/")
    waiting(door, 0)
    settle()
    event = ClockEvent.objects.get()
    assert (event.employee, event.direction, event.method) == (ben, "in", "pin")


def test_after_five_weeks_nothing_more_is_taken_and_what_was_kept_still_arrives(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee
) -> None:
    day = 24 * 3_600_000
    door = lobby.paired(touch, clock=True)
    lobby.unplug(door)
    by_pin(door, "in")
    door.page.clock.fast_forward(29 * day)
    by_pin(door, "out")
    expect(door.page.locator("#kept")).to_contain_text("bring back the network")
    door.page.clock.fast_forward(7 * day)
    door.wait("offline")
    door.page.locator('[data-view="offline"] [data-do="keep-in"]').click()
    door.wait("refused")
    waiting(door, 2)
    cable.mend()
    door.page.clock.fast_forward(120_000)
    waiting(door, 0)
    assert QueuedPunch.objects.count() == 2


def test_once_the_server_answers_nothing_kept_waits_for_the_next_attempt(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee
) -> None:
    door = lobby.paired(touch, clock=True)
    lobby.unplug(door)
    # Whoever waits waits as long as it can: a minute after five attempts.
    door.page.evaluate("Math.random = () => 0.999")
    with door.page.expect_event("requestfailed", is_a_send):
        by_pin(door, "in")
    for _attempt in range(4):
        with door.page.expect_event("requestfailed", is_a_send):
            door.page.clock.fast_forward(61_000)
    cable.mend()
    door.wait("offline")
    door.page.locator('[data-view="offline"] [data-do="retry"]').click()
    waiting(door, 0)
    assert QueuedPunch.objects.count() == 1


def test_what_did_not_load_loads_when_the_network_is_back(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, page_parts: None
) -> None:
    door = lobby.open()
    body = door.page.locator("body")
    door.page.route(re.compile("zxing"), lambda route: route.abort())
    door.pair(touch).wait("touch")
    expect(body).to_have_attribute("data-installed", "yes", timeout=PATIENCE)
    expect(body).not_to_have_attribute("data-reader", "page")
    door.page.unroute_all()
    lobby.unplug(door)
    cable.mend()
    door.page.locator('[data-view="offline"] [data-do="retry"]').click()
    expect(body).to_have_attribute("data-reader", "page", timeout=PATIENCE)
    door.wait("touch")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_offline_screens_are_accessible(
    lobby: Lobby, cable: Wire, touch: Kiosk, enrolled_ana: Employee, ben: Employee, language: str
) -> None:
    door = lobby.paired(touch)
    door.page.goto(f"{cable.url}/kiosk/?language={language}")
    door.wait("touch")
    expect(door.page.locator("html")).to_have_attribute("lang", language)
    door.page.set_viewport_size({"width": 320, "height": 568})
    lobby.unplug(door)
    found = []
    for state in ("offline", "way", "kept"):
        if state == "way":
            door.type_pin("1002", "135792")
        if state == "kept":
            door.page.locator('[data-view="way"] [data-do="keep-in"]').click()
        door.wait(state)
        room = door.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert room <= 0, state
        found += [f"{state} {each}" for each in violations(door.page)]
    assert found == []


def test_it_can_be_installed(lobby: Lobby, touch: Kiosk) -> None:
    door = lobby.paired(touch)
    assert lobby.context is not None
    session = lobby.context.new_cdp_session(door.page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/kiosk/app.webmanifest")
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
