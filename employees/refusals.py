"""What is refused of a change to a person."""

from __future__ import annotations

from common.refusals import Refusal


class EmployeeError(Refusal):
    """A change to a person, their employment, their consent or their photos that is refused."""

    status = 409
