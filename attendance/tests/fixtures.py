"""What the attendance tests share: a clock that stands still, and punches at given times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, models

from attendance.models import ClockEvent, DirtySpan, Shift, ShiftAssignment
from attendance.services.results import results_refresh
from employees.models import Employee
from employees.tests.employment_kit import employ

MADRID = ZoneInfo("Europe/Madrid")
Punched = Callable[..., ClockEvent]


@pytest.fixture
def in_november() -> Iterator[None]:
    """The clock of 30 November 2026, for files about days of that month: only a year later they are too long ago."""
    with time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=MADRID)):
        yield


@pytest.fixture
def punched(db: None) -> Punched:
    """Stores an event as it is, for a past that the service would find too old."""
    numbers = count(1)

    def store(employee: Employee, direction: str, at: datetime | str, zone: str = "Europe/Madrid") -> ClockEvent:
        moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone)) if isinstance(at, str) else at
        return ClockEvent.objects.create(
            employee=employee,
            direction=direction,
            at=moment,
            zone=zone,
            method="pin",
            idempotency_key=f"test-{employee.pk}-{next(numbers)}",
        )

    return store


@pytest.fixture
def early_shift(db: None) -> Shift:
    """9 to 17 from Monday to Friday with five minutes of grace."""
    return Shift.objects.create(
        name="Early", starts_at=time(9), ends_at=time(17), weekdays=[0, 1, 2, 3, 4], grace_minutes=5
    )


@pytest.fixture
def on_early_shift(early_shift: Shift) -> Callable[[Employee], Employee]:
    """Puts somebody on the early shift, employed in Madrid for long enough."""

    def assign(employee: Employee) -> Employee:
        employ(employee, hired_on=date(2020, 1, 1))
        employee.time_zone = "Europe/Madrid"
        employee.save()
        ShiftAssignment.objects.create(employee=employee, shift=early_shift, valid_from=date(2020, 1, 1))
        return employee

    return assign


@contextmanager
def counted_meanwhile(kept: type[models.Model], now: datetime) -> Iterator[None]:
    """Has a worker count the marked days while somebody reads: between the marks and what is ``kept``, or the other
    way round."""
    tables = {DirtySpan._meta.db_table, kept._meta.db_table}
    seen = 0

    def between(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        nonlocal seen
        if sql.startswith("SELECT") and any(name in sql for name in tables):
            seen += 1
            if seen == 2:
                results_refresh(now=now)
        return execute(sql, *arguments)

    with connection.execute_wrapper(between):
        yield
    assert not DirtySpan.objects.exists()
