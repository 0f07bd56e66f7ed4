"""What may be approved: each app above describes its requests in one shape, and lists those that wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from employees.models import Employee


@dataclass(frozen=True, slots=True)
class Subject:
    """A request: whose it is, for which days, and how large (days of leave, hours of overtime).

    ``other``: who swaps with them, and does not decide either.
    """

    kind: str
    key: str
    employee: Employee
    first: date
    last: date
    asked_at: datetime
    other: Employee | None = None
    leave_type: int | None = None
    size: Decimal | None = None

    @property
    def people(self) -> list[Employee]:
        return [self.employee, *([self.other] if self.other is not None else [])]


Source = Callable[[datetime], Iterable[Subject]]
SOURCES: dict[str, Source] = {}
"""By name: what gives the requests that were asked for before an instant and wait still. Apps add theirs when ready."""
