"""Leave by the laws of some countries as data: what a rule needs to say there, and the article each line comes from.

A pack is a file of values (``rules.values``) with, for each line, the article and what it says in plain words. It is a
starting point that HR edits: collective agreements and contracts say more, and only a lawyer says what holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from leave.rules.shapes import Rule
from leave.rules.values import rule_from

FOLDER = Path(__file__).resolve().parent


class PackError(ValueError):
    """A pack that is not known, or cannot be read; the text names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one article says, and the values that follow from it; none where no figure can."""

    article: str
    says: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeaveType:
    """One type of leave, by the code and name that it gets where the company has none of that code."""

    code: str
    name: str
    paid: bool
    lines: tuple[Line, ...]

    @property
    def values(self) -> dict[str, Any]:
        """Every value that the lines set; the steps in the order of the lines."""
        found: dict[str, Any] = {}
        for line in self.lines:
            for name, value in line.values.items():
                found[name] = [*found.get(name, []), *value] if isinstance(value, list) else value
        return found

    @property
    def rule(self) -> Rule:
        """The type as the rules see it."""
        return rule_from({"name": self.name, **self.values})


@dataclass(frozen=True, slots=True)
class Pack:
    """The leave of a country, as somebody read its laws on the day ``checked``."""

    code: str
    name: str
    country: str
    checked: date
    types: tuple[LeaveType, ...]


@cache
def packs() -> Mapping[str, Pack]:
    """All packs by their codes. Raises PackError."""
    found = [_read(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {one.code: one for one in found}


def pack(code: str) -> Pack:
    """Raises PackError for a code that no pack has."""
    try:
        return packs()[code]
    except KeyError as error:
        raise PackError(f"{code}: no such pack; there are {', '.join(packs())}") from error


def _read(path: Path) -> Pack:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found = Pack(
            code=path.stem,
            name=content["name"],
            country=content["country"],
            checked=content["checked"],
            types=tuple(_type(row) for row in content["type"]),
        )
        for one in found.types:
            # A value twice is a mistake that nobody would see.
            names = [name for line in one.lines for name, value in line.values.items() if not isinstance(value, list)]
            if len(names) != len(set(names)):
                raise ValueError(f"{one.code}: a value is set by two lines")
            assert one.rule
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(f"{path.name}: {error}") from error
    return found


def _type(row: Mapping[str, Any]) -> LeaveType:
    lines = tuple(Line(one["article"], one["says"], one.get("values", {})) for one in row["line"])
    return LeaveType(row["code"], row["name"], row["paid"], lines)
