"""A made-up company with something on every page, for the walk through the pages and for their pictures.

The demo's people and weeks, without photographs: faces are the coloured squares that the fake engine recognises.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from fractions import Fraction

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone

from approvals.models import ApprovalRule, Kind
from attendance.models import (
    AbsenceType,
    Adjustment,
    ClockEvent,
    CorrectionLink,
    Kiosk,
    Period,
    PlannedShift,
    Shift,
)
from attendance.selectors.exceptions import exceptional_days
from attendance.services.clock import clock
from common.company import company_change
from common.models import Company
from doors.models import Door
from doors.services import access_request
from employees.models import (
    ApiKey,
    Consent,
    ConsentText,
    Contract,
    Delegation,
    Department,
    Employee,
    EnrolmentPhoto,
    Site,
    User,
)
from employees.services import consent_give, employee_create
from employees.services.imports import import_start
from kiosk.models import KioskSettings, QueuedPunch
from kiosk.services.pairing import kiosk_pairing_link
from kiosk.services.site_test import site_test_start
from kiosk.tests.queue_kit import OfflineKiosk
from leave.models import LedgerEntry
from leave.services.entries import entry_add
from notifications.services.telling import tell
from phone.models import PhoneEvidence, PhoneKey, PhonePunch, PhoneRule
from planning.models import OpenShift
from planning.services.open_shifts import open_shift_add, shift_ask
from planning.services.swaps import swap_ask
from presente.demo import people, story
from privacy.services.erasure import biometrics_erase
from recognition.models import Decision, ModelVersion, Refreshment, TrainingRun
from recognition.services import identify, photo_add, photo_process
from recognition.services.operating import point_choose
from recognition.tests.fake_engine import fake_photo
from reporting.services.payroll import payroll_layout_from_preset
from reporting.services.schedules import report_create
from scripts.pages.roles import LOGGED_IN as ROLES
from webhooks.models import Webhook, WebhookDelivery

DAY = timedelta(days=1)
ZONE = "America/La_Paz"
LONG = "Employee with-a-rather-long-double-barrelled surname"


@dataclass(frozen=True, slots=True)
class Made:
    """Who logs in for each role, and the rows that addresses name."""

    users: dict[str, User]
    person: Employee
    kiosk: Kiosk


def fill() -> Made:
    """Fill an empty database; one that was filled before is taken as it is."""
    if not User.objects.exists():
        with transaction.atomic(), timezone.override(ZONE):
            _fill()
    users = {role: User.objects.get(username=role) for role in ROLES}
    return Made(users, Employee.objects.get(number=story.ASKS), people.the_kiosk())


def _fill() -> None:
    company_change(Company(name="Demo", time_zone=ZONE, country="BO"))
    famous = people.load().famous
    famous.first_name, famous.last_name, famous.email = "Demo", "Employee 01", "demo@example.com"
    famous.save()
    for role in ROLES[3:]:
        User.objects.create_user(role, role=role)
    User.objects.update(email="demo@example.com")
    users = {role: User.objects.get(username=role) for role in ROLES}
    person, kiosk = Employee.objects.get(number=story.ASKS), people.the_kiosk()
    _staff(users["hr"])
    decision = _faces(famous)
    _devices(famous, person, kiosk, decision, users["hr"])
    _hours(person, users)
    _plan(person, users)
    _administration(famous, person, decision, users)


def _staff(hr: User) -> None:
    """Names as long as real ones are, and places."""
    site = Site.objects.create(name="Headquarters and distribution centre", holiday_country="BO")
    long = Department.objects.create(name="Administration, purchasing and distribution")
    employee_create(number="D-2026-000010", first_name="Demo", last_name=LONG, department=long, time_zone=ZONE)
    Contract.objects.create(name="Full time", weekly_minutes=2400)
    Group.objects.create(name="Readers")
    AccessAttempt.objects.create(username="demo", ip_address="127.0.0.1", failures_since_start=3)
    AccessLog.objects.create(username="demo", ip_address="127.0.0.1")
    AccessFailureLog.objects.create(username="demo", ip_address="127.0.0.1")
    ApiKey.objects.create_key(name="Payroll of the accountants", scopes=[ApiKey.Scope.READ])
    ConsentText.objects.create(version="2026-1", language="en", text="We recognise your face at the kiosk. " * 12)
    PhoneRule.objects.create(site=site, shape="circle", latitude=-16.5, longitude=-68.13)
    people_file = "number,first name,last name,hired on\nE1,Demo,Import 1,2026-01-05\nE2,Demo,Import 2,never\n"
    import_start(kind="people", content=people_file.encode(), file_name="people.csv", by=hr)


def _faces(famous: Employee) -> Decision:
    """Somebody enrolled; a look that found them, and one that found nobody."""
    consent_give(employee=famous, method=Consent.Method.PAPER)
    for variation in range(3):
        content = fake_photo(1, variation=variation)
        photo = photo_add(employee=famous, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)
        photo_process(photo.pk)
    identify(images=[fake_photo(40)], asker=Decision.Asker.KIOSK)
    return identify(images=[fake_photo(1, variation=7)], asker=Decision.Asker.KIOSK).decision


def _devices(famous: Employee, person: Employee, kiosk: Kiosk, decision: Decision, hr: User) -> None:
    """A kiosk that was tested and kept punches, a door that opened, a phone."""
    KioskSettings.objects.create(kiosk=kiosk)
    now = timezone.now()
    event = clock(
        employee=famous,
        direction="in",
        method=ClockEvent.Method.FACE,
        zone=ZONE,
        idempotency_key="pages",
        kiosk=kiosk,
        decision=decision,
    ).event
    access_request(door=Door.objects.get(), employee=famous, method="face", key="pages", decision=decision)
    Client().post(kiosk_pairing_link(kiosk=kiosk, by=hr))
    kiosk.refresh_from_db()
    site_test_start(kiosk=kiosk, employees=[famous], by=hr)
    away = OfflineKiosk.make("Back door")
    Kiosk.objects.filter(pk=away.kiosk.pk).update(time_zone=ZONE)
    QueuedPunch.objects.create(
        key=away.key, kiosk=away.kiosk, counter=1, kind="face", direction="in", at=now, device_at=now, clock="unsure",
        state="waiting", reason="unknown", digest="0", head="", signature=b"", decision=decision,
    )  # fmt: skip
    PhoneRule.objects.create(employee=person, shape="polygon", corners=[[-16.5, -68.1], [-16.5, -68.2], [-16.6, -68.2]])
    phone = PhoneKey.objects.create(employee=person, public_key=b"0", fingerprint="0" * 64, browser="Chromium")
    PhonePunch.objects.create(
        employee=person, key=phone, counter=1, digest="0", head="", signature=b"", direction="in", at=now,
        device_at=now, clock="ok", reason="too_old",
    )  # fmt: skip
    PhoneEvidence.objects.create(event=event, verdict=PhoneEvidence.Word.OUTSIDE, latitude=-16.51, longitude=-68.14)


def _hours(person: Employee, users: dict[str, User]) -> None:
    """A difference in a locked period, payroll, leave, messages."""
    hr = users["hr"]
    closed = Period.objects.filter(state=Period.State.LOCKED).order_by("first")[0]
    Adjustment.objects.create(
        employee=person, day=closed.last + DAY, about_day=closed.last, seconds=1800, tier=0, reason="demo", author=hr
    )
    layout = payroll_layout_from_preset(preset="codes")
    fields = {"report": "payroll", "layout": layout, "time_zone": ZONE}
    report_create(by=hr, recipients=[hr], name="Hours of the month, for payroll", **fields)
    vacation = AbsenceType.objects.filter(leave_rules__isnull=False).order_by("code")[0]
    entry_add(
        employee=person, kind=vacation, entered=LedgerEntry.Entered.OPENING, day=timezone.localdate(),
        amount=Fraction(5), reason="Brought from the old program", author=hr,
    )  # fmt: skip
    now, today = timezone.now(), timezone.localdate()
    days = exceptional_days(employees=Employee.objects.active(), first=today - 27 * DAY, last=today - DAY, now=now)
    missing = [one for one in days if one.figures.missing_out and one.employee != person]
    forgot = max(missing, key=lambda one: one.figures.day)
    CorrectionLink.objects.create(
        employee=forgot.employee, day=forgot.figures.day, expires_at=now + 7 * DAY, sent_at=now
    )
    late = {"day": f"{timezone.localdate()}", "name": person.name, "time": "08:00"}
    tell(kind="late", key="pages", users=list(users.values()), data=late, path="/attendance/me/", about=person)


def _plan(person: Employee, users: dict[str, User]) -> None:
    """Published and drafted days of the coming weeks, somebody wanted, a swap that waits."""
    today = timezone.localdate()
    # The demo plans next week.
    monday = today + (14 - today.weekday()) * DAY
    late = Shift.objects.create(name="Evening", starts_at=time(14), ends_at=time(22), weekdays=[])
    early = Shift.objects.get(assignments__employee=person)
    colleague = Employee.objects.filter(department=person.department).exclude(pk=person.pk)[0]
    PlannedShift.objects.bulk_create(
        PlannedShift(employee=one, day=monday + number * DAY, shift=shift, state=state)
        for one, shift in ((person, late), (colleague, early))
        for number, state in enumerate(("published", "published", "published", "draft"))
    )
    offer = open_shift_add(day=monday + 4 * DAY, shift=late, department=person.department, wanted=2, by=users["hr"])
    OpenShift.objects.filter(pk=offer.pk).update(state=OpenShift.State.PUBLISHED)
    offer.refresh_from_db()
    shift_ask(open_shift=offer, employee=person, today=today)
    swap_ask(
        employee=person, day=monday, shift=late, colleague=colleague, colleague_day=monday,
        colleague_shift=early, today=today,
    )  # fmt: skip


def _administration(famous: Employee, person: Employee, decision: Decision, users: dict[str, User]) -> None:
    """Rows that only the admin's lists show."""
    today = timezone.localdate()
    Delegation.objects.create(
        principal=users["manager"],
        delegate=users["hr"],
        first=today + 30 * DAY,
        last=today + 40 * DAY,
        set_by=users["hr"],
    )
    ApprovalRule.objects.create(kind=Kind.SHIFT, second=ApprovalRule.Second.HR)
    version = ModelVersion.objects.order_by("pk")[0]
    point_choose(use="clocking", target=0.0001, by=users["hr"], reason="Few strangers come by")
    Refreshment.objects.create(employee=famous, decision=decision, at=timezone.now())
    TrainingRun.objects.create(parent=version, requested_by=users["hr"], state=TrainingRun.State.NOTHING)
    biometrics_erase(employee=person, cause="hr", by=users["hr"])
    address = "https://example.com/a/rather/long/address/of/a/webhook"
    hook = Webhook.objects.create(name="Payroll", url=address, events=[Webhook.Event.PUNCH, Webhook.Event.PERIOD_LOCK])
    WebhookDelivery.objects.create(webhook=hook, event="punch", key="pages")
