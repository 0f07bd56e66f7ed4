"""A large company for `python -m bench pages`: people, shifts, a month of stored days, the punches of two days."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from employees.models import Employee, User

DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Madrid")
DEPARTMENT = 50
BACK = 40
"""So many days have stored results."""
PATTERNS = 20
"""So many people's days are counted by the rules; those of the others are copies of them."""
BATCH = 1000


def begin(hr: User) -> None:
    """What there is before anybody is hired: a company, its shifts, a policy, types of absence, last month locked."""
    from attendance.models import AbsenceType, Shift, WorkPolicy
    from attendance.services.periods import period_create
    from common.models import Company

    Company.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Madrid"})
    hired = date.today() - 900 * DAY
    every = [0, 1, 2, 3, 4, 5, 6]
    for name, begins, ends in (("Early", 6, 14), ("Day", 9, 17), ("Late", 14, 22)):
        Shift.objects.create(name=name, starts_at=clock(begins), ends_at=clock(ends), weekdays=every)
    WorkPolicy.objects.create(name="Bench", valid_from=hired, rest_minutes=660)
    AbsenceType.objects.create(code="vacation", name="Vacation")
    first = date.today().replace(day=1)
    period_create(first=first, last=first + 27 * DAY, by=hr)


def hire(there: int, people: int, by: User) -> None:
    """People from number ``there`` on, in departments of 50, each on a shift, with punches, photos and requests."""
    from attendance.models import Shift, ShiftAssignment
    from employees.models import Department, Employee, EmploymentPeriod

    hired = date.today() - 900 * DAY
    shifts = list(Shift.objects.order_by("pk"))
    departments = [
        Department.objects.get_or_create(name=f"Department {number:03}")[0]
        for number in range((people - 1) // DEPARTMENT + 1)
    ]
    new = Employee.objects.bulk_create(
        Employee(
            number=f"B{number:05}",
            first_name="Bench",
            last_name=f"Person {number:05}",
            time_zone=ZONE.key,
            department=departments[number // DEPARTMENT],
        )
        for number in range(there, people)
    )
    EmploymentPeriod.objects.bulk_create(EmploymentPeriod(employee=one, hired_on=hired) for one in new)
    assigned = [ShiftAssignment(employee=one, shift=shifts[one.pk % 3], valid_from=hired) for one in new]
    ShiftAssignment.objects.bulk_create(assigned)
    _punch(new, [date.today() - back * DAY for back in range(4)])
    _agree(new)
    _ask(new, by)
    _count(new)


def _punch(people: Iterable[Employee], days: Iterable[date]) -> None:
    """In and out by the shift, some late, some with a forgotten check-out, some absent; nothing that lies ahead."""
    from django.utils import timezone

    from attendance.models import ClockEvent

    events, now = [], timezone.now()
    for person in people:
        if person.pk % 25 == 0:
            continue
        begins = (6, 9, 14)[person.pk % 3]
        late = 20 if person.pk % 30 == 1 else 0
        for day in days:
            start = datetime.combine(day, clock(begins), ZONE) + timedelta(minutes=late + person.pk % 7 - 6)
            times = [(0.0, "in"), (4.0, "out"), (4.5, "in"), (8.0, "out")]
            for hours, direction in times[: 3 if person.pk % 40 == 2 else 4]:
                at = start + timedelta(hours=hours, minutes=8)
                if at <= now:
                    key = f"bench-{person.pk}-{at:%d%H%M}"
                    events.append(
                        ClockEvent(
                            employee=person,
                            direction=direction,
                            at=at,
                            zone=ZONE.key,
                            method="face",
                            idempotency_key=key,
                        )
                    )
    for some in _batches(events):
        ClockEvent.objects.bulk_create(some)


def _agree(people: Iterable[Employee]) -> None:
    """Nine of ten agreed to be recognised, and have five photos."""
    from employees.models import Consent, EnrolmentPhoto

    agreed = [one for one in people if one.pk % 10]
    Consent.objects.bulk_create(
        Consent(employee=one, policy_version="bench", method=Consent.Method.PAPER) for one in agreed
    )
    photos = [
        EnrolmentPhoto(
            employee=one,
            state=EnrolmentPhoto.State.ACCEPTED,
            source=EnrolmentPhoto.Source.UPLOAD,
            fingerprint=f"{one.pk}-{number}",
            quality={"score": 0.8},
        )
        for one in agreed
        if one.pk % 12
        for number in range(5)
    ]
    for some in _batches(photos):
        EnrolmentPhoto.objects.bulk_create(some)


def _ask(people: Iterable[Employee], by: User) -> None:
    """One of a hundred waits for time off, one for a correction; one of fifty is away."""
    from django.utils import timezone

    from attendance.models import Absence, AbsenceType, CorrectionRequest, RequestState

    vacation, today = AbsenceType.objects.get(code="vacation"), date.today()
    absences, asked = [], []
    for one in people:
        if one.pk % 50 == 3:
            state = RequestState.REQUESTED if one.pk % 100 == 3 else RequestState.APPROVED
            first = today + 7 * DAY if state == RequestState.REQUESTED else today - DAY
            absences.append(Absence(employee=one, kind=vacation, first=first, last=first + 4 * DAY, state=state))
        if one.pk % 100 == 4:
            at = timezone.now() - 3 * DAY
            asked.append(
                CorrectionRequest(
                    employee=one,
                    kind="add",
                    direction="in",
                    at=at,
                    zone=ZONE.key,
                    reason="forgotten",
                    requested_by=by,
                )
            )
    Absence.objects.bulk_create(absences)
    CorrectionRequest.objects.bulk_create(asked)


def _count(people: list[Employee]) -> None:
    """Have what is marked counted, as workers do, then give everybody the stored days of one of ``PATTERNS``."""
    from attendance.models.results import row_from
    from attendance.rules.calculate import calculate
    from attendance.rules.worked import Punch
    from attendance.selectors.plans import PlanBook
    from attendance.services.results import results_refresh

    results_refresh()
    last = date.today() - 2 * DAY
    first = last - (BACK - 1) * DAY
    models = people[: PATTERNS * 3]
    book = PlanBook(models, first, last)
    figures = []
    for number, person in enumerate(models):
        punches = []
        begins = (6, 9, 14)[person.pk % 3]
        for back in range(-4, BACK + 6):
            day = last - back * DAY
            if (number * 7 + back) % 29 == 0:
                continue
            start = datetime.combine(day, clock(begins), ZONE) + timedelta(minutes=(number + back) % 9 - 4)
            out = (number * 5 + back) % 37 != 0
            for hours, direction in ((0, "in"), (8, "out"))[: 2 if out else 1]:
                at = start + timedelta(hours=hours)
                punches.append(Punch(at, ZONE.key, direction, f"{number}-{at:%j%H}"))
        figures.append([one.figures for one in calculate(book.of(person), punches, first=first, last=last)])
    for some in _batches(_rows(people, figures, row_from), 20 * BATCH):
        _store(some)


def _rows(people: list[Employee], figures: list[list[Any]], row_from: Any) -> Iterator[Any]:
    """The stored days of each person, as those of the model with the same shift."""
    made = [[row_from(0, one) for one in days] for days in figures]
    for number, person in enumerate(people):
        for row in made[number % len(made)]:
            own = copy.copy(row)
            own.employee_id = person.pk
            yield own


def _store(rows: list[Any]) -> None:
    from attendance.models import DayResult

    people = {one.employee_id for one in rows}
    DayResult.objects.filter(employee__in=people, day__in={one.day for one in rows}).delete()
    DayResult.objects.bulk_create(rows, batch_size=BATCH)


def _batches(rows: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    some: list[Any] = []
    for one in rows:
        some.append(one)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
