"""The protocols: a closed group by accuracy, an open one with strangers, and pairs of photos as LFW counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine import operating
from recognition.engine.calibrate import Calibration, Coefficients, log_odds, sigmoid
from recognition.engine.gallery import Gallery, burst, centred
from recognition.evaluation.embedded import Embedded
from recognition.evaluation.pairs import equal_error_rate
from recognition.evaluation.reliability import Reliability, prior_weights, reliability
from recognition.training import copies
from recognition.training.dataset import Dataset, Ints
from recognition.training.openset import FPIRS, RESAMPLES, OpenSet, Trial, det, measure, measure_at

Floats = NDArray[np.float64]

BURST = 3
FOLDS = 10
PAIRS_A_FOLD = 300


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """What the open protocol found for single photos and for bursts; ``det`` is (FPIR, FNIR) for single photos.

    ``single`` and ``burst``: at thresholds chosen on other strangers; ``chosen`` and ``chosen_burst``: at those that
    the program itself derives from each gallery, as it does for kiosk and doors. ``trials``: each repeat's single
    probes; ``limits``: the program's own thresholds in each.
    """

    single: OpenSet
    burst: OpenSet
    chosen: OpenSet
    chosen_burst: OpenSet
    det: tuple[Floats, Floats]
    burst_det: tuple[Floats, Floats]
    calibration: Reliability
    enrolled_people: int
    trials: list[Trial]
    limits: list[list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """``accuracy`` and ``error`` are the mean over folds and its standard error, each fold at the threshold that was
    best on the others; ``roc``: (share of different pairs accepted, share of same pairs accepted)."""

    pairs: int
    same: int
    accuracy: float
    error: float
    eer: float
    eer_distance: float
    roc: tuple[Floats, Floats]
    distances: Floats
    truth: NDArray[np.bool_]
    no_face: int


def open_set(
    data: Dataset,
    embedded: Embedded,
    calibration: Calibration,
    *,
    enroll: int,
    known: float,
    repeats: int,
    seed: int,
    resamples: int = RESAMPLES,
) -> Open:
    """``repeats`` times a share ``known`` of the people, at random, is enrolled with ``enroll`` photos each; every
    other photo of theirs and all photos of the others are probes, alone and by threes.

    ``resamples``: of people, for the intervals; without any an interval is the figure itself.

    Copies of enrolled photos are no probes. Only photos with a face can be enrolled, as in the program; a probe
    without a face is a miss. Where ``data`` has sessions, everybody is enrolled with photos of the first of theirs (in
    the order of names) and asked for in the others. Raises ``ValueError`` when people or photos are too few.
    """
    plan = _session_plan if data.sessions else _plan
    plans = [plan(data, embedded, enroll, known, np.random.default_rng((seed, repeat))) for repeat in range(repeats)]
    singles, bursts, said, right, weights, limits = [], [], [], [], [], []
    if not any(
        np.isin(data.labels[triple[0]], data.labels[rows]) for rows, _probes, those in plans for triple in those
    ):
        raise ValueError(f"nobody has three photos left once {enroll} are enrolled. Lower --enroll, or add photos.")
    for gallery_rows, probes, triples in plans:
        vectors = embedded.vectors[gallery_rows]
        gallery = calibration.gallery(gallery_rows, data.labels[gallery_rows], vectors)
        figures = calibration.adapted(gallery)
        curve = operating.curve(gallery, figures, calibration.prior)
        # As the program does: no name is given where the nearest person is more likely somebody else.
        limits.append([max(0.0, operating.threshold(curve, fpir)) for fpir in FPIRS])
        alone = [probes[index : index + 1] for index in range(len(probes))]
        trial, confidences = _trial(gallery, alone, data, embedded, figures)
        singles.append(trial)
        bursts.append(_trial(gallery, triples, data, embedded, figures)[0])
        seen = trial.scores > -np.inf
        said.append(confidences[seen])
        right.append((trial.right & trial.known)[seen])
        weights.append(prior_weights(trial.known[seen]))
    people = len(np.unique(data.labels[plans[0][0]]))
    return Open(
        measure(singles, seed=seed, resamples=resamples),
        measure(bursts, seed=seed, resamples=resamples),
        measure_at(singles, limits, seed=seed, resamples=resamples),
        measure_at(bursts, limits, seed=seed, resamples=resamples),
        det(singles),
        det(bursts),
        reliability(np.concatenate(said), np.concatenate(right), np.concatenate(weights)),
        people,
        singles,
        limits,
    )


def _plan(
    data: Dataset, embedded: Embedded, enroll: int, known: float, rng: np.random.Generator
) -> tuple[Ints, Ints, list[Ints]]:
    """Rows to enrol, rows to probe, and the probes of each person by threes."""
    people = len(data.people)
    usable = [person for person in range(people) if _enrollable(data, embedded, person) > enroll]
    wanted = round(known * people)
    if not 1 <= wanted <= people - 2:
        raise ValueError(
            f"--known {known} of {people} people enrols {wanted}: at least one has to be, and two have to be strangers"
        )
    if len(usable) < wanted:
        raise ValueError(
            f"only {len(usable)} of {people} people have more than {enroll} photos that show a face and are no copies; "
            f"{wanted} are to be enrolled. Lower --enroll or --known, or add photos."
        )
    chosen = rng.permutation(usable)[:wanted]
    enrolled: list[int] = []
    for person in sorted(chosen.tolist()):
        mine = np.flatnonzero((data.labels == person) & embedded.found)
        drawn = copies.apart(rng.permutation(mine).tolist(), data.copies)
        # Which photo comes first decides how many are no copies of one before: in the files' order there are enough.
        enrolled += (drawn if len(drawn) > enroll else copies.apart(mine.tolist(), data.copies))[:enroll]
    probes = np.flatnonzero(~copies.of_any(enrolled, len(data.photos), data.copies))
    triples = []
    for person in range(people):
        mine = rng.permutation(probes[data.labels[probes] == person])
        triples += [mine[i : i + BURST] for i in range(0, len(mine) - BURST + 1, BURST)]
    return np.array(enrolled, np.int64), probes.astype(np.int64), triples


def _session_plan(
    data: Dataset, embedded: Embedded, enroll: int, known: float, rng: np.random.Generator
) -> tuple[Ints, Ints, list[Ints]]:
    """As ``_plan``, for people with sessions; the probes by threes are of one folder, in the order of names."""
    people = len(data.people)
    sessions, folders = np.array(data.sessions), np.array([str(photo.path.parent) for photo in data.photos])
    first = {person: min(sessions[data.labels == person]) for person in range(people)}
    opening = sessions == np.array([first[person] for person in data.labels.tolist()])
    usable = [
        person
        for person in range(people)
        if ((data.labels == person) & opening & embedded.found).sum() >= enroll
        and ((data.labels == person) & ~opening).any()
    ]
    wanted = min(round(known * people), len(usable), people - 2)
    if wanted < 1:
        raise ValueError(
            f"{len(usable)} of {people} people have {enroll} photos with a face in their first session, and another "
            "session to be asked for in: one has to be enrolled, and two have to be strangers. Lower --enroll, or add "
            "sessions."
        )
    chosen = np.sort(rng.permutation(usable)[:wanted])
    enrolled = np.concatenate(
        [
            rng.permutation(np.flatnonzero((data.labels == person) & opening & embedded.found))[:enroll]
            for person in chosen.tolist()
        ]
    )
    probes = np.flatnonzero(
        ~(np.isin(data.labels, chosen) & opening) & ~copies.of_any(enrolled, len(data.photos), data.copies)
    )
    triples = []
    for folder in np.unique(folders[probes]).tolist():
        mine = probes[folders[probes] == folder]
        triples += [mine[i : i + BURST] for i in range(0, len(mine) - BURST + 1, BURST)]
    return enrolled.astype(np.int64), probes.astype(np.int64), triples


def _enrollable(data: Dataset, embedded: Embedded, person: int) -> int:
    mine = np.flatnonzero((data.labels == person) & embedded.found)
    return len(copies.apart(mine.tolist(), data.copies))


def _trial(
    gallery: Gallery, probes: Sequence[Ints], data: Dataset, embedded: Embedded, figures: Coefficients
) -> tuple[Trial, Floats]:
    """Each probe, of one or more photos, against the gallery: the trial, and the confidence in each nearest person."""
    scores, right, confidences = np.full(len(probes), -np.inf), np.zeros(len(probes), np.bool_), np.zeros(len(probes))
    owners = np.array([data.labels[rows[0]] for rows in probes], np.int64)
    for index, rows in enumerate(probes):
        seen = rows[embedded.found[rows]]
        if not len(seen):
            continue
        match = gallery.match(burst(list(embedded.vectors[seen]), embedded.weights[seen].tolist()))
        scores[index], right[index] = log_odds(match, figures), match.best == owners[index]
        confidences[index] = sigmoid(scores[index])
    return Trial.of(scores, right, np.isin(owners, gallery.people), owners), confidences


def pairs_of_people(
    data: Dataset, embedded: Embedded, calibration: Calibration, *, seed: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Up to 3,000 same and 3,000 different pairs at random: distances (inf: no face in one photo) and truth.

    No pair is of a photo and its copy.
    """
    rng = np.random.default_rng(seed)
    wanted = FOLDS * PAIRS_A_FOLD
    labels = data.labels
    one, other = np.triu_indices(len(labels), 1)
    apart = ~np.isin(one * len(labels) + other, data.copies @ (len(labels), 1))
    same = labels[one] == labels[other]
    rows = []
    for kind in (same & apart, ~same & apart):
        all_of_them = np.flatnonzero(kind)
        rows.append(rng.permutation(all_of_them)[:wanted])
    chosen = np.concatenate(rows)
    vectors = centred(embedded.vectors, calibration.centre)
    cosines = np.einsum("ij,ij->i", vectors[one[chosen]], vectors[other[chosen]])
    found = embedded.found[one[chosen]] & embedded.found[other[chosen]]
    return np.where(found, np.sqrt(np.maximum(0, 2 - 2 * cosines)), np.inf), same[chosen]


