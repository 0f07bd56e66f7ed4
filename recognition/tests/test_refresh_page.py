"""HR's page about refreshing, and what the person's own page shows of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from employees.models import Consent, Employee, EnrolmentPhoto, User
from employees.services import consent_refresh, covers
from recognition import gallery
from recognition.models import RefreshChoice, Refreshment
from recognition.services.refresh import refresh_choose
from recognition.tests.test_refresh import joined, look

pytestmark = pytest.mark.django_db

URL = "/admin/recognition/refreshment/"


@pytest.fixture
def added(enrolled_ana: Employee, hr: User) -> Refreshment:
    """A picture from the kiosk that joined Ana's photos."""
    consent_refresh(employee=enrolled_ana, agreed=True, method=Consent.Method.PAPER, by=hr)
    refresh_choose(on=True, by=hr)
    return joined(look(enrolled_ana))


def test_hr_switches_it_on_and_the_history_says_who(hr_client: Client, hr: User, enrolled_ana: Employee) -> None:
    assert "Automatic photo updates are off" in hr_client.get(URL).content.decode()
    assert hr_client.post(URL, {"switch": "on", "reason": "works council agreed"}).status_code == 302
    assert RefreshChoice.objects.get().chosen_by == hr
    text = hr_client.get(URL).content.decode()
    assert "Automatic photo updates are on" in text
    assert "works council agreed" in text
    assert "0 of 1 people agreed to it" in text
    assert gallery.current().refreshing


def test_what_joined_is_listed_and_removed_with_one_click(hr_client: Client, hr: User, added: Refreshment) -> None:
    text = hr_client.get(URL).content.decode()
    assert "3 of 3 photos" in text
    assert reverse("admin:recognition_decision_change", args=[added.decision_id]) in text

    hr_client.post(URL, {"remove": str(added.pk)})
    hr_client.post(URL, {"remove": "no such thing"})

    added.refresh_from_db()
    assert (added.photo, added.removed_by) == (None, hr)
    assert len(gallery.current().gallery) == 3
    assert "Removed" in hr_client.get(URL).content.decode()


def test_off_deletes_what_came_from_the_kiosks(hr_client: Client, added: Refreshment) -> None:
    hr_client.post(URL, {"switch": "maybe"})
    assert len(gallery.current().gallery) == 4
    hr_client.post(URL, {"switch": "off"})
    assert not EnrolmentPhoto.objects.filter(source="refresh").exists()


def test_the_persons_page_shows_it_and_deletes_it(hr_client: Client, hr: User, added: Refreshment) -> None:
    photos = hr_client.get(reverse("enrol_progress", args=["1001"])).json()["photos"]
    shown = [photo for photo in photos if photo["from_kiosk"]]
    assert [photo["id"] for photo in shown] == [str(added.photo_id)]
    assert "margin" in shown[0]["kiosk_scores"]

    hr_client.post(reverse("photo_delete", args=[added.photo_id]))

    added.refresh_from_db()
    assert added.removed_by == hr


def test_agreeing_to_it_is_recorded_on_the_persons_page(hr_client: Client, enrolled_ana: Employee) -> None:
    url = reverse("enrol_consent", args=["1001"])
    hr_client.post(url, {"action": "refresh", "agreed": "yes", "method": "hearsay"})
    assert not covers(enrolled_ana, "refresh")
    hr_client.post(url, {"action": "refresh", "agreed": "yes", "method": "paper"})
    assert covers(enrolled_ana, "refresh")
    assert "Stop photo updates…" in hr_client.get(reverse("enrol", args=["1001"])).content.decode()
    hr_client.post(url, {"action": "refresh", "method": "paper"})
    assert not covers(enrolled_ana, "refresh")


def test_the_page_is_spanish_for_who_reads_spanish(hr_client: Client, added: Refreshment) -> None:
    text = hr_client.get(URL, headers={"accept-language": "es"}).content.decode()
    assert "La actualización automática de fotos está activada" in text
    assert "3 de 3 fotos" in text


def test_nobody_but_hr_sees_it_switches_it_or_removes(
    manager_client: Client, colleague_client: Client, outsider_client: Client, added: Refreshment
) -> None:
    for client in (manager_client, colleague_client, outsider_client, Client()):
        assert client.get(URL)["Location"].startswith(reverse("admin:login"))
        assert client.post(URL, {"switch": "off"}).status_code == 302
        assert client.post(URL, {"remove": str(added.pk)}).status_code == 302
        client.post(reverse("enrol_consent", args=["1001"]), {"action": "refresh", "method": "paper"})
    assert len(gallery.current().gallery) == 4
    assert RefreshChoice.in_force()
    assert covers(added.employee, "refresh")
