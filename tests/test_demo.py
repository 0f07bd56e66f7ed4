"""`manage.py demo`: it fills an empty database, never another one, and its plan is the same each time."""

from __future__ import annotations

import itertools
import re
import stat
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings, live_server_helper

from attendance.models import (
    Absence,
    AbsenceType,
    ClockEvent,
    CorrectionRequest,
    DayResult,
    Kiosk,
    Period,
    PlannedShift,
    Shift,
    ShiftAssignment,
)
from common.company import company_change
from common.models import Company
from doors.models import Door
from employees.models import Department, Employee, EnrolmentPhoto, User
from leave.selectors import own_balances
from planning.models import OpenShift, ShiftRequest, Swap
from presente.demo import faces, people, punches, story
from recognition.models import Decision
from recognition.tests.fake_engine import fake_photo

# A Wednesday, in the afternoon.
NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def photos(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures that the fake engine knows, under the photographs' names; the fetching is another suite's."""
    folder = faces.folder()
    folder.mkdir()
    for variation, name in enumerate((*faces.ENROLLED, *faces.PROBES)):
        person = 2 if name == "biden.jpg" else 1
        (folder / name).write_bytes(fake_photo(person, variation=variation, kind="JPEG"))
    monkeypatch.setattr(faces, "fetch_demo_photos", lambda folder: {})
    return folder


def plan(number: str) -> list[punches.Planned]:
    return punches.plan(number, time(8), time(16, 30), zone=ZoneInfo("Europe/Madrid"), now=NOW)


def test_the_plan_is_the_same_each_time_and_another_for_each_person() -> None:
    assert plan("D003") == plan("D003")
    assert [punch.at.time() for punch in plan("D003")] != [punch.at.time() for punch in plan("D004")]


def test_the_plan_ends_now_and_has_weekdays_alone() -> None:
    for number in ("D002", "D003", "D004", "D005"):
        made = plan(number)
        assert made == sorted(made, key=lambda punch: punch.at)
        assert all(punch.at <= NOW and punch.at.weekday() < 5 for punch in made)
        assert (NOW - made[0].at).days in range(24, 28)


def test_the_plan_has_late_arrivals_and_a_missing_out() -> None:
    made = [plan(f"D{index:03}") for index in range(2, 10)]
    arrivals = [punch.at for person in made for punch in person if punch.direction == "in" and punch.at.hour < 9]
    assert any((at.hour, at.minute) > (8, 10) for at in arrivals)
    followed = [(one.direction, other.direction) for person in made for one, other in itertools.pairwise(person)]
    assert ("in", "in") in followed


def test_whoever_forgets_to_clock_out_was_there_whatever_day_it_is() -> None:
    """On 10 December 2026 one of the three was a day off: the demo had one request less."""
    for day in (date(2026, 12, 1) + timedelta(days=number) for number in range(500)):
        forgotten = story.plan(day).forgotten
        assert len(forgotten) == 3
        assert all(punches.comes(story.ASKS, one) for one in forgotten)
        assert {story.plan(day).dead, story.plan(day).holiday}.isdisjoint(forgotten)


@pytest.mark.django_db
def test_it_fills_an_empty_database(photos: Path, client: Client) -> None:
    output = StringIO()

    call_command("demo", stdout=output)

    assert Department.objects.count() == 2
    assert Employee.objects.count() == 9
    assert ShiftAssignment.objects.count() == 9
    assert ClockEvent.objects.count() > 300
    assert ClockEvent.objects.filter(method="manual", reason__contains="no power").exists()
    assert sorted(CorrectionRequest.objects.values_list("state", flat=True)) == ["approved", "refused", "requested"]
    assert Absence.objects.filter(state="approved").count() == 3
    assert Absence.objects.filter(state="requested").count() == 2
    # The balances and the plan have something to show and to decide.
    assert all(one.free > 0 for one in own_balances(Employee.objects.get(number="D003"), timezone.localdate()))
    assert PlannedShift.objects.published().filter(shift__name="Early").count() == 10
    assert PlannedShift.objects.filter(state="draft").exists()
    assert (OpenShift.objects.get().state, ShiftRequest.objects.get().state) == ("published", "requested")
    assert Swap.objects.get().state == "accepted"
    assert Period.objects.filter(state="locked").count() == 1
    nights = DayResult.objects.filter(employee__number=people.NIGHT)
    assert nights.filter(night__gt=6 * 3600).exists()
    assert DayResult.objects.filter(late__gt=0).exists()
    call_command("attendance_verify", stdout=StringIO())
    made_up = Employee.objects.exclude(number=people.FAMOUS)
    assert all(re.fullmatch(r"Demo Employee \d\d", person.name) for person in made_up)
    assert not EnrolmentPhoto.objects.exclude(employee__number=people.FAMOUS).exists()
    assert set(EnrolmentPhoto.objects.values_list("state", flat=True)) == {EnrolmentPhoto.State.ACCEPTED}
    logins = photos.parent / "demo-login.txt"
    assert stat.S_IMODE(logins.stat().st_mode) == 0o600
    password = logins.read_text().splitlines()[0].removeprefix("hr ")
    assert User.objects.get(username="hr").check_password(password)
    assert password in output.getvalue()


@pytest.mark.django_db
def test_its_days_are_those_of_its_company(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Sunday evening in La Paz it is Monday elsewhere."""
    # It is the test that moves the clock.
    monkeypatch.setattr(import_module("attendance.services.clock"), "server_clock", lambda **_given: None)
    company_change(Company(name="Demo", time_zone="America/La_Paz", country="BO"))

    with time_machine.travel(datetime(2026, 11, 30, 0, 30, tzinfo=UTC)):
        people.load()

    assert ClockEvent.objects.filter(at__date=date(2026, 11, 2), employee__number="D002").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("company", "workshop", "entrance"),
    [
        ({"country": "BO"}, "Taller", "Entrada principal"),
        ({"language": "es"}, "Taller", "Entrada principal"),
        ({"country": "BO", "language": "en"}, "Workshop", "Main entrance"),
    ],
)
def test_its_names_are_in_the_language_of_its_company(
    data: Path, company: dict[str, str], workshop: str, entrance: str
) -> None:
    company_change(Company(name="Demo", **company))

    people.load()

    assert Department.objects.filter(name=workshop).exists()
    assert {one.name for one in Door.objects.all()} == {entrance}
    assert Kiosk.objects.get().location == entrance
    assert Shift.objects.filter(name="Taller").exists() == (workshop == "Taller")
    assert AbsenceType.objects.get(code="vacation").name == ("Vacaciones" if workshop == "Taller" else "Vacation")


