"""Kinds of columns that several apps have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q, QuerySet

from common.plain import in_order, plain

Row = TypeVar("Row", bound=models.Model)
BATCH = 500


class _Derived(models.Field[Any, Any]):
    """Follows from other columns of its row, and is written by whatever writes the row, a bulk import too.

    ``PlainQuerySet`` keeps it where columns are changed without the row.
    """

    def __init__(self, *, of: Sequence[str] = (), **given: Any) -> None:
        self.of = tuple(of)
        super().__init__(**{"editable": False, **given})

    def deconstruct(self) -> Any:
        """As a migration writes it."""
        name, path, args, given = super().deconstruct()
        return name, path, args, {**given, "editable": self.editable, "of": list(self.of)}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """What the other columns say now."""
        found = self.made([str(getattr(model_instance, name)) for name in self.of])
        setattr(model_instance, self.attname, found)
        return found

    def made(self, parts: list[str]) -> Any:
        """What is stored for these words of the other columns."""
        raise NotImplementedError


class PlainField(_Derived, models.CharField[str, str]):
    """Other columns of the row, joined and without accents and capitals: what a search compares with."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"max_length": 500, "default": "", **given})

    def made(self, parts: list[str]) -> str:
        return plain(" ".join(parts))[: self.max_length]


class OrderField(_Derived, models.BinaryField[Any, Any]):
    """Other columns of the row as a list of names is put in order by them, equal in each database."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"default": b"", **given})

    def made(self, parts: list[str]) -> bytes:
        return in_order(*parts)


class PlainRow(models.Model):
    """A row that is found by ``searched`` and stands by ``sort_key``, also after a save of some columns alone."""

    searched: Any
    sort_key = OrderField(of=("last_name", "first_name"))

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        columns = kwargs.get("update_fields")
        if columns is not None:
            kwargs["update_fields"] = {*columns, *(one.name for one in _following(type(self), columns))}
        super().save(*args, **kwargs)


class PlainQuerySet(QuerySet[Row]):
    """Keeps what follows from names where those are changed in bulk."""

    def update(self, **kwargs: Any) -> int:
        """As Django does it; of the rows whose names change ``searched`` and the like follow."""
        following = _following(self.model, kwargs)
        if not following:
            return super().update(**kwargs)
        keys = list(self.values_list("pk", flat=True))
        changed = super().update(**kwargs)
        rows = list(self.model._default_manager.filter(pk__in=keys))
        for row in rows:
            for own in following:
                own.pre_save(row, False)
        names = [own.name for own in following]
        self.model._default_manager.bulk_update(rows, names, batch_size=BATCH)
        return changed


def _following(model: type[models.Model], columns: Iterable[str]) -> list[_Derived]:
    """Those columns that are made of one of these."""
    changed = set(columns)
    return [one for one in model._meta.concrete_fields if isinstance(one, _Derived) and changed & set(one.of)]


def finding(words: str, *, where: str = "searched") -> Q:
    """Rows in which every word stands, however it is accented or capitalised."""
    found = Q()
    for word in plain(words).split():
        found &= Q(**{f"{where}__contains": word})
    return found
