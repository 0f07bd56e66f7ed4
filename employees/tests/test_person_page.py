"""The page of a person: everybody who may see them reads it, HR rehires, ends, moves and corrects there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Department, Employee, LoginSession, Posting, User
from employees.services import employee_move, employment_end
from employees.tasks import postings_apply_task
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
URL = "/people/1001/"


@pytest.fixture
def person(ana: Employee) -> Employee:
    employ(ana, hired_on=date(2020, 1, 1))
    return ana


def periods(person: Employee) -> list[tuple[date, date | None]]:
    return list(person.employment.values_list("hired_on", "left_on"))


def test_whoever_left_is_rehired_and_the_gap_is_on_the_line(hr_client: Client, person: Employee) -> None:
    employment_end(employee=person, left_on=date(2026, 10, 9))

    answer = hr_client.post(URL, {"do": "rehire", "hired_on": "2026-11-23"}, follow=True)

    assert periods(person) == [(date(2020, 1, 1), date(2026, 10, 9)), (date(2026, 11, 23), None)]
    page = answer.content.decode()
    assert "employed again from 23 November 2026" in page
    assert page.count("line__stretch--gap") == 1
    assert "10 October 2026" in page


def test_the_employment_ends_on_a_day(hr_client: Client, person: Employee) -> None:
    hr_client.post(URL, {"do": "end", "left_on": "2026-12-31"})

    assert periods(person) == [(date(2020, 1, 1), date(2026, 12, 31))]


def test_a_change_holds_from_its_day_and_leaves_the_rest(
    hr_client: Client, person: Employee, department: Department, other_department: Department, manager: User
) -> None:
    given = {"do": "move", "valid_from": "2026-10-15", "department": other_department.pk, "manager": "2001"}

    hr_client.post(URL, {**given, "site": "", "contract": "", "time_zone": person.time_zone})

    person.refresh_from_db()
    assert (person.department, person.manager) == (other_department, manager.employee)
    first, moved = Posting.objects.filter(employee=person)
    assert (first.department, first.manager) == (department, None)
    assert moved.valid_from == date(2026, 10, 15)


def test_the_form_says_what_stops_when(hr_client: Client, person: Employee) -> None:
    employ(person, hired_on=date(2020, 1, 1))

    assert "from midnight where they work, the person cannot clock in" in hr_client.get(URL).text


def test_who_has_left_is_logged_out_and_their_pages_say_so(
    hr_client: Client, colleague: User, colleague_client: Client
) -> None:
    cleo = Employee.objects.get(user=colleague)
    employ(cleo, hired_on=date(2020, 1, 1))
    assert LoginSession.objects.filter(user=colleague).exists()
    pages = [reverse("person_account", args=[cleo.number]), reverse("enrol", args=[cleo.number])]
    assert not any("does not work here any more" in hr_client.get(one).text for one in pages)

    employment_end(employee=cleo, left_on=timezone.localdate() - timedelta(days=2))

    assert not LoginSession.objects.filter(user=colleague).exists()
    assert not Session.objects.filter(session_key=colleague_client.session.session_key).exists()
    assert all("does not work here any more" in hr_client.get(one).text for one in pages)


def test_a_last_day_that_passes_ends_the_logins(colleague: User) -> None:
    cleo = Employee.objects.get(user=colleague)
    LoginSession.objects.create(user=colleague, session_key="k")
    employ(cleo, hired_on=date(2020, 1, 1), left_on=timezone.localdate())
    postings_apply_task()
    assert LoginSession.objects.exists()

    employ(cleo, hired_on=date(2020, 1, 1), left_on=timezone.localdate() - timedelta(days=2))
    postings_apply_task()
    assert not LoginSession.objects.exists()


def test_what_is_refused_is_said_at_its_field(hr_client: Client, person: Employee) -> None:
    answer = hr_client.post(URL, {"do": "rehire", "hired_on": "2026-11-23"})

    assert "employed on some of these days already" in answer.content.decode()
    assert len(periods(person)) == 1


def test_a_move_and_a_period_are_taken_away(
    hr_client: Client, person: Employee, department: Department, other_department: Department
) -> None:
    move = employee_move(employee=person, valid_from=timezone.localdate(), department=other_department)
    employment_end(employee=person, left_on=timezone.localdate())
    hr_client.post(URL, {"do": "rehire", "hired_on": f"{timezone.localdate() + timedelta(days=30)}"})
    later = person.employment.get(left_on=None)

    hr_client.post(URL, {"do": "unmove", "key": move.pk})
    hr_client.post(URL, {"do": "remove", "key": later.pk})

    person.refresh_from_db()
    assert person.department == department
    assert periods(person) == [(date(2020, 1, 1), timezone.localdate())]


def test_the_person_and_the_manager_read_it_and_change_nothing(
    manager_client: Client, colleague_client: Client, person: Employee
) -> None:
    assert manager_client.get(URL).status_code == 200
    assert colleague_client.get("/people/2003/").status_code == 200
    for client, url in ((manager_client, URL), (colleague_client, "/people/2003/")):
        assert "Rehire" not in client.get(url).content.decode()
        assert client.post(url, {"do": "rehire", "hired_on": "2026-11-23"}).status_code == 403
    assert colleague_client.get(URL).status_code == 404


def test_a_stranger_is_sent_to_the_login(client: Client, outsider_client: Client, person: Employee) -> None:
    assert client.get(URL).status_code == 302
    assert outsider_client.get(URL).status_code == 404


def test_the_key_of_another_person_opens_nothing(hr_client: Client, person: Employee, ben: Employee) -> None:
    key = ben.employment.get().pk

    assert hr_client.post(URL, {"do": "remove", "key": key}).status_code == 404
    given = {"do": "dates", "key": key, "hired_on": "2020-01-01"}
    assert hr_client.post(URL, given).status_code == 404


def test_the_admin_leads_there(hr_client: Client, person: Employee) -> None:
    answer = hr_client.get(reverse("admin:employees_employee_change", args=[person.pk]))

    assert f'href="{URL}"' in answer.text


def admin_form(person: Employee, **changes: str) -> dict[str, str]:
    person.refresh_from_db()
    given = {
        "number": person.number,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "department": str(person.department_id or ""),
        "time_zone": person.time_zone,
        "hired_on": f"{person.hired_on:%Y-%m-%d}",
        "left_on": f"{person.left_on:%Y-%m-%d}" if person.left_on else "",
    }
    return given | changes


def test_the_admin_s_form_shows_and_changes_the_employment_of_today(hr_client: Client, person: Employee) -> None:
    today = timezone.localdate()
    employment_end(employee=person, left_on=today + timedelta(days=10))
    hr_client.post(URL, {"do": "rehire", "hired_on": f"{today + timedelta(days=30)}"})
    url = reverse("admin:employees_employee_change", args=[person.pk])

    assert hr_client.post(url, admin_form(person, first_name="Anna")).status_code == 302
    assert hr_client.post(url, admin_form(person, left_on=f"{today + timedelta(days=12)}")).status_code == 302

    assert periods(person) == [
        (date(2020, 1, 1), today + timedelta(days=12)),
        (today + timedelta(days=30), None),
    ]


def test_the_admin_s_form_refuses_dates_that_overlap(hr_client: Client, person: Employee) -> None:
    today = timezone.localdate()
    employment_end(employee=person, left_on=today + timedelta(days=10))
    hr_client.post(URL, {"do": "rehire", "hired_on": f"{today + timedelta(days=30)}"})

    answer = hr_client.post(
        reverse("admin:employees_employee_change", args=[person.pk]), admin_form(person, left_on="")
    )

    assert answer.status_code == 200
    assert "employed on some of these days already" in answer.content.decode()
