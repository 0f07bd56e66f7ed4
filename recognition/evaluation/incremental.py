"""Hiring two people at a time, fine-tuning each time, and looking at who is forgotten: recipe against recipe.

Each person's first photos are enrolled (and learnt from), all others are probes. Strangers are a fixed set of other
people's photos; each version has the threshold at which ``fpir`` of them pass. The recipes run beside each other on
the same photos, each fine-tuning what it made itself at the step before, without a gate; the gate's verdict on the one
that Presente uses is told beside it. The thesis's recipe (a new output layer over frozen features, trained on the new
people's photos alone) is run on the same features.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import Calibration, log_odds_of, pair_threshold
from recognition.engine.gallery import centred
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB, ImageRejected
from recognition.training import gate
from recognition.training.dataset import SUFFIXES
from recognition.training.fine_tune import Lesson, Practice, Recipe, halves, load_network, look
from recognition.training.openset import threshold_at

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Say = Callable[[str], None]

UNTOUCHED = "untouched"
THESIS = "thesis's recipe"
CHOSEN = "rehearsal + distillation"
EPOCHS = 5
RECIPES: dict[str, Recipe] = {
    "no guard": Recipe(epochs=EPOCHS, rehearsal=0, distillation=0.0),
    "rehearsal": Recipe(epochs=EPOCHS, distillation=0.0),
    "L2-SP": Recipe(epochs=EPOCHS, rehearsal=0, distillation=0.0, l2sp=0.01),
    "distillation": Recipe(epochs=EPOCHS, rehearsal=0),
    CHOSEN: Recipe(epochs=EPOCHS),
}
THESIS_EPOCHS = 20
THESIS_RATE = 1e-3
STRANGER = -1


@dataclass(frozen=True, slots=True, eq=False)
class Photos:
    """A row a photo: ``chips`` (n, 112, 112, 3), ``people`` (n,) index of the person or ``STRANGER``, ``enrolled``."""

    names: tuple[str, ...]
    chips: NDArray[np.uint8]
    people: Ints
    enrolled: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """TPIR of one recipe after a step, for the first people, the newest, all hired; strangers accepted at the
    untouched version's threshold; and of people who are not hired yet, had they been enrolled without being learnt."""

    hired: int
    recipe: str
    first: float
    newest: float
    everybody: float
    strangers: float
    to_come: float | None
    verdict: str = ""

    def __str__(self) -> str:
        to_come = "–" if self.to_come is None else f"{self.to_come:.4f}"
        return (
            f"| {self.hired} | {self.recipe} | {self.first:.4f} | {self.newest:.4f} | {self.everybody:.4f} | "
            f"{self.strangers:.4f} | {to_come} | {self.verdict} |"
        )


