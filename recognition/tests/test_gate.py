"""The gate's arithmetic on vectors whose truth is known: better passes, worse and equal do not, few say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from recognition.engine.calibrate import uncentred
from recognition.training.checks import examine
from recognition.training.gate import Exam, GateResult, Group, Side
from recognition.training.gate import judge as judge_sides

Floats = NDArray[np.float32]
PEOPLE, PHOTOS, DIMENSIONS = 14, 10, 64


def faces(noise: float, *, seed: int = 0) -> Floats:
    """Unit vectors, a row a photo: each person's direction and so much of something else."""
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.standard_normal((PEOPLE, DIMENSIONS)), PHOTOS, axis=0)
    vectors = own / np.linalg.norm(own, axis=1, keepdims=True)
    other = rng.standard_normal(vectors.shape)
    vectors = vectors + noise * other / np.linalg.norm(other, axis=1, keepdims=True)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def judge(parent: Floats, candidate: Floats, exam: Exam, *, fpir: float) -> GateResult:
    """Both versions by the shipped scale."""
    scale = uncentred(DIMENSIONS)
    return judge_sides(Side(parent, scale), Side(candidate, scale), exam, fpir=fpir)


def of_one_place(vectors: Floats) -> Floats:
    """The same faces, all with much in common."""
    shared = np.random.default_rng(11).standard_normal(DIMENSIONS)
    moved = vectors + 1.5 * shared / np.linalg.norm(shared)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)


@pytest.fixture
def exam() -> Exam:
    """Five old people, five new ones, four unseen; half of everybody's photos are enrolled."""
    groups: dict[int, Group] = dict.fromkeys(range(5), "old")
    groups |= dict.fromkeys(range(5, 10), "new")
    groups |= dict.fromkeys(range(10, PEOPLE), "unseen")
    people = np.repeat(np.arange(PEOPLE), PHOTOS).astype(np.int64)
    return Exam(people, np.tile(np.arange(PHOTOS) < 5, PEOPLE), groups)


def test_a_better_candidate_passes(exam: Exam) -> None:
    verdict = judge(faces(3.0), faces(0.5), exam, fpir=0.01)

    assert verdict.passed
    assert {reason["code"] for reason in verdict.reasons} <= {"better", "strangers_better"}
    assert verdict.figures["groups"]["old"]["difference"]["low"] > 0


def test_a_worse_candidate_is_refused_and_the_groups_are_named(exam: Exam) -> None:
    verdict = judge(faces(0.5), faces(3.0), exam, fpir=0.01)

    assert not verdict.passed
    assert {reason["group"] for reason in verdict.reasons if reason["code"] == "worse"} == {"old", "new", "unseen"}


def test_an_equal_candidate_is_refused_for_being_no_better(exam: Exam) -> None:
    verdict = judge(faces(0.5), faces(0.5), exam, fpir=0.01)

    assert not verdict.passed
    assert [reason["code"] for reason in verdict.reasons] == ["not_better"]


@pytest.mark.parametrize(("follows", "codes"), [(True, {"not_better"}), (False, {"better"})])
def test_what_the_gallery_takes_off_by_itself_is_no_gain_of_a_candidate(
    exam: Exam, follows: bool, codes: set[str]
) -> None:
    scale = replace(uncentred(DIMENSIONS), centre_people=0.01 if follows else float("inf"))
    parent, candidate = Side(of_one_place(faces(1.3)), scale), Side(faces(1.3), uncentred(DIMENSIONS))

    verdict = judge_sides(parent, candidate, exam, fpir=0.01)

    assert {reason["code"] for reason in verdict.reasons} == codes


def test_a_candidate_whose_scale_lets_strangers_in_at_the_door_is_refused(exam: Exam) -> None:
    scale = uncentred(DIMENSIONS)
    blind = replace(scale, coefficients=replace(scale.coefficients, spread=0.01, spread_pairs=1e6))

    verdict = judge_sides(Side(faces(1.5), scale), Side(faces(1.5), blind), exam, fpir=0.001)

    assert not verdict.passed
    assert "strangers_worse_at_door" in {reason["code"] for reason in verdict.reasons}


def test_better_for_the_new_does_not_make_up_for_worse_for_the_old(exam: Exam) -> None:
    before, after = faces(3.0), faces(3.0)
    old = np.isin(exam.people, range(5))
    before[old] = faces(0.3)[old]
    after[~old] = faces(0.3)[~old]

    verdict = judge(before, after, exam, fpir=0.01)

    assert not verdict.passed
    assert {reason["group"] for reason in verdict.reasons if reason["code"] == "worse"} == {"old"}
    assert "new" in {reason["group"] for reason in verdict.reasons if reason["code"] == "better"}


def test_names_shuffled_before_training_make_a_candidate_that_is_refused(exam: Exam) -> None:
    spoilt = faces(0.5)[np.random.default_rng(3).permutation(PEOPLE * PHOTOS)]

    assert not judge(faces(0.5), spoilt, exam, fpir=0.01).passed


def test_with_one_person_held_out_nothing_can_be_said(exam: Exam) -> None:
    groups: dict[int, Group] = dict.fromkeys(range(13), "new")
    few = Exam(exam.people, exam.enrolled, {**groups, 13: "unseen"})

    verdict = judge(faces(3.0), faces(0.5), few, fpir=0.01)

    assert not verdict.passed
    assert verdict.reasons == ({"code": "too_few_people", "held_out": 1, "enrolled": 13},)


def test_people_whose_photos_were_deleted_since_the_plan_take_no_part(exam: Exam) -> None:
    left = ~np.isin(exam.people, (11, 12, 13))
    rest = Exam(exam.people[left], exam.enrolled[left], exam.groups)

    verdict = judge(faces(3.0)[left], faces(0.5)[left], rest, fpir=0.01)

    assert verdict.reasons == ({"code": "too_few_people", "held_out": 1, "enrolled": 10},)


@pytest.mark.parametrize("each", [1, 3, 5])
def test_photos_swapped_between_two_people_are_all_named(exam: Exam, each: int) -> None:
    people = exam.people.copy()
    one, two = np.flatnonzero(people == 2)[:each], np.flatnonzero(people == 7)[:each]
    people[one], people[two] = 7, 2

    found = examine(faces(0.5), people, one_person=1.1, unlike=1.2)

    named = {finding.photo for finding in found}
    assert set(one.tolist()) | set(two.tolist()) <= named
    assert {finding.person for finding in found} == {2, 7}


def test_clean_photos_are_left_alone(exam: Exam) -> None:
    assert examine(faces(0.5), exam.people, one_person=1.1, unlike=1.2) == []


def test_one_person_under_two_names_is_named_once(exam: Exam) -> None:
    people = exam.people.copy()
    people[np.flatnonzero(people == 4)[::2]] = 99

    found = examine(faces(0.5), people, one_person=1.1, unlike=1.2)

    assert [(one.person, one.other) for one in found if one.code == "same_person"] == [(4, 99)]


def test_a_photo_of_nobody_known_is_unlike_its_own(exam: Exam) -> None:
    vectors = faces(0.5)
    vectors[33] = faces(0.5, seed=9)[33]

    found = examine(vectors, exam.people, one_person=1.1, unlike=1.2)

    assert [(one.code, one.photo) for one in found] == [("unlike_own", 33)]
