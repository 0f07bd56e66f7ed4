"""HR's pages about kiosks: pairing and revoking."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from attendance.models import Kiosk
from employees.models import User
from kiosk.services.pairing import kiosk_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def kiosk(db: None) -> Kiosk:
    return Kiosk.objects.create(name="Door", location="Hall")


def test_a_new_kiosk_leads_to_its_pairing_and_the_link_pairs_once(hr_client: Client, hr: User) -> None:
    added = hr_client.post(reverse("admin:attendance_kiosk_add"), {"name": "Gate", "location": "", "time_zone": "UTC"})
    kiosk = Kiosk.objects.get()
    pair = reverse("admin:attendance_kiosk_pair", args=[kiosk.pk])
    assert added["Location"] == pair
    assert "pairing_link" not in hr_client.get(pair).context
    page = hr_client.post(pair)
    link = page.context["pairing_link"]
    assert "<svg" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    paired, _token = kiosk_pair(token=link.rstrip("/").rsplit("/", 1)[1])
    assert (paired, paired.created_by) == (kiosk, hr)


def test_a_link_that_no_tablet_can_open_is_warned_of(hr_client: Client, kiosk: Kiosk, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    pair = reverse("admin:attendance_kiosk_pair", args=[kiosk.pk])

    near = hr_client.post(pair, SERVER_NAME="localhost", SERVER_PORT="8200")
    far = hr_client.post(pair, SERVER_NAME="server.example")
    settings.SITE_URL = "https://presente.example.com"
    public = hr_client.post(pair, SERVER_NAME="localhost")

    assert "localhost:8200" in near.context["trouble"]
    assert "localhost:8200" in near.text
    assert "PRESENTE_URL" not in near.text
    assert 'data-copy="pairing-link"' in near.text
    assert far.context["trouble"] == ""
    assert public.context["pairing_link"].startswith("https://presente.example.com/kiosk/pair/")


def test_revoking_asks_first(hr_client: Client, kiosk: Kiosk) -> None:
    Kiosk.objects.filter(pk=kiosk.pk).update(token_hash="x" * 64)
    address = reverse("admin:attendance_kiosk_revoke", args=[kiosk.pk])
    hr_client.get(address)
    kiosk.refresh_from_db()
    assert kiosk.token_hash
    hr_client.post(address)
    kiosk.refresh_from_db()
    assert (kiosk.token_hash, kiosk.revoked_at is None) == ("", False)


def test_the_others_reach_neither_pairing_nor_revocation(
    client: Client, manager_client: Client, colleague_client: Client, kiosk: Kiosk
) -> None:
    for name in ("pair", "revoke"):
        address = reverse(f"admin:attendance_kiosk_{name}", args=[kiosk.pk])
        assert client.post(address).status_code == 302
        assert manager_client.post(address, follow=True).status_code == 403
        assert colleague_client.post(address, follow=True).status_code == 403
    kiosk.refresh_from_db()
    assert kiosk.pairing_hash == ""
