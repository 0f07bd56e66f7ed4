"""What leave, the plan and imports tell: which events, with which content, and nothing of it that names anybody."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from attendance.models import AbsenceType
from attendance.services.absences import absence_decide, absence_enter, absence_request, absence_withdraw
from employees.models import Department, Employee, User
from employees.services.imports import import_confirm, import_read, import_run
from employees.tests.employment_kit import employ
from employees.tests.import_kit import imported, upload
from leave.services import entry_add
from leave.tests.leave_kit import rule_of
from planning.offers import offered_to_plan
from planning.services.drafts import Wish, drafts_set
from planning.services.open_shifts import open_shift_add, shift_ask, shift_give
from planning.services.publishing import plan_publish
from planning.services.swaps import swap_answer, swap_ask, swap_decide
from planning.tests.plan_kit import DAY, hired, published, shift
from webhooks.models import Webhook, WebhookDelivery
from webhooks.services import webhook_create

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listener(db: None) -> Webhook:
    """Somebody who is told of everything but punches."""
    wanted = [one for one in Webhook.Event.values if one not in ("punch", "correction")]
    return webhook_create(name="All", url="https://example.com/", events=wanted)[0]


@pytest.fixture
def soon() -> date:
    return timezone.now().date() + 3 * DAY


@pytest.fixture
def cleo(colleague: User) -> Employee:
    person: Employee = colleague.employee
    employ(person, hired_on=date(2020, 1, 1))
    return person


def told() -> list[tuple[str, dict[str, Any]]]:
    """Each message's event and content, the first one first."""
    rows = WebhookDelivery.objects.order_by("created_at", "event")
    for row in rows:
        # Whom a message is about is what it is forgotten with.
        who = row.payload["data"].get("employee")
        assert (row.employee.number if row.employee else None) == (who and who["number"])
        assert "Demo" not in json.dumps(row.payload)
    return [(row.event, row.payload["data"]) for row in rows]


def test_time_off_is_told_at_each_step_without_its_reason(
    cleo: Employee, colleague: User, manager: User, hr: User, soon: date
) -> None:
    kind = AbsenceType.objects.create(code="sick", name="Sick leave")
    days: dict[str, Any] = {"kind": kind, "first": soon, "last": soon}
    asked = absence_request(employee=cleo, by=colleague, reason="a slipped disc", **days)
    absence_decide(absence=asked, by=manager, approve=False, answer="Too many are away")
    entered = absence_enter(employee=cleo, by=manager, reason="", **days)
    absence_withdraw(absence=entered, by=hr)
    absence_withdraw(absence=entered, by=hr)

    found = told()

    assert [event for event, _data in found] == [
        "leave_requested",
        "leave_refused",
        "leave_approved",
        "leave_withdrawn",
    ]
    first = found[0][1]
    assert first["employee"] == {"number": "2003"}
    assert (first["type"], first["first"], first["state"]) == ("sick", f"{soon}", "requested")
    assert "disc" not in json.dumps([data for _event, data in found])


def test_what_hr_enters_into_a_balance_is_told(cleo: Employee, hr: User) -> None:
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    rule_of(kind)
    entry_add(
        employee=cleo,
        kind=kind,
        entered="opening",
        day=date(2026, 1, 1),
        amount=Fraction(25, 2),
        reason="x",
        author=hr,
    )

    ((event, data),) = told()

    assert (event, data["type"], data["entered"], data["unit"], data["amount"]) == (
        "leave_balance",
        "vacation",
        "opening",
        "days",
        "12.5",
    )


def test_a_published_week_is_told_for_each_person_with_their_days(
    department: Department, manager: User, cleo: Employee, soon: date
) -> None:
    early, dora = shift("Early", 6, 14), hired("D1", department=department)
    wishes = [Wish(cleo, soon, (early.pk,)), Wish(cleo, soon + DAY, ()), Wish(dora, soon, (early.pk,))]
    drafts_set(wishes=wishes, by=manager)
    assert told() == []

    plan_publish(people=[cleo, dora], first=soon, last=soon + DAY, by=manager)
    drafts_set(wishes=[Wish(dora, soon, None)], by=manager)
    plan_publish(people=[dora], first=soon, last=soon, by=manager)

    days = [(data["employee"]["number"], data["days"]) for event, data in told() if event == "plan_published"]
    early_day = {"day": f"{soon}", "shifts": ["Early"]}
    assert sorted(days[:2]) == [
        ("2003", [early_day, {"day": f"{soon + DAY}", "shifts": []}]),
        ("D1", [early_day]),
    ]
    assert days[2:] == [("D1", [{"day": f"{soon}", "shifts": None}])]


def test_an_open_shift_is_told_once_it_is_given(
    department: Department, manager: User, cleo: Employee, soon: date
) -> None:
    offer = open_shift_add(day=soon, shift=shift("Early", 6, 14), department=department, wanted=1, by=manager)
    plan_publish(people=[], first=soon, last=soon, by=manager, offered=offered_to_plan(manager))
    offer.refresh_from_db()
    asked = shift_ask(open_shift=offer, employee=cleo, today=timezone.now().date())
    assert told() == []

    shift_give(request=asked, by=manager, approve=True)

    found = dict(told())
    assert set(found) == {"plan_published", "shift_given"}
    assert found["shift_given"] == {
        "employee": {"number": "2003"},
        "open_shift": offer.pk,
        "day": f"{soon}",
        "shift": "Early",
    }


def test_a_swap_is_told_to_each_side_once_it_is_approved(
    department: Department, manager: User, cleo: Employee, soon: date
) -> None:
    early, late, dora = shift("Early", 6, 14), shift("Late", 14, 22), hired("D1", department=department)
    published(cleo, soon, early)
    published(dora, soon, late)
    swap = swap_ask(
        employee=cleo,
        day=soon,
        shift=early,
        colleague=dora,
        colleague_day=soon,
        colleague_shift=late,
        today=soon - timedelta(days=1),
        note="my sister's wedding",
    )
    swap_answer(swap=swap, employee=dora, accept=True)
    assert told() == []

    swap_decide(swap=swap, by=manager, approve=True)

    sides = {data["employee"]["number"]: data for event, data in told() if event == "shift_swapped"}
    assert sides["2003"]["gives"] == sides["D1"]["gets"] == {"day": f"{soon}", "shift": "Early"}
    assert sides["2003"]["gets"] == sides["D1"]["gives"] == {"day": f"{soon}", "shift": "Late"}


def test_an_import_is_told_when_it_is_saved_and_when_it_fails(hr_client: Client, hr: User, db: None) -> None:
    done = imported(hr_client, "number,first_name", "3001,Bo")
    hr.role = User.Role.EMPLOYEE
    # The role goes between the confirmation and the worker.
    job, _text = upload(hr_client, "number,first_name", "3002,Bea")
    assert job is not None

    import_confirm(job=job, seen=import_read(job=job).plan.seen)
    hr.save()
    import_run(job_id=job.pk)

    (finished, failed) = told()
    assert finished == (
        "import_finished",
        {
            "id": str(done.pk),
            "kind": "people",
            "state": "done",
            "counts": done.counts,
            "problems": 0,
            "error": "",
        },
    )
    assert (failed[0], failed[1]["id"], failed[1]["state"]) == ("import_failed", str(job.pk), "failed")
