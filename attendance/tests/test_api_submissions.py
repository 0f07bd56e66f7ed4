"""POST corrections, absences, overtime and their decisions: a person signs, about whom the pages let them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from attendance.models import Absence, AbsenceType, ClockEvent, CorrectionRequest, OvertimeDecision, WorkPolicy
from attendance.tests.fixtures import MADRID, Punched
from common.tests.problems import assert_problem
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
CORRECTIONS, ABSENCES = "/api/v1/attendance/corrections", "/api/v1/attendance/absences"
ENTERED, OVERTIME = f"{CORRECTIONS}/entered", "/api/v1/attendance/overtime"
OUTSIDERS = ["client", "colleague_client", "outsider_client"]


@pytest.fixture(autouse=True)
def vacation(db: None) -> AbsenceType:
    return AbsenceType.objects.create(code="vac", name="Vacation")


@pytest.fixture
def morning() -> datetime:
    """Nine o'clock six days ago."""
    day = timezone.now().astimezone(MADRID) - timedelta(days=6)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture
def cleo(colleague: User) -> Employee:
    return since_long(colleague.employee)


def since_long(person: Employee) -> Employee:
    employ(person, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
    return Employee.objects.get(pk=person.pk)


def post(client: Client, url: str, key: str = "k1", **body: Any) -> Any:
    return client.post(url, body, content_type="application/json", headers={"Idempotency-Key": key})


def forgotten(morning: datetime, **changes: Any) -> dict[str, Any]:
    return {"kind": "add", "direction": "out", "at": morning.isoformat(), "reason": "Forgot", **changes}


AWAY = {"type": "vac", "first": "2026-12-01", "last": "2026-12-03"}


def test_a_person_asks_and_the_same_request_answers_the_same(
    colleague_client: Client, cleo: Employee, morning: datetime
) -> None:
    first = post(colleague_client, CORRECTIONS, **forgotten(morning))
    again = post(colleague_client, CORRECTIONS, **forgotten(morning))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()
    assert first.json()["state"] == "requested"
    assert CorrectionRequest.objects.get().employee == cleo
    other = post(colleague_client, CORRECTIONS, **forgotten(morning, reason="Another"))
    assert_problem(other, 422, "key_reused", "Idempotency-Key")


def test_an_absence_is_asked_for_and_decided(
    colleague_client: Client, manager_client: Client, manager: User, cleo: Employee
) -> None:
    asked = post(colleague_client, ABSENCES, **AWAY).json()
    assert (asked["state"], asked["employee"]["number"]) == ("requested", "2003")
    assert post(colleague_client, ABSENCES, **AWAY).status_code == 200
    assert_problem(post(colleague_client, ABSENCES, "k2", **AWAY), 422, "overlaps")

    decision = f"{ABSENCES}/{asked['id']}/decision"
    assert_problem(post(manager_client, decision, decision="refuse"), 422, "answer_missing")
    assert post(manager_client, decision, decision="approve").json()["state"] == "approved"
    assert Absence.objects.get().decided_by == manager


def test_a_manager_enters_what_the_pages_let_them(
    manager_client: Client, manager: User, cleo: Employee, morning: datetime
) -> None:
    absence = post(manager_client, ABSENCES, employee="2003", **AWAY)
    assert (absence.status_code, absence.json()["state"]) == (201, "approved")

    entered = [post(manager_client, ENTERED, employee="2003", **forgotten(morning)) for _number in range(2)]

    assert [one.status_code for one in entered] == [201, 200]
    assert entered[0].json()["id"] == entered[1].json()["id"]
    stored = ClockEvent.objects.get()
    assert (stored.author, stored.reason, stored.method) == (manager, "Forgot", "manual")
    removed = post(manager_client, ENTERED, "k3", employee="2003", kind="remove", event=str(stored.pk), reason="Wrong")
    assert removed.json()["replaces"] == str(stored.pk)


def test_a_correction_is_approved_and_stored(
    colleague_client: Client, manager_client: Client, cleo: Employee, morning: datetime
) -> None:
    asked = post(colleague_client, CORRECTIONS, **forgotten(morning)).json()

    done = post(manager_client, f"{CORRECTIONS}/{asked['id']}/decision", decision="approve").json()

    assert done["state"] == "approved"
    assert done["result"] == str(ClockEvent.objects.get().pk)


def test_overtime_is_approved_in_part(
    manager_client: Client, colleague_client: Client, cleo: Employee, morning: datetime, punched: Punched
) -> None:
    overtime(cleo, morning, punched)
    day = {"day": f"{morning:%Y-%m-%d}", "found": {"150": 7200}, "approved": 3600}

    assert_problem(post(manager_client, OVERTIME, employee="2003", days=[day]), 422, "reason_missing")
    assert_problem(post(manager_client, OVERTIME, employee="2003", days=[day | {"found": {"x": 1}}]), 400, "invalid")
    assert_problem(post(colleague_client, OVERTIME, employee="2003", days=[day], reason="x"), 403, "own_overtime")
    done = post(manager_client, OVERTIME, employee="2003", days=[day], reason="Only the delivery")

    assert done.json()[0]["approved"] == {"150": 3600}
    asked = {"from": f"{morning:%Y-%m-%d}", "to": f"{morning:%Y-%m-%d}", "employee": "2003"}
    days = manager_client.get("/api/v1/attendance/days", asked).json()["results"][0]["days"]
    assert (days[0]["overtime_approved"], days[0]["overtime_pending"]) == ({"150": 3600}, {})


def overtime(person: Employee, morning: datetime, punched: Punched) -> None:
    WorkPolicy.objects.create(
        name="Approved",
        valid_from=date(2020, 1, 1),
        approve_overtime=True,
        overtime=[{"scope": "day", "after": 480, "tier": 150}],
    )
    punched(person, "in", morning)
    punched(person, "out", morning + timedelta(hours=10))


@pytest.mark.parametrize("who", OUTSIDERS)
def test_others_file_and_decide_nothing(
    who: str, ana: Employee, morning: datetime, punched: Punched, hr: User, request: pytest.FixtureRequest
) -> None:
    overtime(since_long(ana), morning, punched)
    kind = AbsenceType.objects.get()
    away = Absence.objects.create(employee=ana, kind=kind, first=date(2026, 12, 1), last=date(2026, 12, 1))
    asked = CorrectionRequest.objects.create(
        employee=ana, kind="add", direction="out", at=morning, zone="UTC", reason="x", requested_by=hr
    )
    visitor: Client = request.getfixturevalue(who)
    day = {"day": f"{morning:%Y-%m-%d}", "found": {"150": 7200}, "approved": 7200}

    answers = [
        post(visitor, ENTERED, employee="1001", **forgotten(morning)),
        post(visitor, ABSENCES, employee="1001", **AWAY),
        post(visitor, OVERTIME, employee="1001", days=[day]),
        post(visitor, f"{CORRECTIONS}/{asked.pk}/decision", decision="approve"),
        post(visitor, f"{CORRECTIONS}/5c0e6dc7-0a57-4f1c-8b7e-3a0c3f8a1d10/decision", decision="approve"),
        post(visitor, f"{ABSENCES}/{away.pk}/decision", decision="approve"),
        post(visitor, f"{ABSENCES}/999999/decision", decision="approve"),
    ]

    expected = [401] * 7 if who == "client" else [422, 422, 422, 404, 404, 404, 404]
    assert [one.status_code for one in answers] == expected
    assert Absence.objects.get().state == CorrectionRequest.objects.get().state == "requested"
    assert ClockEvent.objects.count() == 2
    assert not OvertimeDecision.objects.exists()


def test_nobody_decides_or_enters_their_own(manager_client: Client, manager: User, morning: datetime) -> None:
    since_long(manager.employee)
    asked = post(manager_client, CORRECTIONS, **forgotten(morning)).json()
    away = post(manager_client, ABSENCES, "k2", **AWAY).json()
    assert (asked["state"], away["state"]) == ("requested", "requested")

    for url in (f"{CORRECTIONS}/{asked['id']}/decision", f"{ABSENCES}/{away['id']}/decision"):
        assert_problem(post(manager_client, url, decision="approve"), 403, "not_allowed")
    assert_problem(post(manager_client, ENTERED, "k3", employee="2001", **forgotten(morning)), 403, "own_punch")


def test_an_employee_files_for_nobody_else_and_of_nobody_elses_punch(
    colleague_client: Client, cleo: Employee, ana: Employee, morning: datetime, punched: Punched
) -> None:
    of_ana = punched(ana, "in", morning)

    named = post(colleague_client, CORRECTIONS, **forgotten(morning, employee="1001"))
    assert_problem(named, 400, "invalid", "employee")
    guessed = post(colleague_client, CORRECTIONS, **forgotten(morning, kind="change", event=str(of_ana.pk)))
    assert_problem(guessed, 422, "event_unknown", "event")
    assert_problem(post(colleague_client, ABSENCES, employee="2003", first="x", type="vac", last="x"), 400, "invalid")
    assert not CorrectionRequest.objects.exists()


def test_a_key_signs_nothing(api_client_factory: Callable[..., APIClient], cleo: Employee, morning: datetime) -> None:
    program = api_client_factory("attendance:read", "attendance:write")

    for url, body in ((CORRECTIONS, forgotten(morning)), (ABSENCES, AWAY), (OVERTIME, {}), (ENTERED, {})):
        assert_problem(program.post(url, body, format="json"), 403, "key_cannot_sign")
    assert program.get(CORRECTIONS).status_code == 200


def test_a_forged_page_files_nothing(colleague: User, cleo: Employee, morning: datetime) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")

    assert post(browser, CORRECTIONS, **forgotten(morning)).status_code == 403
    assert not CorrectionRequest.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"kind": "steal"}, {"at": "2026-03-02T09:00:00"}, {"reason": ""}, {"zone": "Mars"}, {"extra": 1}]
)
def test_what_cannot_be_read_is_said_at_its_field(
    colleague_client: Client, cleo: Employee, morning: datetime, changes: dict[str, Any]
) -> None:
    assert_problem(post(colleague_client, CORRECTIONS, **forgotten(morning, **changes)), 400, "invalid", *changes)
