"""What a device tells of itself, what HR asks of it, and what happens when it falls silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Kiosk
from kiosk.models import KioskSettings
from kiosk.selectors import SILENT, kiosk_troubles
from kiosk.services.upkeep import kiosk_silence_tell
from kiosk.tests.kiosk_kit import post_json

pytestmark = pytest.mark.django_db


def beat(client: Client, **told: Any) -> Any:
    return post_json(client, "kiosk_ping", **{"version": "v1", "state": "idle", "cameras": ["Front"], **told}).json()


def silent(kiosk: Kiosk, *, since: timedelta = SILENT + timedelta(seconds=5)) -> None:
    Kiosk.objects.filter(pk=kiosk.pk).update(last_seen_at=timezone.now() - since)


def test_a_sign_of_life_is_noted(door: tuple[Kiosk, Client]) -> None:
    kiosk, client = door
    answer = beat(client, state="pin", cameras=["Front", "Back", 7])
    kiosk.refresh_from_db()
    assert (kiosk.page_state, kiosk.page_version, kiosk.cameras) == ("pin", "v1", ["Front", "Back", "7"])
    assert (answer["open"], answer["identify"], answer["kiosk"]) == (True, False, "Front door")


@pytest.mark.parametrize(
    "told", [{"cameras": "none"}, {"state": None}, {"version": "x" * 500}, {"cameras": ["y" * 999] * 99}]
)
def test_nonsense_is_cut_and_harms_nothing(door: tuple[Kiosk, Client], told: dict[str, Any]) -> None:
    assert beat(door[1], **told)["open"] is True
    door[0].refresh_from_db()
    assert len(door[0].cameras) <= 8


def test_hr_s_choices_change_the_version_and_so_reload_the_page(door: tuple[Kiosk, Client]) -> None:
    kiosk, client = door
    before = beat(client)["version"]
    assert beat(client)["version"] == before
    KioskSettings.objects.create(kiosk=kiosk, voice=True)
    assert beat(client)["version"] != before


def test_hr_asks_which_one_it_is(door: tuple[Kiosk, Client], hr_client: Client, manager_client: Client) -> None:
    kiosk, client = door
    address = reverse("admin:attendance_kiosk_identify", args=[kiosk.pk])
    assert manager_client.post(address).status_code in (302, 403)
    assert beat(client)["identify"] is False
    assert hr_client.get(address).status_code == 200
    assert beat(client)["identify"] is False
    assert hr_client.post(address).status_code == 302
    assert beat(client)["identify"] is True


def test_outside_its_hours_the_page_is_told_to_rest(door: tuple[Kiosk, Client]) -> None:
    kiosk, client = door
    local = timezone.now().astimezone(kiosk.zone)
    tomorrow = (local.weekday() + 1) % 7
    KioskSettings.objects.create(kiosk=kiosk, opens_at="07:00", closes_at="19:00", weekdays=[tomorrow])
    answer = beat(client)
    assert answer["open"] is False
    assert "07:00" in answer["opens"]
    assert post_json(client, "kiosk_pin", number="1", pin="1").status_code == 200


def test_silence_is_shown_on_the_dashboard_and_in_the_list(door: tuple[Kiosk, Client], hr_client: Client) -> None:
    kiosk, client = door
    beat(client)
    assert kiosk_troubles() == []
    silent(kiosk)
    page = hr_client.get(reverse("admin:index")).text
    assert "A kiosk needs attention" in page
    assert "Offline since" in page
    assert "Offline" in hr_client.get(reverse("admin:attendance_kiosk_changelist")).text
    assert "Offline since" in hr_client.get(reverse("admin:attendance_kiosk_change", args=[kiosk.pk])).text


def test_a_camera_that_does_not_work_is_shown_too(door: tuple[Kiosk, Client], hr_client: Client) -> None:
    beat(door[1], state="camera_busy")
    assert [trouble.code for trouble in kiosk_troubles()] == ["camera_busy"]
    assert "takes PINs alone" in hr_client.get(reverse("admin:index")).text


def test_a_silence_is_told_once_each_time(door: tuple[Kiosk, Client]) -> None:
    kiosk, client = door
    silent(kiosk)
    assert [kiosk_silence_tell(), kiosk_silence_tell()] == [1, 0]
    beat(client)
    silent(kiosk)
    assert kiosk_silence_tell() == 1


def test_who_is_not_expected_is_not_missed(door: tuple[Kiosk, Client]) -> None:
    kiosk, _client = door
    silent(kiosk)
    tomorrow = (timezone.now().astimezone(kiosk.zone).weekday() + 1) % 7
    KioskSettings.objects.create(kiosk=kiosk, weekdays=[tomorrow])
    assert kiosk_troubles() == []
    KioskSettings.objects.all().delete()
    Kiosk.objects.update(revoked_at=timezone.now())
    assert kiosk_troubles() == []
