"""The days of a period: changed and deleted while nobody has approved, with the one in the way named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from attendance.models import Period, PeriodAct, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.services.periods import period_change, period_create, period_delete, period_lock
from common.models import AuditEntry
from employees.models import Employee, User

pytestmark = pytest.mark.django_db
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def period(hr: User) -> Period:
    return period_create(first=NOVEMBER[0], last=NOVEMBER[1], by=hr)


def test_an_open_period_gets_other_days(hr_client: Client, period: Period) -> None:
    page = hr_client.get(reverse("attendance_period", args=[period.pk]))
    assert reverse("period_change", args=[period.pk]) in page.text

    hr_client.post(reverse("period_change", args=[period.pk]), {"first": "2026-11-23", "last": "2026-11-29"})

    period.refresh_from_db()
    assert (period.first, period.last) == (date(2026, 11, 23), date(2026, 11, 29))


def test_it_is_deleted_after_a_question_and_that_is_recorded(hr_client: Client, period: Period) -> None:
    where = reverse("period_delete", args=[period.pk])

    assert "Delete the period" in hr_client.get(where).text
    assert Period.objects.exists()
    hr_client.post(where)

    assert not Period.objects.exists()
    assert AuditEntry.objects.filter(act="period.deleted").exists()


def test_the_period_in_the_way_is_named_with_a_link(hr_client: Client, period: Period) -> None:
    page = hr_client.post(reverse("period_create"), {"first": "2026-11-23", "last": "2026-11-29"}).text

    assert f"Each day belongs to one period, and the period {period} has some of these." in page
    assert f'<a href="{reverse("attendance_period", args=[period.pk])}">Open that period</a>' in page
    assert f'<a href="{reverse("period_change", args=[period.pk])}">Change or delete it</a>' in page


@pytest.mark.parametrize("new", [True, False], ids=["new", "changed"])
def test_days_that_were_refused_stay_typed(hr_client: Client, hr: User, period: Period, new: bool) -> None:
    other = period_create(first=date(2026, 12, 1), last=date(2026, 12, 31), by=hr)
    where = reverse("period_create") if new else reverse("period_change", args=[other.pk])

    page = hr_client.post(where, {"first": "2026-11-23", "last": "2026-12-02"})

    assert (page.context["form"]["first"].value(), page.context["form"]["last"].value()) == ("2026-11-23", "2026-12-02")
    assert 'value="2026-11-23"' in page.text


def test_the_page_says_from_which_day_on_it_can_be_closed(hr_client: Client, hr: User) -> None:
    today = timezone.now().date()
    over = period_create(first=today - timedelta(days=9), last=today - timedelta(days=4), by=hr)
    page = hr_client.get(reverse("attendance_period", args=[over.pk]), {"checklist": "1"}).text
    tomorrow = date_format(today + timedelta(days=1), "SHORT_DATE_FORMAT")

    assert f"It can be closed from {tomorrow} on: until then kiosks and phones" in " ".join(page.split())
    assert "The first day on which it can be closed" in page
    with pytest.raises(AttendanceRefused, match=f"from {tomorrow} on"):
        period_lock(period=over, by=hr, reason="x")

    Period.objects.filter(pk=over.pk).update(last=today - timedelta(days=5))
    page = hr_client.get(reverse("attendance_period", args=[over.pk]), {"checklist": "1"}).text
    assert "can be closed" not in page
    period_lock(period=Period.objects.get(pk=over.pk), by=hr, reason="x")


def test_approvals_are_withdrawn_first(hr_client: Client, period: Period, ana: Employee, hr: User) -> None:
    approval = PeriodApproval.objects.create(period=period, employee=ana, manager_at=timezone.now(), manager_by=hr)
    where = reverse("period_change", args=[period.pk])

    assert f"Timesheets in this period are approved: {ana.name}." in hr_client.get(where).text
    with pytest.raises(AttendanceRefused):
        period_delete(period=period, by=hr)
    with pytest.raises(AttendanceRefused):
        period_change(period=period, first=date(2026, 11, 2), last=date(2026, 11, 30), by=hr)
    approval.delete()
    period_delete(period=period, by=hr)


def test_what_was_closed_once_stays(period: Period, hr: User) -> None:
    PeriodAct.objects.create(period=period, act=PeriodAct.Act.LOCK, by=hr)

    with pytest.raises(AttendanceRefused, match="closed before"):
        period_delete(period=period, by=hr)


def test_only_hr_changes_a_period(period: Period, manager: User) -> None:
    with pytest.raises(AttendanceRefused):
        period_change(period=period, first=date(2026, 11, 2), last=date(2026, 11, 30), by=manager)
    with pytest.raises(AttendanceRefused):
        period_delete(period=period, by=manager)
