"""Countries, the cities of their time zones and what follows from a country: from CLDR, in the reader's language."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Protocol, TypeVar

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import get_timezone_location
from babel.languages import get_official_languages
from django.conf import settings
from django.utils.translation import get_language, gettext

from common.plain import plain

UTC = "UTC"
Choices = list[tuple[str, str]]


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every IANA zone this machine knows. Its folder has hundreds of files: it is read once, not at each punch."""
    return frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """The country of each zone that this machine's tables know, by the zone's name."""
    return {zone: country for zone, country in get_global("zone_territories").items() if zone in zone_names()}


def places() -> list[tuple[str, Choices]]:
    """Every zone's city under its country, both in the reader's language and order, with what is stored: the zone."""
    return _places(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=4)
def _places(language: str) -> list[tuple[str, Choices]]:
    found: dict[str, Choices] = {}
    for zone, code in _zones().items():
        if name := country_name(code, language):
            found.setdefault(name, []).append((zone, f"{name}: {city(zone, language)}"))
    return [(name, sorted(cities, key=itemgetter(1))) for name, cities in sorted(found.items(), key=_unaccented)]


def _unaccented(entry: tuple[str, Choices]) -> str:
    return plain(entry[0])


def country_of(zone: str) -> str:
    """The two letters of the zone's country; empty for one of no country, such as UTC."""
    code = _zones().get(zone, "")
    return code if code.isalpha() else ""


def country_name(code: str, language: str = "") -> str:
    """The country in the reader's language; empty where the code is none."""
    found = Locale.parse(language or get_language() or settings.LANGUAGE_CODE, sep="-").territories
    return str(found.get(code, "")) if code.isalpha() else ""


class Ruled(Protocol):
    """Rules of a country, or of a part of one."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def country(self) -> str: ...


Rules = TypeVar("Rules", bound=Ruled)


def by_country(found: Iterable[Rules]) -> list[tuple[str, Rules]]:
    """Rules with the name of their country in the reader's language and order; its parts, by their own names."""
    rows = list(found)
    times = Counter(one.country for one in rows)
    named = [(country_name(one.country) if times[one.country] == 1 else gettext(one.name), one) for one in rows]
    return sorted(named, key=lambda row: plain(row[0]))


def city(zone: str, language: str = "") -> str:
    """The zone's city in the reader's language."""
    return str(
        get_timezone_location(
            zone, return_city=True, locale=Locale.parse(language or get_language() or settings.LANGUAGE_CODE, sep="-")
        )
    )


def city_names(zone: str) -> set[str]:
    """What the zone's city is called: in its country's languages and the program's, and in the zone's own name."""
    found = {zone.rpartition("/")[2].replace("_", " ")}
    for language in (*_languages(country_of(zone)), *(code for code, _name in settings.LANGUAGES)):
        try:
            found.add(city(zone, language.replace("_", "-")))
        except UnknownLocaleError:
            continue
    return found


def zone_text(zone: str) -> str:
    """“La Paz time”, as people say it in the reader's language; a zone of no place, such as UTC, by its own name."""
    if "/" not in zone or zone.startswith("Etc/"):
        return zone
    return gettext("%(city)s time") % {"city": city(zone)}


def first_weekday(country: str) -> int:
    """On which day calendars there begin a week, 0 for Monday."""
    for language in (*_languages(country), "en"):
        try:
            return Locale(language, country).first_week_day
        except UnknownLocaleError:
            continue
    return 0


def language_of(country: str) -> str:
    """The first of the country's languages that the program speaks; empty where it speaks none."""
    ours = {code for code, _name in settings.LANGUAGES}
    return next((one for one in _languages(country) if one in ours), "")


def _languages(country: str) -> tuple[str, ...]:
    return tuple(get_official_languages(country, de_facto=True)) if country else ()
