"""What is refused of a change to a person."""

from __future__ import annotations

from datetime import date

from common.refusals import Refusal


class EmployeeError(Refusal):
    """A change to a person, their employment, their consent or their photos that is refused."""

    status = 409


class PunchesOutside(EmployeeError):
    """Punches would lie outside the employment; ``day`` is that of the first one."""

    def __init__(self, message: str, *, field: str, day: date) -> None:
        super().__init__("punches_outside", message, field=field)
        self.day = day
