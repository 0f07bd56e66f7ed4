"""No cache keeps an answer about people, and no page asks for what it does not need."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from attendance.models import WorkPolicy
from employees.models import Employee, EnrolmentPhoto, User
from kiosk.tests.kiosk_kit import paired

pytestmark = pytest.mark.django_db
INLINE = re.compile(
    r"""<script(?![^>]*(?:\bsrc=|type="application/json"))[^>]*>|<style(?![^>]*nonce=)[^>]*>|\s(?:style|on[a-z]+)=["'][^>]*>"""
)
"""Scripts and styles in a page's own text."""


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/people",
        "/api/v1/attendance/events",
        "/attendance/",
        "/attendance/me/",
        "/admin/",
        "/password/",
        "/api/v1/no-such-thing",
    ],
)
def test_answers_about_people_are_kept_nowhere(hr_client: Client, address: str) -> None:
    answer = hr_client.get(address)
    assert {"no-store", "private"} & {part.strip() for part in answer["Cache-Control"].split(",")}
    assert "camera=()" in answer["Permissions-Policy"] or answer.status_code == 404


def test_what_a_key_is_refused_with_is_not_kept_either(client: Client, hr: User) -> None:
    assert client.get("/api/v1/people")["Cache-Control"] == "no-store"


def test_only_kiosk_enrolment_and_phone_use_the_camera_and_the_phone_alone_the_place(
    hr_client: Client, colleague_client: Client, ana: object
) -> None:
    _kiosk, device = paired()
    assert "camera=(self)" in device.get("/kiosk/")["Permissions-Policy"]
    assert "camera=(self)" in hr_client.get("/people/1001/enrol/")["Permissions-Policy"]
    assert "camera=(self), geolocation=(self)" in colleague_client.get("/phone/")["Permissions-Policy"]
    assert "geolocation=()" in device.get("/attendance/me/", follow=True)["Permissions-Policy"]
    assert "camera=()" in hr_client.get("/login/", follow=True)["Permissions-Policy"]


def test_the_service_worker_may_still_be_kept(client: Client) -> None:
    assert "no-store" not in client.get("/kiosk/sw.js")["Cache-Control"]


@pytest.mark.parametrize(
    "address",
    ["/admin/", "/admin/employees/employee/", "/admin/employees/user/add/", "/people/1001/enrol/", "/attendance/"],
)
def test_no_page_runs_what_stands_in_it(hr_client: Client, ana: object, address: str) -> None:
    answer = hr_client.get(address)
    assert answer.status_code == 200
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert INLINE.findall(answer.text) == []


def test_nor_where_stored_structures_are_read(
    hr_client: Client, client_of: Callable[[User], Client], auditor: User, enrolled_ana: Employee
) -> None:
    """The theme would colour them with inline styles."""
    photo = EnrolmentPhoto.objects.filter(employee=enrolled_ana).first()
    assert photo is not None
    policy = WorkPolicy.objects.create(name="House", valid_from=date(2026, 1, 1), breaks=[{"after": 360, "length": 30}])

    seen = hr_client.get(f"/admin/employees/enrolmentphoto/{photo.pk}/change/").text
    read = client_of(auditor).get(f"/admin/attendance/workpolicy/{policy.pk}/change/").text

    assert "Distance between the eyes in pixels" in seen
    assert "Break: 0:30</div>" in read
    assert INLINE.findall(seen) + INLINE.findall(read) == []


@pytest.mark.parametrize("address", ["/login/", "/password/forgotten/"])
def test_nor_does_a_page_for_visitors(client: Client, hr: User, address: str) -> None:
    answer = client.get(address)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert INLINE.findall(answer.text) == []
