"""A device becomes a kiosk by a link that works once, and stops being one when HR says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Kiosk
from common.qr import qr_svg
from kiosk.errors import KioskError
from kiosk.services.pairing import COOKIE, kiosk_pair, kiosk_pairing_link, kiosk_revoke, link_token
from kiosk.tests.kiosk_kit import paired

pytestmark = pytest.mark.django_db

ENDPOINTS = ["kiosk_look", "kiosk_identify", "kiosk_confirm", "kiosk_pin"]


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk.objects.create(name="Front door")


def test_opening_the_link_shows_a_button_and_pairs_nothing(kiosk: Kiosk, client: Client) -> None:
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    for _visit in range(3):
        page = client.get(link)
        assert page.status_code == 200
        assert "Pair this device" in page.text
    assert client.head(link).status_code == 200
    kiosk.refresh_from_db()
    assert kiosk.token_hash == ""
    assert COOKIE not in client.cookies


def test_the_button_pairs_and_leads_to_the_page(kiosk: Kiosk, client: Client) -> None:
    response = client.post(kiosk_pairing_link(kiosk=kiosk, by=None), follow=True)
    assert response.redirect_chain == [(reverse("kiosk"), 302)]
    assert 'data-state="starting"' in response.text
    kiosk.refresh_from_db()
    assert kiosk.paired_at is not None


def test_the_cookie_is_out_of_reach(kiosk: Kiosk, client: Client) -> None:
    client.post(kiosk_pairing_link(kiosk=kiosk, by=None))
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/kiosk/"
    assert int(cookie["max-age"]) > 365 * 24 * 3600
    assert not cookie["secure"]
    assert len(cookie.value) >= 43


def test_the_cookie_is_secure_over_https(kiosk: Kiosk, client: Client) -> None:
    client.post(kiosk_pairing_link(kiosk=kiosk, by=None), secure=True)
    assert client.cookies[COOKIE]["secure"] is True


def test_neither_token_is_stored(kiosk: Kiosk) -> None:
    token = link_token(kiosk_pairing_link(kiosk=kiosk, by=None))
    _kiosk, device_token = kiosk_pair(token=token)
    row = Kiosk.objects.values().get()
    assert token not in map(str, row.values())
    assert device_token not in map(str, row.values())


def test_a_link_pairs_one_device_only(kiosk: Kiosk) -> None:
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    first, second = Client(), Client()
    assert first.post(link).status_code == 302
    assert second.post(link).status_code == 410
    assert second.get(link).status_code == 410
    assert COOKIE not in second.cookies
    assert first.get(reverse("kiosk")).status_code == 200


def test_a_newer_link_replaces_the_older(kiosk: Kiosk) -> None:
    old = kiosk_pairing_link(kiosk=kiosk, by=None)
    new = kiosk_pairing_link(kiosk=kiosk, by=None)
    with pytest.raises(KioskError) as refused:
        kiosk_pair(token=link_token(old))
    assert refused.value.code == "pairing_unknown"
    assert kiosk_pair(token=link_token(new))[0] == kiosk


def test_an_expired_link_says_so(kiosk: Kiosk, client: Client) -> None:
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    Kiosk.objects.update(pairing_expires_at=timezone.now() - timedelta(seconds=1))
    for response in (client.get(link), client.post(link)):
        assert response.status_code == 410
        assert "expired" in response.text
    kiosk.refresh_from_db()
    assert kiosk.token_hash == ""


def test_pairing_again_puts_the_first_device_out(kiosk: Kiosk) -> None:
    first, second = Client(), Client()
    first.post(kiosk_pairing_link(kiosk=kiosk, by=None))
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    assert first.get(reverse("kiosk")).status_code == 200
    second.post(link)
    assert first.get(reverse("kiosk")).status_code == 401
    assert second.get(reverse("kiosk")).status_code == 200


def test_a_revoked_device_is_told_what_to_do() -> None:
    kiosk, client = paired()
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    kiosk_revoke(kiosk=kiosk)
    page = client.get(reverse("kiosk"))
    assert page.status_code == 401
    assert "This device was unpaired" in page.text
    assert "new pairing link" in page.text
    for name in ENDPOINTS:
        answer = client.post(reverse(name))
        assert answer.status_code == 401
        assert answer.json()["code"] == "kiosk_unpaired"
    assert Client().post(link).status_code == 410


def test_a_revoked_kiosk_can_be_paired_again() -> None:
    kiosk, _client = paired()
    kiosk_revoke(kiosk=kiosk)
    fresh = Client()
    fresh.post(kiosk_pairing_link(kiosk=kiosk, by=None))
    assert fresh.get(reverse("kiosk")).status_code == 200


def test_without_a_token_everything_is_refused(client: Client) -> None:
    page = client.get(reverse("kiosk"))
    assert page.status_code == 401
    assert "not paired" in page.text
    for name in ENDPOINTS:
        answer = client.post(reverse(name))
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "kiosk_not_paired"
    assert client.get(reverse("kiosk_ping")).status_code == 401


def test_an_unknown_cookie_is_refused(kiosk: Kiosk, client: Client) -> None:
    # The kiosk was never paired: its stored hash is empty, and must not match an empty or made-up token.
    for token in ("made-up", "", kiosk.token_hash):
        client.cookies[COOKIE] = token
        assert client.get(reverse("kiosk")).status_code == 401
        assert client.post(reverse("kiosk_pin")).status_code == 401


def test_hr_needs_a_pairing_too(hr_client: Client) -> None:
    assert hr_client.post(reverse("kiosk_pin")).status_code == 401


def test_posts_need_the_csrf_token() -> None:
    kiosk, client = paired()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    link = kiosk_pairing_link(kiosk=kiosk, by=None)
    for address in (reverse("kiosk_pin"), reverse("kiosk_confirm"), reverse("kiosk_identify"), link):
        assert strict.post(address).status_code == 403
    page = strict.get(reverse("kiosk"))
    token = page.context["csrf_token"]
    answer = strict.post(reverse("kiosk_pin"), {}, content_type="application/json", headers={"X-CSRFToken": str(token)})
    assert answer.status_code == 400


def test_wrong_methods_are_refused() -> None:
    _kiosk, client = paired()
    for name in ENDPOINTS:
        assert client.get(reverse(name)).status_code == 405
    assert client.post(reverse("kiosk")).status_code == 405


def test_last_seen_moves_at_most_once_a_minute() -> None:
    kiosk, client = paired()
    just_now = timezone.now() - timedelta(seconds=30)
    Kiosk.objects.update(last_seen_at=just_now)
    client.get(reverse("kiosk_ping"))
    kiosk.refresh_from_db()
    assert kiosk.last_seen_at == just_now
    Kiosk.objects.update(last_seen_at=timezone.now() - timedelta(seconds=61))
    client.get(reverse("kiosk_ping"))
    kiosk.refresh_from_db()
    assert kiosk.last_seen_at is not None
    assert kiosk.last_seen_at > just_now


def test_the_page_follows_the_language(client: Client) -> None:
    _kiosk, client = paired()
    assert '<html lang="en"' in client.get(reverse("kiosk")).text
    assert '<html lang="es"' in client.get(reverse("kiosk"), headers={"Accept-Language": "es-MX,es;q=0.9"}).text
    client.post(reverse("kiosk_language"), {"language": "es", "next": reverse("kiosk")})
    assert '<html lang="es"' in client.get(reverse("kiosk"), headers={"Accept-Language": "en"}).text


def test_the_page_has_no_inline_script_or_style() -> None:
    _kiosk, client = paired()
    page = client.get(reverse("kiosk"))
    assert " style=" not in page.text
    assert "<style" not in page.text
    assert "script-src 'self'" in page["Content-Security-Policy"]


def test_the_qr_code_is_an_inline_svg() -> None:
    drawing = qr_svg("https://presente.example/kiosk/pair/abc/")
    assert drawing.startswith("<svg")
    assert "viewBox" in drawing
    assert "style=" not in drawing
