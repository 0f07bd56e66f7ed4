"""Test a candidate against its parent on photos and people that neither learnt from: the release gate.

*Old* people were learnt by the parent, *new* ones by the candidate alone, *unseen* ones by neither, for whoever is
hired next is unseen. Of each known person some photos are enrolled and others are probes that nobody learnt from; the
unseen take turns at being enrolled and at being the strangers.

Each version is asked as the door asks it: the enrolled photos are a gallery by the version's own calibration, whose
mean face and spread follow it, and a score is the log-odds that the confidence is made of. A score is held against two
thresholds, each version's own:

- *among equals*: the one that lets ``fpir`` of the strangers' photos pass. It sees how well a network tells people
  apart, whatever its scale says;
- *at the door*: the one that the program derives from the gallery (``engine.operating``). It sees what people would
  meet the next day, the scale's mistakes included. Here a candidate can lose, and cannot win: to a network that learnt
  these people they look less alike than strangers do, and the threshold that follows from them is too low.

At either, **TPIR** of a group is the share of its probes named rightly, and **strangers accepted** are counted, among
equals each stranger in turn at the threshold that the other strangers choose. All are compared as paired differences,
candidate less parent, with an interval from resampling people. The candidate passes when nothing is *worse* (a
difference lies on the bad side with its whole interval, or a group's TPIR falls by more than ``TOLERANCE``) and
something among equals is *better* (a difference lies on the good side with its whole interval).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recognition.engine import operating
from recognition.engine.calibrate import Calibration, log_odds_of
from recognition.training import openset

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Group = Literal["old", "new", "unseen"]
# Probes against a gallery, and the threshold that the gallery has at the door.
_Trial = tuple[openset.Trial, float]

GROUPS: tuple[Group, ...] = ("old", "new", "unseen")
TOLERANCE = 0.005
# The fewest people held out: one chooses the threshold that the other is measured at.
FEWEST_HELD_OUT = 2
FEWEST_ENROLLED = 2
TAKE_TURNS_FROM = 4
RESAMPLES = 2000
SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """Who is asked for. A row a photo: ``people`` (n,) whose; ``enrolled`` (n,) True for templates, False for probes.

    ``groups``: the group of each person; the photos of unseen people are enrolled or probes by the same column.
    ``turns``: whether unseen people are enrolled in turn, or are strangers alone.
    """

    people: Ints
    enrolled: Bools
    groups: dict[int, Group]
    turns: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A version: its unit vectors (n, d) of the exam's photos, as its network makes them, and its calibration."""

    vectors: Floats
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class GateResult:
    """``reasons``: code, group where it belongs to one, and the figures, in the order they were found.

    ``figures``: ``groups``, TPIR of parent and candidate and their difference for each that could be measured, and
    ``strangers_accepted``, among equals at ``fpir``; the same of the door, at ``target``, under ``door``.
    """

    passed: bool
    reasons: tuple[dict[str, Any], ...]
    figures: dict[str, Any] = field(default_factory=dict)


def judge(parent: Side, candidate: Side, exam: Exam, *, fpir: float) -> GateResult:
    """Compare two versions on the same photos at ``fpir``; among equals at what so few strangers can show of it.

    Refuses with ``too_few_people`` where nothing can be said. Deterministic.
    """
    # Photos may have been deleted since the plan was made: who has none left takes no part.
    here = set(exam.people.tolist())
    exam = replace(exam, groups={person: group for person, group in exam.groups.items() if person in here})
    unseen = [person for person, group in exam.groups.items() if group == "unseen"]
    seen = [person for person, group in exam.groups.items() if group != "unseen"]
    probed = set(exam.people[~exam.enrolled].tolist()) & set(seen)
    few = too_few(len(unseen), len(seen) if probed else 0)
    if few:
        return GateResult(False, (few,))
    strangers = int(np.isin(exam.people, unseen).sum())
    at = max(fpir, 1 / max(1, strangers))
    before, after = (_trials(side, exam, fpir) for side in (parent, candidate))
    figures, reasons = _held_against(_counts(before, at), _counts(after, at), exam, "")
    door, more = _held_against(_counts(before, None), _counts(after, None), exam, "_at_door")
    figures = {"fpir": at, "strangers": strangers, **figures, "door": {"target": fpir, **door}}
    reasons += [one for one in more if "worse" in one["code"]]
    worse = [one for one in reasons if "worse" in one["code"]]
    if not reasons:
        return GateResult(False, ({"code": "not_better"},), figures)
    return GateResult(not worse, (*worse, *(one for one in reasons if one not in worse)), figures)


