"""Sealed rows: evidence that carries the program's seal over its content (``common.seals``).

A row that SQL changed or put in has no seal that fits, whatever triggers stood in the way. What was removed, or put
back as it once was, the chain tells (``common.chain``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import models

from common.seals import seal, seal_key

M = TypeVar("M", bound=models.Model)
Say = Callable[[Any], str]

NOTHING = "~"


class Sealed(models.Model):
    """A row that is sealed whenever the program saves it.

    ``UNSEALED`` names fields that may change without it; ``STAMP`` the time by which the chain finds new rows.
    """

    UNSEALED: ClassVar[frozenset[str]] = frozenset()
    STAMP: ClassVar[str] = "at"

    seal = models.BinaryField(max_length=32, default=b"", editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Seal, then save; an update of named fields that are not sealed leaves the seal as it is."""
        fields = kwargs.get("update_fields")
        if fields is None or not set(fields) <= self.UNSEALED:
            self.seal = row_seal(self)
            if fields is not None:
                kwargs["update_fields"] = {*fields, "seal"}
        super().save(*args, **kwargs)


class SealedQuerySet(models.QuerySet[M]):
    """Rows that are sealed when many are added at once."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            row.seal = row_seal(row)  # type: ignore[attr-defined]
        return super().bulk_create(rows, *args, **kwargs)


def sealed_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """What the seal covers, in the order of the columns; a key that the database gives is not known in time."""
    left_out = {*getattr(model, "UNSEALED", ()), "seal"}
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in left_out and not isinstance(field, models.AutoField)
    ]


def row_seal(row: models.Model) -> bytes:
    """The seal of a row as it is about to be stored."""
    said = [_plain(field.to_python(getattr(row, field.attname))) for field in sealed_fields(type(row))]
    return seal(_content(row._meta.label_lower, said))


def raw_seals(
    model: type[models.Model], quote: Callable[[str], str], vendor: str
) -> tuple[list[str], Callable[[Sequence[Any]], bytes]]:
    """What to select of a row to compute its seal, and the function from those values to the seal.

    The database joins what it can write by itself as ``_content`` does, so that a million rows are read in seconds. Of
    values that no program of ours can have written the function makes b"", which fits no seal.
    """
    columns: list[str] = []
    says: list[Say | None] = []
    for whole, fields in groupby(sealed_fields(model), key=lambda field: _is_text(_target(field))):
        if whole:
            texts = [_as_text(field, quote, vendor) for field in fields]
            columns.append(" || ".join(f"LENGTH({one}) || ':' || {one}" for one in texts))
            says.append(None)
        else:
            several = list(fields)
            columns += [_as_is(field, quote, vendor) for field in several]
            says += [_reader(_target(field)) for field in several]
    head, key = model._meta.label_lower + "\n", seal_key()

    def of(values: Sequence[Any]) -> bytes:
        try:
            content = head + "".join(
                [value if say is None else _counted(say(value)) for say, value in zip(says, values, strict=True)]
            )
            return hmac.digest(key, content.encode(), hashlib.sha256)
        except (TypeError, ValueError):
            return b""

    return columns, of


def _as_text(field: models.Field[Any, Any], quote: Callable[[str], str], vendor: str) -> str:
    """A column as ``_plain`` writes it, in SQL."""
    name, kind = quote(str(field.column)), _target(field)
    text = name
    if isinstance(kind, models.DateTimeField):
        # SQLite has it as Django wrote it, which leaves out a fraction of zero.
        said = f"CAST({name} AS TEXT)"
        text = (
            f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
            if vendor == "postgresql"
            else f"CASE LENGTH({said}) WHEN 19 THEN {said} || '.000000' ELSE {said} END"
        )
    elif isinstance(kind, models.DateField):
        text = f"to_char({name}, 'YYYY-MM-DD')" if vendor == "postgresql" else f"CAST({name} AS TEXT)"
    elif isinstance(kind, models.BooleanField):
        text = f"CAST(CAST({name} AS INTEGER) AS TEXT)"
    elif isinstance(kind, models.IntegerField):
        text = f"CAST({name} AS TEXT)"
    elif isinstance(kind, models.UUIDField) and vendor == "postgresql":
        text = f"REPLACE(CAST({name} AS TEXT), '-', '')"
    return f"COALESCE({text}, '{NOTHING}')" if field.null else text


def _as_is(field: models.Field[Any, Any], quote: Callable[[str], str], vendor: str) -> str:
    """A column that Python has to write."""
    name = quote(str(field.column))
    is_json = vendor == "postgresql" and isinstance(_target(field), models.JSONField)
    return f"CAST({name} AS TEXT)" if is_json else name


def _content(label: str, said: Iterable[str]) -> bytes:
    return (label + "\n" + "".join([_counted(one) for one in said])).encode()


def _counted(text: str) -> str:
    """With its length before it: where one value ends and the next begins is part of what is sealed."""
    return f"{len(text)}:{text}"


def _plain(value: Any) -> str:
    """One way to write each value, whichever database it lies in."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple):
        # Through JSON and back: a tuple is a list there.
        return json.dumps(json.loads(json.dumps(value)), sort_keys=True, separators=(",", ":"))
    return str(value)


def _target(field: models.Field[Any, Any]) -> Any:
    """The field itself; of a foreign key the one that it points to."""
    kind: Any = field
    while isinstance(kind, models.ForeignKey):
        kind = kind.target_field
    return kind


def _is_text(kind: Any) -> bool:
    """Whether the database can write a column of this kind as ``_plain`` does."""
    plain = (models.CharField, models.TextField, models.UUIDField, models.IntegerField, models.BooleanField)
    return isinstance(kind, (*plain, models.DateField))


def _reader(kind: Any) -> Say:
    """How what is selected of a column is written as ``_plain`` writes it."""
    if isinstance(kind, models.JSONField):
        return _json
    if isinstance(kind, models.FloatField):
        return lambda value: NOTHING if value is None else repr(float(value))
    return _plain


_write_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@lru_cache(maxsize=4096)
def _json(value: str | bytes | None) -> str:
    if value is None:
        return NOTHING
    parsed = json.loads(value)
    return _write_json(parsed) if isinstance(parsed, dict | list) else _plain(parsed)
