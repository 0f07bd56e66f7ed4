"""The index that takes changes: whatever was changed, it answers as a gallery built anew, and nobody is missed."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recognition.engine.block import Block, Probe, Rows
from recognition.engine.calibrate import shipped
from recognition.engine.embedder import unit
from recognition.engine.gallery import Gallery, Match, centred
from recognition.engine.index import Index
from recognition.engine.types import Vector
from recognition.evaluation.soak import resident

DIMENSIONS = 24
PRIOR = (0.4 * np.eye(DIMENSIONS, dtype=np.float32)[0]).astype(np.float32)
Kept = dict[int, tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]]


def face(rng: np.random.Generator, *, like: Vector | None = None, dimensions: int = DIMENSIONS) -> Vector:
    """A face as networks make them: something of the mean face, the rest its own; or another photo of ``like``."""
    own = unit(rng.standard_normal(dimensions).astype(np.float32))
    if like is not None:
        return unit(like + 0.6 * own)
    return unit(own + 0.5 * np.eye(dimensions, dtype=np.float32)[0])


def rows_of(kept: Kept, owners: list[int]) -> Rows:
    parts = [(owner, *kept[owner]) for owner in owners if owner in kept]
    if not parts:
        none = np.empty(0, np.int64)
        return Rows(none, none, np.empty((0, DIMENSIONS), np.float32), np.empty(0, np.bool_))
    return Rows.of(
        np.concatenate([np.full(len(vectors), owner) for owner, vectors, _added, _ids in parts]),
        np.concatenate([ids for *_rest, ids in parts]),
        np.concatenate([vectors for _owner, vectors, _added, _ids in parts]),
        np.concatenate([added for _owner, _vectors, added, _ids in parts]),
    )


def built(kept: Kept) -> Gallery:
    rows = rows_of(kept, sorted(kept))
    return Gallery.build(rows.ids, rows.owners, rows.vectors, centre=PRIOR, centre_people=5.0, added=rows.added)


def small(**sizes: int) -> Index:
    """An index of tiny blocks, in which nothing is compared whole unless a test says so."""
    return Index.empty(centre=PRIOR, centre_people=5.0, **({"block_rows": 8, "whole_rows": 0} | sizes))


def same(found: Match, wanted: Match) -> None:
    exact = ("best", "runner_up", "people", "templates", "best_templates", "template", "anchors", "runner_up_templates")
    assert [getattr(found, name) for name in exact] == [getattr(wanted, name) for name in exact]
    assert found.distance == pytest.approx(wanted.distance, abs=2e-6)
    assert found.runner_up_distance == pytest.approx(wanted.runner_up_distance, abs=2e-6)
    assert found.anchor_distance == (
        None if wanted.anchor_distance is None else pytest.approx(wanted.anchor_distance, abs=2e-6)
    )


changes = st.lists(
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5)), min_size=1, max_size=4), min_size=1, max_size=12
)


@settings(max_examples=25)
@given(changes=changes, seed=st.integers(0, 2**20), whole=st.sampled_from([0, 30]))
def test_after_any_changes_it_answers_as_a_gallery_built_anew(
    changes: list[list[tuple[int, int]]], seed: int, whole: int
) -> None:
    rng = np.random.default_rng(seed)
    kept: Kept = {}
    index, number = small(whole_rows=whole), 0
    for batch in changes:
        for owner, photos in batch:
            kept.pop(owner, None)
            if photos:
                first = face(rng)
                vectors = np.stack([first, *(face(rng, like=first) for _more in range(photos - 1))])
                kept[owner] = vectors, rng.random(photos) < 0.3, np.arange(number, number + photos)
                number += photos
        owners = [owner for owner, _photos in batch]
        index = index.changed(owners, rows_of(kept, sorted(set(owners))))

        anew = built(kept)
        assert (len(index), index.people.tolist()) == (len(anew), anew.people.tolist())
        assert index.counts().tolist() == anew.counts().tolist()
        assert index.ids.tolist() == anew.ids.tolist()
        assert index.centre == pytest.approx(anew.centre, abs=1e-7)
        assert shipped().adapted(index).spread == pytest.approx(shipped().adapted(anew).spread, rel=1e-5)
        for probe in [face(rng), *(face(rng, like=vectors[0]) for vectors, *_rest in list(kept.values())[:3])]:
            same(index.match(probe), anew.match(probe))
            for owner in (1, 5):
                same(index.match_one(probe, owner), anew.match_one(probe, owner))
                same(index.match(probe, without=owner), anew.match(probe, without=owner))
                assert index.anchor(probe, owner)[0] == pytest.approx(anew.anchor(probe, owner)[0], abs=2e-6)


def many(people: int, seed: int, dimensions: int = 128) -> tuple[Gallery, Index]:
    """People of one to five photos each, as one piece and as an index of several blocks."""
    rng = np.random.default_rng(seed)
    photos = rng.integers(1, 6, people)
    owners = np.repeat(np.arange(people), photos)
    own = rng.standard_normal((people, dimensions)).astype(np.float32)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    own[:, 0] += 0.5
    noise = rng.standard_normal((len(owners), dimensions)).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    vectors = own[owners] + 0.8 * noise
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    prior = np.zeros(dimensions, np.float32)
    prior[0] = 0.4
    gallery = Gallery.build(np.arange(len(owners)), owners, vectors, centre=prior, centre_people=5.0)
    rows = Rows(gallery.owners, gallery.ids, gallery.vectors, gallery.added)
    index = Index.empty(centre=prior, centre_people=5.0, block_rows=1024, whole_rows=0)
    return gallery, index.filled([rows])


def test_the_first_pass_misses_nobody() -> None:
    gallery, index = many(4000, 1)
    assert len(index.blocks) > 5
    rng = np.random.default_rng(2)
    probes = [face(rng, like=gallery.vectors[row], dimensions=128) for row in rng.integers(0, len(gallery), 60)]
    for probe in [*probes, *(face(rng, dimensions=128) for _stranger in range(60))]:
        same(index.match(probe), gallery.match(probe))


def test_the_first_pass_leaves_few_to_compare() -> None:
    gallery, index = many(4000, 3)
    rng = np.random.default_rng(4)
    left = [len(index._nearest(face(rng, dimensions=128), None).people) for _probe in range(20)]
    assert np.median(left) < 0.05 * len(gallery.people)


def test_a_ceiling_is_never_below_the_score_whatever_the_mean_face_within_its_tolerance() -> None:
    gallery, index = many(300, 5)
    rng = np.random.default_rng(6)
    rows = Rows(gallery.owners, gallery.ids, gallery.vectors, gallery.added)
    block = Block.of(rows, index.centre)
    for _probe in range(30):
        probe = face(rng, like=gallery.vectors[rng.integers(len(gallery))], dimensions=128)
        moved = (index.centre + 0.0049 * unit(rng.standard_normal(128).astype(np.float32))).astype(np.float32)
        there = Gallery.build(gallery.ids, gallery.owners, gallery.vectors, centre=moved)
        scores = 1 - there.distances(probe) ** 2 / 2
        ceilings = np.empty(len(block), np.float32)
        block.ceilings(Probe.of(probe, moved), ceilings)
        highest = np.maximum.reduceat(ceilings, gallery.starts)
        assert (highest[scores > 0] >= scores[scores > 0]).all()


def test_somebody_whose_photos_cancel_out_is_found_all_the_same() -> None:
    gallery, index = many(1000, 7)
    one = gallery.vectors[0]
    # Less the mean face, the second is nearly the first turned round.
    middle = index.centre
    other = unit((middle - centred(one, middle) * 0.9 + 0.01 * gallery.vectors[9]).astype(np.float32))
    odd = Rows.of(np.array([5000, 5000]), np.array([90_000, 90_001]), np.stack([one, other]), np.zeros(2, np.bool_))
    index = index.changed([], odd)
    anew = Gallery.build(
        [*gallery.ids, 90_000, 90_001],
        [*gallery.owners, 5000, 5000],
        np.concatenate([gallery.vectors, odd.vectors]),
        centre=gallery.prior_centre,
        centre_people=5.0,
    )
    for probe in (one, other, gallery.vectors[4]):
        same(index.match(probe), anew.match(probe))


def test_a_change_touches_its_own_block_alone() -> None:
    gallery, index = many(4000, 8)
    gone = int(gallery.people[17])
    after = index.changed([gone], _nothing(128))
    assert len(set(map(id, index.blocks)) & set(map(id, after.blocks))) == len(index.blocks) - 1
    assert index.holds(gone)
    assert not after.holds(gone)
    # Nor does anything of them stay in memory with the index.
    assert not any((block.rows.owners == gone).any() for block in after.blocks)


def _nothing(dimensions: int) -> Rows:
    none = np.empty(0, np.int64)
    return Rows(none, none, np.empty((0, dimensions), np.float32), np.empty(0, np.bool_))


def test_blocks_stay_few_and_about_full_however_often_somebody_changes() -> None:
    rng = np.random.default_rng(9)
    kept: Kept = {}
    index = small()
    for step in range(250):
        owner = int(rng.integers(1, 60))
        kept.pop(owner, None)
        if rng.random() < 0.6:
            kept[owner] = np.stack([face(rng)]), np.zeros(1, np.bool_), np.array([step])
        index = index.changed([owner], rows_of(kept, [owner]))
        assert len(index.blocks) <= 2 + 2 * len(index) / 8
        assert max((len(block) for block in index.blocks), default=0) <= 8
    assert index.people.tolist() == sorted(kept)
    # The running sum has not gone astray.
    assert index.centre == pytest.approx(built(kept).centre, abs=1e-7)


def test_memory_stays_flat_over_many_changes() -> None:
    gallery, index = many(800, 11)
    own = {int(owner): gallery.vectors[gallery.owners == owner] for owner in gallery.people[:40]}

    def change(times: int) -> None:
        nonlocal index
        for step in range(times):
            owner = step % 40
            rows = own[owner]
            ids = np.arange(len(rows)) + 100_000 + 10 * owner
            index = index.changed([], Rows.of(np.full(len(rows), owner), ids, rows, np.zeros(len(rows), np.bool_)))
            index.match(rows[0])

    change(40)
    before = resident()
    change(160)
    # Each change makes a block of half a megabyte: kept, they would be eighty.
    assert resident() - before < 20
    assert len(index) == len(gallery)


def test_who_compares_while_somebody_changes_goes_on_with_what_they_hold() -> None:
    gallery, index = many(500, 10)
    before = [index.match(row) for row in gallery.vectors[:5]]
    held, done = index, threading.Event()

    def change() -> None:
        changing = index
        for owner in gallery.people[:200].tolist():
            changing = changing.changed([owner], _nothing(128))
        done.set()

    thread = threading.Thread(target=change)
    thread.start()
    rounds = 0
    while not done.is_set() or not rounds:
        assert [held.match(row) for row in gallery.vectors[:5]] == before
        rounds += 1
    thread.join()


@pytest.mark.parametrize("vectors", [np.ones((1, DIMENSIONS), np.float32), np.zeros((1, DIMENSIONS), np.float32)])
def test_a_template_that_makes_no_sense_is_refused(vectors: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="unit length"):
        small().changed([], Rows.of(np.array([1]), np.array([1]), vectors, np.zeros(1, np.bool_)))


def test_an_id_that_comes_twice_is_refused() -> None:
    one = face(np.random.default_rng(0))
    with pytest.raises(ValueError, match="twice"):
        small().changed([], Rows.of(np.array([1, 2]), np.array([1, 1]), np.stack([one, one]), np.zeros(2, np.bool_)))
