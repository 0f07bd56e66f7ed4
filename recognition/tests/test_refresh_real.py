"""A deliberate drift, small, on real faces: with the guards it goes nowhere, without them it arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognition.engine.loaded import LoadedEngine
from recognition.evaluation import ageing, ageing_attack

PEOPLE, PHOTOS = 4, 14


@pytest.fixture(scope="module")
def pairs(
    real_engine: LoadedEngine, faces_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[ageing_attack.Pair]:
    """Each of four people attacks each other one, as a stranger, with blended pictures."""
    folder = tmp_path_factory.mktemp("few")
    for person in sorted(path for path in (faces_dir / "aligned112").iterdir() if path.is_dir())[:PEOPLE]:
        (folder / person.name).mkdir()
        for photo in sorted(person.iterdir())[:PHOTOS]:
            (folder / person.name / photo.name).symlink_to(photo)
    people = ageing.read(real_engine, folder)
    blended = ageing_attack.morphs(real_engine, people, blends=1, seed=0)
    return list(
        ageing_attack.pairs(people, blended, real_engine.calibration, enroll=4, stranger=True, vectors=False, seed=0)
    )


def attack(pairs: list[ageing_attack.Pair], rules: ageing.Rules) -> ageing_attack.Attack:
    return ageing_attack.attack("", rules, pairs, attempts=20, material="pictures", stranger=True)


def test_blended_pictures_carry_nobody_into_another_persons_template(pairs: list[ageing_attack.Pair]) -> None:
    guarded, bare = attack(pairs, ageing.Rules()), attack(pairs, ageing.NO_GUARD)

    assert guarded.joined > 0, "the attack was not tried: nothing joined"
    assert guarded.after == guarded.before == (0.0, 0.0)
    # The victim is named about as often as before: three photos of 120 more or less are no loss.
    assert guarded.own[1] >= guarded.own[0] - 0.026 > 0.9
    assert bare.after[0] > 0.25
