"""The link in a message: one person, one day, once; nothing else is shown, and nothing else can be done with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from attendance.models import CorrectionLink, CorrectionRequest, Period, WorkPolicy
from attendance.services.corrections import punch_add, request_approve
from attendance.services.links import SALT, link_token, links_sweep
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
SENT = {"time": "17:05", "reason": "I forgot"}


@pytest.fixture
def day() -> date:
    """The day before yesterday, whatever weekday: its shift is over everywhere."""
    return timezone.now().astimezone(MADRID).date() - timedelta(days=2)


@pytest.fixture
def policy() -> WorkPolicy:
    return WorkPolicy.objects.create(name="Mail", valid_from=date(2020, 1, 1), missing_out_mail="link")


def forgot(person: Employee, day: date, punched: Punched, hour: int = 9) -> Employee:
    employ(person, hired_on=day, time_zone="Europe/Madrid", email=f"{person.number}@example.com")
    punched(person, "in", datetime(day.year, day.month, day.day, hour, tzinfo=MADRID))
    return Employee.objects.get(pk=person.pk)


@pytest.fixture
def forgetful_ana(ana: Employee, day: date, policy: WorkPolicy, punched: Punched) -> Employee:
    """Ana came and forgot to clock out; she has no account."""
    return forgot(ana, day, punched)


@pytest.fixture
def address(forgetful_ana: Employee) -> str:
    """What is in the message."""
    assert links_sweep() == 1
    found = re.search(r"/c/\S+", str(mail.outbox[0].body))
    assert found
    return found[0]


def test_the_person_is_asked_once(forgetful_ana: Employee, address: str, day: date) -> None:
    links_sweep()

    (message,) = mail.outbox
    assert message.to == ["1001@example.com"]
    assert "09:00" in str(message.body)


@pytest.mark.parametrize("change", ["policy", "email", "whole"])
def test_whom_nobody_writes_to(change: str, forgetful_ana: Employee, hr: User, day: date) -> None:
    if change == "policy":
        WorkPolicy.objects.update(missing_out_mail="")
    elif change == "email":
        Employee.objects.update(email="")
    else:
        out = datetime(day.year, day.month, day.day, 17, tzinfo=MADRID)
        punch_add(employee=forgetful_ana, direction="out", at=out, zone="Europe/Madrid", reason="Seen", author=hr)

    assert links_sweep() == 0
    assert mail.outbox == []


def test_it_files_the_correction_without_a_login_and_a_manager_decides(
    client: Client, address: str, forgetful_ana: Employee, manager: User, day: date
) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    assert "09:00" in page.content.decode()

    assert "Your manager decides" in client.post(address, SENT).content.decode()

    asked = CorrectionRequest.objects.get()
    assert (asked.employee, asked.state, asked.requested_by) == (forgetful_ana, "requested", None)
    assert asked.at.astimezone(MADRID) == datetime(day.year, day.month, day.day, 17, 5, tzinfo=MADRID)
    stored = request_approve(request=asked, by=manager)
    assert stored is not None
    assert stored.direction == "out"


def test_it_shows_the_days_own_punches_and_nothing_else(
    client: Client, address: str, forgetful_ana: Employee, ben: Employee, day: date, punched: Punched
) -> None:
    forgot(ben, day, punched, hour=8)
    before = day - timedelta(days=1)
    punched(forgetful_ana, "in", datetime(before.year, before.month, before.day, 6, tzinfo=MADRID))

    page = client.get(address).content.decode()

    for private in ("Ana", "Demo", "1001", "Workshop", "08:00", "06:00"):
        assert private not in page


def test_another_day_or_person_in_the_form_changes_nothing(client: Client, address: str, ben: Employee) -> None:
    client.post(address, {**SENT, "day": "2026-01-01", "employee": "1002", "direction": "in"})

    asked = CorrectionRequest.objects.get()
    assert (asked.employee.number, asked.direction) == ("1001", "out")


@pytest.mark.parametrize("tampered", ["letter", "cut", "other salt", "another id", "another key"])
def test_a_link_that_was_tampered_with_opens_nothing(
    tampered: str, client: Client, address: str, settings: Settings
) -> None:
    row = CorrectionLink.objects.get()
    token = link_token(row)
    made_up = {
        "letter": token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
        "cut": token[:-5],
        "other salt": signing.dumps(str(row.pk), salt="attendance.another-purpose"),
        "another id": signing.dumps("5c0e6dc7-0a57-4f1c-8b7e-3a0c3f8a1d10", salt=SALT),
        "another key": signing.dumps(str(row.pk), salt=SALT, key="guessed"),
    }[tampered]

    for answer in (client.get(reverse("correction_link", args=[made_up])), client.post(f"/c/{made_up}/", SENT)):
        assert answer.status_code == 404
        assert "09:00" not in answer.content.decode()
    assert not CorrectionRequest.objects.exists()


@pytest.mark.parametrize("why", ["used", "expired", "locked", "whole", "asked", "login"])
def test_a_void_link_shows_nothing_and_files_nothing(
    why: str, client: Client, address: str, forgetful_ana: Employee, hr: User, day: date
) -> None:
    out = datetime(day.year, day.month, day.day, 17, tzinfo=MADRID)
    if why == "used":
        client.post(address, SENT)
    elif why == "expired":
        CorrectionLink.objects.update(expires_at=timezone.now())
    elif why == "login":
        CorrectionLink.objects.update(login=True)
    elif why == "locked":
        Period.objects.create(first=day, last=day, state="locked", locked_at=timezone.now())
    elif why == "asked":
        CorrectionRequest.objects.create(
            employee=forgetful_ana, kind="add", direction="out", at=out, zone="UTC", reason="x", requested_by=hr
        )
    else:
        punch_add(employee=forgetful_ana, direction="out", at=out, zone="Europe/Madrid", reason="Seen", author=hr)
    count = CorrectionRequest.objects.count()

    for answer in (client.get(address), client.post(address, {**SENT, "time": "18:00"})):
        assert answer.status_code in {404, 410}
        assert "09:00" not in answer.content.decode()
    assert CorrectionRequest.objects.count() == count


def test_a_night_ends_on_the_next_day(client: Client, ana: Employee, policy: WorkPolicy, punched: Punched) -> None:
    day = timezone.now().astimezone(MADRID).date() - timedelta(days=2)
    forgot(ana, day, punched, hour=22)
    links_sweep()

    client.post(reverse("correction_link", args=[link_token(CorrectionLink.objects.get())]), {**SENT, "time": "06:00"})

    assert CorrectionRequest.objects.get().at.astimezone(MADRID).date() == day + timedelta(days=1)


def test_guessing_and_hammering_end(client: Client, address: str) -> None:
    codes = [client.post(address, {"time": "x"}).status_code for _number in range(12)]
    assert codes[:10] == [400] * 10
    assert codes[10:] == [429, 429]
    codes = [client.get(f"/c/guess{number}/").status_code for number in range(32)]
    assert codes[:30] == [404] * 30
    assert codes[30:] == [429, 429]


def test_with_the_login_the_message_leads_to_the_own_page(
    forgetful_ana: Employee, policy: WorkPolicy, day: date
) -> None:
    policy.missing_out_mail = "login"
    policy.save()

    assert links_sweep() == 1

    body = str(mail.outbox[0].body)
    assert f"/attendance/people/1001/correct/?day={day}" in body
    assert "/c/" not in body


def test_the_manager_sees_that_the_person_was_asked(address: str, manager_client: Client) -> None:
    assert "asked by e-mail" in manager_client.get("/attendance/exceptions/").content.decode()


def test_a_mail_server_that_does_not_answer_is_asked_four_times(
    forgetful_ana: Employee, settings: Settings, manager_client: Client
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for _number in range(6):
        links_sweep()
        CorrectionLink.objects.update(next_try_at=timezone.now())

    row = CorrectionLink.objects.get()
    assert (row.tries, row.sent_at) == (4, None)
    assert "refused" in row.error
    assert "no e-mail: " in manager_client.get("/attendance/exceptions/").content.decode()


def test_in_the_persons_language(forgetful_ana: Employee) -> None:
    Employee.objects.update(language="es")

    links_sweep()

    assert "¿a qué hora salió" in mail.outbox[0].subject


@pytest.mark.parametrize(("hours", "status"), [(7 * 24 - 1, 200), (7 * 24 + 1, 404)])
def test_a_link_works_for_a_week(client: Client, address: str, hours: int, status: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        assert client.get(address).status_code == status


def test_a_message_that_was_not_sent_is_tried_again_after_an_hour(forgetful_ana: Employee, settings: Settings) -> None:
    now, working = timezone.now(), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert links_sweep(now=now) == 0
    settings.EMAIL_BACKEND = working

    sent = [links_sweep(now=now + timedelta(minutes=minutes)) for minutes in (59, 60, 61)]

    assert sent == [0, 1, 0]
    assert (CorrectionLink.objects.get().tries, CorrectionLink.objects.get().error) == (2, "")


@pytest.mark.parametrize(("days", "written"), [(3, 1), (4, 0)])
def test_nobody_is_asked_about_a_day_long_past(
    ana: Employee, policy: WorkPolicy, punched: Punched, days: int, written: int
) -> None:
    forgot(ana, timezone.now().date() - timedelta(days=days), punched)

    assert links_sweep() == written


@pytest.mark.parametrize(("days", "filed", "kept"), [(89, False, True), (91, False, False), (91, True, True)])
def test_what_nobody_answered_is_forgotten_after_three_months(
    client: Client, address: str, days: int, filed: bool, kept: bool
) -> None:
    if filed:
        client.post(address, SENT)
    old = CorrectionLink.objects.get()

    with time_machine.travel(timezone.now() + timedelta(days=days)):
        links_sweep()

    assert CorrectionLink.objects.filter(pk=old.pk).exists() is kept


def test_without_a_mail_server_nobody_counts_as_asked_until_there_is_one(
    forgetful_ana: Employee, settings: Settings
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "common.unsent_mail.EmailBackend"
    assert links_sweep() == 0
    assert not CorrectionLink.objects.exclude(sent_at=None).exists()
    settings.EMAIL_BACKEND = working

    assert links_sweep() == 1
    assert len(mail.outbox) == 1
