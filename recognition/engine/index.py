"""The gallery that serves: templates in blocks that take changes, and the nearest person by all processors.

A change (``changed``) makes another index that shares every block in which nobody changed: whoever compares goes on
with the one that they hold. What follows the people, follows at once and is what a gallery built anew would have: the
mean face from a running sum of the people's directions, and by it everything that is compared.

A search has two passes. The first goes over 8-bit copies and says for each row how high its person's score can be at
most (``block.Block``); the second compares those who could be among the two nearest as ``Gallery.match`` does, with the
vectors as they are. So the answer is that of a search without the first pass.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.block import SLACK, TOLERANCE, Block, Floats, Ints, Probe, Rows
from recognition.engine.gallery import Gallery, Match, blended
from recognition.engine.types import Vector

BLOCK = 8192
"""Rows of a block at most, more or less: a change makes one anew, which takes some milliseconds."""
WHOLE = 16384
"""Up to so many templates are compared in one pass: below it two passes take longer than the one."""
FIRST = 16
"""People who are compared before it is known which others have to be."""
CORES = os.cpu_count() or 1

Bounds = tuple[Ints, Floats]
"""Ids of rows, and the bound of each."""

_threads = ThreadPoolExecutor(CORES, thread_name_prefix="match")


@dataclass(frozen=True, eq=False)
class Index:
    """Every template of one model version, in blocks. Immutable, as ``Gallery``, which answers the same.

    ``people`` (p,) int64, rising, and ``counts`` (p,) of their templates; ``total`` (d,) the sum of their directions;
    ``centre`` (d,) the mean face; ``reference`` (d,) the one that the blocks' bounds were reckoned at.
    """

    blocks: tuple[Block, ...]
    people: Ints
    counts_each: Ints
    total: NDArray[np.float64]
    prior_centre: Vector
    centre_people: float
    reference: Vector
    block_rows: int = field(default=BLOCK, repr=False)
    whole_rows: int = field(default=WHOLE, repr=False)

    @classmethod
    def empty(
        cls,
        *,
        centre: Vector,
        centre_people: float = math.inf,
        block_rows: int = BLOCK,
        whole_rows: int = WHOLE,
    ) -> Index:
        """Nobody yet; ``centre`` and ``centre_people`` as for ``Gallery.build``."""
        nobody = np.empty(0, np.int64)
        middle = np.asarray(centre, np.float32)
        return cls((), nobody, nobody, np.zeros(len(middle)), middle, centre_people, middle, block_rows, whole_rows)

    def cleared(self) -> Index:
        """Nobody, for vectors of the same network."""
        return Index.empty(
            centre=self.prior_centre,
            centre_people=self.centre_people,
            block_rows=self.block_rows,
            whole_rows=self.whole_rows,
        )

    def filled(self, parts: Iterable[Rows]) -> Index:
        """This empty index with everybody in it; no two parts hold the same person, each becomes a block or several.

        Raises ``ValueError`` as ``changed`` does.
        """
        several = [piece for part in parts if len(part) for piece in _cut(_checked(part), self.block_rows)]
        if not several:
            return self
        owners, counts = (np.concatenate([getattr(one, name)() for one in several]) for name in ("people", "counts"))
        order = np.argsort(owners, kind="stable")
        total = np.sum([one.total() for one in several], axis=0)
        index = replace(self, people=owners[order], counts_each=counts[order], total=total)
        reference = index.centre
        blocks = tuple(_threads.map(lambda rows: Block.of(rows, reference), several))
        return replace(index, blocks=blocks, reference=reference)._prepared()

    def _prepared(self) -> Index:
        """This index, with what its first search would have to make."""
        _made = self._places if len(self) > self.whole_rows else self._whole
        return self

    @classmethod
    def of(cls, gallery: Gallery) -> Index:
        """The same templates and the same mean face."""
        index = cls.empty(centre=gallery.prior_centre, centre_people=gallery.centre_people)
        return index.filled([Rows(gallery.owners, gallery.ids, gallery.vectors, gallery.added)])

    @cached_property
    def centre(self) -> Vector:
        """What is taken from every row and every probe, as ``Gallery.centre``."""
        if not len(self.people) or math.isinf(self.centre_people):
            return self.prior_centre
        return blended(self.total, len(self.people), self.prior_centre, self.centre_people)

    def changed(self, owners: Iterable[int], rows: Rows) -> Index:
        """The index in which these people have ``rows`` and nothing else: whoever has none there is in it no longer.

        Raises ``ValueError`` for a vector that is not of length 1, or an id that comes twice.
        """
        _checked(rows)
        gone = np.union1d(np.fromiter(owners, np.int64), rows.people())
        total, kept, made, loose = self.total, [], [], []
        bounds: list[Bounds] = []
        for block in self.blocks:
            leaving = block.rows.rows_of(gone)
            if not len(leaving):
                kept.append(block)
                continue
            total = total - block.rows.take(leaving).total()
            staying = np.ones(len(block), bool)
            staying[leaving] = False
            returning = np.intersect1d(block.rows.owners[leaving], rows.owners)
            back = rows.rows_of(returning)
            made.append(Rows.joined([block.rows.take(staying), rows.take(back)]))
            bounds.append((block.rows.ids[staying], block.bounds[staying]))
            loose.append(returning)
        if len(rows):
            total = total + rows.total()
        new = rows.take(~np.isin(rows.owners, np.concatenate([np.empty(0, np.int64), *loose])))
        people, counts = self._counted(gone, rows)
        index = replace(self, people=people, counts_each=counts, total=total if len(people) else np.zeros_like(total))
        parts = [part for part in made if len(part)]
        # Bounds are of no use where everything is compared, and a small gallery's mean face moves with everybody.
        near = float(np.linalg.norm(index.centre - self.reference)) <= TOLERANCE
        reference = self.reference if near or counts.sum() <= self.whole_rows else index.centre
        blocks = index._laid(kept, parts, new, reference, bounds)
        return replace(index, blocks=blocks, reference=reference)._prepared()

    def _laid(
        self, kept: list[Block], parts: list[Rows], new: Rows, reference: Vector, bounds: list[Bounds]
    ) -> tuple[Block, ...]:
        """The blocks: those that nothing happened to, and what is left to be put into some. Small ones are joined.

        ``bounds``: those of the rows in ``parts`` whose people are what they were.
        """
        half = self.block_rows // 2
        loose = [part for part in parts if len(part) < half]
        full = [part for part in parts if len(part) >= half]
        light = [block for block in kept if len(block) < half]
        if len(new) or loose or len(light) > 1:
            loose += [block.rows for block in light]
            bounds = [*bounds, *((block.rows.ids, block.bounds) for block in light)]
            kept = [block for block in kept if len(block) >= half]
        if len(new):
            loose.append(new)
        if loose:
            full.append(Rows.joined(loose))
        known: Bounds | None = None
        if reference is not self.reference:
            kept = [block.moved(reference) for block in kept]
        elif any(len(ids) for ids, _bounds in bounds):
            known = np.concatenate([ids for ids, _bounds in bounds]), np.concatenate([found for _ids, found in bounds])
        made = (Block.of(part, reference, known) for rows in full for part in _cut(rows, self.block_rows))
        return (*kept, *made)

    def _counted(self, gone: Ints, rows: Rows) -> tuple[Ints, Ints]:
        staying = ~np.isin(self.people, gone)
        people = np.concatenate([self.people[staying], rows.people()])
        counts = np.concatenate([self.counts_each[staying], rows.counts()])
        order = np.argsort(people, kind="stable")
        return people[order], counts[order]

    def match(self, vector: Vector, *, without: int | None = None) -> Match:
        """The nearest person to ``vector`` (d,), and the next; ``without`` leaves one owner out of the search."""
        near = self._whole if len(self) <= self.whole_rows else self._nearest(vector, without)
        found = near.match(vector, without=without)
        others = len(self.people) - int(without is not None and self.holds(without))
        return replace(found, people=others, templates=len(self)) if found.best is not None else found

    def match_one(self, vector: Vector, owner: int) -> Match:
        """How near ``vector`` (d,) lies to one person, as ``Gallery.match_one``."""
        return self.part([owner]).match_one(vector, owner)

    def anchor(self, vector: Vector, owner: int) -> tuple[float, Floats]:
        """How near by HR's photos alone, as ``Gallery.anchor``."""
        return self.part([owner]).anchor(vector, owner)

    def holds(self, owner: int) -> bool:
        """Whether the person has a template here."""
        place = int(np.searchsorted(self.people, owner))
        return place < len(self.people) and int(self.people[place]) == owner

    def counts(self) -> Ints:
        """How many templates each of ``people`` has (p,)."""
        return self.counts_each

    def part(self, owners: Sequence[int] | Ints) -> Gallery:
        """Some of the people, compared by this index's mean face."""
        wanted = np.unique(np.asarray(owners, np.int64))
        found = (block.rows.take(block.rows.rows_of(wanted)) for block in self.blocks)
        return self._gallery([rows for rows in found if len(rows)])

    def dense(self) -> Gallery:
        """All of it in one piece, whose mean face follows it, for what leaves people out."""
        rows, middle = self.rows(), self.prior_centre
        return Gallery.build(
            rows.ids, rows.owners, rows.vectors, centre=middle, centre_people=self.centre_people, added=rows.added
        )

    def sampled(self, most: int) -> Gallery:
        """All of it, or ``most`` people spread evenly over it, compared by the mean face of all."""
        if len(self.people) <= most:
            return self.dense()
        places = np.unique(np.linspace(0, len(self.people) - 1, most).round().astype(np.int64))
        return self.part(self.people[places])

    def rows(self) -> Rows:
        """Every template, sorted by owner, then id."""
        return Rows.joined(block.rows for block in self.blocks) if self.blocks else self._nothing

    @property
    def ids(self) -> Ints:
        """Every template's id, sorted by owner, then id."""
        return self._column("ids")

    @property
    def added(self) -> NDArray[np.bool_]:
        """Which came from the kiosk, in the order of ``ids``."""
        return self._column("added")

    def _column(self, name: str) -> NDArray[Any]:
        if not self.blocks:
            return np.asarray(getattr(self._nothing, name))
        owners, ids, wanted = (
            np.concatenate([getattr(block.rows, column) for block in self.blocks]) for column in ("owners", "ids", name)
        )
        return np.asarray(wanted[np.lexsort((ids, owners))])

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    @property
    def _nothing(self) -> Rows:
        none = np.empty(0, np.int64)
        return Rows(none, none, np.empty((0, len(self.prior_centre)), np.float32), np.empty(0, np.bool_))

    @cached_property
    def _whole(self) -> Gallery:
        """A small index in one piece: made with the index, and compared with from then on."""
        return self._gallery([block.rows for block in self.blocks])

    def _gallery(self, parts: list[Rows]) -> Gallery:
        rows = Rows.joined(parts) if parts else self._nothing
        return Gallery.fixed(rows.ids, rows.owners, rows.vectors, rows.added, self.centre)

    def _nearest(self, vector: Vector, without: int | None) -> Gallery:
        """Everybody who can be among the two nearest, and few others."""
        ceilings = self._ceilings(Probe.of(vector, self.centre))
        if without is not None:
            ceilings[self._places.rows_of(np.array([without]))] = -np.inf
        first = self._people_of(_peaks(ceilings))
        distances = np.sort(first.distances(vector)[first.people != without])
        limit = 1 - float(distances[1]) ** 2 / 2 if len(distances) > 1 else 0.0
        if limit <= SLACK:
            return self._gallery([block.rows for block in self.blocks])
        return self._people_of(np.flatnonzero(ceilings >= limit - SLACK))

    def _ceilings(self, probe: Probe) -> Floats:
        """The ceiling of every row, block after block; the blocks are dealt out to a thread for each core."""
        edges = self._places.edges
        found = np.empty(int(edges[-1]), np.float32)

        def share(begin: int) -> None:
            for place in range(begin, len(self.blocks), CORES):
                self.blocks[place].ceilings(probe, found[edges[place] : edges[place + 1]])

        others = [_threads.submit(share, begin) for begin in range(1, min(CORES, len(self.blocks)))]
        share(0)
        for other in others:
            other.result()
        return found

    def _people_of(self, places: Ints) -> Gallery:
        """The people of some rows, counted over all blocks, with all their rows."""
        every, edges = self._places.people_of(places), self._places.edges
        cuts = np.searchsorted(every, edges)
        parts = (
            block.rows.take(every[begin:end] - edge)
            for block, edge, (begin, end) in zip(self.blocks, edges[:-1].tolist(), pairwise(cuts.tolist()), strict=True)
            if end > begin
        )
        return self._gallery(list(parts))

    @cached_property
    def _places(self) -> _Places:
        return _Places.of(self.blocks)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the rows lie when all blocks are counted through: ``edges`` (b + 1,) of the blocks; of each row (n,) where
    its person's rows begin and how many they are, and whose they are."""

    edges: Ints
    begins: Ints
    counts: Ints
    owners: Ints

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> _Places:
        edges = np.append(0, np.cumsum([len(block) for block in blocks])).astype(np.int64)
        starts = [block.rows.starts() + edge for block, edge in zip(blocks, edges[:-1], strict=True)]
        first = np.concatenate([np.empty(0, np.int64), *starts])
        counts = np.diff(np.append(first, edges[-1]))
        owners = np.concatenate([np.empty(0, np.int64), *(block.rows.owners for block in blocks)])
        return cls(edges, np.repeat(first, counts), np.repeat(counts, counts), owners)

    def people_of(self, places: Ints) -> Ints:
        """The places of all rows of the people of some rows, rising."""
        begins, first = np.unique(self.begins[places], return_index=True)
        counts = self.counts[places][first]
        offsets = np.repeat(begins - np.append(0, np.cumsum(counts)[:-1]), counts)
        return np.asarray(offsets + np.arange(len(offsets)), np.int64)

    def rows_of(self, owners: Ints) -> Ints:
        """The places of these people's rows."""
        return np.flatnonzero(np.isin(self.owners, owners)).astype(np.int64)


