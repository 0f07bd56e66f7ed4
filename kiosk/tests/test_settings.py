"""How HR sets a kiosk up, and what its page makes of it."""

from __future__ import annotations

import json
from datetime import datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from attendance.models import Kiosk
from employees.models import Employee
from kiosk import greeting
from kiosk.models import KioskSettings
from kiosk.tests.kiosk_kit import post_json

pytestmark = pytest.mark.django_db


def page_settings(client: Client) -> dict[str, object]:
    text = client.get(reverse("kiosk")).text
    config = text.partition('id="kiosk-config" type="application/json">')[2].partition("</script>")[0]
    settings: dict[str, object] = json.loads(config)["settings"]
    return settings


def form(kiosk: Kiosk, **changes: object) -> dict[str, object]:
    """What the admin's page posts."""
    chosen = {
        "mode": "face",
        "start": "auto",
        "pin": "on",
        "badge": "pin",
        "language": "",
        "greeting": "",
        "sound": "on",
        "theme": "auto",
        "brightness": "100",
        "camera": "",
        "mirrored": "on",
        "opens_at": "",
        "closes_at": "",
        "weekdays": ["0", "1", "2"],
        "liveness": "flag",
        **changes,
    }
    prefix = "settings-0"
    return {
        "name": kiosk.name,
        "location": "",
        "time_zone": kiosk.time_zone,
        "settings-TOTAL_FORMS": "1",
        "settings-INITIAL_FORMS": "0",
        "settings-MIN_NUM_FORMS": "0",
        "settings-MAX_NUM_FORMS": "1",
        f"{prefix}-kiosk": str(kiosk.pk),
        **{f"{prefix}-{name}": value for name, value in chosen.items() if value is not None},
    }


def test_a_kiosk_nobody_set_up_has_the_defaults(door: tuple[Kiosk, Client]) -> None:
    seen = page_settings(door[1])
    assert (seen["mode"], seen["start"], seen["pin"], seen["mirrored"]) == ("face", "auto", True, True)
    assert not KioskSettings.objects.exists()


def test_hr_chooses_in_the_admin_and_the_page_follows(door: tuple[Kiosk, Client], hr_client: Client) -> None:
    kiosk, client = door
    address = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
    assert hr_client.get(address).status_code == 200
    answer = hr_client.post(address, form(kiosk, start="touch", mirrored=None, voice="on", camera="environment"))
    assert answer.status_code == 302, answer.text
    stored = KioskSettings.objects.get()
    assert (stored.start, stored.mirrored, stored.weekdays) == ("touch", False, [0, 1, 2])
    seen = page_settings(client)
    assert (seen["start"], seen["mirrored"], seen["voice"], seen["camera"]) == ("touch", False, True, "environment")


def test_the_cameras_a_device_named_can_be_chosen(door: tuple[Kiosk, Client], hr_client: Client) -> None:
    kiosk, _client = door
    Kiosk.objects.filter(pk=kiosk.pk).update(cameras=["Logitech C920"])
    address = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
    KioskSettings.objects.create(kiosk=kiosk, camera="An older one")
    page = hr_client.get(address).text
    assert "Logitech C920" in page
    assert "An older one" in page
    assert "is not one of the available choices" in hr_client.post(address, form(kiosk, camera="Nobody's")).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("greeting", "Hello {surname}"),
        ("greeting", "Hello {"),
        ("brightness", "10"),
        ("closes_at", "18:00"),
        ("weekdays", ["9"]),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_stored(
    door: tuple[Kiosk, Client], hr_client: Client, field: str, value: object
) -> None:
    kiosk, _client = door
    address = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
    assert hr_client.post(address, form(kiosk, **{field: value})).status_code == 200
    assert not KioskSettings.objects.exists()


def test_only_hr_may_choose(door: tuple[Kiosk, Client], manager_client: Client, client: Client) -> None:
    kiosk, _client = door
    address = reverse("admin:attendance_kiosk_change", args=[kiosk.pk])
    for outsider in (manager_client, client):
        assert outsider.post(address, form(kiosk, start="touch")).status_code in (302, 403)
    assert not KioskSettings.objects.exists()


