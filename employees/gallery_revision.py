"""The revision of who may be recognised: a number that every process watches, and who changed with each.

The number is one row of the database. A change takes it, and so the row's lock, until its transaction ends: revisions
are committed in the order of their numbers, on every database, and whoever sees one sees all before it. Nothing that
is committed late can slip in behind a reader.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max

from employees.models import GalleryChange, GalleryRevision

MOST = 2000
"""So many people may change one by one; past it everything is read anew, which is no slower."""
KEPT = 50_000
"""Revisions that are kept for those who read on; a process that was away for longer reads everything."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Up to ``revision``: ``people`` (keys of employees) changed; ``mark`` is that revision's."""

    revision: int
    mark: int
    people: frozenset[int]


def current() -> int:
    """The current number, in one statement."""
    return GalleryRevision.objects.values_list("number", flat=True).filter(pk=1).first() or 0


def advance(people: Collection[int] | None = None) -> None:
    """Say that who may be recognised has changed; call it in the transaction that changes it.

    ``people``: the keys of the employees concerned; an empty collection where something beside them changed, such as a
    threshold; None where nobody can say: then every process reads everything.
    """
    with transaction.atomic(savepoint=False):
        number = _next()
        everything, mark = people is None or len(people) > MOST, secrets.randbits(62)
        named: list[int | None] = [None]
        if people and not everything:
            named = [*sorted(set(people))]
        GalleryChange.objects.bulk_create(
            GalleryChange(number=number, person=one, everything=everything, mark=mark) for one in named
        )


def mark_of(number: int) -> int:
    """The mark of a revision; 0 where it is not kept."""
    return GalleryChange.objects.filter(number=number).values_list("mark", flat=True).first() or 0


def changes(after: int, mark: int) -> Changes | None:
    """What changed since a revision that is known with its mark.

    None where that cannot be told: everything changed, a number is missing, there are too many, or the revision has
    another mark and is so of another history.
    """
    if mark_of(after) != mark:
        return None
    since = GalleryChange.objects.filter(number__gt=after).order_by("number")
    rows = list(since.values_list("number", "person", "everything", "mark")[: MOST + 1])
    if not rows:
        return Changes(after, mark, frozenset())
    last, last_mark = rows[-1][0], rows[-1][3]
    whole = len({number for number, *_rest in rows}) == last - after
    if not whole or len(rows) > MOST or any(everything for _number, _person, everything, _mark in rows):
        return None
    return Changes(last, last_mark, frozenset(person for _number, person, *_rest in rows if person is not None))


def forget() -> int:
    """Delete the changes of long ago; how many rows that were."""
    newest = GalleryChange.objects.aggregate(newest=Max("number"))["newest"] or 0
    deleted, _kinds = GalleryChange.objects.filter(number__lt=newest - KEPT).delete()
    return deleted


def _next() -> int:
    """The next number; its row stays locked until the transaction ends."""
    while not GalleryRevision.objects.filter(pk=1).update(number=F("number") + 1):
        GalleryRevision.objects.get_or_create(pk=1)
    return current()
