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

    They have the names of the country's own language, whatever that of the server or the reader: names are stored with
    the days. Raises ``HolidayRegionError``.
    """
    if not country:
        return {}
    try:
        found = holidays.country_holidays(country, subdiv=region or None)
        named = holidays.country_holidays(country, subdiv=region or None, years=year, language=found.default_language)
        return dict(named)
    except NotImplementedError as error:
        raise HolidayRegionError(f"{country} {region}") from error


def regions(country: str) -> list[tuple[str, str]]:
    """The regions of a country that have holidays of their own, with their names; none where it is not known."""
    try:
        found = holidays.country_holidays(country)
    except NotImplementedError:
        return []
    # Of Wien and W, which are one region, the name that says more.
    named = {code: name for name, code in sorted(found.subdivisions_aliases.items(), key=lambda one: len(one[0]))}
    return sorted(((code, named.get(code, code)) for code in found.subdivisions), key=lambda one: one[1])


def known_until(country: str) -> int:
    """The last year whose public holidays of a country are known: of some they are told from one year to the next."""
    return int(holidays.country_holidays(country).end_year)


def has_holidays(country: str) -> bool:
    """Whether the country's public holidays are known."""
    return country in holidays.list_supported_countries()
