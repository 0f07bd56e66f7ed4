"""Read templates from the database: whose they are, and the vectors that are not known yet, decrypted."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from django.db.models import QuerySet

from employees import key_store, vault
from employees.models import Employee, EmployeeQuerySet, EnrolmentPhoto
from recognition.engine.block import Rows
from recognition.engine.index import BLOCK, Index
from recognition.engine.types import Vector
from recognition.models import FaceTemplate

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Templates that are decrypted together."""
PART = BLOCK - 128
"""Templates of a part: with the rest of the last person's it is one block."""
_Named = tuple[int, int, bool]


def open_vector(template: FaceTemplate, key: bytes) -> Vector:
    """Decrypt a template: (d,) float32 of unit length; raises ``VaultError``."""
    return _opened(key, bytes(template.sealed_vector), template.photo_id, template.version_id)


def seal_vector(vector: Vector, key: bytes, *, photo_id: object, version_id: int) -> bytes:
    """Encrypt a vector for the template of this photo and version."""
    plain = np.ascontiguousarray(vector, dtype=np.float32).tobytes()
    return vault.encrypt(key, plain, context=_context(photo_id, version_id))


def everybody(version: str, known: Index | None = None) -> Iterator[Rows]:
    """All who may be recognised, some thousand templates at a time, no person in two parts.

    ``known``: vectors that are in memory already, by their templates' ids. Whose key or template is damaged is left
    out, and the log names them: the others still come to work. Raises ``VaultError`` where the master key opens none.
    """
    have = _Vectors(known)
    part: list[_Named] = []
    wanted = _wanted(version, Employee.objects.all()).values_list("pk", "employee_id", "photo__source")
    for pk, owner, source in wanted.iterator(chunk_size=10_000):
        if len(part) >= PART and owner != part[-1][1]:
            yield _rows(part, have)
            part = []
        part.append((pk, owner, source == EnrolmentPhoto.Source.REFRESH))
    if part:
        yield _rows(part, have)


def some(version: str, people: Iterable[int], index: Index) -> Rows:
    """These people's templates, of those who may be recognised; ``index``: what is in memory already."""
    wanted = _wanted(version, Employee.objects.filter(pk__in=list(people)))
    found = list(wanted.values_list("pk", "employee_id", "photo__source"))
    here = index.part([owner for _pk, owner, _source in found])
    have = _Vectors(None, dict(zip(here.ids.tolist(), here.vectors, strict=True)))
    return _rows([(pk, owner, source == EnrolmentPhoto.Source.REFRESH) for pk, owner, source in found], have)


class _Vectors:
    """Vectors by the ids of their templates: those that are in memory, those that were decrypted just now."""

    def __init__(self, known: Index | None, named: dict[int, Vector] | None = None) -> None:
        self._named = named or {}
        self._rows = known.rows() if known is not None else None
        self._order = np.argsort(self._rows.ids) if self._rows is not None else np.empty(0, np.int64)

    def of(self, ids: list[int]) -> dict[int, Vector]:
        """Those of these templates that exist."""
        found = {pk: self._named[pk] for pk in ids if pk in self._named}
        if self._rows is not None and len(self._rows):
            places = np.searchsorted(self._rows.ids, ids, sorter=self._order)
            rows = self._order[np.minimum(places, len(self._order) - 1)]
            here = zip(ids, rows.tolist(), strict=True)
            found |= {pk: self._rows.vectors[row] for pk, row in here if int(self._rows.ids[row]) == pk}
        missing = [pk for pk in ids if pk not in found]
        for start in range(0, len(missing), AT_ONCE):
            found |= _decrypted(missing[start : start + AT_ONCE])
        return found


def _wanted(version: str, people: EmployeeQuerySet) -> QuerySet[FaceTemplate]:
    found = FaceTemplate.objects.filter(version__name=version, employee__in=people.recognisable().values("pk"))
    return found.exclude(photo__state=EnrolmentPhoto.State.REPLACED).order_by("employee_id", "pk")


def _rows(named: list[_Named], have: _Vectors) -> Rows:
    vectors = have.of([pk for pk, _owner, _added in named])
    # A template deleted between the two reads has no vector; its deletion moved the revision: the next look is right.
    # Nor has one that is damaged.
    there = [one for one in named if one[0] in vectors]
    stacked: Any = np.stack([vectors[pk] for pk, *_rest in there]) if there else np.empty((0, 0), np.float32)
    return Rows.of(
        np.fromiter((owner for _pk, owner, _added in there), np.int64),
        np.fromiter((pk for pk, *_rest in there), np.int64),
        np.asarray(stacked, np.float32),
        np.fromiter((added for *_rest, added in there), np.bool_),
    )


def _decrypted(ids: list[int]) -> dict[int, Vector]:
    columns = (
        "pk",
        "employee_id",
        "employee__public_id",
        "employee__number",
        "photo_id",
        "version_id",
        "sealed_vector",
    )
    keys: dict[int, bytes] = {}
    found = {}
    damaged: dict[str, vault.VaultError] = {}
    for pk, owner, public_id, number, photo, version, sealed in FaceTemplate.objects.filter(pk__in=ids).values_list(
        *columns
    ):
        try:
            if owner not in keys:
                keys[owner] = Employee(pk=owner, public_id=public_id, number=number).biometric_key()
            found[int(pk)] = _opened(keys[owner], bytes(sealed), photo, version)
        except vault.VaultError as error:
            damaged[number] = error
    if damaged and not key_store.opens_any():
        # Another master key, or no keys at all: that is told to everybody, and nobody becomes a stranger by it.
        raise next(iter(damaged.values()))
    for number, trouble in damaged.items():
        log.error("%s is not recognised until this is mended: %s", number, trouble)
    return found


def _opened(key: bytes, sealed: bytes, photo: object, version: int) -> Vector:
    return np.frombuffer(vault.decrypt(key, sealed, context=_context(photo, version)), dtype=np.float32)


def _context(photo: object, version: int) -> str:
    return f"template:{photo}:{version}"
