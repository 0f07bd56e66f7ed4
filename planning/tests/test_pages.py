"""The plan's pages without a script: the board, a day, publishing, copying, rotations, requests, one's own."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.models import PlannedShift, Shift, ShiftAssignment
from employees.models import Department, Employee, Site, User
from employees.tests.employment_kit import employ
from planning.models import OpenShift, ShiftRequest, Swap
from planning.tests.plan_kit import DAY, MONDAY, counted, hired, published, shift

pytestmark = pytest.mark.django_db
WEEK = "2026-W50"
BOARD = f"/plan/?week={WEEK}"


@pytest.fixture
def early(db: None) -> Shift:
    return shift("Early", 6, 14, [0, 1, 2, 3, 4])


@pytest.fixture
def person(department: Department, early: Shift) -> Employee:
    made = hired("W1", department=department)
    ShiftAssignment.objects.create(employee=made, shift=early, valid_from=date(2020, 1, 1))
    return made


@pytest.fixture
def cleo(colleague: User) -> Employee:
    employ(colleague.employee, hired_on=date(2020, 1, 1))
    own: Employee = colleague.employee
    return own


def cell(person: Employee, day: date = MONDAY) -> str:
    return f"/plan/cell/?week={WEEK}&person={person.number}&day={day}"


def test_the_board_shows_a_week_and_leads_to_those_around_it(manager_client: Client, person: Employee) -> None:
    page = manager_client.get(BOARD).text

    assert "Demo W1" in page
    assert page.count("06:00–14:00</small>") == 5
    assert "week=2026-W49" in page
    assert "week=2026-W51" in page
    assert f"person=W1&amp;day={MONDAY}" in page


def test_the_board_is_filtered_by_department_site_and_name(
    hr_client: Client, person: Employee, ben: Employee, department: Department
) -> None:
    site = Site.objects.create(name="La Paz")
    Employee.objects.filter(pk=ben.pk).update(site=site)
    employ(ben, hired_on=date(2020, 1, 1))

    def names(query: str) -> list[bool]:
        page = hr_client.get(f"{BOARD}&{query}").text
        return [f'data-name="{one.name}"' in page for one in (person, ben)]

    assert names("") == [True, True]
    assert names(f"department={department.pk}") == [True, False]
    assert names(f"site={site.pk}") == [False, True]
    assert names("q=W1") == [True, False]
    assert "Write the week as 2026-W48." in hr_client.get("/plan/?week=2026-W99").text


def test_a_day_is_changed_published_and_seen_on_its_own_page(
    manager_client: Client, person: Employee, early: Shift
) -> None:
    late = shift("Late", 14, 22)
    assert "Early" in manager_client.get(cell(person)).text

    answer = manager_client.post(cell(person), {"do": "set", "shifts": [early.pk, late.pk], "note": "Stock-taking"})
    assert answer["Location"] == f"/plan/?week={WEEK}&weeks=1"
    page = manager_client.get(BOARD).text
    assert "Stock-taking" in page
    assert "Draft" in page

    publish = f"/plan/publish/?week={WEEK}"
    assert "Days that change: 1. People concerned: 1." in manager_client.get(publish).text
    manager_client.post(publish)
    assert sorted(counted(person, MONDAY)) == ["Early", "Late"]
    assert "There is nothing to publish." in manager_client.get(publish).text


def test_a_shift_is_moved_and_that_is_undone_by_forms(manager_client: Client, person: Employee, early: Shift) -> None:
    other = hired("W2", department=person.department)
    fields = {"do": "move", "shift": early.pk, "to_person": other.number, "to_day": f"{MONDAY}"}
    manager_client.post(cell(person), fields)
    assert set(PlannedShift.objects.values_list("employee__number", "kind")) == {("W1", "free"), ("W2", "shift")}

    manager_client.post(f"/plan/undo/?week={WEEK}")
    assert not PlannedShift.objects.exists()


def test_publishing_says_warnings_first(manager_client: Client, person: Employee) -> None:
    night = shift("Night", 22, 6)
    manager_client.post(cell(person), {"do": "set", "shifts": [night.pk]})

    for address in (BOARD, f"/plan/publish/?week={WEEK}"):
        page = manager_client.get(address).text
        assert "Rest of 0 min after Night of the day before; at least 12 h 00 min is needed." in page


def test_a_week_is_copied(manager_client: Client, person: Employee) -> None:
    manager_client.post(cell(person), {"do": "free"})
    manager_client.post(f"/plan/copy/?week={WEEK}", {"weeks_on": 2})

    days = set(PlannedShift.objects.filter(kind="free").values_list("day", flat=True))
    assert days == {MONDAY, MONDAY + 7 * DAY, MONDAY + 14 * DAY}
    assert (
        "Copy to 1 to 12 weeks." in manager_client.post(f"/plan/copy/?week={WEEK}", {"weeks_on": 99}, follow=True).text
    )


def test_a_rotation_is_chosen_and_says_what_is_wrong(manager_client: Client, person: Employee) -> None:
    night = shift("Night", 22, 6)
    fields = {"kind": "days", "days_on": 4, "days_off": 4, "start": f"{MONDAY}", "people": [person.pk]}
    address = f"/plan/rotation/?week={WEEK}"
    assert "Choose a shift." in manager_client.post(address, fields).text

    answer = manager_client.post(address, {**fields, "first_shift": night.pk}, follow=True)

    assert "1 person works this rotation." in answer.text
    assert [counted(person, MONDAY + number * DAY) for number in (3, 4)] == [["Night"], []]


def test_a_script_is_answered_with_the_lines_that_changed(manager_client: Client, person: Employee) -> None:
    answer = manager_client.post(cell(person), {"do": "free"}, headers={"accept": "application/json"})
    content = answer.json()
    assert list(content["rows"]) == ["W1"]
    assert content["rows"]["W1"].strip().startswith("<tr")
    assert content["drafts"] == 1

    refused = manager_client.post(
        cell(person), {"do": "move", "shift": 99, "to_person": "W1"}, headers={"accept": "application/json"}
    )
    assert refused.status_code == 422
    assert refused.json()["detail"] == "Choose a shift, a person and a day."


def test_outsiders_have_no_day_of_the_workshop_and_nobody_their_own(
    outsider_client: Client, colleague_client: Client, manager_client: Client, manager: User, person: Employee
) -> None:
    employ(manager.employee, hired_on=date(2020, 1, 1))
    assert "Demo W1" not in outsider_client.get(BOARD).text
    for method in ("get", "post"):
        assert getattr(outsider_client, method)(cell(person)).status_code == 404
        assert getattr(colleague_client, method)(cell(person)).status_code == 403
        assert getattr(manager_client, method)(cell(manager.employee)).status_code == 404
    board = manager_client.get(BOARD).text
    assert manager.employee.name in board
    assert f"person={manager.employee.number}&amp;day" not in board
    assert not PlannedShift.objects.exists()


def test_the_board_takes_as_many_statements_for_many_people_as_for_one(
    hr_client: Client, person: Employee, department: Department, early: Shift
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert hr_client.get(f"{BOARD}&weeks=4").status_code == 200
        return len(asked)

    statements()
    few = statements()
    for number in range(20):
        other = hired(f"P{number}", department=department)
        ShiftAssignment.objects.create(employee=other, shift=early, valid_from=date(2020, 1, 1))
        published(other, MONDAY, early)
        PlannedShift.objects.create(employee=other, day=MONDAY + DAY, kind="free")

    assert statements() == few


def test_an_open_shift_from_the_offer_to_the_person(
    manager_client: Client, colleague_client: Client, cleo: Employee, early: Shift, department: Department
) -> None:
    day = timezone.now().date() + 3 * DAY
    year, week, _weekday = day.isocalendar()
    query = f"week={year}-W{week:02}"
    fields = {"day": f"{day}", "shift": early.pk, "department": department.pk, "wanted": 1}
    manager_client.post(f"/plan/open/?{query}", fields)
    assert "No open shifts." in colleague_client.get("/plan/me/").text
    manager_client.post(f"/plan/publish/?{query}")

    offer = OpenShift.objects.get()
    assert reverse("own_shift_ask", args=[offer.pk]) in colleague_client.get("/plan/me/").text
    colleague_client.post(reverse("own_shift_ask", args=[offer.pk]))
    assert "0 of 1 given, 1 requests" in manager_client.get(f"/plan/?{query}").text
    asked = ShiftRequest.objects.get()
    assert cleo.name in manager_client.get("/plan/requests/").text
    manager_client.post(reverse("plan_request_decide", args=[asked.pk]), {"decision": "approve"})

    assert counted(cleo, day) == ["Early"]
    assert "06:00–14:00" in colleague_client.get("/plan/me/").text


def test_a_swap_from_one_page_to_the_other(
    manager_client: Client,
    colleague_client: Client,
    client: Client,
    cleo: Employee,
    early: Shift,
    department: Department,
) -> None:
    late, day = shift("Late", 14, 22), timezone.now().date() + 3 * DAY
    user = User.objects.create_user("dora", role=User.Role.EMPLOYEE)
    dora = hired("D1", department=department, user=user)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    published(cleo, day, early)
    published(dora, day, late)

    address = f"{reverse('own_swap')}?day={day}&shift={early.pk}"
    assert "Demo D1" in colleague_client.get(address).text
    colleague_client.post(address, {"target": f"{dora.pk}:{day}:{late.pk}", "note": "School"})
    swap = Swap.objects.get()
    assert "School" in client.get("/plan/me/").text
    client.post(reverse("own_swap_answer", args=[swap.pk]), {"decision": "accept"})
    assert "School" in manager_client.get("/plan/requests/").text
    manager_client.post(reverse("plan_swap_decide", args=[swap.pk]), {"decision": "approve"})

    assert (counted(cleo, day), counted(dora, day)) == (["Late"], ["Early"])


def test_drafts_are_not_on_the_own_page_nor_in_the_calendar(
    manager_client: Client, colleague_client: Client, cleo: Employee, early: Shift
) -> None:
    day = timezone.now().date() + 3 * DAY
    address = f"/plan/cell/?person={cleo.number}&day={day}"
    manager_client.post(address, {"do": "set", "shifts": [early.pk]})

    assert "06:00" not in colleague_client.get("/plan/me/").text
    assert "06:00" not in colleague_client.get("/attendance/me/").text


def test_somebody_who_is_no_employee_reads_what_to_do(hr_client: Client) -> None:
    assert hr_client.get("/plan/me/").status_code == 200
    assert hr_client.get("/plan/me/swap/").status_code == 403
