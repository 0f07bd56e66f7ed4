"""Fitting the confidence on several populations, and testing it on each with the others' fit alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine import operating, prior
from recognition.engine.calibrate import FORMAT_VERSION, STRANGERS, Calibration, Coefficients, log_odds_of
from recognition.engine.gallery import Gallery
from recognition.engine.images import decode
from recognition.engine.prior import GRID, MOST_PHOTOS, Prior
from recognition.engine.protocol import Engine
from recognition.engine.types import ImageRejected, Vector
from recognition.evaluation import mean_face
from recognition.evaluation.reliability import prior_weights, reliability

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Progress = Callable[[int, int], None]

CENTRE_PEOPLE = 5.0
"""The mean faces of populations differ from each other about as much as one of five people's mean does from the true
one (docs/recognition.md, "Confidence")."""
SPREAD_PAIRS = 50.0
"""Spreads of populations differ by less than a tenth: as if each had been measured on so few pairs of people."""
GALLERIES = 120
TESTED = 60
TARGETS = (0.01, 0.001)
TESTED_PHOTOS = 5
# Only to keep Newton's steps finite where the scores separate the classes; it moves no coefficient by 1 %.
RIDGE = 1e-7
STEPS = 80
SEED = 20211203
MIN_PEOPLE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person's photos: names, vectors (n, d), a row of zeros where no face was found, and the session of each."""

    name: str
    photos: tuple[str, ...]
    vectors: NDArray[np.float32]
    sessions: tuple[str, ...]

    def found(self) -> NDArray[np.float32]:
        """The vectors of photos in which a face was found."""
        return self.vectors[self.vectors.any(axis=1)]

    def seen(self) -> Person:
        """The person without the photos in which no face was found."""
        kept = np.flatnonzero(self.vectors.any(axis=1)).tolist()
        names, sessions = (tuple(part[place] for place in kept) for part in (self.photos, self.sessions))
        return Person(self.name, names, self.found(), sessions)


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """People who were photographed in one way, in a place or by a camera: strangers to each other."""

    name: str
    people: tuple[Person, ...]

    @property
    def by_session(self) -> bool:
        """Whether anybody was photographed in several sessions; then nobody is asked for in the one enrolled."""
        return any(len(set(person.sessions)) > 1 for person in self.people)


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """A gallery at random and its probes: whose each is, and whether that person is enrolled."""

    vectors: NDArray[np.float32]
    owners: Ints
    probes: NDArray[np.float32]
    truth: Ints
    known: Bools
    photos: int

    def gallery(self, calibration: Calibration) -> Gallery:
        """The gallery as the calibration compares it."""
        return calibration.gallery(np.arange(len(self.owners)), self.owners, self.vectors)


def read_folder(engine: Engine, folder: Path, *, progress: Progress | None = None) -> list[Person]:
    """Embed every photo (its largest face) of a folder with one folder a person, in the order of names.

    A folder below a person's is a session. Raises ``ValueError`` when there is no such folder. Files that are no
    pictures are left out.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    files = {
        person: sorted(path for path in person.rglob("*") if path.suffix.lower() in mean_face.SUFFIXES)
        for person in sorted(folder.iterdir())
        if person.is_dir()
    }
    total, done, people = sum(map(len, files.values())), 0, []
    for person, paths in files.items():
        rows, names, sessions = [], [], []
        for path in paths:
            try:
                image = decode(path.read_bytes())
            except ImageRejected:
                continue
            finally:
                done += 1
            faces = engine.detect(image)
            rows.append(engine.embed(image, faces[0]) if faces else None)
            inside = path.relative_to(person)
            names.append(inside.as_posix())
            sessions.append(inside.parts[0] if len(inside.parts) > 1 else "")
            if progress:
                progress(done, total)
        wide = max((len(row) for row in rows if row is not None), default=0)
        if wide:
            stacked = np.stack([np.zeros(wide, np.float32) if row is None else row for row in rows])
            people.append(Person(person.name, tuple(names), stacked, tuple(sessions)))
    return people


def fit_folders(
    engine: Engine, folders: Sequence[Path], *, centre_from: Path | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Embed folders of people, a population each, and fit on them: what ``calibration.json`` holds. Errors as ``fit``.

    ``centre_from`` is a folder of photos of other people, in any order: one more population, for the mean face alone.
    Those who are in one of ``folders`` too are left out of it.
    """
    populations = []
    for folder in folders:
        people = [person.seen() for person in read_folder(engine, folder, progress=progress)]
        populations.append(Population(_name(folder), tuple(person for person in people if len(person.vectors))))
    faces = None
    if centre_from is not None:
        shown = [person.vectors for population in populations for person in population.people]
        read = mean_face.read_faces(engine, centre_from, progress=progress)
        faces = mean_face.measure(mean_face.apart_from(mean_face.grouped(read), shown))
    return {"engine": engine.version, **fit(populations, faces=faces)}


