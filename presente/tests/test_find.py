"""People are found without accents and capitals, wherever they are looked for; Ctrl+K finds pages and settings too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Absence, AbsenceType, Kiosk, LockedTimesheet, Period
from common.plain import plain
from employees.models import Employee, EmploymentPeriod, User
from employees.services import employee_create
from employees.tests.import_kit import imported
from presente.menu import pages_for

pytestmark = pytest.mark.django_db
FIND = "find"


@pytest.fixture
def maria() -> Employee:
    return employee_create(number="3001", first_name="María José", last_name="Peña")


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("María Peña", "maria pena"),
        ("ÅSTRÖM", "astrom"),
        ("Łukasz Øst", "lukasz ost"),
        ("Weiß", "weiss"),
        ("  ", "  "),
    ],
)
def test_plain_text_has_no_accents_and_no_capitals(written: str, searched: str) -> None:
    assert plain(written) == searched


@pytest.mark.parametrize("words", ["maria", "MARÍA", "pena jose", "Peña", "3001", "jos"])
def test_a_person_is_found_by_any_part_of_the_name_however_it_is_typed(maria: Employee, words: str) -> None:
    assert list(Employee.objects.named(words)) == [maria]


@pytest.mark.parametrize("words", ["mario", "maria gonzalez", "%", "_", "3%1"])
def test_who_has_another_name_is_not(maria: Employee, words: str) -> None:
    assert not Employee.objects.named(words).exists()


def test_what_is_searched_follows_each_way_of_writing(maria: Employee) -> None:
    """A save of one column, an update of many rows, and rows that are stored in bulk."""
    maria.last_name = "Núñez"
    maria.save(update_fields=["last_name"])
    first = list(Employee.objects.named("nunez"))
    Employee.objects.filter(pk=maria.pk).update(first_name="Inés")
    second = list(Employee.objects.named("ines nunez"))
    stored = Employee.objects.bulk_create([Employee(number="3002", first_name="Íñigo")])
    stored[0].first_name = "Óscar"
    Employee.objects.bulk_update(stored, ["first_name"])

    assert (first, second) == ([maria], [maria])
    assert list(Employee.objects.named("oscar")) == stored
    assert not Employee.objects.named("inigo").exists()


def test_an_imported_person_is_found(hr_client: Client) -> None:
    imported(hr_client, "number,first_name", "77,Zoë")

    assert [person.number for person in Employee.objects.named("zoe")] == ["77"]


@pytest.mark.parametrize("page", ["presence", "attendance_day"])
def test_the_filters_of_reports_find_without_accents(
    hr_client: Client, maria: Employee, ana: Employee, page: str
) -> None:
    EmploymentPeriod.objects.update(hired_on=date(2020, 1, 1))

    found = hr_client.get(reverse(page), {"q": "maria"})

    assert "María José Peña" in found.text
    assert "Ana Demo" not in found.text


@pytest.mark.parametrize(
    "page",
    [
        "admin:employees_employee_changelist",
        "admin:employees_user_changelist",
        "admin:employees_consent_changelist",
        "admin:attendance_clockevent_changelist",
        "admin:attendance_shiftassignment_changelist",
        "admin:recognition_decision_changelist",
        "admin:kiosk_queuedpunch_changelist",
    ],
)
def test_the_admins_lists_take_a_search_without_accents(hr_client: Client, maria: Employee, page: str) -> None:
    assert hr_client.get(reverse(page), {"q": "maria pena"}).status_code == 200


def test_the_admin_finds_people_and_users_without_accents(hr_client: Client, maria: Employee) -> None:
    User.objects.create_user("mp", first_name="María", last_name="Peña")

    people = hr_client.get(reverse("admin:employees_employee_changelist"), {"q": "jose pena"})
    users = hr_client.get(reverse("admin:employees_user_changelist"), {"q": "maria"})

    assert [row.number for row in people.context["cl"].result_list] == ["3001"]
    assert [row.username for row in users.context["cl"].result_list] == ["mp"]


def test_what_is_locked_is_searched_by_the_names_of_then() -> None:
    field = LockedTimesheet._meta.get_field("searched")
    row = LockedTimesheet(number="1", first_name="José", last_name="Ñandú")

    assert field.pre_save(row, True) == "1 jose nandu"


def test_ctrl_k_finds_people_pages_and_settings(hr_client: Client, maria: Employee) -> None:
    person = hr_client.get(reverse(FIND), {"q": "maria"}).text
    page = hr_client.get(reverse(FIND), {"q": "periods"}).text
    setting = hr_client.get(reverse(FIND), {"q": "holiday"}).text

    assert reverse("person", args=["3001"]) in person
    assert reverse("attendance_periods") in page
    assert reverse("company_settings") in setting


def test_it_finds_in_the_readers_language(hr_client: Client) -> None:
    found = hr_client.get(reverse(FIND), {"q": "configuracion"}, headers={"accept-language": "es"}).text

    assert reverse("company_settings") in found


def test_each_finds_what_they_may_open(
    colleague_client: Client, manager_client: Client, outsider_client: Client, ana: Employee
) -> None:
    managers = manager_client.get(reverse(FIND), {"q": "ana"}).text
    outsiders = outsider_client.get(reverse(FIND), {"q": "ana"}).text
    employees = colleague_client.get(reverse(FIND), {"q": "cleo"}).text
    settings = colleague_client.get(reverse(FIND), {"q": "settings"}).text

    assert reverse("person", args=["1001"]) in managers
    assert reverse("person", args=["1001"]) not in outsiders
    assert reverse("my_month") in employees
    assert reverse("company_settings") not in settings


def test_nothing_typed_finds_nothing_and_nobody_found_is_said(hr_client: Client) -> None:
    assert "find-results__item" not in hr_client.get(reverse(FIND), {"q": " "}).text
    assert "Nothing is called so" in hr_client.get(reverse(FIND), {"q": "xyzzy"}).text


def test_a_search_takes_as_many_statements_for_many_people(
    hr_client: Client, maria: Employee, django_assert_max_num_queries: object
) -> None:
    Employee.objects.bulk_create(
        Employee(number=f"B{n}", first_name="María", last_name=f"Quispe {n}") for n in range(60)
    )

    with django_assert_max_num_queries(8):  # type: ignore[operator]
        found = hr_client.get(reverse(FIND), {"q": "maria quispe"})

    assert found.text.count("find-results__item") < 20


def test_the_menu_says_what_waits(hr_client: Client, colleague_client: Client, ana: Employee) -> None:
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    Absence.objects.create(employee=ana, kind=kind, first=date(2026, 12, 1), last=date(2026, 12, 1))
    Period.objects.create(first=date(2026, 1, 1), last=date(2026, 1, 31))
    Kiosk.objects.create(name="Door", token_hash="x" * 64, last_seen_at=timezone.now() - timedelta(hours=1))

    waits = {one["href"]: one["count"] for one in hr_client.get(reverse("badges")).json()["badges"]}

    assert waits == {
        reverse("notifications"): 1,
        reverse("attendance_exceptions"): 1,
        reverse("attendance_periods"): 1,
        reverse("admin:attendance_kiosk_changelist"): 1,
    }
    assert colleague_client.get(reverse("badges")).json() == {"badges": []}


def test_nobodys_own_requests_wait_for_themselves(manager_client: Client, manager: User, ana: Employee) -> None:
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    own = Employee.objects.get(user=manager)
    for person in (own, ana):
        Absence.objects.create(employee=person, kind=kind, first=date(2026, 12, 1), last=date(2026, 12, 1))

    waits = {one["href"]: one["count"] for one in manager_client.get(reverse("badges")).json()["badges"]}

    assert waits == {reverse("notifications"): 1, reverse("attendance_exceptions"): 1}


@pytest.mark.parametrize("role", ["employee", "manager", "payroll", "it", "hr"])
def test_a_menu_has_what_the_role_needs(
    role: str, hr: User, manager: User, colleague: User, payroll: User, technician: User
) -> None:
    users = {"employee": colleague, "manager": manager, "payroll": payroll, "it": technician, "hr": hr}
    needed = {
        "employee": {"my_month"},
        "manager": {
            "presence",
            "attendance_exceptions",
            "attendance_day",
            "plan",
            "attendance_team_now",
            "attendance_periods",
            "attendance_files",
            "my_month",
        },
        "payroll": {"presence", "attendance_day", "attendance_team_now", "attendance_periods", "attendance_files"},
        "it": set[str](),
        "hr": {
            "presence",
            "attendance_exceptions",
            "attendance_day",
            "plan",
            "attendance_team_now",
            "attendance_periods",
            "attendance_files",
            "doors",
        },
    }

    assert {one.name for one in pages_for(users[role])} == needed[role]


def test_training_is_its_where_somebody_is_it(hr_client: Client, hr: User) -> None:
    training = reverse("admin:recognition_trainingrun_changelist")
    before = hr_client.get(reverse("admin:index")).text
    User.objects.create_user("it", role=User.Role.IT)
    after = hr_client.get(reverse("admin:index")).text

    assert training in before
    assert training not in after
