"""Fitting the confidence on photos of known people, and testing it on people it was not fitted on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine import prior
from recognition.engine.calibrate import FORMAT_VERSION, MARGIN_CAP, STRANGERS, Coefficients
from recognition.engine.gallery import Gallery, centred
from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import ImageRejected, Vector
from recognition.evaluation import mean_face
from recognition.evaluation.reliability import reliability

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

MAX_TEMPLATES = 5
GALLERIES = 300
FOLDS = 10
FOLD_GALLERIES = 60
# Only to keep Newton's steps finite where a feature separates the classes; it moves no coefficient by 1 %.
RIDGE = 1e-7
STEPS = 80
SEED = 20211203
MIN_PEOPLE = 4
BINS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Person:
    """One person's photos: names and vectors (n, 128), a row of zeros where no face was found."""

    name: str
    photos: tuple[str, ...]
    vectors: NDArray[np.float32]

    def found(self) -> NDArray[np.float32]:
        """The vectors of photos in which a face was found."""
        return self.vectors[self.vectors.any(axis=1)]


@dataclass(frozen=True, slots=True)
class Trials:
    """Probes against random galleries, a row each: features (n, 3), what ln(people) takes off, right or not, weight,
    whether the probe's person was enrolled, with how many photos people were, and which pair of a gallery and a person
    the probe belongs to."""

    features: Floats
    people: Floats
    right: Floats
    weights: Floats
    known: NDArray[np.bool_]
    photos: NDArray[np.int64]
    group: NDArray[np.int64]

    def log_odds(self, coefficients: Coefficients) -> Floats:
        """What the coefficients make of each probe."""
        figures = np.array([coefficients.distance, coefficients.margin, coefficients.templates])
        return np.asarray(coefficients.intercept + self.features @ figures - self.people, np.float64)


def read_folder(engine: Engine, folder: Path, *, progress: Progress | None = None) -> list[Person]:
    """Embed every photo (its largest face) of a folder with one folder a person, in the order of names.

    Raises ``ValueError`` when there is no such folder. Files that are no pictures are left out.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    files = {
        person: sorted(path for path in person.iterdir() if path.suffix.lower() in mean_face.SUFFIXES)
        for person in sorted(folder.iterdir())
        if person.is_dir()
    }
    total, done, people = sum(map(len, files.values())), 0, []
    for person, paths in files.items():
        rows, names = [], []
        for path in paths:
            try:
                image = decode(path.read_bytes())
            except ImageRejected:
                continue
            finally:
                done += 1
            faces = engine.detect(image)
            rows.append(engine.embed(image, faces[0]) if faces else np.zeros(128, np.float32))
            names.append(path.name)
            if progress:
                progress(done, total)
        if rows:
            people.append(Person(person.name, tuple(names), np.stack(rows)))
    return people


def fit_folder(
    engine: Engine, folder: Path, *, centre_from: Path | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Embed a folder of people and fit on it: what ``calibration.json`` holds. Errors as in ``fit``.

    ``centre_from`` is a folder of photos of other people, in any order, to measure the mean face on; those who are
    in ``folder`` too are left out of it. Without it the mean face is that of ``folder``'s people, and the figures that
    are said to hold for people left out are a little too good.
    """
    people = [person.found() for person in read_folder(engine, folder, progress=progress)]
    shown = [vectors for vectors in people if len(vectors)]
    if centre_from is None:
        others = shown
    else:
        faces = mean_face.read_faces(engine, centre_from, progress=progress)
        others = mean_face.apart_from(mean_face.grouped(faces), shown)
    centre = np.round(mean_face.measure(others), 5)
    fitted = fit(people, centre=centre)
    mean = {"centre_people": len(others), "centre": [round(float(value), 5) for value in centre]}
    return {"engine": engine.version, **fitted, **mean}


def fit(people: Sequence[NDArray[np.float32]], *, centre: Vector | None = None) -> dict[str, Any]:
    """Fit the model on people's vectors (n, 128) each, less ``centre``, and test it on people left out.

    Returns the coefficients, the log loss, the expected calibration error and the reliability (confidence said against
    share right) on people who were left out, and what it was fitted on. Deterministic. Raises ``ValueError`` with
    fewer than four people who have at least two photos.
    """
    middle = np.zeros(people[0].shape[1] if people else 1, np.float32) if centre is None else centre
    usable = [centred(vectors, middle) for vectors in people if len(vectors) > 1]
    if len(usable) < MIN_PEOPLE:
        raise ValueError(f"a calibration needs at least {MIN_PEOPLE} people with two photos each, found {len(usable)}")
    rng = np.random.default_rng(SEED)
    coefficients = _solve(_trials(usable, rng, GALLERIES))
    trials, judged = _left_out(usable, rng)
    said, right, weights = _expit(judged), trials.right, trials.weights
    return {
        "format_version": FORMAT_VERSION,
        "coefficients": {name: round(value, 4) for name, value in asdict(coefficients).items()},
        "strangers": STRANGERS,
        "margin_cap": MARGIN_CAP,
        "people": len(usable),
        "photos": int(sum(map(len, usable))),
        "left_out_log_loss": round(_log_loss(said, right, weights), 4),
        "left_out_ece": round(reliability(said, right, weights).ece, 4),
        "left_out_reliability": _reliability(said, right, weights),
        "prior": prior.measure(judged, right, trials.known, trials.photos, trials.group, people=len(usable)).as_dict(),
    }


