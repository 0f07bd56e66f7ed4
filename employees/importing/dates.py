"""Days and times as people and spreadsheets write them, and in which order a file has day and month."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.spreadsheets import Cell, fold

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
_NUMBERS = re.compile(r"(\d{1,2})\s*([./\-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})(?!\d)")
_ISO = re.compile(r"(\d{4})([./\-])(\d{1,2})\2(\d{1,2})(?!\d)")
_OFFSET = re.compile(r"\d{4}-\d\d-\d\d(?:T.*| \d\d:\d\d.*(?:Z|[+\-]\d\d:?\d\d))")
_COMPACT = re.compile(r"((?:19|20)\d{6})(?:[T ]?(?=\d{4}(?:\d\d)?$)| |$)")
_SERIAL = re.compile(r"(\d{5})([.,]\d+)?")
_FRACTION = re.compile(r"0?[.,]\d+")
_TIME = re.compile(
    r"(\d{1,2})\s*[:.h]\s*(\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(?:([ap])?\.?\s*(?:m\.?)?|min\.?|h(?:rs?|s)?\.?)$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(\d\d)(\d\d)(\d\d)?$")
_HOUR = re.compile(r"(\d{1,2})\s*(?:([ap])\.?\s*m\.?|h(?:rs?|s)?\.?)$", re.IGNORECASE)
_MIDNIGHT = re.compile(r"24\s*[:.h]?\s*00(?:[:.]?00(?:[.,]0+)?)?(?:\s*h(?:rs?|s)?\.?)?$", re.IGNORECASE)
"""The end of a day, which is the beginning of the next."""
_NO_HOUR = re.compile(r"T?00:00(?::00(?:\.0+)?)?\s*(?:Z|[+\-]\d\d:?\d\d)?")
"""What programs put behind a day that has no time."""
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_MONTHS = (
    "jan january ene enero janeiro",
    "feb february febrero fev fevereiro",
    "mar march marzo marco",
    "apr april abr abril",
    "may mayo mai maio",
    "jun june junio junho",
    "jul july julio julho",
    "aug august ago agosto",
    "sep sept september septiembre set setiembre setembro",
    "oct october octubre out outubro",
    "nov november noviembre novembro",
    "dec december dic diciembre dez dezembro",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_WEEKDAYS = (
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday "
    "lun lunes mar martes mie miercoles jue jueves vie viernes sab sabado dom domingo "
    "seg segunda ter terca qua quarta qui quinta sex sexta feira"
)
_NO_MATTER = frozenset(f"de del of the th st nd rd o ro er {_WEEKDAYS}".split())
_WEEKDAY = re.compile(r"[^\W\d_]+(?:-feira)?[.,]{0,2}\s+(?=\d)")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_EXCEL = date(1899, 12, 30)


Day = TypeVar("Day", bound=date)


class DayUnclear(ValueError):
    """A day that could be read both ways, in a file whose order nobody has told."""


@dataclass(frozen=True, slots=True)
class Order:
    """In which order a file has day and month.

    ``said`` is what to read it by, empty where it has to be asked; ``both`` a text that could be read both ways and
    ``why`` what the order follows from: ``values``, ``language``, ``answer``, or nothing where it makes no difference.
    """

    said: str
    both: str = ""
    why: str = ""


def order_of(cells: Iterable[Cell], *, answer: str = "", spanish: bool = False) -> Order:
    """What the days of a file tell of their order; ``answer`` is what somebody said, ``spanish`` what to begin with."""
    both, day_first, month_first = "", False, False
    for cell in cells:
        found = _NUMBERS.match(_plain(cell)) if isinstance(cell, str) else None
        if found is None:
            continue
        first, second = int(found.group(1)), int(found.group(3))
        day_first |= first > 12 >= second
        month_first |= second > 12 >= first
        if first != second and first <= 12 and second <= 12:
            both = both or found.group()
    if answer in (DAY_FIRST, MONTH_FIRST):
        return Order(answer, both, "answer")
    if day_first != month_first:
        return Order(DAY_FIRST if day_first else MONTH_FIRST, both, "values")
    if both or (day_first and month_first):
        return Order(DAY_FIRST if spanish and not month_first else "", both, "language" if spanish else "")
    return Order(DAY_FIRST)


def perhaps_swapped(cells: Iterable[Cell]) -> bool:
    """Whether a spreadsheet program may have taken the day for the month in some dates.

    One set to month first makes a date of each 12/11 that it meets, and leaves 25/11 as text.
    """
    days = list(cells)
    made = [cell for cell in days if isinstance(cell, date)]
    texts = [found for cell in days if isinstance(cell, str) and (found := _NUMBERS.match(_plain(cell)))]
    left = any(int(found.group(1)) > 12 >= int(found.group(3)) for found in texts)
    return bool(made) and left and all(cell.day <= 12 for cell in made)


def read_day(cell: Cell, order: str) -> date:
    """The day in a cell. Raises ``ValueError``, and ``DayUnclear`` where it needs the order."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, time):
        raise ValueError(cell)
    day, rest = _day_and_rest(cell, order)
    _likely(day)
    if rest and not _NO_HOUR.fullmatch(rest) and (_MIDNIGHT.match(rest) or _read_time(rest) != time()):
        raise ValueError(cell)
    return day


