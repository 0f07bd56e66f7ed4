"""What a clerk reads holds nothing for developers alone, and one thing is written in one way."""

from __future__ import annotations

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import Kiosk, Shift
from attendance.templatetags.presente import span_or_dash
from employees.models import Employee
from employees.tests.import_kit import upload
from presente.help import names

pytestmark = pytest.mark.django_db


def test_a_negative_span_has_the_minus_sign_of_every_page() -> None:
    assert [span_or_dash(seconds) for seconds in (-547200, 5400, 0)] == ["−152:00", "1:30", "–"]


def test_a_form_shows_a_time_of_day_without_seconds(hr_client: Client) -> None:
    shift = Shift.objects.create(name="Early", starts_at=time(8, 30), ends_at=time(17), weekdays=[0])

    page = hr_client.get(reverse("admin:attendance_shift_change", args=[shift.pk]))

    assert 'value="08:30"' in page.text
    assert "08:30:00" not in page.text


def test_a_kiosks_page_version_is_folded_and_in_no_list(hr_client: Client, door: tuple[Kiosk, Client]) -> None:
    Kiosk.objects.update(page_version="f5e2ac515469")

    listed = hr_client.get(reverse("admin:attendance_kiosk_changelist"))
    page = hr_client.get(reverse("admin:attendance_kiosk_change", args=[door[0].pk]))

    assert "f5e2ac515469" not in listed.text
    assert "f5e2ac515469" in page.text.partition("Technical details")[2]


def test_the_rules_that_a_month_names_can_be_read() -> None:
    assert "attendance-rules" in names()


def test_the_preview_of_punches_names_an_offset_only_in_an_hour_that_comes_twice(
    hr_client: Client, ana: Employee
) -> None:
    Employee.objects.filter(pk=ana.pk).update(time_zone="Europe/Madrid")

    _job, page = upload(
        hr_client, "employee,direction,at", "1001,in,2026-03-04 08:59", "1001,in,2025-10-26 02:30", kind="punches"
    )

    assert "08:59:00," in page
    assert "02:30:00 (+0" in page
