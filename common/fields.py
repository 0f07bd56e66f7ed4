"""Kinds of columns that several apps have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q, QuerySet

from common.plain import plain

Row = TypeVar("Row", bound=models.Model)
BATCH = 500


class PlainField(models.CharField[str, str]):
    """Other columns of the row, joined and without accents and capitals: what a search compares with.

    It is written by whatever writes the row, a bulk import too; ``PlainQuerySet`` keeps it where columns are changed
    without the row.
    """

    def __init__(self, *, of: Sequence[str] = (), **given: Any) -> None:
        self.of = tuple(of)
        super().__init__(**{"max_length": 500, "editable": False, "default": "", **given})

    def deconstruct(self) -> Any:
        """As a migration writes it."""
        name, path, args, given = super().deconstruct()
        return name, path, args, {**given, "of": list(self.of)}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """What the other columns say now."""
        found = plain(" ".join(str(getattr(model_instance, name)) for name in self.of))[: self.max_length]
        setattr(model_instance, self.attname, found)
        return found


class PlainRow(models.Model):
    """A row that is found by ``searched``, also after a save of some columns alone."""

    searched: Any

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        columns = kwargs.get("update_fields")
        if columns is not None and set(columns) & set(_field(type(self)).of):
            kwargs["update_fields"] = {*columns, "searched"}
        super().save(*args, **kwargs)


class PlainQuerySet(QuerySet[Row]):
    """Keeps ``searched`` where columns that it is made of are changed in bulk."""

    def update(self, **kwargs: Any) -> int:
        """As Django does it; of the rows whose names change ``searched`` follows."""
        own = _field(self.model)
        if not set(kwargs) & set(own.of):
            return super().update(**kwargs)
        keys = list(self.values_list("pk", flat=True))
        changed = super().update(**kwargs)
        rows = list(self.model._default_manager.filter(pk__in=keys))
        for row in rows:
            own.pre_save(row, False)
        self.model._default_manager.bulk_update(rows, ["searched"], batch_size=BATCH)
        return changed


def _field(model: type[models.Model]) -> PlainField:
    found = model._meta.get_field("searched")
    assert isinstance(found, PlainField)
    return found


def finding(words: str, *, where: str = "searched") -> Q:
    """Rows in which every word stands, however it is accented or capitalised."""
    found = Q()
    for word in plain(words).split():
        found &= Q(**{f"{where}__contains": word})
    return found
