"""A kiosk without a network loses nothing, sends nothing twice, and what is unsure waits for a person."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from employees import key_store
from employees.models import Employee
from employees.pins import ATTEMPTS
from employees.services import EmployeeError, consent_withdraw, pin_check
from employees.tests.employment_kit import employ
from kiosk.models import DeviceKey, KioskSettings, QueuedPunch
from kiosk.queue import picture_read, pictures_forget, queues_waiting
from kiosk.queue.receive import MOST_OPEN, SIGNED
from kiosk.services.pairing import kiosk_revoke
from kiosk.services.pin import FAILURES
from kiosk.tasks import queue_sweep
from kiosk.tests.queue_kit import Kept, OfflineKiosk, ana_since_last_year
from recognition.models import Decision
from recognition.tests.fake_engine import fake_nobody, fake_photo, fake_pose

__all__ = ["ana_since_last_year"]

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ANA = (fake_photo(1, variation=5), fake_photo(1, variation=6))


@pytest.fixture
def door() -> OfflineKiosk:
    return OfflineKiosk.make()


def punch() -> QueuedPunch:
    return QueuedPunch.objects.get()


def test_a_pin_punch_is_recorded_at_its_own_time(door: OfflineKiosk, ana: Employee) -> None:
    kept = door.pin("1001", "246813", ago=3 * HOUR, direction="out")
    answer = door.send(kept)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "received", "counter": 1})
    assert not ClockEvent.objects.exists()
    assert door.settle() == 1
    event = ClockEvent.objects.get()
    assert (event.employee, event.direction, event.method, event.kiosk) == (ana, "out", "pin", door.kiosk)
    assert abs(timezone.now() - 3 * HOUR - event.at) < timedelta(seconds=10)
    assert event.zone == "Europe/Madrid"
    assert (punch().state, punch().event, punch().payload, punch().picture) == ("confirmed", event, None, None)


def test_a_face_is_recognised_and_its_pictures_are_gone(door: OfflineKiosk, enrolled_ana: Employee) -> None:
    door.send(door.face(*ANA, ago=HOUR))
    door.settle()
    event = ClockEvent.objects.get()
    assert (event.employee, event.method, event.decision) == (enrolled_ana, "face", Decision.objects.get())
    assert (punch().state, punch().payload, punch().picture) == ("confirmed", None, None)


def test_the_same_punch_again_changes_nothing(door: OfflineKiosk, ana: Employee) -> None:
    kept = door.pin("1001", "246813", ago=HOUR)
    first = door.send(kept)
    door.settle()
    again = door.send(kept)
    assert again.json() == first.json()
    assert door.settle() == 0
    assert ClockEvent.objects.count() == QueuedPunch.objects.count() == 1


def test_a_day_is_recorded_in_order(door: OfflineKiosk, ana: Employee) -> None:
    day = [(8, "in"), (6, "out"), (5, "in"), (1, "out")]
    for kept in [door.pin("1001", "246813", ago=hours * HOUR, direction=way) for hours, way in day]:
        door.send(kept)
    assert door.settle() == 4
    assert [event.direction for event in ClockEvent.objects.order_by("at")] == ["in", "out", "in", "out"]
    assert list(QueuedPunch.objects.order_by("counter").values_list("missing", flat=True)) == [0, 0, 0, 0]


def test_without_a_direction_it_follows_from_the_one_before(door: OfflineKiosk, ana: Employee) -> None:
    for hours in (4, 2):
        door.send(door.pin("1001", "246813", ago=hours * HOUR, direction=""))
    door.settle()
    assert [event.direction for event in ClockEvent.objects.order_by("at")] == ["in", "out"]


def test_a_gap_in_the_counter_is_told(door: OfflineKiosk, ana: Employee) -> None:
    door.send(door.pin("1001", "246813", ago=4 * HOUR))
    _lost = door.pin("1001", "246813", ago=3 * HOUR)
    door.send(door.pin("1001", "246813", ago=2 * HOUR))
    assert list(QueuedPunch.objects.order_by("counter").values_list("missing", flat=True)) == [0, 1]


def test_a_second_touch_within_a_minute_is_the_same_visit(door: OfflineKiosk, ana: Employee) -> None:
    for ago in (HOUR, HOUR - timedelta(seconds=20)):
        door.send(door.pin("1001", "246813", ago=ago))
    door.settle()
    event = ClockEvent.objects.get()
    assert [row.event for row in QueuedPunch.objects.all()] == [event, event]


def test_a_stranger_waits_for_hr_with_a_picture(door: OfflineKiosk, enrolled_ana: Employee) -> None:
    stranger = fake_photo(7)
    door.send(door.face(stranger, fake_photo(7, variation=1), ago=HOUR))
    door.settle()
    assert (punch().state, punch().reason, punch().payload) == ("waiting", "unknown", None)
    assert picture_read(punch()) == stranger
    assert stranger not in bytes(punch().picture or b"")
    assert not ClockEvent.objects.exists()


def test_who_would_have_been_asked_to_move_waits_for_hr(door: OfflineKiosk, enrolled_ana: Employee) -> None:
    KioskSettings.objects.update_or_create(kiosk=Kiosk.objects.get(), defaults={"liveness": "unsure"})
    still = [fake_pose(1, "rest", tick=index) for index in range(3)]
    door.send(door.face(*still, ago=HOUR))
    door.settle()
    assert (punch().state, punch().reason, punch().employee) == ("waiting", "challenge", enrolled_ana)
    assert picture_read(punch()) == still[0]
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize(("seconds", "state"), [([0, 0.2], "confirmed"), ([0, 0.5], "waiting"), (None, "confirmed")])
def test_a_burst_is_judged_by_the_times_at_which_it_was_taken(
    door: OfflineKiosk, enrolled_ana: Employee, seconds: list[float] | None, state: str
) -> None:
    """A camera that shows one picture for longer than 0.4 s stands still."""
    KioskSettings.objects.update_or_create(kiosk=Kiosk.objects.get(), defaults={"liveness": "suspect"})
    still = (fake_pose(1, "rest", tick=0),) * 2
    door.send(door.keep("face", ago=HOUR, frames=still, times=seconds and [1000 * second for second in seconds]))
    door.settle()
    assert punch().state == state


@pytest.mark.parametrize(
    ("choice", "reason"), [({"liveness": "always"}, "challenge"), ({"mode": "verify"}, "verify_only")]
)
def test_without_a_network_no_face_counts_that_would_not_count_with_it(
    door: OfflineKiosk, enrolled_ana: Employee, choice: dict[str, str], reason: str
) -> None:
    KioskSettings.objects.create(kiosk=door.kiosk, **choice)
    door.send(door.face(*ANA, ago=HOUR))
    door.settle()
    assert (punch().state, punch().reason) == ("waiting", reason)
    assert not ClockEvent.objects.exists()


def test_a_picture_of_somebody_known_needs_that_person_s_key(door: OfflineKiosk, enrolled_ana: Employee) -> None:
    employ(Employee.objects.all(), hired_on=timezone.localdate())
    door.send(door.face(*ANA, ago=timedelta(days=3)))
    door.settle()
    assert (punch().reason, punch().employee) == ("not_employed", enrolled_ana)
    assert picture_read(punch()) == ANA[0]
    # Erasing a person takes the key away: what was kept of the face is gone with it.
    key_store.destroy(key_store.person(enrolled_ana.public_id))
    from employees.vault import VaultError

    with pytest.raises(VaultError):
        picture_read(punch())


def test_a_wrong_pin_waits_for_hr_and_the_pin_is_kept_nowhere(door: OfflineKiosk, ana: Employee) -> None:
    door.send(door.pin("1001", "975312", ago=HOUR))
    door.settle()
    row = QueuedPunch.objects.values().get()
    assert (row["state"], row["reason"], row["number"]) == ("waiting", "pin_wrong", "1001")
    assert "975312" not in str(row)


def test_kept_pins_are_checked_under_the_limits_of_the_number_and_of_the_kiosk(
    door: OfflineKiosk, ana: Employee, ben: Employee
) -> None:
    for tried in range(ATTEMPTS):
        door.send(door.pin("1001", f"97531{tried}", ago=2 * HOUR))
    door.send(door.pin("1001", "246813", ago=HOUR))
    door.settle()
    assert [row.reason for row in QueuedPunch.objects.order_by("counter")] == ["pin_wrong"] * ATTEMPTS + ["pin_locked"]
    assert pin_refused("1001", "246813") == "pin_locked"
    Kiosk.objects.update(pin_failures=FAILURES, pin_window_at=timezone.now())
    door.send(door.pin("1002", "135792", ago=HOUR))
    door.settle()
    waiting = QueuedPunch.objects.order_by("counter").last()
    assert waiting is not None
    assert (waiting.state, waiting.reason, waiting.number) == ("waiting", "pin_throttled", "1002")


def pin_refused(number: str, pin: str) -> str:
    with pytest.raises(EmployeeError) as refused:
        pin_check(number=number, pin=pin)
    return refused.value.code


def test_a_withdrawn_consent_makes_the_face_a_stranger(door: OfflineKiosk, enrolled_ana: Employee) -> None:
    kept = door.face(*ANA, ago=HOUR)
    consent_withdraw(employee=enrolled_ana, by=None)
    door.send(kept)
    door.settle()
    assert (punch().state, punch().reason, punch().employee) == ("waiting", "unknown", None)


@pytest.mark.parametrize(("picture", "reason"), [(fake_nobody(), "no_face"), (b"no picture", "no_picture")])
def test_what_shows_nobody_waits(door: OfflineKiosk, ana: Employee, picture: bytes, reason: str) -> None:
    door.send(door.face(picture, ago=HOUR))
    door.settle()
    assert (punch().state, punch().reason) == ("waiting", reason)


def test_a_revoked_device_s_punches_are_kept_for_hr(door: OfflineKiosk, ana: Employee) -> None:
    kept = door.pin("1001", "246813", ago=HOUR)
    kiosk_revoke(kiosk=door.kiosk)
    assert door.send(kept).status_code == 200
    door.settle()
    assert (punch().state, punch().reason, punch().employee) == ("waiting", "device_revoked", ana)
    assert not ClockEvent.objects.exists()


def test_a_clock_that_was_set_back_is_corrected(door: OfflineKiosk, ana: Employee) -> None:
    kept = door.pin("1001", "246813", ago=2 * HOUR)
    head = json.loads(kept.head)
    head["wall"] -= 3 * 3600 * 1000
    text = json.dumps(head)
    door.send(Kept(text, door.device.sign(SIGNED + text.encode()), kept.sealed))
    door.settle()
    assert punch().clock == "corrected"
    assert abs(timezone.now() - 2 * HOUR - ClockEvent.objects.get().at) < timedelta(seconds=10)
    assert abs(punch().at - 3 * HOUR - punch().device_at) < timedelta(seconds=10)


def test_a_time_that_nobody_can_tell_waits(door: OfflineKiosk, ana: Employee) -> None:
    kept = door.pin("1001", "246813", ago=2 * HOUR)
    door.boot = "boot-3"
    head = json.loads(kept.head) | {"boot": "boot-2"}
    head["wall"] -= 3 * 3600 * 1000
    head["anchor"]["wall"] -= 5 * 3600 * 1000
    text = json.dumps(head)
    door.send(Kept(text, door.device.sign(SIGNED + text.encode()), kept.sealed))
    door.settle()
    assert (punch().state, punch().reason, punch().employee) == ("waiting", "clock_unsure", ana)


def test_an_offer_that_was_cut_off_is_recorded_once(door: OfflineKiosk, ana: Employee) -> None:
    offer = door.device.post("kiosk_pin", number="1001", pin="246813").json()["proposal"]
    kept = door.keep("offer", ago=timedelta(seconds=5), direction="out", proposal=offer)
    # The confirmation had arrived after all; only its answer was lost.
    assert door.device.post("kiosk_confirm", proposal=offer, direction="out").status_code == 200
    door.send(kept)
    door.settle()
    event = ClockEvent.objects.get()
    assert (event.direction, punch().event) == ("out", event)


def test_an_old_offer_is_no_way_in(door: OfflineKiosk, ana: Employee) -> None:
    offer = door.device.post("kiosk_pin", number="1001", pin="246813").json()["proposal"]
    for ago, proposal in ((HOUR, offer), (MINUTE, "forged")):
        door.send(door.keep("offer", ago=ago, proposal=proposal))
    door.settle()
    reasons = QueuedPunch.objects.order_by("counter").values_list("reason", flat=True)
    assert list(reasons) == ["proposal_expired", "proposal_invalid"]
    assert not ClockEvent.objects.exists()


def test_changed_and_foreign_punches_are_refused(door: OfflineKiosk, ana: Employee) -> None:
    kept = door.pin("1001", "246813", ago=HOUR)
    other = OfflineKiosk.make("Back door")
    forged = [
        dataclasses.replace(kept, head=kept.head.replace('"in"', '"out"')),
        dataclasses.replace(kept, sealed=kept.sealed[:-1] + b"x"),
        dataclasses.replace(kept, signature=other.device.sign(SIGNED + kept.head.encode())),
        dataclasses.replace(kept, signature=""),
        dataclasses.replace(kept, signature="é"),
    ]
    for each in forged:
        answer = door.send(each)
        assert (answer.status_code, answer.json()["code"]) == (403, "signature_wrong")
    DeviceKey.objects.all().delete()
    assert door.device.client.get(reverse("kiosk_queue")).status_code == 405
    form = {"head": kept.head, "signature": kept.signature, "sent": json.dumps(door.stamp(timezone.now()))}
    assert Client().post(reverse("kiosk_queue"), form).json()["code"] == "key_unknown"
    assert not QueuedPunch.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"counter": 0},
        {"counter": -1},
        {"counter": "1"},
        {"counter": 2**60},
        {"kind": "badge"},
        {"direction": "up"},
        {"wall": 10**18},
        {"wall": None},
        {"mono": -5},
        {"mono": "x"},
        {"anchor": {"server": 1}},
        {"anchor": {"server": 253_402_300_000_000, "wall": 0, "mono": 0, "boot": "another"}},
        {"sealed_to": None},
    ],
)
def test_a_head_that_is_wrong_is_refused(door: OfflineKiosk, ana: Employee, change: dict[str, object]) -> None:
    kept = door.pin("1001", "246813", ago=HOUR)
    text = json.dumps(json.loads(kept.head) | change)
    answer = door.send(Kept(text, door.device.sign(SIGNED + text.encode()), kept.sealed))
    assert (answer.status_code, answer.json()["code"]) == (400, "head_invalid")
    assert not QueuedPunch.objects.exists()


def test_another_punch_under_the_same_number_is_refused(door: OfflineKiosk, ana: Employee) -> None:
    door.send(door.pin("1001", "246813", ago=HOUR))
    door.counter = 0
    answer = door.send(door.pin("1001", "246813", ago=2 * HOUR))
    assert (answer.status_code, answer.json()["code"]) == (409, "counter_reused")


def test_what_was_sealed_for_another_installation_waits(door: OfflineKiosk, ana: Employee) -> None:
    kept = door.pin("1001", "246813", ago=HOUR)
    text = json.dumps(json.loads(kept.head) | {"sealed_to": 9999})
    door.send(Kept(text, door.device.sign(SIGNED + text.encode()), kept.sealed))
    door.settle()
    assert (punch().state, punch().reason) == ("waiting", "unreadable")


def test_a_stolen_device_cannot_send_without_end(
    door: OfflineKiosk, ana: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_OPEN >= 1000
    monkeypatch.setattr("kiosk.queue.receive.MOST_OPEN", 1)
    door.send(door.pin("1001", "246813", ago=2 * HOUR))
    answer = door.send(door.pin("1001", "246813", ago=HOUR))
    assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")
    assert int(answer["Retry-After"]) > 0


def test_a_killed_worker_s_queue_is_taken_over(door: OfflineKiosk, ana: Employee) -> None:
    door.send(door.pin("1001", "246813", ago=HOUR))
    DeviceKey.objects.update(lease_until=timezone.now() + MINUTE)
    assert queues_waiting() == []
    assert door.settle() == 0
    DeviceKey.objects.update(lease_until=timezone.now() - MINUTE)
    assert queues_waiting() == [door.key.pk]
    assert door.settle() == 1


def test_pictures_are_not_kept_for_ever(door: OfflineKiosk, enrolled_ana: Employee) -> None:
    door.send(door.face(fake_photo(7), ago=HOUR))
    door.settle()
    assert pictures_forget() == 0
    QueuedPunch.objects.update(received_at=timezone.now() - timedelta(days=31))
    queue_sweep()
    assert (punch().state, punch().picture) == ("waiting", None)