@pytest.mark.django_db
def test_it_leaves_a_database_with_people_alone(ana: Employee) -> None:
    with pytest.raises(CommandError, match="empty database"):
        call_command("demo", stdout=StringIO())

    assert Employee.objects.count() == 1
    assert not ClockEvent.objects.exists()


@pytest.mark.django_db
def test_without_a_network_it_says_so_and_goes_on(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    output = StringIO()

    call_command("demo", stdout=output)

    assert "goes on without a face" in output.getvalue()
    assert not EnrolmentPhoto.objects.exists()
    assert ClockEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_clocks_in_over_http_and_refuses_the_stranger(
    photos: Path, live_server: live_server_helper.LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is the test that moves the clock.
    monkeypatch.setattr(import_module("attendance.services.clock"), "server_clock", lambda **_given: None)
    output = StringIO()

    # In the evening of a day without punches the kiosk takes somebody for leaving.
    with time_machine.travel(datetime(2026, 11, 30, 10, tzinfo=UTC)):
        call_command("demo", stdout=StringIO())
        call_command("demo", clock_in=live_server.url, stdout=output)

    lines = output.getvalue().splitlines()
    recognised = r"recognised  Barack Obama \(demo\) +obama2.jpg +confidence [01]\.\d{3} +\d+ ms  clocked in"
    assert re.search(recognised, lines[1])
    assert "already in" in lines[2]
    assert re.search(r"refused +biden.jpg +unknown +confidence 0\.", lines[3])
    event = ClockEvent.objects.get(method=ClockEvent.Method.FACE)
    assert event.employee.number == people.FAMOUS
    assert event.decision is not None
    assert event.kiosk is not None
    assert Decision.objects.count() == 3
    assert f"{live_server.url}/kiosk/pair/" in lines[-1]


@pytest.mark.django_db
def test_clocking_in_needs_the_demo(ana: Employee) -> None:
    with pytest.raises(CommandError, match="not loaded"):
        clock_in_command()


def clock_in_command() -> None:
    call_command("demo", clock_in="http://127.0.0.1:9", stdout=StringIO())


def test_the_photos_to_enrol_and_to_show_are_different_ones() -> None:
    assert not set(faces.ENROLLED) & set(faces.PROBES)
