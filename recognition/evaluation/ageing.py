"""What refreshing templates does on a folder of people: for honest ones, and for somebody who steers it on purpose.

Every face is judged by ``engine.refresh``, the bars are those of ``operating`` for the gallery at hand, and the bound
is the service's: nothing here is chosen on the people it is tried on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from employees.services import refreshed_room
from recognition import operating as current
from recognition.engine import operating, refresh
from recognition.engine.calibrate import Calibration, Coefficients, confidence, log_odds
from recognition.engine.gallery import Gallery, Match
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB, ImageRejected, Vector
from recognition.evaluation.mean_face import SUFFIXES
from recognition.training.openset import Estimate, OpenSet, Trial, difference, measure

Floats = NDArray[np.float32]
Floats64 = NDArray[np.float64]
Progress = Callable[[int, int], None]
FPIRS = (0.01, 0.001)
UNBOUNDED = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person's photos in which a face was found: chips, vectors (n, d), and which are good enough to join."""

    chips: list[RGB]
    vectors: Floats
    good: NDArray[np.bool_]


def read(engine: LoadedEngine, folder: Path, *, progress: Progress | None = None) -> list[Person]:
    """Every person of a folder of folders. Raises ``ValueError`` when there are fewer than four."""
    paths = [
        sorted(path for path in one.iterdir() if path.suffix.lower() in SUFFIXES)
        for one in sorted(folder.iterdir())
        if one.is_dir()
    ]
    total, done, people = sum(map(len, paths)), 0, []
    for own in paths:
        seen = []
        for path in own:
            done += 1
            if progress:
                progress(done, total)
            seen += _photo(engine, path)
        if seen:
            chips, vectors, good = zip(*seen, strict=True)
            people.append(Person(list(chips), np.stack(vectors), np.array(good)))
    if len(people) < 4:
        raise ValueError(f"refreshing can be measured on four people or more, found {len(people)}")
    return people


def _photo(engine: LoadedEngine, path: Path) -> list[tuple[RGB, Vector, bool]]:
    try:
        image = decode(path.read_bytes())
    except ImageRejected:
        return []
    faces = engine.detect(image)
    if not faces:
        return []
    good = not engine.quality(image, faces[0], purpose="enrolment").reasons
    return [(engine.align(image, faces[0]), engine.embed(image, faces[0]), good)]


@dataclass(frozen=True, slots=True)
class Rules:
    """One way to refresh: the guards, whether doors' confidence is asked for, whether the number is bounded, whether
    what is added may lift a person only so far above what HR's photos say (``calibrate.LENT``)."""

    guards: refresh.Guards = refresh.ALL
    strict: bool = True
    bounded: bool = True
    lent: bool = True


NO_GUARD = Rules(refresh.Guards(False, False, False), strict=False, bounded=False, lent=False)
ONLY_LENT = replace(NO_GUARD, lent=True)
WAYS: dict[str, Rules] = {
    "all guards (used)": Rules(),
    "held against all templates, not HR's alone": Rules(replace(refresh.ALL, anchored=False)),
    "without the margin": Rules(replace(refresh.ALL, margin=False)),
    "without the majority of photos": Rules(replace(refresh.ALL, majority=False)),
    "from the kiosk's confidence on": Rules(strict=False),
    "any number of them": Rules(bounded=False),
    "without the bound on what they lend": Rules(lent=False),
    "only the bound on what they lend": ONLY_LENT,
    "no guard: whatever the kiosk recognises": NO_GUARD,
}


