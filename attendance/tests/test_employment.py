"""Employment that changes: leaving and coming back, moving, policies by person; what counts, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import ClockEvent, DayResult, WorkPolicy
from attendance.rules.shapes import Status
from attendance.selectors.timesheets import timesheet, timesheets
from attendance.services.results import results_catch_up, results_rebuild, results_refresh, results_verify
from employees.employment import history
from employees.models import Contract, Department, Employee, EmploymentPeriod, Posting, Site, User
from employees.services import (
    EmployeeError,
    employee_create,
    employee_move,
    employee_rehire,
    employment_change,
    employment_dates,
    employment_end,
    employment_remove,
    postings_apply,
)
from employees.tests.employment_kit import employ
from recognition.services import people_merge

pytestmark = pytest.mark.django_db
Punched = Callable[..., ClockEvent]
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
NOW = datetime.fromisoformat("2026-12-15T12:00:00+00:00")
HOUR = 3600


@pytest.fixture
def person(ana: Employee) -> Employee:
    employ(ana, hired_on=date(2026, 9, 1), time_zone="Europe/Madrid")
    ana.refresh_from_db()
    return ana


def works(person: Employee, punched: Punched, *days: date, hours: int = 8) -> None:
    for day in days:
        punched(person, "in", f"{day}T08:00")
        punched(person, "out", f"{day}T{8 + hours:02d}:00")


def counted(person: Employee, span: tuple[date, date]) -> dict[date, Status]:
    (one,) = timesheets(employees=Employee.objects.filter(pk=person.pk), first=span[0], last=span[1], now=NOW)
    return {day.figures.day: day.figures.status for day in one.result.days}


# Case 21: left on 9 October, hired again on 23 November.


@pytest.fixture
def returned(person: Employee, on_early_shift: Callable[[Employee], Employee], punched: Punched) -> Employee:
    on_early_shift(person)
    employ(person, hired_on=date(2026, 9, 1))
    works(person, punched, date(2026, 10, 8), date(2026, 10, 9))
    employment_end(employee=person, left_on=date(2026, 10, 9))
    employee_rehire(employee=person, hired_on=date(2026, 11, 23))
    works(person, punched, date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25))
    return person


def test_both_stints_count_and_nobody_is_absent_between_them(returned: Employee) -> None:
    sums = [
        next(timesheets(employees=Employee.objects.all(), first=first, last=last, now=NOW)).result
        for first, last in (OCTOBER, NOVEMBER)
    ]

    assert sum(one.total("worked") for one in sums) == 40 * HOUR
    between = [
        day.figures for one in sums for day in one.days if date(2026, 10, 10) <= day.figures.day <= date(2026, 11, 22)
    ]
    assert len(between) == 44
    assert {(one.status, one.absent, one.required) for one in between} == {(Status.NOT_EMPLOYED, 0, 0)}


def test_the_page_of_the_month_says_the_same(returned: Employee) -> None:
    for first, last in (OCTOBER, NOVEMBER):
        sheet = timesheet(employee=returned, first=first, last=last, now=NOW)
        assert {one.figures.day: one.figures.status for one in sheet.days} == counted(returned, (first, last))


def test_days_outside_the_employment_are_not_stored(returned: Employee) -> None:
    results_catch_up(now=NOW)
    results_rebuild(employees=Employee.objects.all(), first=date(2026, 8, 1), last=date(2026, 12, 10))
    results_refresh(now=NOW)

    stored = set(DayResult.objects.values_list("day", flat=True))
    assert min(stored) == date(2026, 9, 1)
    assert not any(date(2026, 10, 10) <= day <= date(2026, 11, 22) for day in stored)
    assert {date(2026, 10, 9), date(2026, 11, 23)} <= stored
    verified = results_verify(
        employees=Employee.objects.all(), first=date(2026, 8, 1), last=date(2026, 11, 26), now=NOW
    )
    assert list(verified) == []


def test_days_that_no_longer_belong_to_the_employment_are_taken_away(person: Employee) -> None:
    results_catch_up(now=NOW)
    results_refresh(now=NOW)
    assert DayResult.objects.filter(day=date(2026, 11, 2)).exists()

    employment_end(employee=person, left_on=date(2026, 10, 31))
    results_refresh(now=NOW)

    assert DayResult.objects.order_by("-day").values_list("day", flat=True)[0] == date(2026, 10, 31)


# Case 24, and the other guards.


def test_a_first_day_after_punches_is_refused_and_names_them(person: Employee, punched: Punched) -> None:
    works(person, punched, date(2026, 10, 20))
    period = person.employment.get()

    with pytest.raises(EmployeeError) as refused:
        employment_change(period=period, hired_on=date(2026, 11, 20), left_on=None)

    assert (refused.value.code, refused.value.field) == ("punches_outside", "hired_on")
    assert "2 punches" in refused.value.message
    assert "20/10/2026 08:00" in refused.value.message or "08:00" in refused.value.message
    assert timesheet(employee=person, first=OCTOBER[0], last=OCTOBER[1], now=NOW).result.total("worked") == 8 * HOUR


def test_a_last_day_before_punches_is_refused(person: Employee, punched: Punched) -> None:
    works(person, punched, date(2026, 10, 20))

    with pytest.raises(EmployeeError) as refused:
        employment_end(employee=person, left_on=date(2026, 10, 19))

    assert (refused.value.code, refused.value.field) == ("punches_outside", "left_on")
    assert person.left_on is None


def test_the_page_leads_to_the_day_of_the_punch_that_is_in_the_way(
    hr_client: Client, person: Employee, punched: Punched
) -> None:
    works(person, punched, date(2026, 10, 20))

    page = hr_client.post(reverse("person", args=["1001"]), {"do": "end", "left_on": "2026-10-19"}).text

    address = reverse("attendance_month", args=["1001", date(2026, 10, 1)])
    assert f'<a href="{address}?day=2026-10-20#d2026-10-20">Open the first one' in page


def test_a_new_first_day_after_the_last_one_is_a_second_employment(person: Employee, punched: Punched) -> None:
    works(person, punched, date(2026, 10, 20))
    employment_end(employee=person, left_on=date(2026, 10, 31))

    employment_dates(employee=person, hired_on=date(2026, 11, 20))

    assert [(one.hired_on, one.left_on) for one in person.employment.all()] == [
        (date(2026, 9, 1), date(2026, 10, 31)),
        (date(2026, 11, 20), None),
    ]
    assert timesheet(employee=person, first=OCTOBER[0], last=OCTOBER[1], now=NOW).result.total("worked") == 8 * HOUR


def test_a_night_that_began_on_the_last_day_may_end_on_the_day_after_it(person: Employee, punched: Punched) -> None:
    punched(person, "in", "2026-10-20T22:00")
    punched(person, "out", "2026-10-21T06:00")

    employment_end(employee=person, left_on=date(2026, 10, 20))

    assert timesheet(employee=person, first=OCTOBER[0], last=OCTOBER[1], now=NOW).result.total("worked") == 8 * HOUR


def test_work_after_the_last_day_counts_also_before_it_is_settled(person: Employee, punched: Punched) -> None:
    """A kiosk without a network brings a punch of a day that HR has meanwhile put after the last one."""
    employment_end(employee=person, left_on=date(2026, 10, 10))
    works(person, punched, date(2026, 10, 14))
    everybody = Employee.objects.all()

    for later in (0, 1, 2, 3):
        moment = datetime(2026, 10, 15 + later, 12, tzinfo=UTC)
        results_catch_up(now=moment)
        results_refresh(now=moment)
        (sums,) = timesheets(employees=everybody, first=date(2026, 10, 1), last=date(2026, 10, 31), now=moment)
        assert sums.result.total("worked") == 8 * HOUR, moment
    assert DayResult.objects.get(worked=8 * HOUR).day == date(2026, 10, 14)
    assert results_catch_up(now=moment) == 0


def test_a_period_with_punches_is_not_removed(returned: Employee) -> None:
    first, second = returned.employment.all()
    for period in (first, second):
        with pytest.raises(EmployeeError) as refused:
            employment_remove(period=period)
        assert refused.value.code == "punches_outside"


def test_two_employments_of_one_person_never_share_a_day(person: Employee) -> None:
    with pytest.raises(EmployeeError) as refused:
        employee_rehire(employee=person, hired_on=date(2026, 12, 1))
    assert refused.value.code == "invalid"

    # Past the service, the database itself.
    with pytest.raises(IntegrityError), transaction.atomic():
        EmploymentPeriod.objects.create(employee=person, hired_on=date(2026, 12, 1))
    EmploymentPeriod.objects.filter(employee=person).update(left_on=date(2026, 10, 1))
    EmploymentPeriod.objects.create(employee=person, hired_on=date(2026, 12, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        EmploymentPeriod.objects.filter(employee=person, left_on=None).update(hired_on=date(2026, 10, 1))


def test_nobody_is_their_own_manager(person: Employee) -> None:
    with pytest.raises(EmployeeError) as refused:
        employee_move(employee=person, valid_from=date(2026, 11, 1), manager=person)
    assert "own manager" in refused.value.message
    with pytest.raises(IntegrityError), transaction.atomic():
        Employee.objects.filter(pk=person.pk).update(manager=person)


# Cases 22 and 23: department and zone by date.


@pytest.fixture
def moved(person: Employee, other_department: Department, punched: Punched) -> Employee:
    works(person, punched, date(2026, 10, 20), date(2026, 11, 3))
    employee_move(employee=person, valid_from=date(2026, 11, 1), department=other_department)
    return person


def test_the_shares_of_two_departments_come_to_the_whole(
    person: Employee, department: Department, other_department: Department, punched: Punched
) -> None:
    works(person, punched, date(2026, 10, 14), date(2026, 10, 15), date(2026, 10, 16))
    employee_move(employee=person, valid_from=date(2026, 10, 15), department=other_department)

    shares = [
        next(timesheets(employees=Employee.objects.all(), first=OCTOBER[0], last=OCTOBER[1], now=NOW, department=one))
        for one in (department, other_department)
    ]
    whole = next(timesheets(employees=Employee.objects.all(), first=OCTOBER[0], last=OCTOBER[1], now=NOW))

    assert [one.result.total("worked") for one in shares] == [8 * HOUR, 16 * HOUR]
    assert whole.result.total("worked") == 24 * HOUR
    assert [one.place.department for one in shares] == [department, other_department]


def test_the_api_filters_and_says_the_department_of_the_days(
    moved: Employee, api_client_factory: Callable[..., object]
) -> None:
    client = api_client_factory("attendance:read")
    asked = {"from": "2026-10-01", "to": "2026-10-31"}

    there = client.get("/api/v1/attendance/days", asked | {"department": "Workshop"}).json()["results"]  # type: ignore[attr-defined]
    elsewhere = client.get("/api/v1/attendance/days", asked | {"department": "Office"}).json()["results"]  # type: ignore[attr-defined]

    assert [one["employee"]["department"] for one in there] == ["Workshop"]
    assert elsewhere == []
    events = client.get("/api/v1/attendance/events", {"department": "Workshop"}).json()["results"]  # type: ignore[attr-defined]
    assert [one["at"][:10] for one in events] == ["2026-10-20", "2026-10-20"]


def test_a_move_that_is_to_come_takes_effect_on_its_day(person: Employee, other_department: Department) -> None:
    today = timezone.localdate(timezone=person.zone)
    employee_move(employee=person, valid_from=today + timedelta(days=10), department=other_department)
    person.refresh_from_db()
    assert person.department != other_department

    Posting.objects.filter(department=other_department).update(valid_from=today)
    assert postings_apply() == 1
    assert postings_apply() == 0

    person.refresh_from_db()
    assert person.department == other_department


def test_a_change_in_the_form_of_a_person_holds_from_today(moved: Employee, department: Department) -> None:
    moved.department = department
    moved.save()

    known = history(moved)
    today = timezone.localdate(timezone=moved.zone)
    assert known.place(today).department == department
    assert known.place(date(2026, 10, 20)).department == department


# Case 12: policies by person and by contract.


def policy(**given: object) -> WorkPolicy:
    return WorkPolicy.objects.create(name="Rules", valid_from=date(2026, 1, 1), **given)


def overtime(person: Employee) -> dict[int, int]:
    week = (date(2026, 10, 5), date(2026, 10, 11))
    one = next(timesheets(employees=Employee.objects.filter(pk=person.pk), first=week[0], last=week[1], now=NOW))
    return one.result.overtime


@pytest.mark.parametrize("by", ["person", "contract", "hours"])
def test_two_people_of_one_department_have_policies_of_their_own(
    by: str, department: Department, punched: Punched
) -> None:
    week = [date(2026, 10, 5) + timedelta(days=number) for number in range(5)]
    people = [
        employee_create(
            number=f"P{hours}",
            first_name="Demo",
            department=department,
            time_zone="Europe/Madrid",
            hired_on=date(2026, 1, 1),
            contract=Contract.objects.create(name=f"{hours} h", weekly_minutes=hours * 60),
        )
        for hours in (48, 40)
    ]
    if by == "hours":
        policy(overtime=[{"scope": "week", "after": 0, "tier": 150, "contract": True}])
    for hours, person in zip((48, 40), people, strict=True):
        if by != "hours":
            concerned = {"employee": person} if by == "person" else {"contract": person.contract}
            policy(overtime=[{"scope": "week", "after": hours * 60, "tier": 150}], **concerned)
        works(person, punched, *week, hours=10)

    assert [overtime(person) for person in people] == [{150: 2 * HOUR}, {150: 10 * HOUR}]


def test_the_person_s_policy_comes_before_the_contract_s_and_that_before_the_department_s(
    person: Employee, punched: Punched, department: Department
) -> None:
    contract = Contract.objects.create(name="Full time", weekly_minutes=40 * 60)
    employee_move(employee=person, valid_from=date(2026, 1, 1), contract=contract)
    works(person, punched, *(date(2026, 10, 5) + timedelta(days=number) for number in range(5)), hours=10)
    found = []
    for hours, concerned in ((30, {}), (35, {"department": department}), (40, {"contract": contract})):
        policy(overtime=[{"scope": "week", "after": hours * 60, "tier": 150}], **concerned)
        found.append(overtime(person)[150] // HOUR)
    policy(overtime=[{"scope": "week", "after": 45 * 60, "tier": 150}], employee=person)

    assert [*found, overtime(person)[150] // HOUR] == [20, 15, 10, 5]


def test_a_policy_is_for_one_kind_of_whom_alone(person: Employee, department: Department) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        policy(employee=person, department=department)


def test_the_holidays_of_the_site_are_those_of_its_region(person: Employee) -> None:
    policy(holiday_country="ES", holiday_region="MD")
    site = Site.objects.create(name="Barcelona", holiday_country="ES", holiday_region="CT")
    diada = (date(2026, 9, 11), date(2026, 9, 11))
    assert counted(person, diada)[diada[0]] is not Status.HOLIDAY

    employee_move(employee=person, valid_from=date(2026, 9, 5), site=site)

    (one,) = timesheets(employees=Employee.objects.filter(pk=person.pk), first=diada[0], last=diada[1], now=NOW)
    assert one.result.days[0].figures.holiday


def test_the_history_takes_a_number_of_queries_that_does_not_grow(department: Department) -> None:
    from django.test.utils import CaptureQueriesContext

    from employees.employment import histories

    people = [employee_create(number=f"Q{number}", first_name="Demo", department=department) for number in range(12)]
    with CaptureQueriesContext(connection) as queries:
        found = histories(people)
        assert all(found[one.pk].place(date(2026, 1, 1)).department == department for one in people)
    assert len(queries) == 3


def test_records_with_punches_of_one_time_are_not_merged(
    ana: Employee, ben: Employee, hr: User, punched: Punched
) -> None:
    for one, day in ((ana, 1), (ana, 20), (ben, 25)):
        punched(one, "in", f"2026-10-{day:02} 09:00")
    people_merge(employee=ben, into=ana, by=hr)
    punched(ben, "in", "2026-10-10 09:00")
    with pytest.raises(EmployeeError, check=lambda refused: refused.code == "punches_overlap"):
        people_merge(employee=ben, into=ana, by=hr)
