"""Days and moments in sentences and lists: one way of writing them for each language, as pages have."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import formats


def day_text(day: date) -> str:
    """``28 Nov 2026``, or as the language and the company have it."""
    return str(formats.date_format(day, "SHORT_DATE_FORMAT"))


def moment_text(local: datetime, *, seconds: bool = False) -> str:
    """The same with the time of day, on the clock that the moment is given on."""
    return f"{day_text(local.date())}, {local:%H:%M:%S}" if seconds else f"{day_text(local.date())}, {local:%H:%M}"
