"""Somebody steers a template on purpose: greedily, with blended pictures, hundreds of times. How far do they come?

The victim's template is what ``ageing`` says it is; each guard can be taken away to see what it is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import LENT, Calibration, log_odds, log_odds_of, logit
from recognition.engine.embedder import unit
from recognition.engine.gallery import Gallery, Match, centred
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import Vector
from recognition.evaluation.ageing import Company, Floats, Floats64, Person, Progress, Rules

RATIOS = tuple(round(0.1 * step, 1) for step in range(1, 10))
STEPS = 21


@dataclass(frozen=True, slots=True)
class Attack:
    """One way to refresh under attack, over all pairs of a victim and an attacker.

    ``before`` and ``after``: the share of the attacker's own held-out photos named as the victim, at the kiosk and at
    doors; ``worst`` of a pair after it; ``moved``: how far the victim's templates went towards the attacker's face, 0
    (not at all) to 1 (there); ``own``: the victim's photos named rightly at the kiosk, before and after.
    """

    way: str
    material: str
    stranger: bool
    pairs: int
    tried: int
    joined: float
    before: tuple[float, float]
    after: tuple[float, float]
    worst: tuple[float, float]
    raised: int
    moved: float
    own: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A victim, an attacker, what the attacker tries with (n, d), and the held-out photos of both."""

    victim: int
    attacker: int
    company: Company
    target: Vector
    tries: Floats
    attackers: Floats
    victims: Floats


def morphs(
    engine: LoadedEngine, people: Sequence[Person], *, blends: int, seed: int, progress: Progress | None = None
) -> dict[frozenset[int], Floats]:
    """For each two people the vectors of ``blends`` pairs of their photos, mixed as pictures at each of ``RATIOS``."""
    pairs = list(combinations(range(len(people)), 2))
    made: dict[frozenset[int], Floats] = {}
    for done, (one, other) in enumerate(pairs, start=1):
        rng = np.random.default_rng((seed, one, other))
        rows = []
        for _blend in range(blends):
            left = people[one].chips[rng.integers(len(people[one].chips))].astype(np.float32)
            right = people[other].chips[rng.integers(len(people[other].chips))].astype(np.float32)
            mixed = [np.clip(ratio * left + (1 - ratio) * right, 0, 255).astype(np.uint8) for ratio in RATIOS]
            rows += [engine.embed_chip(chip) for chip in mixed]
        made[frozenset((one, other))] = np.stack(rows)
        if progress:
            progress(done, len(pairs))
    return made


def pairs(
    people: Sequence[Person],
    blended: dict[frozenset[int], Floats],
    calibration: Calibration,
    *,
    enroll: int,
    stranger: bool,
    vectors: bool,
    seed: int,
) -> Iterator[Pair]:
    """Every victim with every attacker, who is enrolled as well or a ``stranger``.

    They try with blended pictures and half of the attacker's own; with ``vectors`` with any vector on the way from one
    of HR's photos, or from their mean, to the attacker's face, as no picture could be made to give.
    """
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(person.vectors)) for person in people]
    taken = [person.vectors[order[:enroll]] for person, order in zip(people, orders, strict=True)]
    for attacker in range(len(people)):
        staff = [(index, rows) for index, rows in enumerate(taken) if not (stranger and index == attacker)]
        company = Company(staff, calibration)
        own = people[attacker].vectors[orders[attacker][enroll:]]
        half = len(own) // 2
        target = unit(own[:half].mean(axis=0))
        for victim in range(len(people)):
            if victim == attacker:
                continue
            if vectors:
                tries = np.concatenate(
                    [_way(begin, target) for begin in (*taken[victim], unit(taken[victim].mean(axis=0)))]
                )
            else:
                tries = np.concatenate([blended[frozenset((victim, attacker))], own[:half]])
            rest = people[victim].vectors[orders[victim][enroll:]]
            yield Pair(victim, attacker, company, target, tries, own[half:], rest)


