"""Spanish dates: 28/11/2026 everywhere."""

from __future__ import annotations

from typing import Any

from presente.formats.styles import styled

OWN = {
    "DATE_FORMAT": "d/m/Y",
    "DATETIME_FORMAT": "d/m/Y, H:i",
    "MONTH_DAY_FORMAT": "d/m",
    "SHORT_DATE_FORMAT": "d/m/Y",
    "SHORT_DATETIME_FORMAT": "d/m/Y, H:i",
    "TIME_FORMAT": "H:i",
    "YEAR_MONTH_FORMAT": r"F \d\e Y",
}


def __getattr__(name: str) -> Any:
    return styled(name, OWN)