def test_verification_without_a_pin_is_refused_by_the_database(door: tuple[Kiosk, Client]) -> None:
    bad = KioskSettings(kiosk=door[0], mode="verify", pin=False)
    with pytest.raises(ValidationError, match="needs number and PIN"):
        bad.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        bad.save()


@pytest.mark.parametrize(
    ("opens", "closes", "weekdays", "moment", "is_open"),
    [
        (None, None, [0], "2026-11-23 03:00", True),  # a Monday
        (None, None, [0], "2026-11-24 03:00", False),
        ("07:00", "19:00", [0], "2026-11-23 06:59", False),
        ("07:00", "19:00", [0], "2026-11-23 07:00", True),
        ("07:00", "19:00", [0], "2026-11-23 19:00", False),
        ("22:00", "06:00", [0], "2026-11-23 23:00", True),
        ("22:00", "06:00", [0], "2026-11-24 05:59", True),
        ("22:00", "06:00", [0], "2026-11-23 05:59", False),
        ("22:00", "06:00", [6], "2026-11-23 05:59", True),
    ],
)
def test_the_hours_a_kiosk_keeps(
    opens: str | None, closes: str | None, weekdays: list[int], moment: str, is_open: bool
) -> None:
    chosen = KioskSettings(
        opens_at=time.fromisoformat(opens) if opens else None,
        closes_at=time.fromisoformat(closes) if closes else None,
        weekdays=weekdays,
    )
    assert chosen.is_open(datetime.fromisoformat(moment)) is is_open


def test_without_pins_the_page_offers_none_and_the_server_takes_none(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    assert 'id="pin-open"' in client.get(reverse("kiosk")).text
    KioskSettings.objects.create(kiosk=kiosk, pin=False)
    page = client.get(reverse("kiosk")).text
    assert 'id="pin-open"' not in page
    assert 'data-do="pin"' not in page
    answer = post_json(client, "kiosk_pin", number="1001", pin="246813")
    assert (answer.status_code, answer.json()["code"]) == (403, "pin_off")


def test_the_kiosk_speaks_hr_s_language_and_the_visitor_s_choice(door: tuple[Kiosk, Client]) -> None:
    kiosk, client = door
    KioskSettings.objects.create(kiosk=kiosk, language="es")
    assert '<html lang="es"' in client.get(reverse("kiosk"), headers={"accept-language": "en"}).text
    assert '<html lang="en"' in client.get(reverse("kiosk") + "?language=en").text
    assert '<html lang="es"' in client.get(reverse("kiosk") + "?language=xx").text


def test_answers_come_in_the_page_s_language(door: tuple[Kiosk, Client]) -> None:
    answers = [
        door[1]
        .post(
            reverse("kiosk_pin"),
            {"number": "none", "pin": "0000"},
            content_type="application/json",
            headers={"X-Kiosk-Language": language, "Accept-Language": "en"},
        )
        .json()["advice"]
        for language in ("es", "en", "xx")
    ]
    assert answers[0] != answers[1] == answers[2]


def test_the_greeting_is_hr_s_and_in_the_person_s_own_language(door: tuple[Kiosk, Client], ana: Employee) -> None:
    kiosk, client = door
    Employee.objects.update(language="es")
    offer = post_json(client, "kiosk_pin", number="1001", pin="246813").json()
    assert offer["greeting"].startswith("Buen")
    assert offer["language"] == "es"
    done = post_json(client, "kiosk_confirm", proposal=offer["proposal"], direction="in").json()
    assert done["greeting"] == "Le damos la bienvenida, Ana"
    KioskSettings.objects.create(kiosk=kiosk, greeting="Ahoy, {name}!")
    Employee.objects.update(first_name="{number}")
    ben_sees = greeting.hello(employee=Employee.objects.get(), local=datetime(2026, 1, 1), own="Ahoy, {name}!")
    assert ben_sees == "Ahoy, {number}!"
