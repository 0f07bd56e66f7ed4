"""How dates are written: by the language, or as the company chose; and on which day a calendar's week begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.company import company

STYLES: Mapping[str, tuple[str, str]] = {"dmy": ("d/m/Y", "d/m"), "mdy": ("m/d/Y", "m/d"), "ymd": ("Y-m-d", "m-d")}
"""Of each style the whole date, and the day in its month."""

TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%H.%M", "%Hh%M", "%Hh")
"""Ways to write a time of day: 18:30, 18.30, 18h30, 18h. The first is how a form shows one."""


def styled(name: str, own: Mapping[str, str]) -> Any:
    """What Django asks a language's formats for; raises ``AttributeError`` for what is left to it."""
    if name == "FIRST_DAY_OF_WEEK":
        # Django counts from Sunday.
        return (company().week_start + 1) % 7
    if name == "TIME_INPUT_FORMATS":
        return list(TIMES)
    if name not in own:
        raise AttributeError(name)
    if (chosen := STYLES.get(company().date_style)) is None:
        return own[name]
    date, day = chosen
    ours = {
        "DATE_FORMAT": date,
        "DATETIME_FORMAT": f"{date}, H:i",
        "MONTH_DAY_FORMAT": day,
        "SHORT_DATE_FORMAT": date,
        "SHORT_DATETIME_FORMAT": f"{date}, H:i",
    }
    return ours.get(name, own[name])