def _held_against(before: _Counts, after: _Counts, exam: Exam, suffix: str) -> tuple[dict[str, Any], list[Any]]:
    """The figures at one threshold, and what is better or worse there; ``suffix`` ends the reasons' codes."""
    figures: dict[str, Any] = {"groups": {}}
    reasons: list[dict[str, Any]] = []
    for group in GROUPS:
        row = _compare(before.hits, after.hits, [person for person, one in exam.groups.items() if one == group])
        if row is None:
            continue
        figures["groups"][group] = row
        difference = row["difference"]
        if difference["high"] < 0 or difference["value"] < -TOLERANCE:
            reasons.append({"code": f"worse{suffix}", "group": group, **difference})
        elif difference["low"] > 0:
            reasons.append({"code": f"better{suffix}", "group": group, **difference})
    passing = _compare(before.passes, after.passes, list(exam.groups))
    if passing is not None:
        figures["strangers_accepted"] = passing
        if passing["difference"]["low"] > 0:
            reasons.append({"code": f"strangers_worse{suffix}", **passing["difference"]})
        elif passing["difference"]["high"] < 0:
            reasons.append({"code": f"strangers_better{suffix}", **passing["difference"]})
    return figures, reasons


def too_few(held_out: int, enrolled: int) -> dict[str, Any] | None:
    """The reason why so few people cannot judge a version; None when they can."""
    if held_out >= FEWEST_HELD_OUT and enrolled >= FEWEST_ENROLLED:
        return None
    return {"code": "too_few_people", "held_out": held_out, "enrolled": enrolled}


@dataclass(frozen=True, slots=True)
class _Counts:
    """(successes, photos) by person: ``hits`` of known probes named rightly, ``passes`` of strangers accepted."""

    hits: dict[int, tuple[int, int]]
    passes: dict[int, tuple[int, int]]


def _counts(trials: Sequence[_Trial], fpir: float | None) -> _Counts:
    """At the threshold that strangers choose for ``fpir``; None: at the one that each gallery has at the door."""
    found = _Counts({}, {})
    for trial, door in trials:
        scores = trial.scores[~trial.known]
        owners = trial.people[~trial.known]
        limit = door if fpir is None else openset.threshold_at(scores, fpir)
        for person in np.unique(trial.people[trial.known]).tolist():
            mine = trial.known & (trial.people == person)
            _add(found.hits, person, trial.right[mine] & (trial.scores[mine] >= limit))
        for person in np.unique(owners).tolist():
            others = door if fpir is None else openset.threshold_at(scores[owners != person], fpir)
            _add(found.passes, person, scores[owners == person] >= others)
    return found


def _add(counts: dict[int, tuple[int, int]], person: int, hits: Bools) -> None:
    before = counts.get(person, (0, 0))
    counts[person] = (before[0] + int(hits.sum()), before[1] + len(hits))


def _compare(
    parent: dict[int, tuple[int, int]], candidate: dict[int, tuple[int, int]], people: Sequence[int]
) -> dict[str, Any] | None:
    """Shares over these people, their difference and the intervals of all three; None when none of them was asked."""
    asked = [person for person in people if person in parent]
    if not asked:
        return None
    rows = np.array([[*parent[person], candidate[person][0]] for person in asked], np.float64)
    rng = np.random.default_rng(SEED)
    even = np.full(len(asked), 1 / len(asked))
    weights = np.concatenate([np.ones((1, len(asked))), rng.multinomial(len(asked), even, RESAMPLES)])
    before, photos, after = (weights @ rows).T
    shares = {"parent": before / photos, "candidate": after / photos, "difference": (after - before) / photos}
    return {
        **{name: _numbers(drawn) for name, drawn in shares.items()},
        "people": len(asked),
        "probes": int(rows[:, 1].sum()),
    }


def _trials(side: Side, exam: Exam, fpir: float) -> list[_Trial]:
    """Everybody seen enrolled beside half of the unseen, the other half strangers, and the other way round; with fewer
    than four unseen all of them are strangers."""
    unseen = sorted(person for person, group in exam.groups.items() if group == "unseen")
    seen = [person for person, group in exam.groups.items() if group != "unseen"]
    if not exam.turns or len(unseen) < TAKE_TURNS_FROM:
        return [_trial(side, exam, fpir, seen, unseen)]
    sides = (unseen[::2], unseen[1::2])
    return [_trial(side, exam, fpir, [*seen, *known], strangers) for known, strangers in (sides, sides[::-1])]


def _trial(side: Side, exam: Exam, fpir: float, known: Sequence[int], strangers: Sequence[int]) -> _Trial:
    inside = np.isin(exam.people, known)
    rows = np.flatnonzero(inside & exam.enrolled)
    probes = np.flatnonzero((inside & ~exam.enrolled) | np.isin(exam.people, strangers))
    gallery = side.calibration.gallery(np.arange(len(rows)), exam.people[rows], side.vectors[rows])
    figures = side.calibration.adapted(gallery)
    distances = gallery.distances_of(side.vectors[probes])
    nearest = gallery.people[distances.argmin(axis=1)]
    scores = log_odds_of(gallery, distances, figures)
    # No name is given where the nearest person is more likely somebody else.
    limit = max(0.0, operating.threshold(operating.curve(gallery, figures, side.calibration.prior), fpir))
    asked = openset.Trial.of(scores, nearest == exam.people[probes], inside[probes], exam.people[probes])
    return asked, limit


def _numbers(drawn: NDArray[np.float64]) -> dict[str, float]:
    """The first value, and the interval in which 95 of 100 of the others lie."""
    low, high = np.quantile(drawn[1:], (0.025, 0.975))
    return {"value": round(float(drawn[0]), 5), "low": round(float(low), 5), "high": round(float(high), 5)}
