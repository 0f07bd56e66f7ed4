"""Places of punches by phone: how long they are kept, and that a person gets all of them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from attendance.models import ClockEvent
from common import append_only
from employees.models import User
from phone.models import PhoneEvidence
from phone.tests.phone_kit import FAR, Phone, allow, place, since_last_year
from privacy.access_request import access_request
from privacy.models import LegalHold
from privacy.services.retention import retention_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def punch(colleague: User, client_of: Callable[[User], Client]) -> ClockEvent:
    allow(since_last_year(colleague), outside="flag")
    assert Phone(client_of(colleague)).clock("in", place=place(FAR)).status_code == 200
    return ClockEvent.objects.get()


def test_the_place_goes_after_its_time_and_the_punch_stays(punch: ClockEvent) -> None:
    with append_only.lifted(connection, PhoneEvidence):
        QuerySet(PhoneEvidence).update(received_at=timezone.now() - timedelta(days=181))
    hold = LegalHold.objects.create(employee=punch.employee, reason="A claim")
    assert "places" not in {one.code for one in retention_run() if one.count}
    hold.lifted_at = timezone.now()
    hold.save()
    assert [one.count for one in retention_run(dry_run=True) if one.code == "places"] == [1]
    retention_run()
    assert not PhoneEvidence.objects.exists()
    assert ClockEvent.objects.get() == punch


def test_an_access_request_holds_the_places(punch: ClockEvent) -> None:
    packed = BytesIO()
    access_request(employee=punch.employee, target=packed)
    tables = json.loads(zipfile.ZipFile(packed).read("data.json"))["tables"]
    [row] = tables["phone.phoneevidence"]
    assert (row["verdict"], row["latitude"]) == ("outside", FAR[0])
    assert {"phone.phonerule", "phone.phonekey", "phone.phonepunch"} <= set(tables)
