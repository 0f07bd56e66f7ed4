"""Ways to compare a probe with the people enrolled, tried on a folder (docs/appendix/recognition-matching.md).

Every way is given the same trials: half of the people enrolled with K photos drawn at random, all other photos are
probes; thresholds are chosen on other strangers than they are measured on (``training.openset``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognition.engine import aligner
from recognition.engine.embedder import unit
from recognition.engine.gallery import MEAN_SHARE, centred
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB, Face, ImageRejected, Vector
from recognition.evaluation import mean_face
from recognition.evaluation.calibrate_fit import Progress
from recognition.training.openset import OpenSet, Trial, measure

Floats = NDArray[np.float32]
FPIRS = (0.01, 0.001)
BURST = 3
# A little larger, smaller, turned and moved: what an aligner's error does to a chip. Scale, degrees, pixels.
CROPS = (
    (0.95, 0, 0, 0),
    (1.05, 0, 0, 0),
    (1, 4, 0, 0),
    (1, -4, 0, 0),
    (1, 0, 2, 0),
    (1, 0, -2, 0),
    (1, 0, 0, 2),
    (1, 0, 0, -2),
)


@dataclass(frozen=True, slots=True)
class Photos:
    """One person's photos, a row each, zeros where no face was found: vectors as probes are made, vectors averaged over
    several crops (None when not asked for), quality scores."""

    vectors: Floats
    crops: Floats | None
    quality: Floats


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A gallery: per person the enrolled vectors (k, 128) and their quality (k,)."""

    vectors: Sequence[Floats]
    quality: Sequence[Floats]

    def through(self, change: Callable[[Floats], Floats]) -> Enrolled:
        return Enrolled([change(one) for one in self.vectors], self.quality)

    def means(self) -> Floats:
        return np.stack([unit(one.mean(axis=0)) for one in self.vectors])


Score = Callable[[Enrolled, Floats], Floats]
"""From a gallery and probes (n, 128) to how near each person is (n, people), larger is nearer."""


def joined(weight: float = MEAN_SHARE, power: float = 0.0) -> Score:
    """``weight`` of the cosine to the templates' mean, the rest of the cosine to the nearest template; ``power`` of
    their quality weighs the templates in the mean."""

    def score(gallery: Enrolled, probes: Floats) -> Floats:
        columns = []
        for rows, quality in zip(gallery.vectors, gallery.quality, strict=True):
            mean = unit((rows * np.maximum(quality, 0.05)[:, None] ** power).sum(axis=0))
            columns.append((1 - weight) * (probes @ rows.T).max(axis=1) + weight * (probes @ mean))
        return np.stack(columns, axis=1)

    return score


def less(centre: Vector, share: float = 1.0, then: Score | None = None) -> Score:
    """``then`` on vectors from which ``share`` of the mean face was taken."""
    use = then or joined()
    middle = (share * centre).astype(np.float32)
    return lambda gallery, probes: use(gallery.through(lambda rows: centred(rows, middle)), centred(probes, middle))


def less_blended(centre: Vector, weight: float) -> Score:
    """The mean face blended with the gallery's own people, as if it were that of ``weight`` others."""

    def score(gallery: Enrolled, probes: Floats) -> Floats:
        means = gallery.means()
        own = ((weight * centre + means.sum(axis=0)) / (weight + len(means))).astype(np.float32)
        return less(own)(gallery, probes)

    return score


def against_cohort(share: float, *, nearest: bool, then: Score | None = None) -> Score:
    """Each person's score less a share of the others': of their mean, or of the nearest other (the margin)."""
    use = then or joined()

    def score(gallery: Enrolled, probes: Floats) -> Floats:
        scores = use(gallery, probes)
        ordered = np.sort(scores, axis=1)
        first = scores == ordered[:, -1:]
        other = np.where(first, ordered[:, -2:-1], ordered[:, -1:])
        mean = (scores.sum(axis=1, keepdims=True) - scores) / (scores.shape[1] - 1)
        return np.asarray(scores - share * (other if nearest else mean), np.float32)

    return score


def ways(centre: Vector) -> dict[str, Score]:
    """Everything that was tried and is a matter of comparing alone."""
    return {
        "as it is": joined(),
        "less half the mean face": less(centre, 0.5),
        "less the mean face (used)": less(centre),
        "less 1.3 times the mean face": less(centre, 1.3),
        "mean face blended with the gallery's, as of 17": less_blended(centre, 17),
        "as it is, less 0.2 of the others' mean": against_cohort(0.2, nearest=False),
        "as it is, less 0.4 of the others' mean": against_cohort(0.4, nearest=False),
        "as it is, less 0.2 of the runner-up": against_cohort(0.2, nearest=True),
        "mean face, less 0.2 of the others' mean": against_cohort(0.2, nearest=False, then=less(centre)),
        "mean face, less 0.2 of the runner-up": against_cohort(0.2, nearest=True, then=less(centre)),
        "mean face, nearest template": less(centre, then=joined(0)),
        "mean face, nearest and mean alike": less(centre, then=joined(0.5)),
        "mean face, mean of templates": less(centre, then=joined(1)),
        "mean face, mean weighted by quality": less(centre, then=joined(power=1)),
    }


