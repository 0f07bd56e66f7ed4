"""Work that one worker at a time holds: the same meaning for each of the seven models that are leased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from attendance.models import Kiosk
from common.leases import Leased, LeaseLost
from common.testing import together
from employees.models import Employee, EnrolmentPhoto, Import, User
from kiosk.models import DeviceKey
from notifications.models import Delivery, Notification
from recognition.models import TrainingRun
from reporting.models import ExportJob
from webhooks.models import Webhook, WebhookDelivery

pytestmark = pytest.mark.django_db


def _photo(employee: Employee, user: User) -> Leased:
    return EnrolmentPhoto.objects.create(employee=employee, source="upload", fingerprint="0" * 64)


def _import(employee: Employee, user: User) -> Leased:
    return Import.objects.create(kind="people", by=user)


def _run(employee: Employee, user: User) -> Leased:
    return TrainingRun.objects.create()


def _job(employee: Employee, user: User) -> Leased:
    return ExportJob.objects.create(requested_by=user)


def _delivery(employee: Employee, user: User) -> Leased:
    webhook = Webhook.objects.create(name="payroll", url="https://payroll.example/", sealed_secret=b"")
    return WebhookDelivery.objects.create(webhook=webhook, event="punch", key="event:1")


def _message(employee: Employee, user: User) -> Leased:
    told = Notification.objects.create(user=user, kind="late", key="late:1")
    return Delivery.objects.create(notification=told, channel="mail")


def _device(employee: Employee, user: User) -> Leased:
    kiosk = Kiosk.objects.create(name="Front door")
    return DeviceKey.objects.create(kiosk=kiosk, public_key=b"", fingerprint="0" * 64)


ROWS: dict[str, Callable[[Employee, User], Leased]] = {
    "photo": _photo,
    "import": _import,
    "run": _run,
    "job": _job,
    "delivery": _delivery,
    "message": _message,
    "device": _device,
}


@pytest.fixture(params=list(ROWS))
def row(request: pytest.FixtureRequest, ana: Employee, hr: User) -> Leased:
    return ROWS[request.param](ana, hr)


def run_out(row: Leased) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_every_leased_model_is_tested_here(ana: Employee, hr: User) -> None:
    leased = {model for model in apps.get_models() if issubclass(model, Leased)}
    assert {type(make(ana, hr)) for make in ROWS.values()} == leased


def test_what_one_worker_holds_no_other_gets(row: Leased) -> None:
    first = row.claim(row.pk)
    assert first is not None
    assert first.attempts == 1
    assert first.lease_until is not None
    assert first.lease_until > timezone.now()

    assert row.claim(row.pk) is None
    first.renew()
    assert row.claim(row.pk) is None
    assert first.release()
    assert row.claim(row.pk) is not None


def test_a_stale_lease_goes_to_the_next_worker_and_the_first_notices_before_it_finishes(row: Leased) -> None:
    first = row.claim(row.pk)
    assert first is not None
    run_out(row)
    assert type(row)._default_manager.filter(row.stale(), pk=row.pk).exists()
    second = row.claim(row.pk)
    assert second is not None
    assert second.attempts == 2

    with pytest.raises(LeaseLost):
        first.renew(attempts=7)
    with pytest.raises(LeaseLost), transaction.atomic():
        first.hold()
    assert not first.release(attempts=7)
    row.refresh_from_db()
    assert (row.lease_token, row.attempts) == (second.lease_token, 2)
    with transaction.atomic():
        assert second.hold() == row


def test_a_worker_that_was_only_late_goes_on(row: Leased) -> None:
    held = row.claim(row.pk)
    assert held is not None
    run_out(row)

    held.renew()
    assert row.claim(row.pk) is None


def test_a_row_that_was_never_claimed_is_held_by_nobody(row: Leased) -> None:
    with pytest.raises(LeaseLost):
        row.renew()
    assert not row.release()


def test_a_row_that_is_not_due_is_not_claimed(row: Leased) -> None:
    never = type(row).stale()
    assert row.claim(row.pk, never) is None
    row.refresh_from_db()
    assert row.attempts == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_at_once_one_gets_the_row(row: Leased) -> None:
    barrier = Barrier(8)

    def work() -> bool:
        barrier.wait(timeout=30)
        return row.claim(row.pk) is not None

    workers: list[Callable[[], object]] = [work] * 8
    assert sorted(map(str, together(*workers))) == ["False"] * 7 + ["True"]