def read_moment(cell: Cell, order: str) -> datetime:
    """The instant in a cell, with an offset where it has one. Raises ``ValueError`` and ``DayUnclear``."""
    if isinstance(cell, datetime):
        return cell
    if not isinstance(cell, str):
        raise ValueError(cell)
    cell = _plain(cell)
    if _OFFSET.fullmatch(cell):
        return _likely(datetime.fromisoformat(cell))
    serial = _SERIAL.fullmatch(cell)
    if serial and serial.group(2):
        return _from_serial(cell)
    day, rest = _day_and_rest(cell, order)
    if not rest:
        raise ValueError(cell)
    return _likely(at_time(day, rest))


def at_time(day: date, cell: Cell) -> datetime:
    """The day with the time in a cell; 24:00 is the beginning of the next day. Raises ``ValueError``."""
    later = isinstance(cell, str) and _MIDNIGHT.match(_plain(cell))
    return datetime.combine(day + timedelta(days=1) if later else day, read_time(cell))


def read_time(cell: Cell) -> time:
    """The time of day in a cell. Raises ``ValueError``."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    if not isinstance(cell, str):
        raise ValueError(cell)
    return _read_time(cell)


def in_words(day: date) -> str:
    """A day that nobody can read in two ways, such as 12 November 2026."""
    return date_format(day, _("j F Y"))


def _likely(day: Day) -> Day:
    """The day, unless nobody who is alive means it: a year with a digit too few."""
    if not 1900 <= day.year <= 2100:
        raise ValueError(day)
    return day


def _day_and_rest(text: str, order: str) -> tuple[date, str]:
    text = _plain(text)
    if found := _ISO.match(text):
        year, _dot, month, day = found.groups()
        return date(int(year), int(month), int(day)), text[found.end() :].strip(" ,")
    if found := _NUMBERS.match(text):
        return _by_order(found, order), text[found.end() :].strip(" ,")
    if found := _COMPACT.match(text):
        return datetime.strptime(found.group(1), "%Y%m%d").date(), text[found.end() :].strip(" ,")
    if _SERIAL.fullmatch(text):
        return _from_serial(text).date(), ""
    return _from_words(text)


def _plain(text: str) -> str:
    """The text with plain digits and marks, and without the weekday that may stand before the day."""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    found = _WEEKDAY.match(text)
    if found and set(fold(found.group()).split()) <= _NO_MATTER:
        rest = text[found.end() :]
        # In words, "mar 12 2026" has a month.
        return rest if _NUMBERS.match(rest) or _ISO.match(rest) else text
    return text


def _by_order(found: re.Match[str], order: str) -> date:
    first, second, year = int(found.group(1)), int(found.group(3)), int(found.group(4))
    if len(found.group(4)) == 2:
        year += 2000 if year < 70 else 1900
    if not order and first != second:
        if first <= 12 and second <= 12:
            raise DayUnclear(found.group())
        order = DAY_FIRST if first > 12 else MONTH_FIRST
    return date(year, first, second) if order == MONTH_FIRST else date(year, second, first)


def _from_words(text: str) -> tuple[date, str]:
    """Such as 12 de noviembre de 2026, 12-nov-26 or Nov 12, 2026, and what follows it."""
    numbers: list[int] = []
    month = 0
    end = 0
    for found in _WORDS.finditer(text):
        word = fold(found.group())
        end = found.end()
        if word.isdigit():
            numbers.append(int(word))
        elif word in _MONTH and not month:
            month = _MONTH[word]
        elif word not in _NO_MATTER:
            raise ValueError(text)
        if month and len(numbers) == 2:
            break
    if not month or len(numbers) != 2:
        raise ValueError(text)
    day, year = numbers
    if year < 100:
        year += 2000 if year < 70 else 1900
    return date(year, month, day), text[end:].strip(" ,")


def _from_serial(text: str) -> datetime:
    """What a spreadsheet program counts in days since 1900."""
    days, _dot, part = text.replace(",", ".").partition(".")
    moment = datetime.combine(_EXCEL, time()) + timedelta(
        days=int(days), seconds=round(float(f"0.{part or 0}") * 86400)
    )
    if not 1930 <= moment.year <= 2100:
        raise ValueError(text)
    return moment


def _read_time(text: str) -> time:
    text = _plain(text)
    if _FRACTION.fullmatch(text):
        seconds = round(float(text.replace(",", ".")) * 86400)
        return (datetime.min + timedelta(seconds=min(seconds, 86399))).time()
    if _MIDNIGHT.match(text):
        return time()
    if found := _HOUR.match(text):
        hour, minute, second, half = found.group(1), "0", "0", found.group(2) or ""
    elif found := _DIGITS.match(text):
        hour, minute, second, half = found.group(1), found.group(2), found.group(3) or "0", ""
    elif found := _TIME.match(text):
        hour, minute, second, half = found.group(1), found.group(2), found.group(3) or "0", found.group(4) or ""
    else:
        raise ValueError(text)
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(text)
        hours = hours % 12 + 12 * (half.lower() == "p")
    return time(hours, int(minute), int(second))
