"""One month of random people: page, API, CSV, XLSX and PDF say the same, to the second."""

from __future__ import annotations

import csv
import io
import os
import random
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from attendance.models import ClockEvent, Shift, ShiftAssignment, WorkPolicy
from attendance.rules.policy import HOUR
from employees.models import Employee
from employees.services import employee_create
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
PEOPLE = int(os.environ.get("PRESENTE_OUTPUT_PEOPLE", "25"))
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
SPAN = re.compile(r"([-−]?)(\d+):(\d\d)(?::(\d\d))?")
FIGURES = ("worked", "required", "balance", "night")


def seconds(text: str) -> int:
    found = SPAN.fullmatch(text.strip())
    if found is None:
        return 0
    sign, hours, minutes, rest = found.groups()
    return (-1 if sign else 1) * (int(hours) * 3600 + int(minutes) * 60 + int(rest or 0))


@pytest.fixture
def crowd(db: None, early_shift: Shift) -> list[Employee]:
    """People with punches at any second, forgotten ones, nights and breaks, under a policy that deducts and rounds."""
    chance = random.Random(20261031)
    zone = ZoneInfo("Europe/Madrid")
    WorkPolicy.objects.create(
        name="Everybody",
        valid_from=date(2020, 1, 1),
        breaks=[{"after": 360, "length": 30}],
        overtime=[{"scope": "week", "after": 2400, "tier": 150}],
    )
    people: list[Employee] = []
    events: list[ClockEvent] = []
    for index in range(PEOPLE):
        person = employee_create(number=f"R{index:03}", first_name="Random", last_name=f"{index:03}")
        employ(person, hired_on=date(2020, 1, 1), time_zone="Europe/Madrid")
        ShiftAssignment.objects.create(employee=person, shift=early_shift, valid_from=date(2020, 1, 1))
        people.append(person)
        for offset in range(31):
            if chance.random() < 0.2:
                continue
            at = datetime.combine(FIRST, datetime.min.time(), zone) + timedelta(
                days=offset, seconds=chance.randrange(5 * HOUR, 20 * HOUR)
            )
            for direction in ("in", "out", "in", "out")[: chance.choice((1, 2, 2, 2, 4))]:
                events.append(
                    ClockEvent(
                        employee=person,
                        direction=direction,
                        at=at,
                        zone="Europe/Madrid",
                        method="pin",
                        idempotency_key=f"random-{index}-{len(events)}",
                    )
                )
                at += timedelta(seconds=chance.randrange(600, 5 * HOUR))
    ClockEvent.objects.bulk_create(events)
    return people


def rows_of(client: Client, **wished: str) -> list[dict[str, str]]:
    answer: Any = client.get(
        reverse("attendance_file"), {"first": f"{FIRST}", "last": f"{LAST}", "q": "Random", **wished}
    )
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def sheet_rows(client: Client) -> Iterator[dict[str, Any]]:
    answer: Any = client.get(
        reverse("attendance_file"),
        {"first": f"{FIRST}", "last": f"{LAST}", "q": "Random", "report": "period", "file_format": "xlsx"},
    )
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue()), data_only=True).active
    assert sheet is not None
    names = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2, max_row=sheet.max_row - 1, values_only=True):
        yield dict(zip(map(str, names), row, strict=True))


def exact(cell: Any) -> int:
    if isinstance(cell, timedelta):
        return round(cell.total_seconds())
    if cell is None:
        return 0
    if hasattr(cell, "hour"):
        return int(cell.hour) * 3600 + int(cell.minute) * 60 + int(cell.second)
    return round(float(cell) * 3600)


def test_every_output_says_the_same_to_the_second(
    hr_client: Client, api_client_factory: Callable[..., APIClient], crowd: list[Employee]
) -> None:
    columns = {"worked": "Worked", "required": "Scheduled hours", "balance": "Balance", "night": "Night"}
    told: dict[str, dict[str, list[int]]] = {person.number: {name: [] for name in FIGURES} for person in crowd}

    def say(number: str, name: str, value: int) -> None:
        told[number][name].append(value)

    for row in rows_of(hr_client, report="period", file_format="csv"):
        for name, title in columns.items():
            say(row["Number"], name, seconds(row[title]))
    by_day: dict[str, dict[str, int]] = {number: dict.fromkeys(FIGURES, 0) for number in told}
    for row in rows_of(hr_client, report="days", file_format="csv"):
        for name, title in columns.items():
            by_day[row["Number"]][name] += seconds(row[title])
    for number, sums in by_day.items():
        for name, value in sums.items():
            say(number, name, value)
    for filled in sheet_rows(hr_client):
        for name, title in columns.items():
            say(filled["Number"], name, exact(filled[f"{title} (h)" if name == "balance" else title]))
    reader = api_client_factory("attendance:read")
    address = f"/api/v1/attendance/timesheets?from={FIRST}&to={LAST}"
    while address:
        page = reader.get(address).json()
        for one in page["results"]:
            if one["employee"]["number"] in told:
                for name in FIGURES:
                    say(one["employee"]["number"], name, one[name])
        address = page["next"]
    for person in crowd:
        month: Any = hr_client.get(f"/attendance/people/{person.number}/2026-10/")
        foot = month.content.decode().split("<tfoot>")[1].split("</tfoot>")[0]
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", foot, re.DOTALL)]
        for name, place in (("required", 0), ("worked", 1), ("balance", 2), ("night", 5)):
            say(person.number, name, seconds(cells[place]))
        sheet: Any = hr_client.get(reverse("timesheet_pdf", args=[person.number, FIRST]))
        text = "".join(page.extract_text() + "\n" for page in pypdf.PdfReader(io.BytesIO(sheet.content)).pages)
        text = text.split("the sums count them.")[1]
        for name, title in columns.items():
            found = re.search(rf"{title}\s*(-?\d+:\d\d(?::\d\d)?)", text)
            say(person.number, name, seconds(found[1]) if found else 0)

    assert {len(values) for figures in told.values() for values in figures.values()} == {6}
    assert {
        (number, name): values for number, sums in told.items() for name, values in sums.items() if len(set(values)) > 1
    } == {}
    assert sum(figures["worked"][0] % 60 > 0 for figures in told.values()) > PEOPLE / 2
