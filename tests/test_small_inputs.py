"""Small inputs with the figures that they give, through the API: punches in, days and timesheets out.

Each is a kind of fault that systems like this one have; ``ELSEWHERE`` names the tests of those that need more than
punches and a policy.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from attendance.models import Absence, AbsenceType, CompanyHoliday, Shift, ShiftAssignment, WorkPolicy
from attendance.services.policies import policy_from_pack
from attendance.tests.fixtures import Punched
from employees.models import Employee
from employees.tests.employment_kit import employ

pytestmark = pytest.mark.django_db
LA_PAZ = ZoneInfo("America/La_Paz")
DAY = timedelta(days=1)
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
EARLY, LATE = ("06:00-14:00", EVERY_DAY), ("14:00-22:00", EVERY_DAY)
NIGHT, OFFICE = ("22:00-06:00", EVERY_DAY), ("09:00-17:00", EVERY_DAY)
HOLIDAY = {"overtime": [{"scope": "holiday", "after": 0, "tier": 200}]}
WEEKEND = {"overtime": [{"scope": "weekend", "after": 0, "tier": 150}]}
WHOLE = {"missing_in": 0, "missing_out": 0}
H = 3600


@dataclass(frozen=True)
class Case:
    """``punches`` are ``0 06:00 in``: the day from Monday, 0, and the time on the wall clock in La Paz.

    ``shifts`` are hours with weekdays and perhaps other fields; ``days`` and ``total`` what is expected.
    """

    row: int
    punches: str
    days: dict[int, dict[str, Any]] = field(default_factory=dict)
    total: dict[str, Any] = field(default_factory=dict)
    shifts: tuple[Any, ...] = ()
    policy: dict[str, Any] = field(default_factory=dict)
    pack: str = ""
    holiday: int | None = None
    half: str = ""
    why: str = ""


def week(hours: str, begin: int = 8) -> str:
    """So many hours on each day from Monday."""
    return ", ".join(
        f"{day} {begin:02}:00 in, {day} {begin + int(length):02}:00 out" for day, length in enumerate(hours.split())
    )


CASES = [
    Case(1, "0 09:00:00 in, 0 12:00:00 out, 0 12:00:45 in, 0 17:00:00 out", {0: {"worked": 8 * H - 45, **WHOLE}}),
    Case(
        2,
        "0 06:00 in, 0 13:57 out, 0 13:59 in, 0 22:00 out",
        {0: {"worked": 16 * H - 120, **WHOLE}},
        shifts=(EARLY, LATE),
    ),
    Case(
        3,
        "0 22:00 in, 1 05:57 out, 1 05:59 in, 1 14:00 out",
        {0: {"worked": 8 * H - 180, **WHOLE}, 1: {"worked": 8 * H + 60, **WHOLE}},
        shifts=(("22:00-06:00", [0]), ("06:00-14:00", [1])),
    ),
    Case(4, "0 06:00 in, 0 22:00 out", {0: {"worked": 16 * H, **WHOLE}}, shifts=(EARLY, LATE)),
    Case(
        5,
        "0 08:00 in, 1 07:56 out, 1 07:58 in, 2 08:00 out",
        {0: {"worked": 24 * H - 240, **WHOLE}, 1: {"worked": 24 * H + 120, **WHOLE}},
        shifts=(("08:00-08:00", EVERY_DAY),),
    ),
    Case(6, "0 09:00 in, 0 21:00:01 out", {0: {"worked": 12 * H + 1, **WHOLE}}, shifts=(OFFICE,)),
    Case(
        8,
        "0 22:00 in, 1 06:00 out",
        {0: {"worked": 8 * H, "ordinary": 2 * H, "overtime": {"200": 6 * H}}},
        shifts=(NIGHT,),
        policy=HOLIDAY,
        holiday=1,
    ),
    Case(
        9,
        "0 22:00 in, 1 06:00 out",
        {0: {"worked": 8 * H, "ordinary": 6 * H, "overtime": {"200": 2 * H}}},
        shifts=(NIGHT,),
        policy=HOLIDAY,
        holiday=0,
    ),
    Case(10, "4 22:00 in, 5 06:00 out", {4: {"overtime": {"150": 6 * H}}}, shifts=(NIGHT,), policy=WEEKEND),
    Case(
        11,
        "5 08:00 in, 5 16:00 out, 6 08:00 in, 6 16:00 out",
        {5: {"overtime": {}}, 6: {"overtime": {"200": 8 * H}}},
        pack="bolivia",
    ),
    Case(
        13,
        week("10 10 10 10 10 10"),
        total={"worked": 60 * H, "overtime": {"200": 9 * H, "300": 3 * H}},
        shifts=(("08:00-18:00", [0, 1, 2, 3, 4, 5]),),
        pack="mexico",
    ),
    Case(
        13,
        week("11 11 11 11 11 8"),
        {5: {"overtime": {"200": 8 * H}}},
        {"overtime": {"200": 15 * H}},
        shifts=(("08:00-18:00", [0, 1, 2, 3, 4]),),
        pack="mexico",
        why="the day of rest is no part of the nine hours",
    ),
    Case(
        14,
        "0 08:02 in, 0 12:01 out, 0 13:00 in, 0 17:04 out",
        {0: {"worked": 8 * H, "overtime": {}, "flags": {}}},
        shifts=(("08:00-12:00+13:00-17:00", EVERY_DAY),),
        pack="brazil",
    ),
    Case(
        15,
        "0 09:00 in, 0 18:00 out",
        {0: {"worked": 8 * H, "balance": 0}},
        shifts=(("09:00-18:00", EVERY_DAY, {"pause_minutes": 60}),),
    ),
    Case(
        16,
        "0 09:00 in, 0 13:00 out",
        {0: {"leave": 4 * H, "early": 0, "balance": 0}},
        shifts=(("09:00-18:00", EVERY_DAY, {"pause_minutes": 60}),),
        half="second",
    ),
    Case(17, "", total={"required": 44 * H}, shifts=(("09:00-17:00", [0, 1, 2, 3, 4]), ("09:00-13:00", [5]))),
    Case(
        18,
        "0 08:00 in, 0 08:30 out, 0 08:45 in, 0 17:00 out",
        {0: {"worked": 8 * H + 1800, "taken_break": 900, "auto_break": 900}},
        shifts=(OFFICE,),
        policy={"breaks": [{"after": 360, "length": 30}]},
    ),
    Case(
        18,
        "0 08:00 in, 0 08:30 out, 0 08:45 in, 0 17:00 out",
        {0: {"worked": 7 * H + 1800, "taken_break": 0, "auto_break": 1800}},
        shifts=(OFFICE,),
        policy={"breaks": [{"after": 360, "length": 30}], "count_before": False},
        why="time before the shift does not count, and no break is taken there",
    ),
    Case(
        18,
        "0 10:00 in, 0 14:00 out, 0 17:00 in, 0 21:00 out",
        {0: {"worked": 8 * H, "taken_break": 0, "auto_break": 0}},
        shifts=(("10:00-14:00+17:00-21:00", EVERY_DAY),),
        policy={"breaks": [{"after": 360, "length": 30}]},
        why="who is free between the two parts of a shift owes no other break",
    ),
    Case(
        19,
        "0 06:00 in, 0 14:00 out, 0 22:00 in, 1 06:00 out",
        {0: {"worked": 16 * H, "taken_break": 0, **WHOLE}, 1: {"worked": 0}},
    ),
    Case(
        29,
        "0 08:00 in, 0 12:30 out, 0 13:00 in, 0 21:30 out",
        {0: {"ordinary": 8 * H, "overtime": {"150": 4 * H, "200": H}}},
        pack="california",
    ),
]
ELSEWHERE = {
    7: ("attendance/tests/test_import.py", "test_the_order_of_lines_tells_which_of_the_hours_that_come_twice_is_meant"),
    12: ("attendance/tests/test_employment.py", "test_two_people_of_one_department_have_policies_of_their_own"),
    20: ("reporting/tests/test_later_changes.py", "test_a_policy_says_what_its_edit_would_have_changed"),
    21: ("attendance/tests/test_employment.py", "test_both_stints_count_and_nobody_is_absent_between_them"),
    22: ("reporting/tests/test_employment_files.py", "test_october_s_file_of_a_department_has_whoever_was_in_it"),
    23: ("reporting/tests/test_employment_files.py", "test_the_file_of_the_days_has_the_wall_clock_of_the_day"),
    24: ("attendance/tests/test_employment.py", "test_a_first_day_after_punches_is_refused_and_names_them"),
    25: (
        "attendance/tests/test_closing.py",
        "test_approvals_are_taken_back_by_what_changes_the_figures_and_both_are_told",
    ),
    26: ("attendance/tests/test_closing_corrections.py", "test_a_lock_asks_about_corrections_by_the_persons_own_date"),
    27: ("attendance/tests/test_closing.py", "test_leave_asked_for_in_a_locked_period_is_approved_as_an_adjustment"),
    28: ("tests/test_small_inputs.py", "test_ten_days_have_one_total_everywhere"),
    30: ("reporting/tests/test_payroll.py", "test_by_pay_code_a_forgotten_check_out_has_a_line"),
    31: ("kiosk/tests/test_direction.py", "test_63_seconds_after_coming_in_nothing_is_recorded_without_a_touch"),
    32: ("attendance/tests/test_closing.py", "test_period_overtime_is_that_of_the_period_whatever_days_are_asked_for"),
}


@pytest.fixture
def monday() -> date:
    """Of a week that is over and no longer ago than the API takes punches."""
    today = timezone.now().date()
    return today - (today.weekday() + 14) * DAY


@pytest.fixture
def person(ana: Employee) -> Employee:
    employ(ana, hired_on=date(2020, 1, 1), time_zone="America/La_Paz")
    ana.refresh_from_db()
    return ana


def prepare(case: Case, person: Employee, monday: date) -> None:
    """Store the shifts, the policy, the holiday and the leave of the case."""
    for number, (hours, weekdays, *more) in enumerate(case.shifts):
        parts = [[time.fromisoformat(one) for one in part.split("-")] for part in hours.split("+")]
        split = {"kind": "split", "resumes_at": parts[1][0], "finishes_at": parts[1][1]} if len(parts) > 1 else {}
        fields = {"starts_at": parts[0][0], "ends_at": parts[0][1], **split, **(more[0] if more else {})}
        shift = Shift.objects.create(name=f"Shift {number}", weekdays=weekdays, **fields)
        ShiftAssignment.objects.create(employee=person, shift=shift, valid_from=date(2020, 1, 1))
    if case.pack:
        policy = policy_from_pack(code=case.pack, valid_from=date(2020, 1, 1))
        # A public holiday of that country in the week of the test would have its own tier.
        policy.holiday_country = ""
        policy.save()
    elif case.policy:
        WorkPolicy.objects.create(name="Case", valid_from=date(2020, 1, 1), **case.policy)
    if case.holiday is not None:
        CompanyHoliday.objects.create(day=monday + case.holiday * DAY, name="Holiday")
    if case.half:
        kind = AbsenceType.objects.create(code="vacation", name="Vacation")
        Absence.objects.create(employee=person, kind=kind, first=monday, last=monday, half=case.half, state="approved")


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one.row}{' ' if one.why else ''}{one.why}")
def test_what_the_api_is_told_and_what_it_tells(
    case: Case, person: Employee, monday: date, api_client_factory: Callable[..., APIClient]
) -> None:
    prepare(case, person, monday)
    device, reader = api_client_factory("attendance:write"), api_client_factory("attendance:read")
    for number, text in enumerate(filter(None, case.punches.split(", "))):
        day, moment, direction = text.split()
        at = datetime.combine(monday + int(day) * DAY, time.fromisoformat(moment), LA_PAZ)
        event = {
            "employee": person.number,
            "direction": direction,
            "at": at.isoformat(),
            "idempotency_key": f"case-{case.row}-{number}",
        }
        answer = device.post("/api/v1/attendance/events", event, format="json")
        assert answer.status_code == 201, answer.content

    asked = {"from": f"{monday}", "to": f"{monday + 6 * DAY}", "employee": person.number}
    (told,) = reader.get("/api/v1/attendance/days", asked).json()["results"]
    (sums,) = reader.get("/api/v1/attendance/timesheets", asked).json()["results"]

    by_day = {one["day"]: one for one in told["days"]}
    found = {
        day: {name: by_day[f"{monday + day * DAY}"][name] for name in figures} for day, figures in case.days.items()
    }
    assert found == case.days
    assert {name: sums[name] for name in case.total} == case.total


def test_ten_days_have_one_total_everywhere(
    person: Employee, punched: Punched, hr_client: Client, api_client_factory: Callable[..., APIClient]
) -> None:
    """Ten times 20 minutes and 50 seconds: 3:28:20."""
    first, last = date(2026, 9, 7), date(2026, 9, 18)
    for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11):
        punched(person, "in", f"{first + number * DAY}T10:00:00", "America/La_Paz")
        punched(person, "out", f"{first + number * DAY}T10:20:50", "America/La_Paz")
    asked = {"first": f"{first}", "last": f"{last}", "q": person.number, "report": "period"}

    api = api_client_factory("attendance:read").get(
        "/api/v1/attendance/timesheets", {"from": f"{first}", "to": f"{last}", "employee": person.number}
    )
    table: Any = hr_client.get(reverse("attendance_file"), {**asked, "file_format": "csv"})
    book: Any = hr_client.get(reverse("attendance_file"), {**asked, "file_format": "xlsx"})
    page: Any = hr_client.get(f"/attendance/people/{person.number}/2026-09/")
    sheet: Any = hr_client.get(reverse("timesheet_pdf", args=[person.number, date(2026, 9, 1)]))

    assert api.json()["results"][0]["worked"] == 3 * H + 28 * 60 + 20
    assert ",3:28:20," in table.getvalue().decode("utf-8-sig")
    filled: Any = openpyxl.load_workbook(io.BytesIO(book.getvalue())).active
    cells = [value for row in filled.iter_rows(values_only=True) for value in row]
    assert timedelta(hours=3, minutes=28, seconds=20) in cells or time(3, 28, 20) in cells
    assert "3:28:20" in page.content.decode().split("<tfoot>")[1]
    assert "3:28:20" in "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(sheet.content)).pages)


def test_every_small_input_has_a_test() -> None:
    there = {one.row for one in CASES} | set(ELSEWHERE)
    assert there == set(range(1, 33))
    for path, name in ELSEWHERE.values():
        assert f"def {name}(" in (Path(settings.BASE_DIR) / path).read_text(encoding="utf-8"), name
