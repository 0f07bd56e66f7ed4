"""The report pages: what they show, their filters and their limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.services import clock
from attendance.tests.fixtures import Punched
from employees.models import Department, Employee, User
from employees.services import employee_create
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db

MONTH = {"number": "1001", "month": "2026-11"}


@pytest.fixture
def veteran(ana: Employee) -> Employee:
    employ(ana, hired_on=date(2020, 1, 1))
    ana.time_zone = "Europe/Madrid"
    ana.save()
    return ana


def body(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response
    return response.content.decode()


def test_presence_shows_who_clocked_in(manager_client: Client, ana: Employee) -> None:
    clock(employee=ana, direction="in", zone="UTC", method="pin", idempotency_key="k")
    page = body(manager_client, reverse("presence"))
    assert "Ana Demo" in page
    assert 'data-tile="in">1<' in page
    fragment = body(manager_client, reverse("presence_live"))
    assert "Ana Demo" in fragment
    assert "<html" not in fragment


def test_presence_without_anybody_says_why(outsider_client: Client) -> None:
    assert "Nobody to show" in body(outsider_client, reverse("presence") + "?q=nobody-of-this-name")


def test_a_name_cannot_bring_markup(hr_client: Client, ana: Employee) -> None:
    Employee.objects.filter(pk=ana.pk).update(first_name="<script>alert(1)</script>")
    for url in (reverse("presence"), reverse("attendance_day"), reverse("attendance_month", kwargs=MONTH)):
        page = body(hr_client, url)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_a_day_shows_times_of_the_place_and_marks_what_is_missing(
    hr_client: Client, veteran: Employee, punched: Punched
) -> None:
    punched(veteran, "in", "2026-11-23T08:59")
    page = body(hr_client, reverse("attendance_day") + "?date=2026-11-23")
    assert "08:59" in page
    assert "07:59" not in page
    punched(veteran, "out", "2026-11-22T17:00")
    assert "No check-in" in body(hr_client, reverse("attendance_day") + "?date=2026-11-22")


def test_another_places_zone_is_named(hr_client: Client, veteran: Employee, punched: Punched) -> None:
    punched(veteran, "in", "2026-11-23T09:00", "Atlantic/Canary")
    punched(veteran, "out", "2026-11-23T17:00", "Atlantic/Canary")
    page = body(hr_client, reverse("attendance_day") + "?date=2026-11-23")
    assert "Canaries time" in page
    assert "09:00" in page


def test_filters_stand_in_the_address(hr_client: Client, ana: Employee, ben: Employee, department: Department) -> None:
    url = reverse("presence")
    assert "Ben Demo" not in body(hr_client, f"{url}?department={department.pk}")
    assert "Ana Demo" not in body(hr_client, f"{url}?q=ben")
    page = body(hr_client, f"{url}?q=ana&department={department.pk}")
    assert f'data-url="{reverse("presence_live")}?q=ana&amp;department={department.pk}"' in page


@pytest.mark.parametrize(
    "query",
    [
        "date=yesterday",
        "date=0001-01-01",
        "date=9999-12-31",
        "date=2026-13-45",
        "department=999999",
        "department=x",
        "q=" + "x" * 500,
        "page=-1",
        "page=zzz",
    ],
)
def test_what_cannot_be_read_is_said_and_breaks_nothing(hr_client: Client, ana: Employee, query: str) -> None:
    for name in ("presence", "presence_live", "attendance_day"):
        assert hr_client.get(f"{reverse(name)}?{query}").status_code == 200
    if not query.startswith("page"):
        assert "field__error" in body(hr_client, f"{reverse('attendance_day')}?{query}")


def test_a_month_adds_up(hr_client: Client, veteran: Employee, punched: Punched) -> None:
    for direction, when in [("in", "02T09:00"), ("out", "02T17:30"), ("in", "03T09:00")]:
        punched(veteran, direction, f"2026-11-{when}")
    page = body(hr_client, reverse("attendance_month", kwargs=MONTH))
    assert "8 h 30 min" in page
    assert "No check-out" in page
    assert reverse("attendance_month", kwargs={**MONTH, "month": "2026-10"}) in page
    assert "?person=1001&amp;month=2026-11" in page


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "1999-12", "2026-1", "abcd-ef", "2026-11-24"])
def test_no_such_month(hr_client: Client, ana: Employee, month: str) -> None:
    assert hr_client.get(f"/attendance/people/1001/{month}/").status_code == 404


def test_a_month_far_ahead_is_empty(hr_client: Client, ana: Employee) -> None:
    assert "has not begun" in body(hr_client, "/attendance/people/1001/2099-12/")


def test_a_long_day_comes_in_pages(hr_client: Client, department: Department) -> None:
    for number in range(51):
        name = f"Person{number:03d}"
        employee_create(number=f"P{number:03d}", first_name=name, last_name="Demo", department=department)
    first = body(hr_client, reverse("attendance_day") + "?q=person")
    assert "Page 1 of 2" in first
    assert "Person050" not in first
    assert "?q=person&amp;page=2" in first
    assert "Person050" in body(hr_client, reverse("attendance_day") + "?q=person&page=2")


def test_the_pages_ask_the_same_number_of_questions_for_many_people(hr_client: Client, ana: Employee) -> None:
    def questions(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            body(hr_client, url)
        return len(queries)

    urls = [reverse("presence"), reverse("attendance_day")]
    # The first page of a login also notes the session and looks at the server's clock.
    questions(urls[0])
    few = [questions(url) for url in urls]
    for number in range(20):
        person = employee_create(number=f"N{number}", first_name="Demo", department=ana.department)
        clock(employee=person, direction="in", zone="UTC", method="pin", idempotency_key=f"n{number}")
    assert [questions(url) for url in urls] == few
    # Of whom no worker has counted the day yet: the lists, and the totals of everybody.
    assert max(few) <= 34


@pytest.mark.parametrize("name", ["presence", "presence_live", "attendance_day"])
def test_pages_are_read_not_written_and_not_kept_by_proxies(hr_client: Client, name: str) -> None:
    assert hr_client.post(reverse(name)).status_code == 405
    assert "private" in hr_client.get(reverse(name))["Cache-Control"]


def test_spanish(hr_client: Client, ana: Employee) -> None:
    hr_client.post(reverse("set_language"), {"language": "es", "next": reverse("presence")})
    assert '<html lang="es"' in body(hr_client, reverse("presence"))


def test_the_default_day_is_today_where_the_viewer_works(
    manager_client: Client, on_early_shift: Callable[[Employee], Employee]
) -> None:
    boss = Employee.objects.get(number="2001")
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        Employee.objects.filter(pk=boss.pk).update(time_zone=zone)
        today = timezone.now().astimezone(ZoneInfo(zone)).date()
        page = body(manager_client, reverse("attendance_day"))
        assert f"date={today - timedelta(days=1):%Y-%m-%d}" in page
        assert "Today, so far." in page


def test_the_own_page_leads_to_the_own_month(colleague_client: Client) -> None:
    month = f"/attendance/people/2003/{datetime.now(ZoneInfo('UTC')):%Y-%m}/"
    assert month in body(colleague_client, reverse("my_month"))


def test_somebody_who_is_no_employee_reads_what_to_do(payroll: User, client_of: Callable[[User], Client]) -> None:
    assert "Ask HR to link your account" in body(client_of(payroll), reverse("my_month"))


def test_hr_without_an_employee_record_is_not_sent_to_hr(hr_client: Client) -> None:
    page = body(hr_client, reverse("my_month"))

    assert "Ask HR" not in page
    assert f'href="{reverse("admin:employees_employee_changelist")}"' in page