def _name(folder: Path) -> str:
    return "/".join(folder.resolve().parts[-2:])


def fit(populations: Sequence[Population], *, faces: Vector | None = None) -> dict[str, Any]:
    """Fit on all populations, each counting as much, and test on each what the others alone give.

    ``faces``: the mean face of one more population. Deterministic. Raises ``ValueError`` with fewer than four people
    in a population, or with nobody in it whom there is a photo to ask for.
    """
    for population in populations:
        if len(population.people) < MIN_PEOPLE:
            raise ValueError(
                f"{population.name}: a calibration needs at least {MIN_PEOPLE} people, found {len(population.people)}"
            )
    fitted, about = _fit(populations, faces)
    tests = [
        _test(population, _fit(others, faces)[0])
        for population in populations
        if (others := [one for one in populations if one is not population])
    ]
    return {
        "format_version": FORMAT_VERSION,
        "coefficients": {name: round(value, 4) for name, value in asdict(fitted.coefficients).items()},
        "strangers": STRANGERS,
        "populations": about,
        "left_out": tests,
        "prior": fitted.prior.as_dict(),
        "centre_people": fitted.centre_people,
        "centre": [round(float(value), 5) for value in fitted.centre],
    }


def _fit(populations: Sequence[Population], faces: Vector | None) -> tuple[Calibration, list[dict[str, Any]]]:
    """The calibration, and what each population showed."""
    means = [_mean_face(population) for population in populations] + ([] if faces is None else [faces])
    centre: Vector = np.asarray(np.round(np.mean(means, axis=0), 5), np.float32)
    blank = Coefficients(0.0, 1.0, 0.0, 0.0, 1.0, SPREAD_PAIRS)
    nobody = Prior(np.zeros((MOST_PHOTOS, len(GRID))), 1.0, 0)
    start = Calibration(blank, centre, CENTRE_PEOPLE, nobody)
    draws = [list(_draws(population, np.random.default_rng(SEED), GALLERIES)) for population in populations]
    shown = [_strangers(part, start) for part in draws]
    templates = max(0.0, float(np.mean([_per_photo(*part) for part in shown])))
    spreads = [_spread(cosines - templates * np.log(photos)) for cosines, photos in shown]
    # The widest: what a population may be like that nobody has measured is no reason to be less strict.
    figures = replace(blank, templates=templates, spread=max(spreads))
    intercept, slope, more = _logistic(draws, replace(start, coefficients=figures))
    figures = replace(figures, intercept=intercept, slope=slope, photos=more)
    honest, worth = _prior(draws, replace(start, coefficients=figures))
    people = sum(len(population.people) for population in populations)
    about = [
        {
            "name": population.name,
            "people": len(population.people),
            "spread": round(spread, 4),
            "photos": sum(len(person.vectors) for person in population.people),
        }
        for population, spread in zip(populations, spreads, strict=True)
    ]
    return Calibration(figures, centre, CENTRE_PEOPLE, Prior(honest, worth, people)), about


