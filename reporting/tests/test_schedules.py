"""Scheduled reports: once per due time, with the recipient's own rights, tried again with a bound, switched off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from employees.models import Department, Employee, User
from employees.tests.employment_kit import employ
from reporting.due import Every, covered, next_due
from reporting.models import ExportJob, ReportDelivery, ReportSchedule
from reporting.services.exports import export_run
from reporting.services.schedules import (
    ReportRefused,
    report_create,
    report_deliver,
    report_leave,
    report_switch,
    reports_sweep,
)

pytestmark = pytest.mark.django_db
MADRID = ZoneInfo("Europe/Madrid")
State = ReportDelivery.State
PAGE = "/attendance/reports/"


@pytest.fixture(autouse=True)
def _employed_before_today(ana: Employee) -> None:
    """A report is about days that are over."""
    employ(ana, hired_on=date(2020, 1, 1))


def scheduled(by: User, *to: User, **fields: Any) -> ReportSchedule:
    """A daily sheet that is due."""
    wished = {"name": "Hours", "report": "period", "form": "csv", "every": "day", "hour": 7, "time_zone": "UTC"}
    made = report_create(by=by, recipients=to or [by], **(wished | fields))
    return due(made)


def due(schedule: ReportSchedule) -> ReportSchedule:
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_due=timezone.now() - timedelta(minutes=1))
    return schedule


def made() -> int:
    """Let the worker make the files that wait, then send what is ready; the number of messages sent."""
    reports_sweep()
    for job in ExportJob.objects.filter(state=ExportJob.State.WAITING):
        export_run(job_id=job.pk)
    ReportDelivery.objects.filter(state=State.WAITING).update(next_try_at=timezone.now())
    return reports_sweep()


def test_the_hour_is_that_of_the_wall_clock_through_both_clock_changes() -> None:
    after = datetime(2026, 3, 28, 12, tzinfo=UTC)
    days = []
    for _number in range(2):
        after = next_due(after, every=Every.DAY, hour=7, zone=MADRID)
        days.append(after)
    assert [one.hour for one in days] == [5, 5]
    assert next_due(datetime(2026, 10, 25, 12, tzinfo=UTC), every=Every.DAY, hour=7, zone=MADRID).hour == 6
    assert next_due(days[0], every=Every.WEEK, hour=7, zone=MADRID, weekday=0).date() == date(2026, 3, 30)
    assert next_due(days[0], every=Every.MONTH, hour=7, zone=MADRID, monthday=28).date() == date(2026, 4, 28)


@pytest.mark.parametrize(
    ("every", "first", "last"),
    [("day", "2026-02-28", "2026-02-28"), ("week", "2026-02-22", "2026-02-28"), ("month", "2026-02-01", "2026-02-28")],
)
def test_a_report_is_about_days_that_are_over(every: str, first: str, last: str) -> None:
    found = covered(datetime(2026, 3, 1, 6, tzinfo=UTC), every=Every(every), zone=MADRID)

    assert [day.isoformat() for day in found] == [first, last]


def test_each_recipient_gets_a_link_to_what_they_may_see(
    hr: User, manager: User, ana: Employee, ben: Employee, manager_client: Client, settings: Settings
) -> None:
    settings.SITE_URL = "https://presente.example.com"
    employ(Employee.objects.all(), hired_on=date(2020, 1, 1))
    scheduled(hr, hr, manager)

    assert made() == 2

    to_manager = next(one for one in mail.outbox if one.to == [manager.email])
    address = next(line for line in str(to_manager.body).splitlines() if "/files/" in line)
    assert address.startswith("https://presente.example.com/attendance/files/")
    assert to_manager.attachments == []
    answer: Any = manager_client.get(address.removeprefix("https://presente.example.com"))
    content = b"".join(answer.streaming_content).decode()
    assert "Ana Demo" in content
    assert "Ben Demo" not in content
    of_hr = ExportJob.objects.get(requested_by=hr)
    assert manager_client.get(reverse("attendance_file_fetch", args=[of_hr.pk])).status_code == 404


def test_a_due_time_is_sent_once_whoever_looks_how_often(hr: User, ana: Employee) -> None:
    schedule = scheduled(hr)
    made()
    made()

    assert len(mail.outbox) == 1
    row = ReportDelivery.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportDelivery.objects.create(schedule=schedule, user=hr, due_at=row.due_at)
    due(schedule)
    assert made() == 1


def test_rights_are_asked_when_it_is_sent(hr: User, manager: User, outsider_manager: User, ana: Employee) -> None:
    workshop = Department.objects.get(name="Workshop")
    scheduled(hr, manager, outsider_manager, department=workshop)
    reports_sweep()
    User.objects.filter(pk=manager.pk).update(role=User.Role.EMPLOYEE)

    assert made() == 0

    why = dict(ReportDelivery.objects.values_list("user__username", "error"))
    assert "nobody of whom" in why["outsider"]
    assert "no longer see reports" in why["manager"]
    assert mail.outbox == []


def test_a_server_that_does_not_answer_is_tried_again_with_a_bound(
    hr: User, ana: Employee, settings: Settings, hr_client: Client
) -> None:
    scheduled(hr)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    made()
    row = ReportDelivery.objects.get()
    assert (row.state, row.tries) == (State.WAITING, 1)
    assert row.next_try_at > timezone.now()
    for _number in range(4):
        ReportDelivery.objects.update(next_try_at=timezone.now())
        reports_sweep()

    row.refresh_from_db()
    assert (row.state, row.tries) == (State.FAILED, 5)
    assert "refused" in hr_client.get(PAGE).content.decode()
    assert report_deliver(delivery_id=row.pk).tries == 5


def test_the_file_itself_where_that_was_chosen_and_in_the_recipients_language(manager: User, ana: Employee) -> None:
    Employee.objects.filter(pk=manager.employee.pk).update(language="es")
    scheduled(manager, attach=True)

    assert made() == 1

    (sent,) = mail.outbox
    assert "está listo" in str(sent.body)
    ((name, content, kind),) = sent.attachments
    assert (name[-4:], kind) == (".csv", "text/csv")
    assert "Número" in (content if isinstance(content, str) else content.decode("utf-8-sig"))


def test_switched_off_nothing_more_comes(hr: User, manager: User, ana: Employee) -> None:
    schedule = scheduled(hr, hr, manager)
    report_leave(schedule=schedule, by=manager)
    assert made() == 1
    report_switch(schedule=ReportSchedule.objects.get(), by=hr, active=False)
    due(schedule)
    assert made() == 0
    with pytest.raises(ReportRefused):
        report_switch(schedule=schedule, by=manager, active=True)


def test_a_manager_sets_one_up_on_the_page_and_only_for_whom_it_may_concern(
    manager_client: Client, manager: User, outsider_manager: User, hr: User, colleague: User
) -> None:
    sent = {
        "name": "Weekly",
        "report": "days",
        "form": "xlsx",
        "every": "week",
        "weekday": "0",
        "monthday": "1",
        "hour": "7",
        "time_zone": "Europe/Madrid",
        "recipients": [manager.pk, hr.pk],
    }

    for stranger in (outsider_manager, colleague):
        assert manager_client.post(PAGE, {**sent, "recipients": [stranger.pk]}).status_code == 400
    for wrong in ({"time_zone": "Mars"}, {"monthday": "31"}, {"hour": "24"}, {"report": "payroll-9"}):
        assert manager_client.post(PAGE, {**sent, **wrong}).status_code == 400
    assert manager_client.post(PAGE, sent).status_code == 302

    made_one = ReportSchedule.objects.get()
    assert made_one.next_due.astimezone(MADRID).hour == 7
    assert made_one.next_due.astimezone(MADRID).weekday() == 0
    assert "Weekly" in manager_client.get(PAGE).content.decode()


def test_the_page_says_why_there_is_nobody_to_send_to(manager: User, manager_client: Client) -> None:
    User.objects.update(email="")

    page = manager_client.get("/attendance/reports/").content.decode()

    assert "Nobody has an e-mail address yet." in page


@pytest.mark.parametrize(("who", "status"), [("client", 302), ("colleague_client", 403), ("outsider_client", 404)])
def test_others_neither_see_nor_switch_it(
    who: str, status: int, manager: User, ana: Employee, request: pytest.FixtureRequest
) -> None:
    schedule = scheduled(manager)
    visitor: Client = request.getfixturevalue(who)

    assert visitor.post(reverse("attendance_report_switch", args=[schedule.pk]), {"do": "off"}).status_code == status
    assert b"Hours" not in visitor.get(PAGE).content
    assert ReportSchedule.objects.get().active


def test_without_a_mail_server_the_page_says_that_nothing_goes_out(hr_client: Client, settings: Settings) -> None:
    page = reverse("attendance_reports")
    assert "EMAIL_URL" not in hr_client.get(page).text

    settings.EMAIL_BACKEND = "common.unsent_mail.EmailBackend"

    assert "EMAIL_URL" in hr_client.get(page).text


def test_without_a_mail_server_no_report_counts_as_sent(hr: User, ana: Employee, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "common.unsent_mail.EmailBackend"
    scheduled(hr)

    assert made() == 0

    row = ReportDelivery.objects.get()
    assert (row.state, row.error) == (State.REFUSED, "No mail server is set.")
