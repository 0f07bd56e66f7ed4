"""A kiosk under test: what its screen is told, what is stored of a look and what is not, and how a test ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from doors.models import AccessEvent, Door
from employees.models import Employee, User
from kiosk.errors import KioskError
from kiosk.models import KioskSettings, KioskTest, KioskTestLook
from kiosk.services.pairing import kiosk_revoke
from kiosk.services.site_test import site_test_end, site_test_start, site_tests_expire
from kiosk.site_test.plan import ATTACKS, CONDITIONS, steps_for
from kiosk.tests.device_kit import Device
from kiosk.tests.kiosk_kit import identify, paired, post_json
from recognition.models import Decision, LivenessChallenge, SeenFrame
from recognition.tests.fake_engine import fake_nobody, fake_photo, fake_pose

pytestmark = pytest.mark.django_db

ANA = [fake_photo(1, variation=variation, kind="JPEG") for variation in (4, 5, 6)]
STRANGER = [fake_photo(7, kind="JPEG")] * 3


@pytest.fixture
def client(door: tuple[Kiosk, Client]) -> Client:
    return door[1]


@pytest.fixture
def test(door: tuple[Kiosk, Client], enrolled_ana: Employee, hr: User) -> KioskTest:
    """A test with Ana that the device shows."""
    started = site_test_start(kiosk=door[0], employees=[enrolled_ana], by=hr)
    assert do(door[1], "show")["step"] == 0
    return started


def do(client: Client, what: str, **more: int) -> Any:
    return post_json(client, "kiosk_test", do=what, **more).json()


def look(client: Client, step: int, pictures: Sequence[bytes] = ANA) -> Any:
    frames = [SimpleUploadedFile(f"{index}.jpg", picture, "image/jpeg") for index, picture in enumerate(pictures)]
    return client.post(reverse("kiosk_test_look"), {"frames": frames, "step": str(step)})


def files() -> set[Path]:
    return {path for path in (Path(settings.DATA_DIR) / "faces").rglob("*") if path.is_file()}


def test_the_steps_are_each_employee_then_their_pictures_then_strangers() -> None:
    kinds = [(step.kind, step.employee) for step in steps_for([5, 6])]
    people = [("live", 5)] * len(CONDITIONS) + [("live", 6)] * len(CONDITIONS)
    pictures = [(kind, employee) for employee in (5, 6) for kind in ATTACKS]
    assert kinds == [*people, *pictures, ("stranger", None)]


def test_a_test_from_its_first_step_to_its_last(test: KioskTest, client: Client) -> None:
    shown = do(client, "show")
    assert shown["title"] == "Ana: look at the camera without glasses"
    assert (shown["done"], shown["looks"], shown["steps"]) == (0, 2, 8)
    assert look(client, 0).json()["done"] == 1
    assert look(client, 0).json()["step"] == 1
    for step in range(1, 4):
        assert do(client, "skip", step=step)["step"] == step + 1
    for _time in range(3):
        answer = look(client, 4).json()
    assert answer["step"] == 5
    for step in (5, 6):
        do(client, "skip", step=step)
    for _time in range(12):
        answer = look(client, 7, STRANGER).json()
    assert answer == {"over": True}
    test.refresh_from_db()
    assert test.ending == KioskTest.Ending.DONE
    seen = test.looks.values_list("kind", "condition", "named")
    assert set(seen) == {("live", "plain", "right"), ("print", "", "right"), ("stranger", "", "")}
    assert (len(seen), test.looks.filter(employee=None).count()) == (17, 12)


def test_nobody_is_clocked_no_door_opens_and_no_picture_is_kept(
    test: KioskTest, client: Client, door: tuple[Kiosk, Client], settings: Any
) -> None:
    settings.KEEP_IMAGES = True
    Door.objects.create(name="Gate", kiosk=door[0], clocks=True)
    before = files()
    answer = look(client, 0).json()
    assert "Demo" not in str(answer)
    assert answer["look"] == {"counts": True, "outcome": "identified", "advice": ""}
    stored = Decision, SeenFrame, LivenessChallenge, ClockEvent, AccessEvent
    assert [model.objects.count() for model in stored] == [0] * 5
    assert files() == before


def test_meanwhile_the_kiosk_clocks_nobody_and_says_why(test: KioskTest, client: Client) -> None:
    for answer in (
        identify(client, *ANA),
        post_json(client, "kiosk_pin", number="1001", pin="2468"),
        post_json(client, "kiosk_badge", code="1001"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "kiosk_under_test")
        assert "being tested" in answer.json()["detail"]
    assert do(client, "end") == {"over": True}
    assert identify(client, *ANA).json()["outcome"] == "identified"


def test_before_the_device_shows_it_people_still_clock(
    door: tuple[Kiosk, Client], enrolled_ana: Employee, hr: User
) -> None:
    kiosk, client = door
    assert client.get(reverse("kiosk_ping")).json()["test"] is False
    site_test_start(kiosk=kiosk, employees=[enrolled_ana], by=hr)
    assert client.get(reverse("kiosk_ping")).json()["test"] is True
    assert identify(client, *ANA).json()["outcome"] == "identified"


def test_a_kiosk_that_is_closed_works_for_its_test(test: KioskTest, client: Client) -> None:
    KioskSettings.objects.create(kiosk=test.kiosk, weekdays=[])
    assert client.get(reverse("kiosk_ping")).json()["open"] is True
    site_test_end(kiosk=test.kiosk)
    assert client.get(reverse("kiosk_ping")).json()["open"] is False


def test_a_look_without_one_face_is_taken_again_and_says_what_to_do(test: KioskTest, client: Client) -> None:
    answer = look(client, 0, [fake_nobody()] * 3).json()
    assert (answer["step"], answer["done"]) == (0, 0)
    assert (answer["look"]["counts"], answer["look"]["outcome"]) == (False, "no_face")
    assert answer["look"]["advice"]
    assert KioskTestLook.objects.get().outcome == "no_face"


def test_liveness_is_examined_whatever_hr_chose(test: KioskTest, client: Client) -> None:
    KioskSettings.objects.create(kiosk=test.kiosk, liveness=KioskSettings.Liveness.OFF)
    look(client, 0, [fake_pose(1, "rest", tick=tick, size=120) for tick in range(5)])
    seen = KioskTestLook.objects.get()
    assert (seen.liveness, seen.named) == ("unsure", "right")
    assert seen.liveness_score is not None


def test_a_look_or_a_touch_that_comes_too_late_counts_for_no_other_step(test: KioskTest, client: Client) -> None:
    assert do(client, "skip", step=0)["step"] == 1
    assert do(client, "skip", step=0)["step"] == 1
    answer = look(client, 0).json()
    assert (answer["step"], "look" in answer) == (1, False)
    assert not KioskTestLook.objects.exists()


@pytest.mark.parametrize("step", ["", "x", "-1", "1" * 9])
def test_a_step_has_to_be_one(test: KioskTest, client: Client, step: str) -> None:
    answer = client.post(reverse("kiosk_test_look"), {"frames": SimpleUploadedFile("0.jpg", ANA[0]), "step": step})
    assert (answer.status_code, answer.json()["code"]) == (400, "step_missing")


def test_frames_have_bounds(test: KioskTest, client: Client) -> None:
    for pictures in ([], [ANA[0]] * 6):
        answer = look(client, 0, pictures)
        assert (answer.status_code, answer.json()["code"]) == (400, "frames_missing")


def test_one_test_at_a_time(test: KioskTest, enrolled_ana: Employee, hr: User) -> None:
    with pytest.raises(KioskError) as refused:
        site_test_start(kiosk=test.kiosk, employees=[enrolled_ana], by=hr)
    assert refused.value.code == "test_running"
    with pytest.raises(IntegrityError), transaction.atomic():
        KioskTest.objects.create(kiosk=test.kiosk, alive_until=timezone.now())
    other, _client = paired("Back door")
    assert site_test_start(kiosk=other, employees=[enrolled_ana], by=hr).is_going_on


def test_a_test_that_is_left_alone_ends_by_itself(
    test: KioskTest, client: Client, enrolled_ana: Employee, hr: User
) -> None:
    KioskTest.objects.update(alive_until=timezone.now() - timedelta(seconds=1))
    assert identify(client, *ANA).json()["outcome"] == "identified"
    assert client.get(reverse("kiosk_ping")).json()["test"] is False
    assert look(client, 0).json() == {"over": True}
    assert do(client, "show") == {"over": True}
    assert [site_tests_expire(), site_tests_expire()] == [1, 0]
    test.refresh_from_db()
    assert test.ending == KioskTest.Ending.ABANDONED
    assert site_test_start(kiosk=test.kiosk, employees=[enrolled_ana], by=hr).is_going_on


def test_what_happens_at_the_kiosk_keeps_a_test_alive(test: KioskTest, client: Client) -> None:
    soon = timezone.now() + timedelta(seconds=5)
    KioskTest.objects.update(alive_until=soon)
    look(client, 0)
    assert KioskTest.objects.get().alive_until > soon


def test_who_may_be_tested_and_where(
    door: tuple[Kiosk, Client], enrolled_ana: Employee, ben: Employee, hr: User
) -> None:
    kiosk, _client = door

    def refusal(people: list[Employee]) -> str:
        with pytest.raises(KioskError) as refused:
            site_test_start(kiosk=kiosk, employees=people, by=hr)
        return refused.value.code

    assert refusal([]) == "people_range"
    assert refusal([enrolled_ana] * 4) == "people_range"
    assert refusal([ben]) == "not_enrolled"
    kiosk_revoke(kiosk=kiosk)
    assert refusal([enrolled_ana]) == "not_paired"


def test_only_the_kiosks_own_device_takes_part(test: KioskTest) -> None:
    assert post_json(Client(), "kiosk_test", do="end").status_code == 401
    assert look(Client(), 0).status_code == 401
    _other, other_client = paired("Back door")
    assert do(other_client, "end") == {"over": True}
    assert look(other_client, 0).json() == {"over": True}
    device = Device().pair(test.kiosk)
    assert post_json(device.client, "kiosk_test", do="end").json()["code"] == "signature_missing"
    assert device.post("kiosk_test", do="show").json()["step"] == 0
    test.refresh_from_db()
    assert test.is_going_on


def test_a_kiosk_that_asks_for_the_number_first_compares_with_that_person_alone(
    test: KioskTest, client: Client
) -> None:
    KioskSettings.objects.create(kiosk=test.kiosk, mode=KioskSettings.Mode.VERIFY)
    look(client, 0)
    for step in range(7):
        do(client, "skip", step=step)
    look(client, 7, STRANGER)
    assert list(test.looks.values_list("kind", "named")) == [("live", "right"), ("stranger", "")]
