"""Two at once, on PostgreSQL: two approvers of overtime, an approval against a lock, a link used twice, two sweeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib import import_module
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from attendance.models import CorrectionLink, CorrectionRequest, OvertimeDecision, WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.selectors.timesheets import timesheets
from attendance.services.links import link_file, link_token
from attendance.services.overtime import Wish, overtime_decide
from attendance.services.periods import period_create, period_lock
from attendance.services.results import results_refresh
from attendance.tests.fixtures import MADRID, Punched
from common.testing import together
from employees.models import Employee, User
from employees.tests.employment_kit import employ
from reporting.models import ExportJob, ReportDelivery, ReportSchedule
from reporting.services.schedules import report_create, reports_sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture(autouse=True)
def _row_locks() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row locks to race for; DATABASE_URL=postgres://… runs this test")


@pytest.fixture
def day() -> date:
    return timezone.now().astimezone(MADRID).date() - timedelta(days=6)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=MADRID)


@pytest.fixture
def busy(ana: Employee, day: date, punched: Punched) -> Employee:
    """Ten hours on that day, of which two need an approval."""
    WorkPolicy.objects.create(
        name="Approved",
        valid_from=date(2020, 1, 1),
        approve_overtime=True,
        overtime=[{"scope": "day", "after": 480, "tier": 150}],
    )
    employ(ana, hired_on=day, left_on=day, time_zone="Europe/Madrid")
    punched(ana, "in", at(day, 9))
    punched(ana, "out", at(day, 19))
    results_refresh()
    return Employee.objects.get(pk=ana.pk)


def at_once(*work: Callable[[], object]) -> list[object]:
    barrier = Barrier(len(work))

    def begin(one: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            barrier.wait(timeout=30)
            return one()

        return run

    return list(together(*(begin(one) for one in work)))


def refusals(found: list[object]) -> list[str]:
    assert all(isinstance(one, AttendanceRefused) for one in found if isinstance(one, Exception)), found
    return [one.code for one in found if isinstance(one, AttendanceRefused)]


def unlocked(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    """Take the row locks away, and let both come as far as the function ``before`` ere one goes on."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_how, **_kinds: rows)
    module, _dot, name = before.rpartition(".")
    work, both_have_looked = getattr(import_module(module), name), Barrier(2)

    def late(*given: object, **named: object) -> object:
        both_have_looked.wait(timeout=30)
        return work(*given, **named)

    monkeypatch.setattr(before, late)


@pytest.fixture
def decisions(busy: Employee, day: date, manager: User) -> list[Callable[[], object]]:
    """One manager approves all, another one nothing."""
    second = User.objects.create_user("second", role=User.Role.MANAGER)
    Employee.objects.filter(pk=busy.pk).update(manager=Employee.objects.create(number="S1", user=second))

    def decide(by: User, seconds: int) -> Callable[[], object]:
        return lambda: overtime_decide(
            employee=busy, wishes={day: Wish({150: 7200}, seconds)}, by=by, reason="Seen by me"
        )

    return [decide(manager, 7200), decide(second, 0)]


def test_without_the_lock_two_managers_decide(
    decisions: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch, "attendance.services.overtime._decide")

    assert refusals(at_once(*decisions)) == []
    assert OvertimeDecision.objects.count() == 2


def test_of_two_managers_who_decide_the_first_one_does(decisions: list[Callable[[], object]]) -> None:
    assert refusals(at_once(*decisions)) == ["already_decided"]
    assert OvertimeDecision.objects.count() == 1


def test_an_approval_against_the_lock_counts_before_it_or_not_at_all(
    busy: Employee, day: date, manager: User, hr: User
) -> None:
    employ(Employee.objects.exclude(pk=busy.pk), hired_on=timezone.now().date())
    period = period_create(first=day, last=day, by=hr)

    found = at_once(
        lambda: overtime_decide(employee=busy, wishes={day: Wish({150: 7200}, 7200)}, by=manager),
        lambda: period_lock(period=period, by=hr, reason="Payday"),
    )

    late = refusals(found)
    assert late in ([], ["period_locked"])
    period.refresh_from_db()
    row = OvertimeDecision.objects.first()
    assert (row is None) == bool(late)
    assert row is None or row.at < (period.locked_at or row.at)
    (sums,) = timesheets(employees=Employee.objects.filter(pk=busy.pk), first=day, last=day)
    assert sums.overtime.approved_total == (0 if late else 7200)


@pytest.fixture
def windows(ana: Employee, punched: Punched) -> list[Callable[[], object]]:
    """The link of a message, opened in two windows."""
    day = timezone.now().astimezone(MADRID).date() - timedelta(days=2)
    employ(ana, hired_on=day, time_zone="Europe/Madrid")
    punched(ana, "in", at(day, 9))
    row = CorrectionLink.objects.create(employee=ana, day=day, expires_at=timezone.now() + timedelta(days=7))
    token = link_token(row)
    return [lambda: link_file(token=token, at=at(day, 17), reason="I forgot")] * 2


def test_without_the_lock_the_table_itself_refuses_the_second_window(
    windows: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch, "attendance.services.links.request_file_by_link")

    assert refusals(at_once(*windows)) == ["already_asked"]
    assert CorrectionRequest.objects.count() == 1


def test_a_link_files_once_from_two_windows(windows: list[Callable[[], object]]) -> None:
    assert refusals(at_once(*windows)) == ["link_used"]
    assert CorrectionRequest.objects.count() == 1


def test_two_workers_begin_and_send_a_report_once(hr: User, ana: Employee, day: date) -> None:
    employ(ana, hired_on=day)  # the report due now is of yesterday
    report_create(
        by=hr, recipients=[hr], name="Hours", report="period", form="csv", every="day", hour=7, time_zone="UTC"
    )
    ReportSchedule.objects.update(next_due=timezone.now() - timedelta(minutes=1))

    assert not any(isinstance(one, Exception) for one in at_once(reports_sweep, reports_sweep))
    assert ReportDelivery.objects.count() == ExportJob.objects.count() == 1
    from reporting.services.exports import export_run

    export_run(job_id=ExportJob.objects.get().pk)
    ReportDelivery.objects.update(next_try_at=timezone.now())
    at_once(reports_sweep, reports_sweep)

    assert len(mail.outbox) == 1