def _trials(people: Sequence[NDArray[np.float32]], rng: np.random.Generator, galleries: int) -> Trials:
    """Random galleries of 1 to all-but-one people with 1 to 5 photos each; every other photo is a probe.

    Within a gallery the enrolled people's photos weigh 1 − STRANGERS together, the strangers' STRANGERS.
    """
    rows_of: list[tuple[NDArray[Any], ...]] = []
    for number in range(galleries):
        size, count = int(rng.integers(1, len(people))), int(rng.integers(1, MAX_TEMPLATES + 1))
        enrolled = rng.choice(len(people), size, replace=False)
        rows, owners, probes, truth = [], [], [], []
        for index, vectors in enumerate(people):
            order = rng.permutation(len(vectors))
            taken = min(count, len(vectors) - 1) if index in enrolled else 0
            rows.append(vectors[order[:taken]])
            owners += [index] * taken
            probes.append(vectors[order[taken:]])
            truth += [index] * (len(vectors) - taken)
        gallery = Gallery.build(range(len(owners)), owners, np.concatenate(rows))
        row, right = _features(gallery, np.concatenate(probes), np.array(truth))
        known = np.isin(truth, enrolled)
        weights = np.where(known, (1 - STRANGERS) / max(known.sum(), 1), STRANGERS / max((~known).sum(), 1))
        sizes, counts = np.full(len(row), np.log(size)), np.full(len(row), count)
        rows_of.append((row, sizes, right, weights, known, counts, number * len(people) + np.array(truth)))
    return Trials(*(np.concatenate(part) for part in zip(*rows_of, strict=True)))


def _features(gallery: Gallery, probes: NDArray[np.float32], truth: NDArray[Any]) -> tuple[Floats, Floats]:
    """−distance, margin, −ln(templates) of each probe's best person, and whether that is the right one."""
    distances = gallery.distances_of(probes)
    best = distances.argmin(axis=1)
    nearest = distances.min(axis=1)
    if len(gallery.people) > 1:
        margin = np.minimum(np.partition(distances, 1, axis=1)[:, 1] - nearest, MARGIN_CAP)
    else:
        margin = np.full(len(probes), MARGIN_CAP)
    counts = np.diff(np.append(gallery.starts, len(gallery)))
    features = np.column_stack([-nearest, margin, -np.log(counts[best])]).astype(np.float64)
    return features, (gallery.people[best] == truth).astype(np.float64)


def _solve(trials: Trials) -> Coefficients:
    """Weighted logistic regression by Newton's method (iteratively reweighted least squares), ln(people) fixed.

    A coefficient that comes out negative would make the confidence rise with distance, or fall with the margin: its
    feature is left out and the others are fitted again.
    """
    used = [0, 1, 2]
    while True:
        found = _newton(trials, used)
        negative = [index for index, value in zip(used, found[1:], strict=True) if value < 0]
        if not negative:
            break
        used = [index for index in used if index not in negative]
    figures = np.zeros(3)
    figures[used] = found[1:]
    return Coefficients(float(found[0]), float(figures[0]), float(figures[1]), float(figures[2]))


def _newton(trials: Trials, used: list[int]) -> Floats:
    x = np.column_stack([np.ones(len(trials.right)), trials.features[:, used]])
    weights = trials.weights / trials.weights.sum()
    solution: Floats = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = _expit(x @ solution - trials.people)
        gradient = x.T @ (weights * (trials.right - p)) - RIDGE * solution
        hessian = (x * (weights * p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(len(solution))
        step = np.linalg.solve(hessian, gradient)
        solution = solution + step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(solution, np.float64)


def _left_out(people: Sequence[NDArray[np.float32]], rng: np.random.Generator) -> tuple[Trials, Floats]:
    """Fit on half of the people, judge galleries of the other half, ten times: the trials and their log-odds."""
    found, said = [], []
    for fold in range(FOLDS):
        order = rng.permutation(len(people))
        half = len(people) // 2
        coefficients = _solve(_trials([people[i] for i in order[:half]], rng, FOLD_GALLERIES))
        trials = _trials([people[i] for i in order[half:]], rng, FOLD_GALLERIES)
        # One fold's galleries are not the next one's.
        found.append(replace(trials, group=trials.group + fold * FOLD_GALLERIES * len(people)))
        said.append(trials.log_odds(coefficients))
    parts = (np.concatenate([getattr(one, name) for one in found]) for name in Trials.__slots__)
    return Trials(*parts), np.concatenate(said)


def _log_loss(said: Floats, right: Floats, weights: Floats) -> float:
    clipped = np.clip(said, 1e-9, 1 - 1e-9)
    return float(-np.average(np.where(right > 0, np.log(clipped), np.log(1 - clipped)), weights=weights))


def _reliability(said: Floats, right: Floats, weights: Floats) -> list[dict[str, float]]:
    """By bin of confidence: what was said on average, the share that was right, the share of all probes."""
    rows = []
    for low, high in itertools.pairwise(BINS):
        inside = (said >= low) & ((said < high) | (high == 1.0))
        if weights[inside].sum() > 0:
            rows.append(
                {
                    "from": low,
                    "to": high,
                    "said": round(float(np.average(said[inside], weights=weights[inside])), 3),
                    "right": round(float(np.average(right[inside], weights=weights[inside])), 3),
                    "share": round(float(weights[inside].sum() / weights.sum()), 4),
                }
            )
    return rows


def _expit(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))), np.float64)
