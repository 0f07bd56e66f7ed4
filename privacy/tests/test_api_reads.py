"""Which program read what over the API stands in the audit trail: once at the first read of an hour, then counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from common.api_reads import _known, reads_close
from common.models import AuditEntry
from common.testing import clear_cache
from employees.models import Employee
from employees.services import api_key_create
from recognition.tests.fake_engine import fake_photo

pytestmark = pytest.mark.django_db

DAYS = "/api/v1/attendance/days"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    _known.clear()


@pytest.fixture
def payroll() -> APIClient:
    """A program with a key of the name ``payroll``."""
    _key, secret = api_key_create(name="payroll", scopes=["attendance:read", "identify"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    return client


def read(client: APIClient, path: str = "/api/v1/people", **more: Any) -> None:
    assert client.get(path, **more).status_code == 200


def entries(act: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(act=act).order_by("at"))


def an_hour_later() -> Any:
    return patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(hours=1))


def test_many_reads_in_an_hour_make_two_entries(payroll: APIClient, ana: Employee, ben: Employee) -> None:
    for _turn in range(5):
        read(payroll, REMOTE_ADDR="10.0.0.7")
    (first,) = entries("api.read")
    assert (first.actor, first.address, first.object) == ("key payroll", "10.0.0.7", "/api/v1/people")
    assert reads_close() == 0, "the hour is not over"
    with an_hour_later():
        assert reads_close() == 1
        assert reads_close() == 0, "it is written down once"
    (counted,) = entries("api.reads")
    assert (counted.actor, counted.address) == ("key payroll", "10.0.0.7")
    assert (counted.details["requests"], counted.details["rows"]) == (5, 10)


def test_each_address_key_and_hour_has_its_own(payroll: APIClient, ana: Employee) -> None:
    read(payroll, REMOTE_ADDR="10.0.0.7")
    read(payroll, REMOTE_ADDR="10.0.0.8")
    with an_hour_later():
        read(payroll, REMOTE_ADDR="10.0.0.7")
    assert len(entries("api.read")) == 3


def test_a_face_that_was_asked_about_counts_and_a_refusal_does_not(payroll: APIClient, enrolled_ana: Employee) -> None:
    picture = SimpleUploadedFile("photo.png", fake_photo(1, variation=3))
    assert payroll.post("/api/v1/identify", {"file": picture}, format="multipart").status_code == 200
    assert payroll.get("/api/v1/people", {"misspelt": "1"}).status_code == 400
    assert payroll.post("/api/v1/identify", {}, format="multipart").status_code == 400
    assert [one.object for one in entries("api.read")] == ["/api/v1/identify"]


def test_a_count_that_was_lost_is_said_to_be_not_known(payroll: APIClient, ana: Employee) -> None:
    read(payroll)
    clear_cache()
    with an_hour_later():
        reads_close()
    assert entries("api.reads")[0].details["requests"] == "not known"


def test_without_a_cache_a_process_records_an_hour_once(payroll: APIClient, ana: Employee) -> None:
    for _turn in range(3):
        clear_cache()
        read(payroll)
    assert len(entries("api.read")) == 1


def test_a_person_s_access_request_names_the_programs_that_may_have_read_about_them(
    payroll: APIClient, ana: Employee, api_client_factory: Callable[..., APIClient]
) -> None:
    from privacy.access_request import looked_at

    read(payroll)
    assert "key payroll" in {one.actor for one in looked_at(ana)}
