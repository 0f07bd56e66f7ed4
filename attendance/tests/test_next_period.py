"""The days that are proposed for the next period, and how they are said."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import Period
from attendance.rules.next_period import next_days


@pytest.mark.parametrize(
    ("last_one", "expected"),
    [
        (("2026-11-01", "2026-11-30"), ("2026-12-01", "2026-12-31")),
        (("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")),
        (("2026-01-15", "2026-02-14"), ("2026-02-15", "2026-03-14")),
        (("2026-12-21", "2027-01-20"), ("2027-01-21", "2027-02-20")),
        (("2025-12-31", "2026-01-30"), ("2026-01-31", "2026-02-28")),
        (("2026-11-01", "2026-11-15"), ("2026-11-16", "2026-11-30")),
        (("2026-02-16", "2026-02-28"), ("2026-03-01", "2026-03-15")),
        (("2026-11-09", "2026-11-22"), ("2026-11-23", "2026-12-06")),
        (("2026-11-24", "2026-11-30"), ("2026-12-01", "2026-12-07")),
        (("2026-11-17", "2026-12-14"), ("2026-12-15", "2027-01-11")),
    ],
)
def test_the_next_period_is_as_long_as_the_last(last_one: tuple[str, str], expected: tuple[str, str]) -> None:
    first, last = map(date.fromisoformat, last_one)

    assert next_days(first, last) == tuple(map(date.fromisoformat, expected))


@pytest.mark.django_db
def test_the_days_are_said_in_the_pages_own_style(hr_client: Client) -> None:
    """A browser shows a date's field in its own style, month first where it speaks American English."""
    Period.objects.create(first=date(2026, 11, 13), last=date(2026, 12, 12))
    hr_client.cookies["django_language"] = "es"

    page = " ".join(hr_client.get(reverse("attendance_periods")).content.decode().split())

    assert "Se propone: 13/12/2026 – 12/01/2027." in page
    assert 'value="2026-12-13"' in page
