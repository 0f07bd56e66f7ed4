"""What somebody is to those who ask now."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    IN = "in"
    OUT = "out"
    PRESENT = "present"
    ABSENT = "absent"
    EXPECTED = "expected"
    LEAVE = "leave"
    OFF = "off"