def _way(begin: Vector, end: Vector) -> Floats:
    steps = np.linspace(0, 1, STEPS, dtype=np.float32)[:, None]
    rows = (1 - steps) * begin + steps * end
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def attack(way: str, rules: Rules, tried: Sequence[Pair], *, attempts: int, material: str, stranger: bool) -> Attack:
    """Each pair's attacker offers, ``attempts`` times, what is accepted and lies nearest their own face."""
    rows = []
    for pair in tried:
        used, count = drift(pair, rules, attempts)
        company, victim = pair.company, pair.victim
        base, gallery = company.base, company.after({victim: used})
        rates = [company.passes(one, victim, pair.attackers, rules) for one in (base, gallery)]
        own = [company.passes(one, victim, pair.victims, rules)[0] for one in (base, gallery)]
        rows.append((count, *rates[0], *rates[1], _moved(base, gallery, pair), *own))
    table = np.array(rows, float)
    mean, most = table.mean(axis=0), table.max(axis=0)
    return Attack(
        way,
        material,
        stranger,
        len(rows),
        attempts,
        float(mean[0]),
        (float(mean[1]), float(mean[2])),
        (float(mean[3]), float(mean[4])),
        (float(most[3]), float(most[4])),
        int((table[:, 3] > table[:, 1]).sum()),
        float(mean[5]),
        (float(mean[6]), float(mean[7])),
    )


def drift(pair: Pair, rules: Rules, attempts: int) -> tuple[Floats, int]:
    """The vectors in use (k, d) after a greedy attack, and how many were taken in on the way."""
    company, victim = pair.company, pair.victim
    order = np.argsort(-(pair.tries @ pair.target), kind="stable")
    tries = pair.tries[order]
    fixed, lent = _fixed(company, victim, tries, rules)
    used: list[int] = []
    joined, room = 0, company.room(victim, rules)
    while room and joined < attempts:
        gallery = company.after({victim: tries[used]})
        seen = np.flatnonzero(fixed & _recognised(company, gallery, victim, tries, lent))
        fresh = (int(one) for one in seen if int(one) not in used)
        best = next((one for one in fresh if company.joins(gallery, victim, tries[one], rules)), None)
        # With no room left only something nearer to the attacker than the oldest is worth its place.
        if best is None or (len(used) == room and best > used[0]):
            break
        used, joined = [*used, best][-room:], joined + 1
    return tries[used], joined


def _fixed(company: Company, victim: int, tries: Floats, rules: Rules) -> tuple[NDArray[np.bool_], Floats64]:
    """What does not change while templates are added: which tries (n,) the guards allow, where these stand on HR's
    photos, and the log-odds (n,) to which what those photos say can be lifted."""
    base, figures = company.base, company.figures
    if rules.guards.anchored:
        allowed = np.array([company.joins(base, victim, one, rules) for one in tries])
    else:
        allowed = np.ones(len(tries), np.bool_)
    if not rules.lent:
        return allowed, np.full(len(tries), np.inf)
    return allowed, np.array([log_odds(_match_as(base, victim, one), figures) + LENT for one in tries])


def _match_as(gallery: Gallery, owner: int, vector: Vector) -> Match:
    alone, others = gallery.match_one(vector, owner), gallery.match(vector, without=owner)
    return replace(
        alone,
        runner_up=others.best,
        runner_up_distance=others.distance,
        runner_up_templates=others.best_templates,
        people=len(gallery.people),
    )


def _recognised(company: Company, gallery: Gallery, victim: int, tries: Floats, lent: Floats64) -> NDArray[np.bool_]:
    """Which tries (n,) the kiosk names the victim now."""
    distances = gallery.distances_of(tries)
    said = np.minimum(log_odds_of(gallery, distances, company.figures), lent)
    named = gallery.people[distances.argmin(axis=1)] == victim
    return np.asarray(named & (said >= logit(company.bars[0])), np.bool_)


def _moved(before: Gallery, after: Gallery, pair: Pair) -> float:
    """How much of the way to the attacker's face the mean of the victim's templates went."""
    goal = centred(pair.target, before.centre)
    here, there = (gallery.means[int(np.searchsorted(gallery.people, pair.victim))] for gallery in (before, after))
    start = float(here @ goal)
    return (float(there @ goal) - start) / max(1e-9, 1 - start)
