"""What the rules gave, as JSON and back: for days that are kept as they were, whatever the rules become."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from attendance.rules import policy, shapes
from attendance.rules.approval import Split
from attendance.rules.worked import Punch

TAG = "~"
_CLASSES = {
    one.__name__: one for one in (*vars(policy).values(), *vars(shapes).values(), Punch, Split) if isinstance(one, type)
}
_SCALARS: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "ZoneInfo": ZoneInfo,
}


def packed(value: Any) -> bytes:
    """A value made of what the rules take and give, small; the same bytes for the same value."""
    text = json.dumps(_written(value), separators=(",", ":"), ensure_ascii=False)
    return zlib.compress(text.encode(), 6)


def unpacked(content: bytes) -> Any:
    """What ``packed`` was given. A field that was added to a class since has its default, one that went is left out."""
    return _read(json.loads(zlib.decompress(content)))


def _written(value: Any) -> Any:
    if isinstance(value, Enum):
        return {TAG: type(value).__name__, "": value.value}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value):
        values = ((one, getattr(value, one.name)) for one in fields(value))
        return {TAG: type(value).__name__} | {
            one.name: _written(content) for one, content in values if content != one.default
        }
    if isinstance(value, ZoneInfo):
        return {TAG: "ZoneInfo", "": value.key}
    if isinstance(value, date | time):
        return {TAG: type(value).__name__, "": value.isoformat()}
    if isinstance(value, Mapping):
        return {TAG: "dict", "": [[_written(key), _written(content)] for key, content in value.items()]}
    if isinstance(value, frozenset):
        return {TAG: "frozenset", "": sorted(value)}
    return {TAG: "tuple", "": [_written(one) for one in value]} if isinstance(value, tuple) else [*map(_written, value)]


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(one) for one in value]
    if not isinstance(value, dict):
        return value
    name = value[TAG]
    if name in _SCALARS:
        return _SCALARS[name](value[""])
    if name == "dict":
        return {_read(key): _read(content) for key, content in value[""]}
    if name == "frozenset":
        return frozenset(value[""])
    if name == "tuple":
        return tuple(_read(one) for one in value[""])
    kind = _CLASSES[name]
    if "" in value:
        return kind(value[""])
    known = {one.name for one in fields(kind)}
    return kind(**{key: _read(content) for key, content in value.items() if key in known})
