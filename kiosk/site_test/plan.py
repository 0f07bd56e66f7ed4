"""The steps of a test at the door: who or what stands before the camera, how often, and for how long it is waited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kiosk.site_test.measures import LIVE, STRANGER

CONDITIONS = ("plain", "glasses", "light_left", "light_right")
"""How an employee stands there: as always, with glasses, with the light from the left and from the right."""
ATTACKS = ("print", "phone_photo", "phone_video")
LOOKS_OF_A_PERSON, LOOKS_OF_AN_ATTACK, LOOKS_OF_STRANGERS = 2, 3, 12
SECONDS_FOR_A_PERSON, SECONDS_FOR_AN_ATTACK, SECONDS_FOR_STRANGERS = 45, 60, 180
MOST_PEOPLE = 3
"""Three employees and their pictures take ten minutes."""


@dataclass(frozen=True, slots=True)
class Step:
    """``looks`` of one kind; ``employee``: the key of whom they show, None for strangers. The step is over after
    ``seconds``, however many looks there were."""

    kind: str
    condition: str
    employee: int | None
    looks: int
    seconds: int

    def as_dict(self) -> dict[str, Any]:
        """As a test's row keeps it."""
        return asdict(self)


def steps_for(employees: Sequence[int]) -> list[Step]:
    """The whole test with these employees, by their keys: each of them, then their pictures, then strangers."""
    people = [
        Step(LIVE, condition, employee, LOOKS_OF_A_PERSON, SECONDS_FOR_A_PERSON)
        for employee in employees
        for condition in CONDITIONS
    ]
    pictures = [
        Step(kind, "", employee, LOOKS_OF_AN_ATTACK, SECONDS_FOR_AN_ATTACK)
        for employee in employees
        for kind in ATTACKS
    ]
    return [*people, *pictures, Step(STRANGER, "", None, LOOKS_OF_STRANGERS, SECONDS_FOR_STRANGERS)]
