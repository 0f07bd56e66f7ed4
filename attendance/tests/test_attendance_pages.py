"""Who opens which page, and that a person's month tells where each figure came from."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.models import AbsenceType, Kiosk, Period
from attendance.services.periods import period_create
from attendance.tests.fixtures import Punched
from employees.models import Employee, User
from employees.services import employee_create
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
MANAGERS = [
    "/attendance/exceptions/",
    "/attendance/team/2026-11/",
    "/attendance/team/2026-11/?show=late",
    "/attendance/trends/",
    "/attendance/periods/",
    "/attendance/files/",
    "/attendance/files/make/?report=days&file_format=csv&first=2026-11-01&last=2026-11-30",
]
PERSONS = [
    "/attendance/people/1001/2026-11/",
    "/attendance/people/1001/2026-11/timesheet.pdf",
    "/attendance/people/1001/year/2026/",
]


@pytest.fixture
def november(ana: Employee, on_early_shift: Assigned, punched: Punched) -> Employee:
    """A whole day, a late one, a night over midnight."""
    on_early_shift(ana)
    for direction, at in (
        ("in", "2026-11-02T09:00"),
        ("out", "2026-11-02T13:00"),
        ("in", "2026-11-02T13:30"),
        ("out", "2026-11-02T17:30"),
        ("in", "2026-11-03T09:40"),
        ("out", "2026-11-03T17:00"),
        ("in", "2026-11-07T22:00"),
        ("out", "2026-11-08T06:00"),
    ):
        punched(ana, direction, at)
    return ana


def content(client: Client, url: str) -> str:
    """The page, with any run of blanks as one: a browser shows them as one."""
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return " ".join((b"".join(answer) if answer.streaming else answer.content).decode(errors="replace").split())


def test_a_visitor_is_sent_to_the_login(client: Client, november: Employee) -> None:
    for url in [*MANAGERS, *PERSONS, "/attendance/me/", "/attendance/me/data.json", "/attendance/me/away/"]:
        answer = client.get(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith("/login/"), url


def test_a_colleague_opens_no_managers_page_and_nobody_elses(colleague_client: Client, november: Employee) -> None:
    assert [colleague_client.get(url).status_code for url in MANAGERS] == [403] * len(MANAGERS)
    assert [colleague_client.get(url).status_code for url in PERSONS] == [404] * len(PERSONS)


def test_another_departments_manager_sees_nothing_of_it(outsider_client: Client, november: Employee) -> None:
    assert [outsider_client.get(url).status_code for url in PERSONS] == [404] * len(PERSONS)
    for url in MANAGERS:
        assert "Ana Demo" not in content(outsider_client, url), url


def test_the_manager_sees_the_department(manager_client: Client, november: Employee, ben: Employee) -> None:
    for url in (MANAGERS[1], MANAGERS[6]):
        page = content(manager_client, url)
        assert "Ana Demo" in page
        assert "Ben Demo" not in page
    for url in PERSONS:
        assert manager_client.get(url).status_code == 200


def test_each_figure_names_its_rule_and_its_punches(manager_client: Client, november: Employee) -> None:
    page = content(manager_client, "/attendance/people/1001/2026-11/")

    assert "4 h 00 min between check-in and check-out" in page
    assert "30 min between check-out and the next check-in" in page
    assert "40 min after 09:00 (grace: 5 min)" in page
    assert "8 h 00 min between 22:00 and 06:00" in page
    assert "rule R15" in page
    assert page.count('class="bar__work"') >= 4
    assert 'class="bar__night"' in page


def test_a_month_asks_the_same_number_of_questions_however_many_days_and_punches(
    manager_client: Client, ana: Employee, on_early_shift: Assigned, punched: Punched
) -> None:
    on_early_shift(ana)

    def questions(month: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            content(manager_client, f"/attendance/people/1001/{month}/")
        return len(queries)

    questions("2026-09")
    few = questions("2026-09")
    for day in range(1, 29):
        punched(ana, "in", f"2026-10-{day:02d}T09:00")
        punched(ana, "out", f"2026-10-{day:02d}T17:00")
    assert questions("2026-10") == few
    assert few <= 30


def test_a_departments_month_takes_few_questions_however_many_people(
    hr_client: Client, november: Employee, on_early_shift: Assigned
) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as queries:
            content(hr_client, "/attendance/team/2026-11/")
        return len(queries)

    questions()
    few = questions()
    for number in range(15):
        on_early_shift(employee_create(number=f"T{number}", first_name="Demo", department=november.department))
    assert questions() == few
    # Session, user and two for the filters come on top of the seventeen for the figures, and the portraits.
    assert few <= 25


def test_managers_read_who_was_late_this_week(
    manager: User,
    client_of: Callable[[User], Client],
    ana: Employee,
    colleague: User,
    on_early_shift: Assigned,
    punched: Punched,
) -> None:
    cleo = on_early_shift(colleague.employee)
    on_early_shift(ana)
    for day, at in (("2026-11-20", "10:00"), ("2026-11-24", "09:30"), ("2026-11-25", "09:00")):
        punched(ana, "in", f"{day}T{at}")
        punched(ana, "out", f"{day}T17:00")
    with time_machine.travel(datetime(2026, 11, 27, 20, tzinfo=UTC), tick=False):
        month = content(client_of(manager), "/attendance/team/2026-11/?show=late")
        page = client_of(manager).get("/attendance/team/2026-11/", {"show": "late", "week": "1"})

    assert "show=late&amp;week=1" in month
    assert 'data-here="end"' in month
    rows = [(row.employee.number, [cell.seconds // 60 for cell in row.cells]) for row in page.context["rows"]]
    # Cleo was not late, and is not in the way.
    assert rows == [("1001", [0, 30, 0, 0, 0])]
    assert cleo.name not in page.text
    # Cleo was away all week, which is not what is asked for.
    assert "cell--absent" not in month + page.text
    assert (page.context["days"][0], page.context["days"][-1]) == (date(2026, 11, 23), date(2026, 11, 27))
    assert "This week:" in page.text


def test_a_week_in_which_nobody_was_late_says_so(
    manager: User, client_of: Callable[[User], Client], colleague: User, on_early_shift: Assigned
) -> None:
    cleo = on_early_shift(colleague.employee)
    with time_machine.travel(datetime(2026, 11, 27, 20, tzinfo=UTC), tick=False):
        page = content(client_of(manager), "/attendance/team/2026-11/?show=late&week=1")
        everybody = content(client_of(manager), "/attendance/team/2026-11/?show=hours&week=1")

    assert "Nobody was late this week" in page
    assert cleo.name not in page
    assert cleo.name in everybody


def test_the_sheet_to_sign_has_the_person_the_days_and_accents(manager_client: Client, november: Employee) -> None:
    from pypdf import PdfReader

    Employee.objects.filter(pk=november.pk).update(first_name="Íñigo Łukasz", last_name="Ñáñez")
    answer = manager_client.get("/attendance/people/1001/2026-11/timesheet.pdf")

    assert answer["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Íñigo Łukasz Ñáñez" in text
    assert "09:00–13:00" in text
    assert "Date and signature of the employee" in text


def test_the_own_page_tells_what_is_planned_punched_and_asked(
    colleague_client: Client, colleague: User, on_early_shift: Assigned, punched: Punched
) -> None:
    cleo = on_early_shift(colleague.employee)
    punched(cleo, "in", "2026-11-02T09:01")

    page = content(colleague_client, "/attendance/me/")

    assert "09:01" in page
    assert "Early 09:00–17:00" in page
    data = colleague_client.get("/attendance/me/data.json").json()
    assert data["person"]["number"] == "2003"
    assert [one["at"] for one in data["clock_events"]] == ["2026-11-02T09:01:00+01:00"]


def test_days_away_are_asked_for_and_withdrawn(colleague_client: Client, colleague: User) -> None:
    kind = AbsenceType.objects.create(code="vac", name="Vacation")
    employ(colleague.employee, hired_on=date(2020, 1, 1))
    sent = {"kind": kind.pk, "first": "2026-12-01", "last": "2026-12-03", "half": "whole", "reason": ""}

    assert colleague_client.post("/attendance/me/away/", sent).status_code == 302
    again = colleague_client.post("/attendance/me/away/", sent)
    assert "already time off" in again.content.decode()
    asked = colleague.employee.absences.get()
    colleague_client.post(reverse("absence_withdraw", args=[asked.pk]))

    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_a_period_is_approved_by_both_locked_by_hr_and_reopened_with_a_reason(
    hr_client: Client, manager_client: Client, colleague_client: Client, hr: User, colleague: User
) -> None:
    employ(Employee.objects.all(), hired_on=date(2020, 1, 1))
    period = period_create(first=date(2026, 10, 1), last=date(2026, 10, 31), by=hr)

    colleague_client.post(reverse("own_period_approve", args=[period.pk]))
    manager_client.post(reverse("period_approve", args=[period.pk, "2003"]))
    approval = period.approvals.get()
    assert approval.person_at is not None
    assert approval.manager_by is not None

    for visitor in (manager_client, colleague_client):
        assert visitor.post(reverse("period_lock", args=[period.pk]), {"reason": "x"}).status_code == 403
    assert Period.objects.get().state == "open"
    hr_client.post(reverse("period_lock", args=[period.pk]), {"reason": "the manager approves nobody's own"})
    assert Period.objects.get().state == "locked"
    hr_client.post(reverse("period_reopen", args=[period.pk]), {"reason": " "})
    assert Period.objects.get().state == "locked"
    hr_client.post(reverse("period_reopen", args=[period.pk]), {"reason": "A kiosk was dead"})
    assert Period.objects.get().state == "open"
    assert "A kiosk was dead" in content(hr_client, reverse("attendance_period", args=[period.pk]))


@pytest.mark.parametrize("who", ["colleague_client", "outsider_client"])
def test_nobody_else_approves_a_timesheet(who: str, hr: User, ana: Employee, request: pytest.FixtureRequest) -> None:
    period = period_create(first=date(2026, 10, 1), last=date(2026, 10, 31), by=hr)
    visitor: Client = request.getfixturevalue(who)

    assert visitor.post(reverse("period_approve", args=[period.pk, "1001"])).status_code in {403, 404}
    assert visitor.post(reverse("period_create"), {"first": "2026-11-01", "last": "2026-11-30"}).status_code == 403
    assert not period.approvals.exists()
    assert Period.objects.count() == 1


def test_the_pages_speak_spanish(manager_client: Client, november: Employee) -> None:
    manager_client.post(reverse("set_language"), {"language": "es", "next": "/"})

    page = content(manager_client, "/attendance/people/1001/2026-11/")

    assert "40 min después de las 09:00" in page
    assert "regla R15" in page


def test_a_punch_says_where_it_was_made(manager_client: Client, november: Employee) -> None:
    from attendance.models import ClockEvent

    kiosk = Kiosk.objects.create(name="Lobby")
    ClockEvent.objects.create(
        employee=november,
        direction="in",
        at=datetime(2026, 11, 9, 8, tzinfo=UTC),
        zone="Europe/Madrid",
        method="pin",
        kiosk=kiosk,
        idempotency_key="lobby",
    )

    assert "PIN · Lobby" in content(manager_client, "/attendance/people/1001/2026-11/")
