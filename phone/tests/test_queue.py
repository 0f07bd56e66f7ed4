"""What a phone kept without a connection: taken in once, at its own time, and refused where it has to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from phone.models import PhoneEvidence, PhoneKey, PhonePunch
from phone.tests.phone_kit import FAR, Phone, allow, place, since_last_year

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=3)


@pytest.fixture
def cleo(colleague: User) -> Employee:
    return since_last_year(colleague)


@pytest.fixture
def phone(colleague: User, cleo: Employee, client_of: Callable[[User], Client]) -> Phone:
    made = Phone(client_of(colleague))
    assert made.register().json()["key"] == made.fingerprint
    return made


def test_it_is_recorded_at_the_time_it_was_made(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    answer = phone.send(phone.keep("in", ago=HOURS)).json()
    event = ClockEvent.objects.get()
    assert (answer["outcome"], answer["recorded"]) == ("received", True)
    assert (event.employee, event.method, event.direction) == (cleo, "phone", "in")
    assert abs(event.at - (timezone.now() - HOURS)) < timedelta(seconds=5)
    kept = event.phone_evidence
    assert (kept.verdict, kept.offline, kept.clock, kept.flagged) == ("inside", True, "ok", False)
    assert kept.age == pytest.approx(0.8)


def test_sent_again_it_is_the_same_row(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    kept = phone.keep("in", ago=HOURS)
    first, second = phone.send(kept).json(), phone.send(kept).json()
    assert (first["counter"], first["text"]) == (second["counter"], second["text"])
    assert PhonePunch.objects.count() == ClockEvent.objects.count() == PhoneEvidence.objects.count() == 1


def test_what_had_arrived_at_once_is_not_recorded_twice(phone: Phone, cleo: Employee) -> None:
    """Only the answer was lost, and the page kept the press."""
    allow(cleo)
    phone.clock("in", key="d" * 16)
    assert phone.send(phone.keep("in", ago=timedelta(seconds=1), key="d" * 16)).json()["recorded"] is True
    assert PhonePunch.objects.get().event == ClockEvent.objects.get()


@pytest.mark.parametrize(
    ("where", "reason"),
    [(place(FAR), "place_outside"), (place(accuracy=500), "place_inaccurate"), ({"error": "denied"}, "place_denied")],
)
def test_what_hr_refuses_is_told_and_not_recorded(phone: Phone, cleo: Employee, where: object, reason: str) -> None:
    allow(cleo)
    answer = phone.send(phone.keep("in", ago=HOURS, where=where)).json()
    assert answer["recorded"] is False
    assert (PhonePunch.objects.get().reason, PhonePunch.objects.get().event) == (reason, None)
    assert not ClockEvent.objects.exists()
    page = phone.client.get(reverse("phone")).text
    assert answer["text"].split("(")[0].strip() in page
    assert "Ask for a correction" in page


def test_a_changed_clock_is_corrected_and_said(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    phone.wrong = timedelta(hours=2)
    kept = phone.keep("in", ago=HOURS)
    phone.wrong = timedelta()
    phone.send(kept)
    event = ClockEvent.objects.get()
    assert abs(event.at - (timezone.now() - HOURS)) < timedelta(minutes=3)
    assert event.phone_evidence.clock == "corrected"


def test_a_time_that_cannot_be_told_is_not_recorded(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    phone.boot, phone.wrong = "boot-2", timedelta(hours=2)
    kept = phone.keep("in", ago=HOURS)
    head = json.loads(kept.head)
    head["anchor"] = None
    signed = json.dumps(head)
    kept = replace(kept, head=signed, signature=phone.device.sign(b"presente-queue-1\n" + signed.encode()))
    phone.boot, phone.wrong = "boot-3", timedelta()
    assert phone.send(kept).json()["recorded"] is False
    assert PhonePunch.objects.get().reason == "clock_unsure"


def test_what_was_changed_or_signed_by_another_is_refused(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    kept = phone.keep("in", ago=HOURS)
    changed = replace(kept, head=kept.head.replace('"in"', '"out"'))
    for wrong in (changed, replace(kept, signature="AA"), replace(kept, sealed=kept.sealed + b"x")):
        answer = phone.send(wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "signature_wrong")
    assert not PhonePunch.objects.exists()


def test_a_number_used_twice_is_refused(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    phone.send(phone.keep("in", ago=HOURS))
    phone.counter = 0
    assert phone.send(phone.keep("out", ago=timedelta(hours=1))).json()["code"] == "counter_reused"
    assert PhonePunch.objects.count() == 1


def test_a_kiosk_s_punch_is_none_of_a_phone(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    assert phone.send(phone.keep("in", ago=HOURS, kind="pin")).json()["code"] == "head_invalid"


def test_an_unknown_phone_is_asked_to_log_in(phone: Phone, cleo: Employee) -> None:
    stranger = Phone(phone.client)
    assert stranger.send(stranger.keep("in", ago=HOURS)).json()["code"] == "key_unknown"


def test_another_person_cannot_take_a_phone_over(
    phone: Phone, manager: User, client_of: Callable[[User], Client]
) -> None:
    other = Phone(client_of(manager), device=phone.device)
    assert other.register().json()["code"] == "phone_key_taken"
    assert PhoneKey.objects.get().employee.number == "2003"


def test_of_many_phones_the_oldest_is_retired(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    for _more in range(5):
        Phone(phone.client).register()
    assert PhoneKey.objects.filter(retired_at=None).count() == 5
    assert phone.send(phone.keep("in", ago=HOURS)).json()["recorded"] is False
    assert PhonePunch.objects.get().reason == "phone_retired"


def test_after_the_last_day_at_work_nothing_is_recorded(phone: Phone, cleo: Employee) -> None:
    allow(cleo)
    gone = timezone.localdate() - timedelta(days=3)
    employ(cleo, hired_on=gone - timedelta(days=300), left_on=gone)
    phone.send(phone.keep("in", ago=timedelta(days=1)))
    assert PhonePunch.objects.get().reason == "not_employed"
    assert phone.send(phone.keep("in", ago=timedelta(hours=1))).json()["recorded"] is False


def test_a_closed_account_records_nothing(phone: Phone, cleo: Employee, colleague: User) -> None:
    allow(cleo)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    phone.send(phone.keep("in", ago=HOURS))
    assert PhonePunch.objects.get().reason == "account_closed"


def test_where_a_selfie_is_asked_nothing_is_recorded_without_one(phone: Phone, cleo: Employee) -> None:
    allow(cleo, selfie=True)
    phone.send(phone.keep("in", ago=HOURS))
    assert PhonePunch.objects.get().reason == "selfie_missing"
