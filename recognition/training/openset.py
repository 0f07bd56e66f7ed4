"""How well a gallery names the people in it and turns strangers away: rank-1, TPIR, FNIR, FPIR, with intervals.

The words are those of ISO/IEC 19795-1 and of NIST's FRVT 1:N: a *known* probe is of an enrolled person, a *stranger's*
is not. At a threshold, TPIR is the share of known probes whose nearest person is the right one and near enough,
FNIR = 1 − TPIR, and FPIR the share of strangers' probes accepted as anybody. A photo in which no face was found has
the score −∞: a miss for a known person, a right refusal for a stranger.

A threshold is always chosen on other people than those it is measured on: the strangers are dealt into five parts by
person; four parts choose it, FPIR is measured on the fifth and TPIR on the known people; each part has its turn and the
figures are averaged. What passes among the others is more than what was wished for, the more so the fewer people chose.
Intervals come from resampling *people*, not photos: photos of one person are alike, and a company's next employee is
another person. Resampling cannot show what none of these people did: a figure that is 1 for everybody has the interval
[1, 1], and the number of people says how little that means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FPIRS = (0.1, 0.01, 0.001)
RESAMPLES = 1000
COVERAGE = 0.95
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Every probe against one gallery, a row each.

    ``scores`` (n,): how near the nearest enrolled person is, larger is nearer, −inf where no face was found.
    ``right`` (n,): whether that is the probe's own person. ``known`` (n,): whether the probe's person is enrolled.
    ``people`` (n,): whose probe it is; one number is one person throughout all trials of a measurement.
    """

    scores: Floats
    right: Bools
    known: Bools
    people: Ints

    @classmethod
    def of(cls, scores: Any, right: Any, known: Any, people: Any) -> Trial:
        """From any arrays. Raises ``ValueError`` when lengths differ, a score is NaN, or a person is both known and
        a stranger."""
        trial = cls(
            np.asarray(scores, np.float64),
            np.asarray(right, np.bool_),
            np.asarray(known, np.bool_),
            np.asarray(people, np.int64),
        )
        if len({len(trial.scores), len(trial.right), len(trial.known), len(trial.people)}) != 1:
            raise ValueError("scores, right, known and people differ in length")
        if np.isnan(trial.scores).any():
            raise ValueError("a score is NaN; a photo without a face has the score -inf")
        if np.intersect1d(trial.people[trial.known], trial.people[~trial.known]).size:
            raise ValueError("a person is both enrolled and a stranger in one trial")
        return trial


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval over people."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AtFpir:
    """What holds at the threshold that was to let ``fpir`` of strangers pass; ``observed_fpir`` is what did pass among
    strangers who had no part in choosing it."""

    fpir: float
    threshold: float
    tpir: Estimate
    fnir: Estimate
    observed_fpir: Estimate