@dataclass(eq=False)
class Company:
    """A gallery of HR's photos, and what was added to one person's since."""

    hr: list[tuple[int, Floats]]
    calibration: Calibration

    @cached_property
    def base(self) -> Gallery:
        """HR's photos alone."""
        owners = np.repeat([owner for owner, _rows in self.hr], [len(rows) for _owner, rows in self.hr])
        rows = np.concatenate([rows for _owner, rows in self.hr])
        return self.calibration.gallery(np.arange(len(owners)), owners, rows)

    @cached_property
    def figures(self) -> Coefficients:
        """The calibration's coefficients as they are for this gallery."""
        return self.calibration.adapted(self.base)

    @cached_property
    def bars(self) -> tuple[float, float]:
        """The confidence that the kiosk and that doors ask for, by default targets on this gallery."""
        curve = operating.curve(self.base, self.figures, self.calibration.prior)
        clocking, door = (current.acceptance(curve, current.DEFAULT_TARGETS[use]) for use in ("clocking", "door"))
        return clocking, door

    def after(self, added: dict[int, Floats]) -> Gallery:
        """The gallery once these vectors (k, d) have joined, by owner."""
        rows = [(owner, own) for owner, own in added.items() if len(own)]
        if not rows:
            return self.base
        joined = np.concatenate([own for _owner, own in rows])
        owners = np.repeat([owner for owner, _own in rows], [len(own) for _owner, own in rows])
        total = np.arange(len(self.base) + len(joined))
        return self.calibration.gallery(
            total,
            np.concatenate([self.base.owners, owners]),
            np.concatenate([self.base.vectors, joined]),
            added=total >= len(self.base),
        )

    def says(self, match: Match, rules: Rules) -> float:
        """The confidence of a match."""
        return confidence(match if rules.lent else replace(match, anchor_distance=None), self.figures)

    def allows(self, gallery: Gallery, owner: int, vector: Vector, rules: Rules) -> bool:
        """Would the kiosk recognise it as ``owner``, and would it join?"""
        match = gallery.match(vector)
        known = match.best == owner and self.says(match, rules) >= self.bars[0]
        return known and self.joins(gallery, owner, vector, rules)

    def joins(self, gallery: Gallery, owner: int, vector: Vector, rules: Rules) -> bool:
        """Do the guards let it join, once the kiosk recognised it?"""
        figures, bar = self.figures, self.bars[1] if rules.strict else self.bars[0]
        if rules in (NO_GUARD, ONLY_LENT):
            return True
        verdict = refresh.judge(gallery, vector, owner=owner, bar=bar, coefficients=figures, guards=rules.guards)
        return not verdict.reason

    def room(self, owner: int, rules: Rules) -> int:
        """How many may be in use at once."""
        return refreshed_room(int((self.base.owners == owner).sum())) if rules.bounded else UNBOUNDED

    def passes(self, gallery: Gallery, owner: int, vectors: Floats, rules: Rules) -> tuple[float, float]:
        """The share of ``vectors`` (n, d) that are named ``owner``, at the kiosk's confidence and at the doors'."""
        matches = [gallery.match(vector) for vector in vectors]
        said = np.array([self.says(match, rules) if match.best == owner else 0.0 for match in matches])
        return float((said >= self.bars[0]).mean()), float((said >= self.bars[1]).mean())


@dataclass(frozen=True, slots=True)
class Honest:
    """Held-out photos before refreshing, after it, and with as many more photos that HR would have taken."""

    enrolled: int
    added: float
    offered: float
    before: OpenSet
    after: OpenSet
    by_hr: OpenSet
    gain: tuple[Estimate, ...]


def honest(people: Sequence[Person], calibration: Calibration, *, enroll: int, repeats: int, seed: int) -> Honest:
    """Half of the people enrolled; half of their other photos clock in one after the other, the rest is asked for."""
    sets: tuple[list[Trial], list[Trial], list[Trial]] = ([], [], [])
    joined = offered = 0
    for number in range(repeats):
        rng = np.random.default_rng((seed, number))
        known = np.sort(rng.permutation(len(people))[: len(people) // 2])
        hr, days, probes = {}, {}, []
        for index, person in enumerate(people):
            order = rng.permutation(len(person.vectors))
            taken = enroll if index in known else 0
            middle = taken + (len(order) - taken) // 2 if index in known else 0
            hr[index], days[index] = order[:taken], order[taken:middle]
            probes.append((index, person.vectors[order[middle:]]))
        company = Company([(int(one), people[one].vectors[hr[one]]) for one in known], calibration)
        added = {int(one): _live(company, int(one), people[one], days[one]) for one in known}
        more = [
            (int(one), np.concatenate([rows, people[one].vectors[days[one][: len(added[one])]]]))
            for one, rows in company.hr
        ]
        joined += sum(map(len, added.values()))
        offered += sum(int(people[one].good[days[one]].sum()) for one in known)
        for into, gallery in zip(
            sets, (company.base, company.after(added), Company(more, calibration).base), strict=True
        ):
            into.append(_trial(gallery, probes, known, calibration))
    figures = [measure(trials, fpirs=FPIRS, resamples=400, seed=seed) for trials in sets]
    gain = tuple(difference(sets[1], sets[0], fpir=fpir, resamples=400, seed=seed) for fpir in FPIRS)
    people_known = repeats * (len(people) // 2)
    return Honest(enroll, joined / people_known, offered / people_known, figures[0], figures[1], figures[2], gain)


def _live(company: Company, owner: int, person: Person, days: NDArray[np.int64]) -> Floats:
    """What is in use after these photos clocked in, in this order."""
    used, rules = person.vectors[:0], Rules()
    for day in days:
        if person.good[day] and company.allows(company.after({owner: used}), owner, person.vectors[day], rules):
            used = np.concatenate([used, person.vectors[day : day + 1]])[-company.room(owner, rules) :]
    return used if company.room(owner, rules) else person.vectors[:0]


def _trial(
    gallery: Gallery, probes: list[tuple[int, Floats]], known: NDArray[np.int64], calibration: Calibration
) -> Trial:
    asked = np.concatenate([rows for _owner, rows in probes])
    whose = np.repeat([owner for owner, _rows in probes], [len(rows) for _owner, rows in probes])
    matches = [gallery.match(vector) for vector in asked]
    figures = calibration.adapted(gallery)
    scores = [log_odds(match, figures) for match in matches]
    return Trial.of(scores, np.array([match.best for match in matches]) == whose, np.isin(whose, known), whose)
