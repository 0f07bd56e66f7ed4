"""HR's dashboard: right figures, an accessible chart, first steps while the company is empty."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from attendance.models import ClockEvent, Kiosk, Period, Shift, ShiftAssignment
from attendance.services.clock import clock
from employees.models import Employee, EnrolmentPhoto, User
from employees.tests.employment_kit import employ
from leave.services import rules_from_pack
from presente.dashboard import BOTTOM, DAYS, enrolment_state, next_steps, recognition_week
from recognition.models import Decision
from recognition.services import photo_add

pytestmark = pytest.mark.django_db


def decide(outcome: str, count: int, days_ago: int = 0) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    Decision.objects.bulk_create(Decision(at=at, asker="kiosk", outcome=outcome) for _number in range(count))


def test_an_empty_company_is_told_what_to_do_next(hr_client: Client) -> None:
    page = hr_client.get(reverse("admin:index"))
    assert page.status_code == 200
    assert [step.done for step in page.context["steps"]] == [False] * 7
    for step in page.context["steps"]:
        assert hr_client.get(step.url).status_code == 200
    others = [step.other_url for step in page.context["steps"] if step.other_url]
    assert others == [f"{reverse('imports')}?kind=people"]
    assert others[0] in page.text


def test_the_first_steps_say_that_no_tablet_can_open_this_address(hr_client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    assert "PRESENTE_URL" in hr_client.get(reverse("admin:index"), SERVER_NAME="127.0.0.1").text
    assert "PRESENTE_URL" not in hr_client.get(reverse("admin:index"), SERVER_NAME="server.example").text


def test_the_steps_go_once_they_are_done(hr_client: Client, hr: User, enrolled_ana: Employee) -> None:
    assert [step.done for step in next_steps()] == [True, True, True, False, False, False, False]
    Kiosk.objects.create(name="Door", token_hash="x" * 64)
    shift = Shift.objects.create(name="Day", starts_at=time(9), ends_at=time(17), weekdays=[0])
    assert next_steps()[4].url == reverse("admin:employees_employee_changelist")
    ShiftAssignment.objects.create(employee=enrolled_ana, shift=shift, valid_from=timezone.localdate())
    rules_from_pack(code="bolivia", valid_from=timezone.localdate())
    assert [step.done for step in next_steps()] == [True] * 6 + [False]
    assert next_steps()[6].url == reverse("attendance_periods")
    Period.objects.create(first=date(2026, 11, 1), last=date(2026, 11, 30))
    page = hr_client.get(reverse("admin:index"))
    assert page.context["all_done"]
    assert b"steps-title" not in page.content


def test_who_is_here_and_the_latest_punches(hr_client: Client, ana: Employee, ben: Employee) -> None:
    for number, person in enumerate((ana, ben)):
        clock(employee=person, direction="in", zone="UTC", method=ClockEvent.Method.PIN, idempotency_key=f"k{number}")
    page = hr_client.get(reverse("admin:index"))
    assert {one.employee.number for one in page.context["present"]} == {"1001", "1002"}
    assert len(page.context["latest"]) == 2


def test_somebody_who_came_after_the_grace_is_late(hr_client: Client, ana: Employee) -> None:
    now = timezone.now()
    start = now - timedelta(hours=1)
    if start.date() != now.date():
        pytest.skip("the shift of this test would start yesterday: it is the first hour of the day in UTC")
    shift = Shift.objects.create(
        name="Day", starts_at=start.time().replace(microsecond=0), ends_at=time(23, 59, 59), weekdays=list(range(7))
    )
    employ(ana, hired_on=now.date() - timedelta(days=9))
    ShiftAssignment.objects.create(employee=ana, shift=shift, valid_from=now.date() - timedelta(days=1))
    assert [one.employee for one in hr_client.get(reverse("admin:index")).context["absent"]] == [ana]
    clock(employee=ana, direction="in", zone="UTC", method=ClockEvent.Method.PIN, idempotency_key="k")
    page = hr_client.get(reverse("admin:index"))
    assert [one.employee for one in page.context["late"]] == [ana]
    assert page.context["absent"] == []


def test_waiting_photos_and_a_missing_worker_are_shown(hr_client: Client, ana: Employee) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 60), "teal").save(picture, "PNG")
    photo = photo_add(employee=ana, content=picture.getvalue(), source=EnrolmentPhoto.Source.UPLOAD, queue=False)
    assert enrolment_state() == {"waiting": 1, "worker_missing": False, "faceless": [ana]}
    EnrolmentPhoto.objects.filter(pk=photo.pk).update(created_at=timezone.now() - timedelta(seconds=30))
    assert enrolment_state()["worker_missing"] is True
    assert b"nothing is lost" in hr_client.get(reverse("admin:index")).content


def test_the_week_counts_each_outcome_on_its_day(hr_client: Client) -> None:
    decide("identified", 3)
    decide("unknown", 1)
    decide("no_face", 2, days_ago=2)
    decide("identified", 9, days_ago=DAYS)
    columns = recognition_week()
    assert [column.total for column in columns] == [0, 0, 0, 0, 2, 0, 4]
    last = columns[-1]
    assert dict(zip(Decision.Outcome.values, last.counts, strict=True)) == {
        "identified": 3,
        "unknown": 1,
        "no_face": 0,
        "several_faces": 0,
        "poor_quality": 0,
        "challenge": 0,
        "not_live": 0,
    }
    assert sum(segment.height for segment in last.segments) == pytest.approx(BOTTOM - last.top)


def test_a_day_ends_at_the_company_s_midnight() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    with timezone.override(madrid):
        midnight = datetime.combine(timezone.localdate(), time(), tzinfo=madrid)
        Decision.objects.create(at=midnight - timedelta(seconds=1), asker="kiosk", outcome="identified")
        Decision.objects.create(at=midnight, asker="kiosk", outcome="identified")
        assert [column.total for column in recognition_week()][-2:] == [1, 1]


def test_the_chart_has_a_name_and_a_table_behind_it(hr_client: Client) -> None:
    decide("identified", 3)
    page = " ".join(hr_client.get(reverse("admin:index")).content.decode().split())
    assert 'role="img" aria-labelledby="week-title" aria-describedby="week-table"' in page
    assert page.count('<th scope="row">') == DAYS
    assert page.count("<rect") == 1


def test_the_dashboard_is_built_in_a_constant_number_of_statements(
    hr_client: Client, ana: Employee, ben: Employee, django_assert_max_num_queries: object
) -> None:
    Employee.objects.bulk_create(Employee(number=f"b{number}", first_name="Bulk") for number in range(60))
    # The first page of a login also notes the session.
    hr_client.get(reverse("admin:index"))
    # Nobody has counted these people's states yet.
    with django_assert_max_num_queries(36):  # type: ignore[operator]
        hr_client.get(reverse("admin:index"))