@dataclass(frozen=True, slots=True)
class OpenSet:
    """``measure``'s answer: averages over the trials and, for each, an interval over people."""

    trials: int
    people: int
    known_probes: int
    stranger_probes: int
    rank1: Estimate
    at: tuple[AtFpir, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def threshold_at(strangers: Any, fpir: float) -> float:
    """The lowest threshold at which at most ``fpir`` (0 to 1) of the strangers' scores (n,) are accepted.

    A score is accepted when it reaches the threshold. With fewer than 1/fpir strangers the threshold lies just above
    the nearest of them. Raises ``ValueError`` when there is none.
    """
    scores = np.sort(np.asarray(strangers, np.float64))[::-1]
    if not len(scores):
        raise ValueError("a threshold needs strangers' scores")
    # The small addend keeps 0.07 × 100 from being 7.000000000000001 less than 7.
    allowed = int(np.floor(fpir * len(scores) + 1e-9))
    return float(np.nextafter(scores[allowed], np.inf)) if allowed < len(scores) else -np.inf


def tpir(trial: Trial, threshold: float) -> float:
    """The share of known probes named rightly at ``threshold``; NaN without known probes."""
    return _share((trial.right & (trial.scores >= threshold))[trial.known])


def fpir(trial: Trial, threshold: float) -> float:
    """The share of strangers' probes accepted at ``threshold``; NaN without strangers."""
    return _share((trial.scores >= threshold)[~trial.known])


def rank1(trial: Trial) -> float:
    """The share of known probes whose nearest person is the right one, at no threshold; a face not found is a miss."""
    return _share((trial.right & (trial.scores > -np.inf))[trial.known])


def folds(trial: Trial, *, seed: int = 0) -> list[Ints]:
    """The strangers of a trial in up to five parts by person, at random. Raises ``ValueError`` with fewer than two."""
    strangers = np.unique(trial.people[~trial.known])
    if len(strangers) < 2:
        raise ValueError(
            f"choosing a threshold on other people than it is measured on needs two strangers, found {len(strangers)}"
        )
    shuffled = np.random.default_rng(seed).permutation(strangers)
    return [np.sort(part) for part in np.array_split(shuffled, min(FOLDS, len(shuffled)))]


def measure(
    trials: Sequence[Trial], *, fpirs: Sequence[float] = FPIRS, resamples: int = RESAMPLES, seed: int = 0
) -> OpenSet:
    """Rank-1 and, for each of ``fpirs``, TPIR, FNIR and observed FPIR: means over ``trials``, intervals over people.

    Deterministic for a ``seed``. Raises ``ValueError`` without trials, known probes, or two strangers in each trial.
    """
    people, weights = _drawn(trials, resamples, seed)
    rows = _rows(trials, people, weights, fpirs, seed)
    return _open_set(trials, people, weights, tuple(_at(row, wanted) for row, wanted in zip(rows, fpirs, strict=True)))


def _drawn(trials: Sequence[Trial], resamples: int, seed: int) -> tuple[Ints, Floats]:
    """All people of the trials, and how often each is counted: once in the first row, as drawn in the others."""
    if not trials or not all(trial.known.any() for trial in trials):
        raise ValueError("a measurement needs trials with known probes")
    people = np.unique(np.concatenate([trial.people for trial in trials]))
    rng = np.random.default_rng(seed)
    even = np.full(len(people), 1 / len(people))
    # The first row counts everybody once: the figure itself. The others draw as many people again, with repetition.
    return people, np.concatenate([np.ones((1, len(people))), rng.multinomial(len(people), even, resamples)])


def _open_set(trials: Sequence[Trial], people: Ints, weights: Floats, at: tuple[AtFpir, ...]) -> OpenSet:
    ranks = _rate(_mean([_rank1_weighted(trial, _columns(trial, people), weights) for trial in trials]))
    known = sum(int(trial.known.sum()) for trial in trials)
    return OpenSet(len(trials), len(people), known, sum(len(one.known) for one in trials) - known, ranks, at)


def measure_at(
    trials: Sequence[Trial],
    limits: Sequence[Sequence[float]],
    *,
    fpirs: Sequence[float] = FPIRS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> OpenSet:
    """As ``measure``, at thresholds that were chosen without any of these strangers: of each trial, one for each of
    ``fpirs``."""
    people, weights = _drawn(trials, resamples, seed)
    at = []
    for place, wanted in enumerate(fpirs):
        hits, passes, used = [], [], []
        for trial, row in zip(trials, limits, strict=True):
            limit = np.full(len(weights), row[place])
            hits.append(_counted(trial, trial.known, people, weights).above(limit))
            passes.append(_counted(trial, ~trial.known, people, weights).above(limit))
            used.append(limit)
        at.append(_at(_Rows(_mean(hits), _mean(passes), _mean(used)), wanted))
    return _open_set(trials, people, weights, tuple(at))


def difference(
    one: Sequence[Trial], other: Sequence[Trial], *, fpir: float, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """TPIR of ``one`` less TPIR of ``other`` at FPIR ``fpir``, with the interval of the *paired* difference.

    Both must be of the same people; each resampling draws the same people for both, so what makes a person hard for
    either is not counted as a difference. Each side chooses its own thresholds. Raises as ``measure`` does, and
    ``ValueError`` when the people differ.
    """
    people = np.unique(np.concatenate([trial.people for trial in one]))
    if not np.array_equal(people, np.unique(np.concatenate([trial.people for trial in other]))):
        raise ValueError("two measurements of different people cannot be paired")
    rng = np.random.default_rng(seed)
    even = np.full(len(people), 1 / len(people))
    weights = np.concatenate([np.ones((1, len(people))), rng.multinomial(len(people), even, resamples)])
    rows = [_rows(trials, people, weights, (fpir,), seed)[0].hits for trials in (one, other)]
    return _estimate(rows[0] - rows[1])


def det(trials: Sequence[Trial], *, points: int = 200) -> tuple[Floats, Floats]:
    """The DET curve over all trials: (FPIR, FNIR), both (points,), FPIR rising from 1 in all strangers' probes to 1.

    Every trial has its own threshold at each FPIR, from all of its strangers; the FNIRs are averaged. It shows the
    whole trade-off; the figures of ``measure`` choose their thresholds on other people and lie near it.
    """
    fewest = min(int((~trial.known).sum()) for trial in trials)
    if not fewest:
        raise ValueError("a DET curve needs strangers in every trial")
    grid = np.geomspace(1 / fewest, 1, points)
    rows = [[1 - tpir(trial, threshold_at(trial.scores[~trial.known], rate)) for rate in grid] for trial in trials]
    return np.asarray(grid, np.float64), np.asarray(np.mean(rows, axis=0), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """At one wanted FPIR, for each row of weights: TPIR, observed FPIR and threshold."""

    hits: Floats
    passes: Floats
    limits: Floats


class _Counted:
    """Scores in falling order with the weights up to each, so that a weighted share above a threshold is a look-up."""

    def __init__(self, scores: Floats, counts: Bools, weights: Floats) -> None:
        """``counts`` (n,) is which scores make the share, ``weights`` (rows, n) how much each person's probes count."""
        order = np.argsort(-scores, kind="stable")
        self.scores = scores[order]
        self.total = weights.sum(axis=1)
        self._passed = np.cumsum(np.where(counts[order], weights[:, order], 0), axis=1)

    def above(self, limits: Floats) -> Floats:
        """The share that reaches each row's limit (rows,); NaN where a row weighs nothing or has no limit."""
        if not len(self.scores):
            return np.full(len(limits), np.nan)
        places = np.searchsorted(-self.scores, -limits, side="right")
        passed = np.where(places > 0, self._passed[np.arange(len(limits)), np.maximum(places - 1, 0)], 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(np.isnan(limits), np.nan, passed / self.total)

    def limits(self, wanted: float) -> Floats:
        """``threshold_at`` for each row; NaN where a row weighs nothing."""
        over = self._passed > wanted * self.total[:, None] + 1e-9
        first = np.where(over.any(axis=1), over.argmax(axis=1), -1)
        limit = np.where(first >= 0, np.nextafter(self.scores[first], np.inf), -np.inf)
        return np.where(self.total > 0, limit, np.nan)


def _counted(trial: Trial, mask: Bools, people: Ints, weights: Floats) -> _Counted:
    """The masked probes of a trial: what makes a share is a right name for the known, any for strangers."""
    columns = _columns(trial, people)[mask]
    return _Counted(trial.scores[mask], (trial.right | ~trial.known)[mask], weights[:, columns])


def _at(rows: _Rows, wanted: float) -> AtFpir:
    found = _rate(rows.hits)
    missed = Estimate(1 - found.value, 1 - found.high, 1 - found.low)
    return AtFpir(wanted, float(rows.limits[0]), found, missed, _rate(rows.passes))


def _rows(trials: Sequence[Trial], people: Ints, weights: Floats, fpirs: Sequence[float], seed: int) -> list[_Rows]:
    """For each of ``fpirs`` TPIR, observed FPIR and threshold, averaged over trials and folds."""
    found: list[tuple[list[Floats], list[Floats], list[Floats]]] = [([], [], []) for _ in fpirs]
    for number, trial in enumerate(trials):
        known = _counted(trial, trial.known, people, weights)
        for part in folds(trial, seed=seed + number):
            measured = np.isin(trial.people, part)
            choosing, other = (_counted(trial, mask, people, weights) for mask in (~trial.known & ~measured, measured))
            for wanted, (hits, passes, limits) in zip(fpirs, found, strict=True):
                limit = choosing.limits(wanted)
                hits.append(known.above(limit))
                passes.append(other.above(limit))
                limits.append(limit)
    return [_Rows(_mean(hits), _mean(passes), _mean(limits)) for hits, passes, limits in found]


def _rank1_weighted(trial: Trial, columns: Ints, weights: Floats) -> Floats:
    right = (trial.right & (trial.scores > -np.inf))[trial.known]
    return _weighted(np.broadcast_to(right, (len(weights), len(right))), weights[:, columns[trial.known]])


def _weighted(hits: Bools, weights: Floats) -> Floats:
    """The weighted share of hits in each row; NaN where a row weighs nothing."""
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((hits * weights).sum(axis=1) / total, np.float64)


def _columns(trial: Trial, people: Ints) -> Ints:
    return np.searchsorted(people, trial.people).astype(np.int64)


def _mean(rows: Sequence[Floats]) -> Floats:
    """The mean over the first axis without NaN; NaN where there is nothing else."""
    stacked = np.stack(rows)
    count = (~np.isnan(stacked)).sum(axis=0)
    return np.asarray(np.nansum(stacked, axis=0) / np.where(count, count, np.nan), np.float64)


def _estimate(values: Floats) -> Estimate:
    """The first value, and the percentiles of the others moved so that their mean is that value.

    Drawn people repeat, so a drawn threshold was chosen on fewer people than the real one and lets more strangers pass:
    the draws show how far figures spread, not where they lie.
    """
    drawn = values[1:][~np.isnan(values[1:])]
    if not len(drawn):
        return Estimate(float(values[0]), float(values[0]), float(values[0]))
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(drawn - drawn.mean(), (tail, 1 - tail)) + values[0]
    # Rounding must not put a figure outside the interval of figures that are all the same.
    return Estimate(float(values[0]), float(min(low, values[0])), float(max(high, values[0])))


def _rate(values: Floats) -> Estimate:
    """``_estimate`` of something that lies between 0 and 1."""
    found = _estimate(values)
    return Estimate(found.value, max(0.0, found.low), min(1.0, found.high))


def _share(hits: Bools) -> float:
    return float(hits.mean()) if len(hits) else float("nan")