def _mean_face(population: Population) -> Vector:
    directions = [person.vectors.mean(axis=0) for person in population.people]
    return np.asarray(np.mean([one / max(float(np.linalg.norm(one)), 1e-12) for one in directions], axis=0), np.float32)


def _draws(population: Population, rng: np.random.Generator, galleries: int, photos: int = 0) -> Iterator[Draw]:
    """Random galleries of 1 to all-but-one people with one to five photos each (or ``photos``); all others are probes.

    In a population with sessions a person is enrolled with photos of one and asked for in the others.
    """
    people = population.people
    for _ in range(galleries):
        size, count = int(rng.integers(1, len(people))), photos or int(rng.integers(1, MOST_PHOTOS + 1))
        enrolled = set(rng.choice(len(people), size, replace=False).tolist())
        rows, owners, probes, truth = [], [], [], []
        for index, person in enumerate(people):
            order = rng.permutation(len(person.vectors))
            taken, rest = order[:0], order
            if index in enrolled:
                session = np.array([one == person.sessions[order[0]] for one in person.sessions])[order]
                own = order[session] if population.by_session else order
                taken = own[: min(count, len(order) - 1 if not population.by_session else count)]
                rest = order[~session] if population.by_session else np.setdiff1d(order, taken)
            rows.append(person.vectors[taken])
            owners += [index] * len(taken)
            probes.append(person.vectors[rest])
            truth += [index] * len(rest)
        known = np.isin(truth, list(enrolled))
        found = np.concatenate(rows), np.array(owners), np.concatenate(probes), np.array(truth), known, count
        yield Draw(*found)


def _strangers(draws: Sequence[Draw], calibration: Calibration) -> tuple[Floats, Floats]:
    """Of each gallery the mean over strangers of every cosine and its square, and the photos enrolled a person."""
    cosines, photos = [], []
    for draw in draws:
        gallery = draw.gallery(calibration)
        apart = gallery.distances_of(draw.probes[~draw.known]).astype(np.float64)
        cosines.append((1 - np.square(apart) / 2).ravel())
        photos.append(np.broadcast_to(gallery.counts(), apart.shape).ravel())
    return np.concatenate(cosines), np.concatenate(photos).astype(np.float64)


def _per_photo(cosines: Floats, photos: Floats) -> float:
    """By how much a stranger's cosine to a person rises with the logarithm of the person's photos: a straight line."""
    x = np.log(photos) - np.log(photos).mean()
    return float(x @ cosines / max(float(x @ x), 1e-12))


def _spread(scores: Floats) -> float:
    return math.sqrt(float(scores.var()) + max(0.0, float(scores.mean())) ** 2)


def _logistic(draws: Sequence[Sequence[Draw]], calibration: Calibration) -> tuple[float, float, float]:
    """Intercept, slope and what photos take off: weighted logistic regression, with −ln(people) fixed.

    Within a gallery enrolled people's photos weigh 1 − STRANGERS together, strangers' STRANGERS.
    """
    parts = [_scored(part, calibration) for part in draws]
    scores, photos, right, offset = (np.concatenate([part[place] for part in parts]) for place in range(4))
    weights = np.concatenate([part[4] / part[4].sum() / len(parts) for part in parts])
    found = _newton(np.column_stack([np.ones(len(scores)), scores, -np.log(photos)]), right, offset, weights)
    if found[2] < 0:
        # More photos would make a stranger the likelier: what so few people say of it is left out.
        found = np.append(_newton(np.column_stack([np.ones(len(scores)), scores]), right, offset, weights), 0)
    return float(found[0]), max(float(found[1]), 1e-3), float(found[2])


