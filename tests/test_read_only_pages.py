"""The auditor opens each row that HR and IT type: its page has no fields, and says what is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from attendance.models import AbsenceType, CompanyHoliday, Kiosk, Shift, ShiftAssignment, WorkPolicy
from doors.models import Door
from employees.models import Contract, Department, Employee, User
from kiosk.models import KioskSettings
from phone.models import PhoneRule
from recognition.models import ModelVersion, OperatingPoint
from webhooks.models import Webhook

pytestmark = pytest.mark.django_db


def rows(ana: Employee) -> list[Model]:
    """One of each."""
    kiosk = Kiosk.objects.create(name="Front door", time_zone="Europe/Madrid")
    shift = Shift.objects.create(name="Early", starts_at=time(6), ends_at=time(14), weekdays=[0, 1, 2])
    rules: dict[str, Any] = {
        "breaks": [{"after": 360, "length": 30}],
        "overtime": [{"scope": "day", "after": 480, "tier": 150}],
    }
    return [
        kiosk,
        KioskSettings.objects.create(kiosk=kiosk),
        Door.objects.create(name="Lobby", kiosk=kiosk),
        PhoneRule.objects.create(employee=ana, shape="polygon", corners=[[1, 1], [1, 2], [2, 2]]),
        shift,
        ShiftAssignment.objects.create(employee=ana, shift=shift, valid_from=date(2026, 1, 5)),
        WorkPolicy.objects.create(name="House rules", valid_from=date(2026, 1, 1), **rules),
        CompanyHoliday.objects.create(day=date(2026, 5, 4), name="Works outing"),
        AbsenceType.objects.create(name="Illness", code="illness"),
        Webhook.objects.create(name="Payroll", url="https://example.com/hook"),
        Department.objects.create(name="Night watch"),
        Contract.objects.create(name="Part time", weekly_minutes=1200),
        ana,
    ]


def test_an_auditor_reads_every_row(client_of: Callable[[User], Client], auditor: User, enrolled_ana: Employee) -> None:
    browser = client_of(auditor)
    opened = [row for row in rows(enrolled_ana) if type(row) in admin.site._registry]
    opened += [row for model in (ModelVersion, OperatingPoint) for row in model.objects.all()]

    answers = {
        f"{row._meta.label}": browser.get(
            reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        ).status_code
        for row in opened
    }

    assert len(answers) >= 10
    assert set(answers.values()) == {200}, answers