def pairs(distances: Floats, truth: NDArray[np.bool_], *, seed: int) -> Pairs:
    """LFW's figures over ten folds at random, same and different pairs spread evenly over them.

    A pair with a photo without a face (distance inf) counts as wrong. Raises ``ValueError`` with fewer than ten pairs
    of either kind.
    """
    counts = int(truth.sum()), int((~truth).sum())
    if min(counts) < FOLDS:
        raise ValueError(f"{counts[0]} same and {counts[1]} different pairs; ten folds need ten of each")
    rng = np.random.default_rng(seed)
    fold = np.empty(len(truth), np.int64)
    for kind in (truth, ~truth):
        places = rng.permutation(np.flatnonzero(kind))
        fold[places] = np.arange(len(places)) % FOLDS
    found = np.isfinite(distances)
    shares = []
    for number in range(FOLDS):
        limit = _best_threshold(distances[fold != number], truth[fold != number])
        inside = fold == number
        shares.append(float((((distances <= limit) == truth) & found)[inside].mean()))
    eer, at = equal_error_rate(distances[found & truth], distances[found & ~truth])
    steps = np.unique(distances[found])
    steps = steps[:: max(1, len(steps) // 500)]
    accepted = [np.searchsorted(np.sort(distances[kind]), steps, side="right") / kind.sum() for kind in (~truth, truth)]
    return Pairs(
        len(truth),
        counts[0],
        float(np.mean(shares)),
        float(np.std(shares, ddof=1) / np.sqrt(FOLDS)),
        eer,
        at,
        (np.asarray(accepted[0], np.float64), np.asarray(accepted[1], np.float64)),
        distances,
        truth,
        int((~found).sum()),
    )


def _best_threshold(distances: Floats, truth: NDArray[np.bool_]) -> float:
    """The distance at which most pairs are decided rightly; in the middle of a gap between two distances."""
    order = np.argsort(distances)
    sorted_distances, sorted_truth = distances[order], truth[order]
    right = np.cumsum(sorted_truth) + ((~sorted_truth).sum() - np.cumsum(~sorted_truth))
    right = np.where(np.isfinite(sorted_distances), right, -1)
    place = int(right.argmax())
    after = sorted_distances[place + 1] if place + 1 < len(order) else np.inf
    here = float(sorted_distances[place])
    return (here + float(after)) / 2 if np.isfinite(after) else here


def as_open_dict(found: OpenSet) -> dict[str, Any]:
    """For JSON: rank1; tpir, fnir, observed_fpir and the threshold (a confidence) by FPIR as text; ``intervals`` holds
    [low, high]."""

    def by_rate(name: str) -> dict[str, float]:
        return {f"{at.fpir:g}": getattr(at, name).value for at in found.at}

    def bounds(name: str) -> dict[str, list[float]]:
        return {f"{at.fpir:g}": [getattr(at, name).low, getattr(at, name).high] for at in found.at}

    names = ("tpir", "fnir", "observed_fpir")
    return {
        "rank1": found.rank1.value,
        **{name: by_rate(name) for name in names},
        "confidence": {f"{at.fpir:g}": round(sigmoid(float(np.clip(at.threshold, -500, 500))), 6) for at in found.at},
        "intervals": {"rank1": [found.rank1.low, found.rank1.high], **{name: bounds(name) for name in names}},
        "known_probes": found.known_probes,
        "stranger_probes": found.stranger_probes,
    }
