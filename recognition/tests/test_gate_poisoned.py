"""Photos under wrong names that nothing held back reach the gate: real network, real faces, and it refuses each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recognition.engine.calibrate import Calibration
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.training.fine_tune import Lesson, Practice, Recipe, halves, load_network, look
from recognition.training.gate import Exam, GateResult, Group, Side, judge

pytestmark = pytest.mark.slow
PEOPLE, PHOTOS, NOISE = 8, 8, 10
UNSEEN = (3, 7)
NEW_NAME = 99
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """A row a photo, the last ``NOISE`` of them pictures of nothing: chips, whose, and what the frozen layers saw of
    photo and mirror image."""

    chips: NDArray[np.uint8]
    people: Ints
    features: NDArray[np.float16]
    trained: Any
    weights: list[Any]
    calibration: Calibration

    def vectors(self) -> NDArray[np.float32]:
        raw = self.trained.predict(self.features.astype(np.float32), batch_size=64, verbose=0)
        joined = raw[: len(self.chips)] + raw[len(self.chips) :]
        return np.asarray(joined / np.linalg.norm(joined, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def faces(faces_dir: Path, version_folder: Path, real_engine: LoadedEngine) -> Faces:
    chips, people = [], []
    for person, folder in enumerate(sorted((faces_dir / "aligned112").iterdir())[:PEOPLE]):
        for path in sorted(folder.glob("*.jpg"))[: 2 * PHOTOS if person == 0 else PHOTOS]:
            picture = decode(path.read_bytes())
            chips.append(real_engine.align(picture, real_engine.detect(picture)[0]))
            people.append(person)
    chips += list(np.random.default_rng(7).integers(0, 256, (NOISE, 112, 112, 3), np.uint8))
    frozen, trained = halves(load_network(version_folder))
    features = np.concatenate([look(frozen, chips), look(frozen, [chip[:, ::-1] for chip in chips])])
    owners = np.array([*people, *[NEW_NAME] * NOISE], np.int64)
    return Faces(np.stack(chips), owners, features, trained, trained.get_weights(), real_engine.calibration)


def named(faces: Faces, poison: str) -> dict[int, int]:
    """The name that each photo has, by its row, with the mistake in it; the first person has twice the photos."""
    rows = {person: np.flatnonzero(faces.people == person).tolist() for person in [*range(PEOPLE), NEW_NAME]}
    names = {row: person for person in range(PEOPLE) for row in rows[person][:PHOTOS]}
    match poison:
        case "swapped":
            names |= dict.fromkeys(rows[0][: PHOTOS // 2], 1) | dict.fromkeys(rows[1][: PHOTOS // 2], 0)
        case "noise":
            names |= dict.fromkeys(rows[NEW_NAME], NEW_NAME)
        case "two names":
            names |= dict.fromkeys(rows[0][1::2], NEW_NAME) | dict.fromkeys(rows[0][::2], 0)
    return names


def learn_and_judge(faces: Faces, names: dict[int, int], recipe: Recipe) -> GateResult:
    """What the gate says of a candidate that learnt these names, asked by photos that bear them too."""
    rows = np.array(sorted(names))
    people = np.array([names[row] for row in rows.tolist()], np.int64)
    # Photos take turns; a third of each person's are probes.
    place = np.array([int((people[:at] == person).sum()) for at, person in enumerate(people)])
    enrolled = place % 3 > 0
    groups: dict[int, Group] = {int(one): "unseen" if one in UNSEEN else "new" for one in np.unique(people)}
    faces.trained.set_weights(faces.weights)
    before = faces.vectors()
    learnt = enrolled & ~np.isin(people, UNSEEN)
    _names, labels = np.unique(people[learnt], return_inverse=True)
    lesson = Lesson(faces.chips[rows[learnt]], labels.astype(np.int64), np.zeros(int(learnt.sum()), np.bool_))
    features = np.concatenate([faces.features[rows[learnt]], faces.features[rows[learnt] + len(faces.chips)]])
    practice = Practice(faces.trained, features, lesson, np.tile(np.arange(len(labels)), 2), recipe)
    for epoch in range(recipe.epochs):
        practice.epoch(epoch)
    parent, candidate = (Side(vectors[rows], faces.calibration) for vectors in (before, faces.vectors()))
    return judge(parent, candidate, Exam(people, enrolled, groups), fpir=0.01)


@pytest.mark.parametrize("recipe", [Recipe(epochs=4), Recipe(epochs=4, distillation=0.0)], ids=["guarded", "unguarded"])
@pytest.mark.parametrize("poison", ["swapped", "noise", "two names"])
def test_a_candidate_that_learnt_wrong_names_does_not_pass(faces: Faces, poison: str, recipe: Recipe) -> None:
    verdict = learn_and_judge(faces, named(faces, poison), recipe)

    assert not verdict.passed, verdict
    assert {reason["code"] for reason in verdict.reasons} & {"worse", "worse_at_door", "strangers_worse", "not_better"}
