"""The scenarios of docs/attendance-rules.md: what was punched, what comes of it, and the written rule that decides."""

from attendance.tests.scenarios import breaks, days, handover, law, nights, overtime, patterns, terms, tiers
from attendance.tests.scenarios.shape import Scenario

ALL: tuple[Scenario, ...] = (
    *days.ALL, *nights.ALL, *breaks.ALL, *patterns.ALL, *overtime.ALL, *handover.ALL, *tiers.ALL,
    *terms.ALL, *law.ALL,
)
