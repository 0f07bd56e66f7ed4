"""The company's own zone, language and ways of writing: read by every process, chosen at set-up and in the settings.

The row is read at most once in ``FRESH_SECONDS`` by each process, so that a page costs no query for it.
"""

from __future__ import annotations

import math
import time
from contextlib import AbstractContextManager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError
from django.utils import formats, timezone

from common.models import Company

FRESH_SECONDS = 10.0
ROW = 1

_known: tuple[float, Company] = (-math.inf, Company())


def company() -> Company:
    """What is stored of the company; a row with nothing in it before set-up, and what was known last without a
    database."""
    until, found = _known
    if time.monotonic() < until:
        return found
    try:
        found = Company.objects.filter(pk=ROW).first() or Company()
    except DatabaseError:
        return found
    remember(found)
    return found


def remember(found: Company, *, seconds: float = FRESH_SECONDS) -> None:
    """Take this for what is stored, for so long."""
    global _known
    styled = (found.date_style, found.week_start) != (_known[1].date_style, _known[1].week_start)
    _known = (time.monotonic() + seconds, found)
    if styled:
        formats.reset_format_cache()


def company_change(found: Company) -> None:
    """Store it; this process knows at once, the others within ``FRESH_SECONDS``."""
    found.pk = ROW
    found.save()
    remember(found)


def zone_name() -> str:
    """The zone of the company's clock: chosen in the program, else ``PRESENTE_TIME_ZONE``, else UTC."""
    return company().time_zone or settings.TIME_ZONE


def zone_chosen() -> bool:
    """Whether anybody ever said which zone it is."""
    return bool(company().time_zone) or settings.TIME_ZONE_CHOSEN


def language() -> str:
    """The language of whoever has none of their own."""
    return company().language or settings.LANGUAGE_CODE


def in_company_zone() -> AbstractContextManager[None]:
    """Inside, days and times are those of the company's clock."""
    return timezone.override(ZoneInfo(zone_name()))


def use_company_zone() -> None:
    """From now on in this thread; for a process that does one thing."""
    timezone.activate(ZoneInfo(zone_name()))
