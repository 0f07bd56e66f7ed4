"""HR's pages about enrolment photos say in words what was measured, and why a photo was refused."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from employees.models import Employee


def _page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"admin:employees_enrolmentphoto_{name}", args=args))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_what_was_measured_has_names_and_units(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    photo.quality = {"score": 0.874, "eyes": 61.23, "yaw": -12.4, "turned": 90, "sharpness": 412.6}
    photo.save()

    page = _page(hr_client, "change", photo.pk)

    assert "<li>Overall quality: 87%</li><li>Distance between the eyes in pixels: 61</li>" in page
    assert "<li>Turned to the side: -12°</li><li>Picture turned by: 90°</li>" in page
    assert "yaw" not in page


def test_a_photo_of_which_nothing_was_measured_says_nothing(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    photo.quality = {}
    photo.save()

    assert "Overall quality" not in _page(hr_client, "change", photo.pk)


def test_why_a_photo_was_refused_is_said_in_the_readers_language(hr_client: Client, enrolled_ana: Employee) -> None:
    photo = enrolled_ana.photos.first()
    assert photo is not None
    photo.reasons = [{"code": "several_faces"}, {"code": "too_dark"}]
    photo.save()
    hr_client.cookies["django_language"] = "es"

    for page in (_page(hr_client, "change", photo.pk), _page(hr_client, "changelist")):
        assert "several faces" not in page
        assert "El rostro está demasiado oscuro." in page
