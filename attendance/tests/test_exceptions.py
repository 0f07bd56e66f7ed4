"""The manager's list: it shows what went wrong, mends it, and empties; nobody else reaches it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.models import Absence, AbsenceType, ClockEvent, CorrectionRequest, Period, PeriodApproval
from attendance.services.corrections import request_file
from attendance.services.periods import period_create, period_lock
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
LIST = "/attendance/exceptions/"


def last_weekday() -> datetime:
    """Nine in the morning in Madrid on a weekday of the last week that is far enough back to be locked."""
    day = timezone.now().astimezone(MADRID) - timedelta(days=6)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture
def late_ana(ana: Employee, on_early_shift: Assigned, punched: Punched) -> Employee:
    """Ana, hired that day, who forgot to clock out."""
    on_early_shift(ana)
    employ(ana, hired_on=last_weekday().date(), left_on=last_weekday().date())
    punched(ana, "in", last_weekday())
    return Employee.objects.get(pk=ana.pk)


def missing(person: Employee, **changes: str) -> dict[str, str]:
    came = last_weekday()
    return {
        "day": f"{came:%Y-%m-%d}",
        "direction": "out",
        "time": "17:00",
        "reason": "Forgotten check-out",
        "there": came.isoformat(),
        "next": LIST,
        **changes,
    }


def body(client: Client, url: str) -> str:
    """The page, with any run of blanks as one: a browser shows them as one."""
    return " ".join(client.get(url).content.decode().split())


def test_a_missing_check_out_is_listed_with_the_time_it_probably_had(
    manager_client: Client, late_ana: Employee
) -> None:
    page = body(manager_client, LIST)

    assert "Ana Demo" in page
    assert "in at 09:00" in page
    assert 'name="time" value="17:00"' in page


def test_mending_it_stores_a_signed_punch_and_empties_the_list(
    manager_client: Client, manager: User, late_ana: Employee
) -> None:
    answer = manager_client.post(reverse("attendance_mend", args=["1001"]), missing(late_ana), follow=True)

    stored = ClockEvent.objects.get(direction="out")
    assert (stored.author, stored.reason, stored.method) == (manager, "Forgotten check-out", "manual")
    assert stored.local_at == last_weekday().replace(hour=17)
    assert "Nothing to do" in answer.content.decode()
    month = body(manager_client, reverse("attendance_month", args=["1001", f"{last_weekday():%Y-%m}"]))
    assert "entered by manager" in month
    assert "8 h 00 min" in month


def test_a_night_shift_ends_on_the_next_day(manager_client: Client, ana: Employee, punched: Punched) -> None:
    employ(ana, hired_on=last_weekday().date(), time_zone="Europe/Madrid")
    came = last_weekday().replace(hour=22)
    punched(ana, "in", came)

    manager_client.post(reverse("attendance_mend", args=["1001"]), missing(ana, time="06:00", there=came.isoformat()))

    assert ClockEvent.objects.get(direction="out").local_at == came.replace(hour=6) + timedelta(days=1)


@pytest.mark.parametrize(
    "changes", [{"time": ""}, {"time": "25:00"}, {"reason": " "}, {"direction": "up"}, {"day": "x"}]
)
def test_what_cannot_be_stored_is_said_and_loses_nothing(
    manager_client: Client, late_ana: Employee, changes: dict[str, str]
) -> None:
    answer = manager_client.post(reverse("attendance_mend", args=["1001"]), missing(late_ana, **changes), follow=True)

    assert "notice--error" in answer.content.decode()
    assert ClockEvent.objects.count() == 1


def test_a_locked_period_refuses(manager_client: Client, hr: User, late_ana: Employee) -> None:
    day = last_weekday().date()
    period_lock(period=period_create(first=day, last=day, by=hr), by=hr, reason="test")

    answer = manager_client.post(reverse("attendance_mend", args=["1001"]), missing(late_ana), follow=True)

    assert Period.objects.get().state == "locked"
    assert "in a closed period" in answer.content.decode()
    assert ClockEvent.objects.count() == 1


def test_an_unexplained_absence_is_explained(manager_client: Client, ana: Employee, on_early_shift: Assigned) -> None:
    on_early_shift(ana)
    day = last_weekday().date()
    employ(ana, hired_on=day, left_on=day)
    illness = AbsenceType.objects.create(code="ill", name="Illness")
    assert "Reason for absence" in body(manager_client, LIST)

    answer = manager_client.post(
        reverse("attendance_excuse", args=["1001"]), {"day": day.isoformat(), "kind": illness.pk}, follow=True
    )

    assert "Nothing to do" in answer.content.decode()
    assert Absence.objects.get().state == "approved"


@pytest.mark.parametrize(("who", "status"), [("client", 302), ("colleague_client", 403), ("outsider_client", 404)])
def test_others_mend_nothing(who: str, status: int, late_ana: Employee, request: pytest.FixtureRequest) -> None:
    visitor: Client = request.getfixturevalue(who)
    kind = AbsenceType.objects.create(code="ill", name="Illness")

    for name, sent in (
        ("attendance_mend", missing(late_ana)),
        ("attendance_excuse", {"day": "2026-11-02", "kind": kind.pk}),
    ):
        assert visitor.post(reverse(name, args=["1001"]), sent).status_code == status

    assert ClockEvent.objects.count() == 1
    assert not Absence.objects.exists()


def test_nobody_mends_their_own_day(
    manager_client: Client, manager: User, on_early_shift: Assigned, punched: Punched
) -> None:
    boss = on_early_shift(manager.employee)
    employ(boss, hired_on=last_weekday().date())
    punched(boss, "in", last_weekday())

    assert "Mara Demo" not in body(manager_client, LIST)
    manager_client.post(reverse("attendance_mend", args=["2001"]), missing(boss))

    assert ClockEvent.objects.count() == 1


def test_an_employee_asks_the_manager_approves_and_the_sheet_tells_both(
    colleague_client: Client, manager_client: Client, manager: User, colleague: User, punched: Punched
) -> None:
    cleo = colleague.employee
    employ(cleo, hired_on=last_weekday().date(), time_zone="Europe/Madrid")
    wrong = punched(cleo, "in", last_weekday().replace(hour=10))
    address = reverse("correction_new", args=["2003"])
    sent = {
        "event": str(wrong.pk),
        "direction": "in",
        "day": f"{last_weekday():%Y-%m-%d}",
        "time": "09:00",
        "reason": "The kiosk was dark",
    }
    assert str(wrong.pk) in body(colleague_client, f"{address}?day={last_weekday():%Y-%m-%d}")
    assert colleague_client.post(address, sent).status_code == 302
    asked = CorrectionRequest.objects.get()
    waiting = body(manager_client, LIST)
    assert "The kiosk was dark" in waiting
    assert 'Requests <span class="count">1</span>' in waiting

    manager_client.post(reverse("correction_decide", args=[asked.pk]), {"decision": "approve", "answer": "I saw it"})

    month = body(manager_client, reverse("attendance_month", args=["2003", f"{last_weekday():%Y-%m}"]))
    assert "entered by manager: “The kiosk was dark”" in month
    assert "<s>10:00 In" in month
    assert "I saw it" in body(colleague_client, reverse("my_month"))


@pytest.mark.parametrize(("who", "status"), [("client", 302), ("colleague_client", 403), ("outsider_client", 404)])
def test_others_decide_nothing(who: str, status: int, colleague: User, request: pytest.FixtureRequest) -> None:
    cleo = colleague.employee
    employ(cleo, hired_on=last_weekday().date())
    asked = request_file(
        employee=Employee.objects.get(pk=cleo.pk),
        by=colleague,
        kind="add",
        direction="in",
        at=last_weekday(),
        reason="Forgot",
    )
    kind = AbsenceType.objects.create(code="vac", name="Vacation")
    day = last_weekday().date()
    away = Absence.objects.create(employee=cleo, kind=kind, first=day, last=day, requested_by=colleague)
    visitor: Client = request.getfixturevalue(who)

    for address in (reverse("correction_decide", args=[asked.pk]), reverse("absence_decide", args=[away.pk])):
        assert visitor.post(address, {"decision": "approve"}).status_code == status
        assert visitor.get(address).status_code in {302, 403, 404, 405}

    assert CorrectionRequest.objects.get().state == "requested"
    assert Absence.objects.get().state == "requested"
    assert not ClockEvent.objects.exists()


@pytest.mark.parametrize("number", ["1001", "2001", "9999", "..%2f"])
def test_nobody_files_for_somebody_else(colleague_client: Client, manager: User, ana: Employee, number: str) -> None:
    sent = {"direction": "in", "day": f"{last_weekday():%Y-%m-%d}", "time": "09:00", "reason": "x"}

    assert colleague_client.post(f"/attendance/people/{number}/correct/", sent).status_code == 404
    assert not CorrectionRequest.objects.exists()


def test_a_manager_does_not_file_for_their_people(manager_client: Client, ana: Employee) -> None:
    sent = {"direction": "in", "day": f"{last_weekday():%Y-%m-%d}", "time": "09:00", "reason": "x"}

    assert manager_client.post(reverse("correction_new", args=["1001"]), sent).status_code == 403
    assert not CorrectionRequest.objects.exists()


def test_the_list_asks_the_same_number_of_questions_for_many_people(
    hr_client: Client, late_ana: Employee, on_early_shift: Assigned, punched: Punched
) -> None:
    from employees.services import employee_create

    def questions() -> int:
        with CaptureQueriesContext(connection) as queries:
            body(hr_client, LIST)
        return len(queries)

    few = questions()
    for number in range(12):
        person = on_early_shift(employee_create(number=f"M{number}", first_name="Demo", department=late_ana.department))
        employ(person, hired_on=last_weekday().date(), left_on=last_weekday().date())
        punched(person, "in", last_weekday().astimezone(ZoneInfo("UTC")))

    assert questions() <= few + 1
    # Of whom no worker has counted the day yet: they are counted by the page.
    assert few <= 48


def test_nothing_is_not_said_where_an_approval_was_taken_back(manager_client: Client, hr: User, ana: Employee) -> None:
    employ(ana, hired_on=timezone.now().date() + timedelta(days=400))
    assert "Nothing to do" in body(manager_client, LIST)
    made = period_create(first=timezone.now().date(), last=timezone.now().date(), by=hr)
    PeriodApproval.objects.create(period=made, employee=ana, taken_back_at=timezone.now())

    page = body(manager_client, LIST)

    assert "Approvals taken back" in page
    assert "Nothing to do" not in page


def test_filters_that_find_nothing_say_so(manager_client: Client, late_ana: Employee) -> None:
    page = body(manager_client, f"{LIST}?q=nobody-of-this-name")

    assert "Nothing to do with these filters" in page
    assert "every day of the last month is whole" not in page


def test_where_nothing_can_be_ticked_nothing_is_offered_for_what_is(
    manager_client: Client, ana: Employee, on_early_shift: Assigned
) -> None:
    on_early_shift(ana)
    employ(ana, hired_on=last_weekday().date(), left_on=last_weekday().date())

    page = body(manager_client, LIST)

    assert "Ana Demo" in page
    assert 'id="many-days"' not in page


def test_a_day_that_can_be_ticked_has_the_form_of_those_selected(manager_client: Client, late_ana: Employee) -> None:
    assert 'id="many-days"' in body(manager_client, LIST)