def read(engine: LoadedEngine, folder: Path, *, crops: bool, progress: Progress | None = None) -> list[Photos]:
    """Every person's photos, largest faces. Raises ``ValueError`` when there is no such folder."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    people = [
        sorted(path for path in person.iterdir() if path.suffix.lower() in mean_face.SUFFIXES)
        for person in sorted(folder.iterdir())
        if person.is_dir()
    ]
    total, done, found = sum(map(len, people)), 0, []
    for paths in people:
        rows = []
        for path in paths:
            rows.append(_photo(engine, path, crops=crops))
            done += 1
            if progress:
                progress(done, total)
        if rows:
            vectors, averaged, quality = zip(*rows, strict=True)
            found.append(Photos(np.stack(vectors), np.stack(averaged) if crops else None, np.array(quality)))
    return found


def _photo(engine: LoadedEngine, path: Path, *, crops: bool) -> tuple[Vector, Vector, float]:
    nothing = np.zeros(128, np.float32)
    try:
        image = decode(path.read_bytes())
    except ImageRejected:
        return nothing, nothing, 0.0
    faces = engine.detect(image)
    if not faces:
        return nothing, nothing, 0.0
    vector = engine.embed(image, faces[0])
    averaged = unit(vector + sum(_crops(engine, image, faces[0]))) if crops else vector
    return vector, averaged, engine.quality(image, faces[0], purpose="enrolment").score


def _crops(engine: LoadedEngine, image: RGB, face: Face) -> Iterator[Vector]:
    middle = np.array([56, 62], np.float32)
    for scale, degrees, x, y in CROPS:
        angle = np.radians(degrees)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        template = (aligner.TEMPLATE - middle) @ turn.T + middle + (x, y)
        chip = aligner.warp(image, aligner.similarity(face.landmarks, template.astype(np.float32)), aligner.CHIP)
        yield engine.embed_chip(chip)


def trial(
    people: Sequence[Photos], score: Score, *, first: int, seed: int, crops: bool = False, burst: str = ""
) -> Trial:
    """Half of the people enrolled with ``first`` photos each, drawn with ``seed``; every other photo a probe.

    ``crops``: enrol the vectors averaged over crops. ``burst``: probes of three photos each, ``mean`` or ``quality``
    (weighted by it).
    """
    rng = np.random.default_rng(seed)
    known = set(rng.permutation(len(people))[: len(people) // 2].tolist())
    enrolled, qualities, columns, probes, owners = [], [], [], [], []
    for index, person in enumerate(people):
        seen = rng.permutation(np.flatnonzero(person.vectors.any(axis=1)))
        taken = seen[:first] if index in known else seen[:0]
        if index in known:
            source = person.crops if crops and person.crops is not None else person.vectors
            enrolled.append(source[taken])
            qualities.append(person.quality[taken])
            columns.append(index)
        rest = np.setdiff1d(np.arange(len(person.vectors)), taken)
        own = _bursts(person, rng.permutation(rest), burst) if burst else person.vectors[rest]
        probes.append(own)
        owners.append(np.full(len(own), index))
    asked, whose = np.concatenate(probes), np.concatenate(owners)
    scores = score(Enrolled(enrolled, qualities), asked)
    nearest = np.array(columns)[scores.argmax(axis=1)]
    best = np.where(asked.any(axis=1), scores.max(axis=1), -np.inf)
    return Trial.of(best, nearest == whose, np.isin(whose, columns), whose)


def _bursts(person: Photos, order: NDArray[np.int64], weigh: str) -> Floats:
    groups = order[: len(order) // BURST * BURST].reshape(-1, BURST)
    weights = np.maximum(person.quality[groups], 0.05) if weigh == "quality" else np.ones(groups.shape)
    sums = (person.vectors[groups] * weights[..., None]).sum(axis=1)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), np.float32)


def compare(people: Sequence[Photos], centre: Vector, *, first: int, repeats: int) -> Iterator[tuple[str, OpenSet]]:
    """Every way's open-set figures with ``first`` photos enrolled, over ``repeats`` draws."""
    used = less(centre)
    rows: list[tuple[str, Score, bool, str]] = [(name, score, False, "") for name, score in ways(centre).items()]
    if people[0].crops is not None:
        rows.append(("mean face, enrolled over nine crops", used, True, ""))
    rows += [
        ("three photos, as it is", joined(), False, "mean"),
        ("three photos, mean face", used, False, "mean"),
        ("three photos, mean face, weighted by quality (used)", used, False, "quality"),
    ]
    for name, score, crops, burst in rows:
        trials = [trial(people, score, first=first, seed=seed, crops=crops, burst=burst) for seed in range(repeats)]
        yield name, measure(trials, fpirs=FPIRS, resamples=200)


def unlike_own(people: Sequence[Floats], centre: Vector, *, first: int, draws: int = 20) -> str:
    """A table: beyond which distance how many of a person's own photos lie, and of other people's, with ``first``
    photos enrolled. ``people`` are their vectors (n, 128) without empty rows."""
    own: list[Floats] = []
    other: list[Floats] = []
    rng = np.random.default_rng(0)
    less_mean = [centred(one, centre) for one in people]
    for index, vectors in enumerate(less_mean):
        others = np.concatenate([one for place, one in enumerate(less_mean) if place != index])
        for _ in range(draws):
            order = rng.permutation(len(vectors))
            gallery = Enrolled([vectors[order[:first]]], [np.ones(first, np.float32)])
            for into, probes in ((own, vectors[order[first:]]), (other, others)):
                into.append(np.sqrt(np.maximum(0, 2 - 2 * joined()(gallery, probes)[:, 0])))
    mine, theirs = np.concatenate(own), np.concatenate(other)
    lines = [f"{first} enrolled; distance: own photos beyond it, others' beyond it"]
    lines += [f"  {at:.2f}: {(mine > at).mean():.4f} {(theirs > at).mean():.4f}" for at in np.arange(1.05, 1.46, 0.05)]
    return "\n".join(lines)
