"""Everybody enrolled is a stranger to all others: each in turn is left out of the gallery and held against it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recognition.engine.gallery import Gallery

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Up to so many people the mean face is made anew without the one left out; among more, one moves it by less than 2 %.
EXACT = 50
TOGETHER = 50


def evenly(people: int, most: int) -> Ints:
    """Places of at most ``most`` of ``people``, spread evenly over them."""
    return np.unique(np.linspace(0, people - 1, min(people, most)).round().astype(np.int64))


def rows_of(gallery: Gallery, place: int) -> slice:
    """Where the templates of the person at ``place`` in ``people`` lie."""
    begin = int(gallery.starts[place])
    return slice(begin, int(gallery.starts[place + 1]) if place + 1 < len(gallery.starts) else len(gallery))


def left_out(gallery: Gallery, places: Ints) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Of each of ``places`` (in ``people``) the distances (k, p − 1) of the person's templates to everybody else, as if
    the person had never been enrolled. Two people at least."""
    if len(gallery.people) <= EXACT:
        for place in places.tolist():
            rows = rows_of(gallery, place)
            yield place, gallery.without(int(gallery.people[place])).distances_of(gallery.vectors[rows])
        return
    # Several people's rows in one product: the gallery is read once for all of them.
    for begin in range(0, len(places), TOGETHER):
        some = places[begin : begin + TOGETHER].tolist()
        rows_each = [rows_of(gallery, place) for place in some]
        distances = gallery.distances_between(np.concatenate([gallery.matrix[rows] for rows in rows_each]))
        ends = np.cumsum([rows.stop - rows.start for rows in rows_each])
        for place, own in zip(some, np.split(distances, ends[:-1]), strict=True):
            yield place, np.delete(own, place, axis=1)


def cosines_left_out(gallery: Gallery, places: Ints) -> Iterator[tuple[int, Floats]]:
    """``left_out`` as the cosines that belong to the distances."""
    for place, distances in left_out(gallery, places):
        yield place, 1 - np.square(distances.astype(np.float64)) / 2
