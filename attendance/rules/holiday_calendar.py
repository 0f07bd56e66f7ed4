"""Public holidays by country and region."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays


class HolidayRegionError(ValueError):
    """A country or region whose holidays are not known."""


@lru_cache(maxsize=512)
def public_holidays(country: str, region: str, year: int) -> Mapping[date, str]:
    """The public holidays of a year, by day: none without a country (ISO 3166, such as ``ES`` and ``MD``).

    Raises ``HolidayRegionError``.
    """
    if not country:
        return {}
    try:
        return dict(holidays.country_holidays(country, subdiv=region or None, years=year))
    except NotImplementedError as error:
        raise HolidayRegionError(f"{country} {region}") from error
