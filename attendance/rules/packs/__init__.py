"""Rules of some countries as data: what a policy needs to say there, and the article that each line comes from.

A pack is a file of values (``rules.values``) with, for each line, the article and what it says in plain words. It is
a starting point that HR edits: collective agreements and contracts say more, and only a lawyer says what holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from attendance.rules.policy import Policy
from attendance.rules.values import policy_from

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
class Pack:
    """The rules of a country, or of a state, as somebody read them on the day ``checked``."""

    code: str
    name: str
    country: str
    region: str
    checked: date
    lines: tuple[Line, ...]

    @property
    def values(self) -> dict[str, Any]:
        """Every value of a policy that the lines set; the rows of lists in the order of the lines."""
        found: dict[str, Any] = {}
        for line in self.lines:
            for name, value in line.values.items():
                found[name] = [*found.get(name, []), *value] if isinstance(value, list) else value
        return found

    @property
    def policy(self) -> Policy:
        """The pack as the rules see it."""
        return policy_from({"name": self.name, **self.values})


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
        lines = tuple(Line(row["article"], row["says"], row.get("values", {})) for row in content["line"])
        found = Pack(
            code=path.stem,
            name=content["name"],
            country=content["country"],
            region=content.get("region", ""),
            checked=content["checked"],
            lines=lines,
        )
        # A list that a later line replaced, or a value twice, is a mistake that nobody would see.
        single = [name for line in lines for name, value in line.values.items() if not isinstance(value, list)]
        if len(single) != len(set(single)):
            raise ValueError("a value is set by two lines")
        assert found.policy
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(f"{path.name}: {error}") from error
    return found
