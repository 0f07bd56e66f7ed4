"""Closing a period: its checklist, approvals that hold for the figures that were seen, and who is told when not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from attendance.models import (
    Absence,
    AbsenceType,
    Adjustment,
    Period,
    PeriodApproval,
    Shift,
    WorkPolicy,
)
from attendance.refusals import AttendanceRefused
from attendance.selectors.closing import checklist
from attendance.selectors.late import late_changes
from attendance.selectors.timesheets import timesheets
from attendance.services.absences import absence_approve_late, absence_decide, absence_request
from attendance.services.approvals import (
    approval_withdraw,
    approvals_tell,
    period_approve,
    period_approve_clean,
)
from attendance.services.clock import clock
from attendance.services.corrections import request_file
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh
from attendance.tests.fixtures import MADRID, Punched
from employees.models import Employee, User
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
Assigned = Callable[[Employee], Employee]
DAY = timedelta(days=1)


def refused(code: str) -> Any:
    return pytest.raises(AttendanceRefused, check=lambda error: error.code == code)


@pytest.fixture
def first() -> date:
    """The Monday of the week that ended more than a week ago."""
    today = timezone.now().date()
    return today - (today.weekday() + 14) * DAY


@pytest.fixture
def period(first: date, hr: User) -> Period:
    return period_create(first=first, last=first + 6 * DAY, by=hr)


@pytest.fixture
def cleo(colleague: User, on_early_shift: Assigned, punched: Punched, first: date) -> Employee:
    """Worked from nine to five all week; nobody else was employed then."""
    employ(Employee.objects.exclude(pk=colleague.employee.pk), hired_on=timezone.now().date())
    person = on_early_shift(colleague.employee)
    for number in range(5):
        punched(person, "in", datetime.combine(first + number * DAY, time(9), MADRID))
        punched(person, "out", datetime.combine(first + number * DAY, time(17), MADRID))
    results_refresh()
    return person


def late(person: Employee, day: date, hours: tuple[int, int], key: str = "late") -> None:
    """A kiosk that was offline sends its punches."""
    for direction, hour in zip(("in", "out"), hours, strict=True):
        clock(
            employee=person,
            direction=direction,
            at=datetime.combine(day, time(hour), MADRID),
            zone="Europe/Madrid",
            method="pin",
            idempotency_key=f"{key}-{direction}",
        )
    results_refresh()


@pytest.fixture
def approved(period: Period, cleo: Employee, colleague: User, manager: User) -> PeriodApproval:
    period_approve(period=period, employee=cleo, by=colleague)
    return period_approve(period=period, employee=cleo, by=manager)


def a_late_punch(person: Employee, first: date) -> None:
    late(person, first + 5 * DAY, (9, 12))


def another_shift(person: Employee, first: date) -> None:
    shift = Shift.objects.get()
    shift.starts_at = time(8)
    shift.save()


def another_policy(person: Employee, first: date) -> None:
    WorkPolicy.objects.create(name="Dear", valid_from=first, overtime=[{"scope": "week", "after": 1800, "tier": 150}])


@pytest.mark.parametrize("change", [a_late_punch, another_shift, another_policy])
def test_approvals_are_taken_back_by_what_changes_the_figures_and_both_are_told(
    approved: PeriodApproval, cleo: Employee, first: date, change: Any
) -> None:
    change(cleo, first)
    results_refresh()
    approved.refresh_from_db()
    assert (approved.person_at, approved.manager_at) == (None, None)
    assert approved.taken_back_at is not None
    assert [approvals_tell(), approvals_tell()] == [1, 0]


def test_what_changes_no_figure_leaves_the_approvals(approved: PeriodApproval, first: date) -> None:
    shift = Shift.objects.get()
    shift.latest_minutes = 300
    shift.save()
    results_refresh()
    approved.refresh_from_db()
    assert approved.person_at is not None
    assert approved.manager_at is not None


def test_a_lock_looks_at_the_approvals_itself(
    approved: PeriodApproval, period: Period, cleo: Employee, hr: User, first: date, punched: Punched
) -> None:
    for direction, hour in (("in", 9), ("out", 12)):
        punched(cleo, direction, datetime.combine(first + 5 * DAY, time(hour), MADRID))
    with refused("not_approved"):
        period_lock(period=period, by=hr)


def test_an_approval_is_withdrawn_while_the_period_is_open(
    approved: PeriodApproval, period: Period, cleo: Employee, colleague: User, manager: User, outsider_manager: User
) -> None:
    with refused("not_allowed"):
        approval_withdraw(period=period, employee=cleo, by=outsider_manager)
    assert approval_withdraw(period=period, employee=cleo, by=manager).manager_at is None
    assert approval_withdraw(period=period, employee=cleo, by=colleague).person_at is None


def test_nothing_is_approved_before_the_period_ends_unless_hr_says_so(
    cleo: Employee, colleague: User, manager: User, hr: User
) -> None:
    today = timezone.now().date()
    running = period_create(first=today - 2 * DAY, last=today + 2 * DAY, by=hr)
    for who in (colleague, manager):
        with refused("not_over"):
            period_approve(period=running, employee=cleo, by=who, early=True)
    with refused("not_over"):
        period_approve(period=running, employee=cleo, by=hr)
    assert period_approve(period=running, employee=cleo, by=hr, early=True).manager_at is not None


def test_all_that_is_in_order_is_approved_at_once(
    period: Period,
    cleo: Employee,
    ana: Employee,
    on_early_shift: Assigned,
    punched: Punched,
    manager: User,
    first: date,
) -> None:
    on_early_shift(ana)
    punched(ana, "in", datetime.combine(first, time(9), MADRID))
    assert len(period_approve_clean(period=period, employees=Employee.objects.all(), by=manager)) == 1
    assert [one.employee for one in PeriodApproval.objects.exclude(manager_at=None)] == [cleo]
    with refused("nothing"):
        period_approve_clean(period=period, employees=Employee.objects.all(), by=manager)


def test_the_checklist_names_what_is_not_in_order(
    period: Period, cleo: Employee, colleague: User, ana: Employee, punched: Punched, first: date
) -> None:
    Employee.objects.filter(pk=ana.pk).update(time_zone="Europe/Madrid")
    employ(ana, hired_on=first)
    punched(ana, "in", datetime.combine(first, time(9), MADRID))
    for direction, hour in (("in", 9), ("out", 12)):
        punched(ana, direction, datetime.combine(first + DAY, time(hour), MADRID))
    request_file(
        employee=cleo,
        by=colleague,
        kind="add",
        direction="out",
        at=datetime.combine(first, time(19), MADRID),
        reason="Forgot",
    )
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    absence_request(employee=cleo, by=colleague, kind=kind, first=first + 6 * DAY, last=first + 8 * DAY)
    found = checklist(period=period, employees=Employee.objects.all())
    assert [(one.key, one.missing) for one in found.missing] == [(ana.pk, (first,))]
    assert [(one.key, one.no_shift) for one in found.no_shift] == [(ana.pk, (first + DAY,))]
    assert [one.employee for one in found.corrections] == [cleo]
    assert [one.employee for one in found.absences] == [cleo]
    assert found.approvable == []


def test_a_lock_asks_about_leave_and_offers_an_adjustment_afterwards(
    period: Period, cleo: Employee, colleague: User, hr: User, hr_client: Client, first: date
) -> None:
    kind = AbsenceType.objects.create(code="vacation", name="Vacation")
    asked = absence_request(employee=cleo, by=colleague, kind=kind, first=first, last=first)
    with refused("absences_waiting"):
        period_lock(period=period, by=hr, reason="Payday")
    Absence.objects.update(state="withdrawn")
    period_lock(period=period, by=hr, reason="Payday")
    Absence.objects.update(state="requested")
    with refused("period_locked"):
        absence_decide(absence=asked, by=hr, approve=True)
    page = hr_client.post(
        reverse("absence_decide", args=[asked.pk]), {"decision": "approve", "answer": "x"}, follow=True
    ).content.decode()
    assert f"{reverse('attendance_adjust', args=[cleo.number])}?day={first}" in page


@pytest.fixture
def asked_late(period: Period, cleo: Employee, hr: User, punched: Punched, first: date) -> Absence:
    """Off from a Saturday in the locked week, on which there is a shift, to the Monday of open days."""
    kind = AbsenceType.objects.create(code="sick", name="Sick")
    Shift.objects.update(weekdays=[0, 1, 2, 3, 4, 5])
    results_refresh()
    period_lock(period=period, by=hr, reason="Payday")
    return Absence.objects.create(
        employee=cleo, kind=kind, first=first + 5 * DAY, last=first + 7 * DAY, state="requested", requested_by=cleo.user
    )


def test_leave_asked_for_in_a_locked_period_is_approved_as_an_adjustment(
    asked_late: Absence, period: Period, cleo: Employee, hr: User, hr_client: Client, manager: User, first: date
) -> None:
    """Case 27: the refusal says what it changes, the page of adjustments offers it, and the lock stays as it is."""
    before = timesheets(employees=Employee.objects.all(), first=period.first, last=period.last)
    worked = [one.result for one in before]
    with refused("period_locked") as said:
        absence_decide(absence=asked_late, by=hr, approve=True)
    assert (said.value.day, said.value.seconds) == (first + 5 * DAY, 8 * 3600)
    with refused("not_allowed"):
        absence_approve_late(absence=asked_late, by=manager, reason="Note of the doctor")
    address = reverse("attendance_adjust", args=[cleo.number])
    assert "Approve and adjust" in hr_client.get(address).content.decode()

    sent = {"absence": asked_late.pk, "reason": "Note of the doctor"}
    page = hr_client.post(address, sent, follow=True).content.decode()

    assert "Approved. Adjusted in the next open period." in page
    assert "Approve and adjust" not in page
    asked_late.refresh_from_db()
    assert (asked_late.state, asked_late.decided_by) == ("approved", hr)
    made = Adjustment.objects.get()
    assert (made.about_day, made.day, made.seconds, made.tier) == (first + 5 * DAY, period.last + DAY, 8 * 3600, 0)
    results_refresh()
    assert late_changes(employees=Employee.objects.all()) == []
    after = timesheets(employees=Employee.objects.all(), first=period.first, last=period.last)
    assert [one.result for one in after] == worked


def test_over_http_hr_says_that_leave_in_a_locked_period_becomes_an_adjustment(
    asked_late: Absence, hr: User, manager: User
) -> None:
    address = f"/api/v1/attendance/absences/{asked_late.pk}/decision"
    signed = APIClient()
    signed.force_authenticate(hr)
    assert signed.post(address, {"decision": "approve"}, format="json").status_code == 422
    content = {"decision": "approve", "adjust": True, "answer": "Note of the doctor"}
    by_manager = APIClient()
    by_manager.force_authenticate(manager)
    assert by_manager.post(address, content, format="json").status_code == 403
    assert signed.post(address, content, format="json").json()["state"] == "approved"
    assert Adjustment.objects.get().seconds == 8 * 3600


def test_a_day_with_a_check_in_alone_is_asked_about(
    approved: PeriodApproval, period: Period, cleo: Employee, colleague: User, manager: User, hr: User, first: date
) -> None:
    late_day = first + 5 * DAY
    clock(
        employee=cleo,
        direction="in",
        at=datetime.combine(late_day, time(9), MADRID),
        zone="Europe/Madrid",
        method="pin",
        idempotency_key="only-in",
    )
    results_refresh()
    period_approve(period=period, employee=cleo, by=colleague)
    period_approve(period=period, employee=cleo, by=manager)
    with refused("punches_missing"):
        period_lock(period=period, by=hr)
    assert period_lock(period=period, by=hr, reason="She left at noon").state == "locked"


def test_a_late_punch_is_told_on_the_checklist_of_the_next_period_and_on_to_do(
    approved: PeriodApproval,
    period: Period,
    cleo: Employee,
    hr: User,
    hr_client: Client,
    manager_client: Client,
    first: date,
) -> None:
    period_lock(period=period, by=hr)
    following = period_create(first=first + 7 * DAY, last=first + 13 * DAY, by=hr)
    late(cleo, first + 5 * DAY, (9, 12))
    (one,) = checklist(period=following, employees=Employee.objects.all()).late
    assert (one.employee, one.amounts) == (cleo, {0: 3 * 3600})
    words = "Different from what was closed"
    assert words in hr_client.get(reverse("attendance_period", args=[following.pk])).content.decode()
    assert words in hr_client.get(reverse("attendance_exceptions")).content.decode()
    assert words not in manager_client.get(reverse("attendance_exceptions")).content.decode()


def test_an_adjustment_has_a_page_for_hr_alone_and_an_api(
    approved: PeriodApproval,
    period: Period,
    cleo: Employee,
    hr: User,
    hr_client: Client,
    manager_client: Client,
    colleague_client: Client,
    api_client_factory: Callable[..., APIClient],
    first: date,
) -> None:
    period_lock(period=period, by=hr)
    address = reverse("attendance_adjust", args=[cleo.number])
    for visitor in (manager_client, colleague_client):
        assert visitor.get(address).status_code == 403
        assert visitor.post(address, {"day": first, "hours": "1:00", "reason": "x"}).status_code == 403
    form = {"day": first.isoformat(), "take_back": "yes", "hours": "0:30", "tier": "150", "reason": "Counted twice"}
    assert hr_client.post(address, form).status_code == 302
    assert "Counted twice" in hr_client.get(address).content.decode()
    made = Adjustment.objects.get()
    assert (made.seconds, made.tier, made.day, made.author) == (-1800, 150, period.last + DAY, hr)

    content = {"employee": cleo.number, "about_day": first.isoformat(), "seconds": 3600, "reason": "Delivery"}
    signed = APIClient()
    signed.force_authenticate(hr)
    assert signed.post("/api/v1/attendance/adjustments", content, format="json").status_code == 201
    keyed = api_client_factory("attendance:read")
    assert keyed.post("/api/v1/attendance/adjustments", content, format="json").status_code == 403
    asked = {"from": f"{made.day}", "to": f"{made.day}"}
    read = keyed.get("/api/v1/attendance/adjustments", asked).json()
    assert [(one["seconds"], one["tier"]) for one in read["results"]] == [(-1800, 150), (3600, 0)]
    sums = keyed.get("/api/v1/attendance/timesheets", {**asked, "employee": cleo.number})
    assert sums.json()["results"][0]["adjusted"] == 3600
    assert sums.json()["results"][0]["adjusted_overtime"] == {"150": -1800}


def test_period_overtime_is_that_of_the_period_whatever_days_are_asked_for(
    cleo: Employee, hr: User, first: date, punched: Punched
) -> None:
    """Two periods of 40 h each under a rule of 60 h: a file over both has no overtime that no period has (case 32)."""
    WorkPolicy.objects.create(
        name="Sixty", valid_from=date(2020, 1, 1), overtime=[{"scope": "period", "after": 3600, "tier": 150}]
    )
    for number in range(5):
        day = first + (7 + number) * DAY
        punched(cleo, "in", datetime.combine(day, time(9), MADRID))
        punched(cleo, "out", datetime.combine(day, time(17), MADRID))
    period_create(first=first, last=first + 6 * DAY, by=hr)
    period_create(first=first + 7 * DAY, last=first + 13 * DAY, by=hr)

    def overtime(begin: date, end: date) -> dict[int, int]:
        (sums,) = timesheets(employees=Employee.objects.filter(pk=cleo.pk), first=begin, last=end)
        return sums.result.overtime

    assert overtime(first, first + 13 * DAY) == {}
    WorkPolicy.objects.all().delete()
    WorkPolicy.objects.create(
        name="Thirty", valid_from=date(2020, 1, 1), overtime=[{"scope": "period", "after": 1800, "tier": 150}]
    )
    assert overtime(first, first + 13 * DAY) == {150: 20 * 3600}
    # The last working day of a period by itself: all of it lies beyond the thirty hours.
    assert overtime(first + 4 * DAY, first + 4 * DAY) == {150: 8 * 3600}