def _newton(x: Floats, right: Floats, offset: Floats, weights: Floats) -> Floats:
    """The solution by Newton's method (iteratively reweighted least squares)."""
    solution: Floats = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = _expit(x @ solution - offset)
        gradient = x.T @ (weights * (right - p)) - RIDGE * solution
        hessian = (x * (weights * p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(len(solution))
        step = np.linalg.solve(hessian, gradient)
        solution = solution + step
        if np.abs(step).max() < 1e-9:
            break
    return solution


def _scored(draws: Sequence[Draw], calibration: Calibration) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Of every probe: score and photos of the nearest person, whether that is the right one, ln(people), weight."""
    found = []
    for draw in draws:
        gallery = draw.gallery(calibration)
        figures, distances = calibration.adapted(gallery), gallery.distances_of(draw.probes)
        best = distances.argmin(axis=1)
        scores = figures.score(distances.min(axis=1).astype(np.float64), gallery.counts()[best])
        right = (gallery.people[best] == draw.truth).astype(np.float64)
        offset = np.full(len(best), math.log(len(gallery.people)))
        found.append((scores, gallery.counts()[best].astype(np.float64), right, offset, prior_weights(draw.known)))
    scores, photos, hits, people, weights = (np.concatenate(part) for part in zip(*found, strict=True))
    return scores, photos, hits, people, weights


def _judged(
    draws: Sequence[Draw], calibration: Calibration
) -> Iterator[tuple[Draw, Gallery, Coefficients, Floats, Bools]]:
    """Each draw with its log-odds and whether the nearest person is the right one."""
    for draw in draws:
        gallery = draw.gallery(calibration)
        figures, distances = calibration.adapted(gallery), gallery.distances_of(draw.probes)
        right = gallery.people[distances.argmin(axis=1)] == draw.truth
        yield draw, gallery, figures, log_odds_of(gallery, distances, figures), right


def _prior(draws: Sequence[Sequence[Draw]], calibration: Calibration) -> tuple[Floats, float]:
    """The share of honest photos refused at each threshold, by photos enrolled, and how many trials a person is."""
    honest, rates = np.zeros((MOST_PHOTOS, len(GRID))), []
    for part in draws:
        refused: list[list[Floats]] = [[] for _ in range(MOST_PHOTOS)]
        passed = []
        for draw, _gallery, _figures, said, right in _judged(part, calibration):
            refused[draw.photos - 1].append(np.where(right, said, -np.inf)[draw.known])
            passed.append((said[~draw.known], draw.truth[~draw.known]))
        for row, scores in zip(honest, refused, strict=True):
            own = np.concatenate(scores) if scores else np.empty(0)
            row += np.array([(own < limit).mean() for limit in GRID]) / len(draws) if len(own) else 0
        limit = float(np.quantile(np.concatenate([said for said, _people in passed]), 0.98))
        for said, people in passed:
            _, place = np.unique(people, return_inverse=True)
            rates.append(np.bincount(place, weights=said >= limit) / np.bincount(place))
    return np.maximum.accumulate(honest, axis=1), prior.independence(np.concatenate(rates))


def _test(population: Population, calibration: Calibration) -> dict[str, Any]:
    """What a calibration that never saw the population does there, with five photos a person."""
    draws = list(_draws(population, np.random.default_rng(SEED + 1), TESTED, TESTED_PHOTOS))
    said, right, weights = [], [], []
    passes: list[list[Bools]] = [[] for _ in TARGETS]
    names: list[list[Bools]] = [[] for _ in TARGETS]
    for draw, gallery, figures, odds, best in _judged(draws, calibration):
        curve = operating.curve(gallery, figures, calibration.prior)
        said.append(_expit(odds))
        right.append(best & draw.known)
        weights.append(prior_weights(draw.known))
        for place, target in enumerate(TARGETS):
            limit = max(0.0, operating.threshold(curve, target))
            passes[place].append((odds >= limit)[~draw.known])
            names[place].append((best & (odds >= limit))[draw.known])
    found = reliability(np.concatenate(said), np.concatenate(right), np.concatenate(weights))
    at = [
        {
            "target": target,
            "fpir": round(float(np.concatenate(passes[place]).mean()), 5),
            "tpir": round(float(np.concatenate(names[place]).mean()), 5),
        }
        for place, target in enumerate(TARGETS)
    ]
    return {"name": population.name, "photos_enrolled": TESTED_PHOTOS, "ece": round(found.ece, 4), "at": at}


def _expit(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))), np.float64)
