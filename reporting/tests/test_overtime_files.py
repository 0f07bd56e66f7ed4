"""What files say of overtime that waits for an approval."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from attendance.services.overtime import Wish, overtime_decide
from attendance.tests.test_overtime_approval import FOUND, busy_ana, day, policy  # noqa: F401  fixtures
from employees.models import Employee, User
from reporting.services.payroll import payroll_layout_from_preset

pytestmark = pytest.mark.django_db


def test_files_and_payroll_tell_what_is_approved(
    hr_client: Client,
    hr: User,
    busy_ana: Employee,  # noqa: F811
    day: date,  # noqa: F811
) -> None:
    layout = payroll_layout_from_preset(preset="hours")

    def file(report: str) -> dict[str, str]:
        wished = {"first": f"{day}", "last": f"{day}", "file_format": "csv", "report": report, "q": "1001"}
        answer = hr_client.get(reverse("attendance_file"), wished)
        content = b"".join(answer).decode("utf-8-sig")
        return next(iter(csv.DictReader(io.StringIO(content))))

    for report in ("period", "days"):
        row = file(report)
        assert (row["Overtime"], row["Overtime approved"], row["Overtime pending"]) == ("2:00:00", "", "2:00:00")
    assert file(f"payroll-{layout.pk}")["overtime"] == "0.00"
    overtime_decide(employee=busy_ana, wishes={day: Wish(FOUND, 7200)}, by=hr)
    assert file("period")["Overtime approved"] == "2:00:00"
    assert file(f"payroll-{layout.pk}")["overtime"] == "2.00"
