"""English dates: 28 November 2026, in tables 28 Nov 2026."""

from __future__ import annotations

from typing import Any

from presente.formats.styles import styled

OWN = {
    "DATE_FORMAT": "j F Y",
    "DATETIME_FORMAT": "j F Y, H:i",
    "MONTH_DAY_FORMAT": "j M",
    "SHORT_DATE_FORMAT": "j M Y",
    "SHORT_DATETIME_FORMAT": "j M Y, H:i",
    "TIME_FORMAT": "H:i",
    "YEAR_MONTH_FORMAT": "F Y",
}


def __getattr__(name: str) -> Any:
    return styled(name, OWN)