HEADER = (
    "| hired | recipe | first five | newest | all hired | strangers | not hired yet | gate |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def read_photos(engine: LoadedEngine, folder: Path, strangers: Path, *, enroll: int, probes: int) -> Photos:
    """Detect and align; each person's first ``enroll`` photos are enrolled, the next ``probes`` are asked for.

    A stranger's photo that the untouched version takes for one of the people is left out: it may well be one.
    Raises ``ValueError`` when a folder is missing or no face is found in the strangers' photos.
    """
    for one in (folder, strangers):
        if not one.is_dir():
            raise ValueError(f"{one} is not a folder.")
    names = tuple(sorted(person.name for person in folder.iterdir() if person.is_dir()))
    chips: list[RGB] = []
    people: list[int] = []
    enrolled: list[bool] = []
    for index, name in enumerate(names):
        mine = list(itertools.islice(_faces(engine, folder / name), enroll + probes))
        chips += mine
        people += [index] * len(mine)
        enrolled += [place < enroll for place in range(len(mine))]
    known = np.stack([engine.embed_chip(chip) for chip, use in zip(chips, enrolled, strict=True) if use])
    owners = [person for person, use in zip(people, enrolled, strict=True) if use]
    gallery = engine.calibration.gallery(range(len(known)), owners, known)
    limit = pair_threshold(coefficients=engine.calibration.coefficients)
    others = [chip for chip in _faces(engine, strangers) if gallery.distances(engine.embed_chip(chip)).min() > limit]
    if not others:
        raise ValueError(f"{strangers} shows no stranger.")
    chips += others
    people += [STRANGER] * len(others)
    enrolled += [False] * len(others)
    return Photos(names, np.stack(chips), np.array(people, np.int64), np.array(enrolled, np.bool_))


def measure(
    engine: LoadedEngine, version_folder: Path, photos: Photos, *, start: int, step: int, fpir: float, say: Say
) -> list[Row]:
    """Every recipe at every step; ``say`` gets each row as it is known. Deterministic on one thread."""
    bench = _Bench(engine.calibration, version_folder, photos, start, fpir)
    rows: list[Row] = []
    hires = [list(range(start)), *_groups(range(start, len(photos.names)), step)]
    hired: list[int] = []
    for new in hires:
        before, hired = hired, [*hired, *new]
        found = [bench.untouched(hired, new)]
        for name, recipe in RECIPES.items():
            found.append(bench.tuned(name, recipe, before, new))
        found.append(bench.thesis(hired, new))
        for row in found:
            say(str(row))
        rows += found
    return rows


def limit_of(side: gate.Side, photos: Photos, hired: Sequence[int], fpir: float) -> float:
    """The log-odds from which ``fpir`` of the strangers' photos pass, with ``hired`` enrolled."""
    scores, _nearest, truth = _asked(side, photos, hired)
    return threshold_at(scores[truth == STRANGER], fpir)


def score(
    name: str,
    side: gate.Side,
    photos: Photos,
    hired: Sequence[int],
    new: Sequence[int],
    *,
    first: int,
    fpir: float,
    limit: float,
) -> Row:
    """The row of a network by its vectors of all photos; ``limit`` is the untouched one's."""
    scores, nearest, truth = _asked(side, photos, hired)
    own = threshold_at(scores[truth == STRANGER], fpir)
    right = nearest == truth

    def named(people: Sequence[int]) -> float:
        return float((right & (scores >= own))[np.isin(truth, people)].mean())

    to_come = None
    later = [person for person in range(len(photos.names)) if person not in hired]
    if later:
        both, named_as, whose = _asked(side, photos, [*hired, *later])
        passing = both >= threshold_at(both[whose == STRANGER], fpir)
        to_come = float(((named_as == whose) & passing)[np.isin(whose, later)].mean())
    passed = float((scores[truth == STRANGER] >= limit).mean())
    return Row(len(hired), name, named(hired[:first]), named(new), named(hired), passed, to_come)


def thesis_row(
    side: gate.Side, photos: Photos, hired: Sequence[int], new: Sequence[int], *, first: int, fpir: float
) -> Row:
    """A fresh softmax over all hired people, on frozen vectors, trained on the new people's photos."""
    import keras

    vectors = centred(side.vectors, side.calibration.centre)
    keras.utils.set_random_seed(0)
    rows = np.flatnonzero(np.isin(photos.people, new) & photos.enrolled)
    layer = keras.Sequential([keras.Input((vectors.shape[1],)), keras.layers.Dense(len(hired), activation="softmax")])
    layer.compile(keras.optimizers.Adam(THESIS_RATE), loss="sparse_categorical_crossentropy")
    index = {person: place for place, person in enumerate(hired)}
    labels = np.array([index[person] for person in photos.people[rows].tolist()])
    layer.fit(vectors[rows], labels, batch_size=32, epochs=THESIS_EPOCHS, verbose=0)
    shares = layer.predict(vectors, batch_size=1024, verbose=0).astype(np.float64)
    strangers = photos.people == STRANGER
    own = threshold_at(shares[strangers].max(axis=1), fpir)

    def named(people: Sequence[int]) -> float:
        asked = np.flatnonzero(np.isin(photos.people, people) & ~photos.enrolled)
        right = np.array([index[person] for person in photos.people[asked].tolist()])
        return float(((shares[asked].argmax(axis=1) == right) & (shares[asked].max(axis=1) >= own)).mean())

    return Row(
        len(hired),
        THESIS,
        named(hired[:first]),
        named(new),
        named(hired),
        float((shares[strangers].max(axis=1) >= own).mean()),
        None,
    )


class _Bench:
    """The network in two halves, what the frozen one saw, and the trained one's state for each recipe."""

    def __init__(self, calibration: Calibration, version_folder: Path, photos: Photos, first: int, fpir: float) -> None:
        frozen, self._trained = halves(load_network(version_folder))
        self._photos, self._first, self._fpir = photos, first, fpir
        self._calibration = calibration
        upright = look(frozen, list(photos.chips))
        mirrored = look(frozen, [chip[:, ::-1] for chip in photos.chips])
        self._features = np.concatenate([upright, mirrored])
        self._origin = self._trained.get_weights()
        self._states: dict[str, Any] = {}
        self._plain = self._vectors()
        self._limit = 0.0

    def untouched(self, hired: Sequence[int], new: Sequence[int]) -> Row:
        self._limit = limit_of(self._side(self._plain), self._photos, hired, self._fpir)
        return self._row(UNTOUCHED, self._plain, hired, new)

    def tuned(self, name: str, recipe: Recipe, before: Sequence[int], new: Sequence[int]) -> Row:
        """Go on from what this recipe made at the step before."""
        weights, parent = self._states.get(name, (self._origin, self._plain))
        self._trained.set_weights(weights)
        rehearsed = list(before) if recipe.rehearsal else []
        self._teach(recipe, [*rehearsed, *new], set(rehearsed))
        vectors = self._vectors()
        self._states[name] = self._trained.get_weights(), vectors
        verdict = self._verdict(parent, vectors, before, new) if name == CHOSEN else ""
        return self._row(name, vectors, [*before, *new], new, verdict)

    def thesis(self, hired: Sequence[int], new: Sequence[int]) -> Row:
        return thesis_row(self._side(self._plain), self._photos, hired, new, first=self._first, fpir=self._fpir)

    def _row(self, name: str, vectors: Floats, hired: Sequence[int], new: Sequence[int], verdict: str = "") -> Row:
        side = self._side(vectors)
        row = score(name, side, self._photos, hired, new, first=self._first, fpir=self._fpir, limit=self._limit)
        return replace(row, verdict=verdict)

    def _teach(self, recipe: Recipe, people: Sequence[int], known: set[int]) -> None:
        photos = self._photos
        rows = np.flatnonzero(np.isin(photos.people, people) & photos.enrolled)
        index = {person: place for place, person in enumerate(people)}
        labels = np.array([index[person] for person in photos.people[rows].tolist()], np.int64)
        old = np.array([person in known for person in photos.people[rows].tolist()], np.bool_)
        lesson = Lesson(photos.chips[rows], labels, old)
        # Photo and mirror image; their features are here already, so no damaged copies.
        features = self._features[np.concatenate([rows, rows + len(photos.people)])]
        source = np.tile(np.arange(len(rows)), 2)
        session = Practice(self._trained, features, lesson, source, replace(recipe, copies=0))
        for epoch in range(recipe.epochs):
            session.epoch(epoch)

    def _vectors(self) -> Floats:
        """(photos, 128) as the engine makes them: photo and mirror image joined."""
        import tensorflow as tf

        run = tf.function(lambda batch: self._trained(batch, training=False), reduce_retracing=True)
        raw = np.concatenate(
            [run(self._features[at : at + 256].astype(np.float32)).numpy() for at in range(0, len(self._features), 256)]
        )
        joined = raw[: len(raw) // 2] + raw[len(raw) // 2 :]
        unit = joined / np.linalg.norm(joined, axis=1, keepdims=True)
        return np.asarray(unit, np.float32)

    def _side(self, vectors: Floats, rows: Ints | None = None) -> gate.Side:
        """Vectors, of some rows or all, with the calibration that belongs to them."""
        return gate.Side(vectors if rows is None else vectors[rows], self._calibration)

    def _verdict(self, parent: Floats, candidate: Floats, before: Sequence[int], new: Sequence[int]) -> str:
        """The gate with the strangers as the people held out, each photo a person of its own."""
        photos = self._photos
        rows = np.flatnonzero(np.isin(photos.people, [*before, *new, STRANGER]))
        people = np.where(photos.people[rows] == STRANGER, len(photos.names) + rows, photos.people[rows])
        groups: dict[int, gate.Group] = dict.fromkeys(before, "old")
        groups |= dict.fromkeys(new, "new")
        strangers = people[photos.people[rows] == STRANGER].tolist()
        groups |= dict.fromkeys(strangers, "unseen")
        exam = gate.Exam(people, photos.enrolled[rows], groups, turns=False)
        found = gate.judge(self._side(parent, rows), self._side(candidate, rows), exam, fpir=self._fpir)
        return verdict_of(found.passed, found.reasons)


def verdict_of(passed: bool, reasons: Sequence[dict[str, Any]]) -> str:
    """What the gate said, in the table's words."""
    return ("passed: " if passed else "refused: ") + ", ".join(
        reason["code"] + (f" ({reason['group']})" if "group" in reason else "") for reason in reasons
    )


def _asked(side: gate.Side, photos: Photos, enrolled: Sequence[int]) -> tuple[NDArray[np.float64], Ints, Ints]:
    """Probes of the enrolled people and of strangers against the enrolled: log-odds, who is nearest, whose each is."""
    inside = np.isin(photos.people, enrolled)
    rows = np.flatnonzero(inside & photos.enrolled)
    probes = np.flatnonzero((inside & ~photos.enrolled) | (photos.people == STRANGER))
    gallery = side.calibration.gallery(np.arange(len(rows)), photos.people[rows], side.vectors[rows])
    distances = gallery.distances_of(side.vectors[probes])
    scores = log_odds_of(gallery, distances, side.calibration.adapted(gallery))
    return scores, gallery.people[distances.argmin(axis=1)], photos.people[probes]


def _faces(engine: LoadedEngine, folder: Path) -> Iterator[RGB]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            picture = decode(path.read_bytes())
        except ImageRejected:
            continue
        found = engine.detect(picture)
        if found:
            yield engine.align(picture, found[0])


def _groups(people: Sequence[int], step: int) -> Iterator[list[int]]:
    for begin in range(0, len(people), step):
        yield list(people[begin : begin + step])