def _peaks(ceilings: Floats) -> Ints:
    """Where the highest of each of some parts lies, of those parts with the highest."""
    parts = max(2, min(FIRST * 2, len(ceilings) // 64))
    size = -(-len(ceilings) // parts)
    whole = ceilings[: len(ceilings) // size * size].reshape(-1, size)
    places = whole.argmax(axis=1) + size * np.arange(len(whole))
    if whole.size < len(ceilings):
        places = np.append(places, whole.size + int(ceilings[whole.size :].argmax()))
    return np.asarray(places[np.argsort(-ceilings[places])[:FIRST]], np.int64)


def _cut(rows: Rows, size: int) -> Iterator[Rows]:
    """Pieces of about equal length, about ``size`` at most, no person in two of them."""
    pieces = -(-len(rows) // size)
    ends = rows.starts()
    wanted = np.linspace(0, len(rows), pieces + 1)[1:-1]
    edges = [0, *(int(ends[np.searchsorted(ends, edge, side="right") - 1]) for edge in wanted), len(rows)]
    for begin, end in pairwise(edges):
        if end > begin:
            # A copy: a view would keep all of it in memory for as long as any of its pieces is.
            yield rows if pieces == 1 else rows.take(np.arange(begin, end))


def _checked(rows: Rows) -> Rows:
    if len(np.unique(rows.ids)) != len(rows):
        raise ValueError("a template's id comes twice")
    if not np.allclose(np.linalg.norm(rows.vectors, axis=1), 1, atol=1e-3):
        raise ValueError("a template is not of unit length")
    return rows
