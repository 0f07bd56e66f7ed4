"""The single cues of a living face, on drawn pictures whose truth is known."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Sequence
from typing import get_args

import cv2
import numpy as np
import pytest

from recognition.engine.calibrate import uncentred
from recognition.engine.liveness import geometry, motion
from recognition.engine.liveness.challenge import TURNS, WINDOW, Action, draw, length
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import EMBEDDED, Likeness, gather
from recognition.engine.liveness.passive import Layers, judge
from recognition.engine.liveness.repeats import repeated
from recognition.engine.types import RGB, Box, Face, Mesh, Vector
from recognition.tests.fake_mesh import mesh_of

BOX = Box(220, 130, 200, 220)
REST = mesh_of("rest", BOX)


def texture(seed: int = 0) -> RGB:
    """A frame full of soft blobs: something to follow everywhere, and no edge, grid or spot."""
    noise = np.random.default_rng(seed).normal(128, 90, (480, 640, 3))
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 3) * 1.5 - 64, 30, 200).astype(np.uint8)


def shifted(image: RGB, x: float, y: float) -> RGB:
    matrix = np.array([[1.0, 0, x], [0, 1, y]])
    return np.asarray(cv2.warpAffine(image, matrix, (640, 480), borderMode=cv2.BORDER_REFLECT), np.uint8)


def frame(image: RGB, mesh: Mesh = REST, *, at: float = 0.0) -> Frame:
    points = mesh.image[[33, 263, 1, 61, 291]].astype(np.float32)
    return Frame(at, image, Face(BOX, points, 0.99, mesh))


def moved(mesh: Mesh, matrix: Sequence[Sequence[float]]) -> Mesh:
    """The mesh's points through a homography: what happens to those of a flat picture."""
    points = cv2.perspectiveTransform(mesh.image[:, None], np.array(matrix, np.float64))[:, 0]
    return dataclasses.replace(mesh, image=np.asarray(points, np.float32))


TILTED = ((0.8, 0.05, 40), (0.02, 0.97, 5), (0.0004, 0.0001, 1))


def test_a_head_that_turns_is_no_plane_and_a_print_that_turns_is_one() -> None:
    assert geometry.plane_residual(REST, mesh_of("turn_left", BOX)) > 0.035
    assert geometry.plane_residual(REST, moved(REST, TILTED)) < 0.005
    assert geometry.plane_turn(REST, moved(REST, TILTED)) > 0.05


def test_a_turn_to_the_person_s_left_goes_to_the_image_s_right() -> None:
    assert geometry.turn(mesh_of("turn_left", BOX)) > 0.2
    assert geometry.turn(mesh_of("turn_right", BOX)) < -0.2
    assert abs(geometry.turn(moved(REST, TILTED))) < 0.2


def test_bowing_and_smiling_are_seen() -> None:
    assert geometry.nod(mesh_of("nod", BOX)) - geometry.nod(REST) > 0.04
    assert geometry.mouth_width(mesh_of("smile", BOX)) / geometry.mouth_width(REST) > 1.08


def test_a_sheet_moves_with_its_face_and_a_room_does_not() -> None:
    image = texture()
    face = dataclasses.replace(REST, image=REST.image + np.float32(4))
    sheet = motion.surroundings([frame(image), frame(shifted(image, 4, 4), face, at=0.3)])
    assert sheet.known
    assert sheet.moving > 0.9
    room = image.copy()
    room[BOX.y : BOX.y + BOX.h, BOX.x : BOX.x + BOX.w] = shifted(image, 4, 4)[
        BOX.y : BOX.y + BOX.h, BOX.x : BOX.x + BOX.w
    ]
    person = motion.surroundings([frame(image), frame(room, face, at=0.3)])
    assert person.known
    assert person.moving < 0.2


def test_where_nothing_moves_nothing_is_known() -> None:
    assert not motion.surroundings([frame(texture()), frame(texture(), at=0.3)]).known
    assert judge([frame(texture(), at=0.0), frame(shifted(texture(), 0.1, 0), at=0.3)], Layers()).outcome == "unsure"


class Opinion:
    """A network that finds every frame the same."""

    name = "opinion"

    def __init__(self, doubt: float) -> None:
        self._doubt = doubt

    def evidence(self, image: RGB, face: Face) -> float:
        return 1.5

    def doubt(self, evidence: float) -> float:
        assert evidence == 1.5
        return self._doubt


@pytest.mark.parametrize(
    ("doubt", "outcome", "reasons"),
    [(0.0, "live", ()), (0.3, "unsure", ()), (0.6, "suspect", ("network",))],
)
def test_a_network_s_doubt_decides_where_nothing_moves(doubt: float, outcome: str, reasons: tuple[str, ...]) -> None:
    film = [frame(texture(), at=0.0), frame(shifted(texture(), 0.1, 0), at=0.3)]
    found = judge(film, Layers(), network=Opinion(doubt))
    assert (found.outcome, found.reasons, found.figures["network"]) == (outcome, reasons, 1.5)
    assert judge(film, Layers(picture=False), network=Opinion(doubt)).outcome == "unsure"


@pytest.mark.parametrize(("doubt", "outcome"), [(None, "suspect"), (0.0, "suspect"), (0.3, "suspect")])
def test_a_print_that_turns_as_a_plane_is_suspect_whatever_a_network_says(doubt: float | None, outcome: str) -> None:
    film = [frame(texture(), at=0.0), frame(shifted(texture(), 9, 0), moved(REST, TILTED), at=0.3)]
    found = judge(film, Layers(), network=None if doubt is None else Opinion(doubt))
    assert found.outcome == outcome
    assert "flat" in found.reasons


def test_a_head_that_turns_is_live_without_a_network() -> None:
    film = [frame(texture(), at=0.0), frame(texture(1), mesh_of("turn_left", BOX), at=0.3)]
    assert judge(film, Layers()).outcome == "live"


@pytest.mark.parametrize(
    ("order", "found"),
    [((0, 1, 2, 3), ""), ((0, 0, 1, 1, 2), ""), ((0, 1, 2, 0, 1), "looped"), ((0, 0, 0, 0, 0), "frozen")],
)
def test_frames_that_come_again(order: tuple[int, ...], found: str) -> None:
    frames = [texture(seed) for seed in range(4)]
    assert repeated([frame(frames[index], at=0.12 * place) for place, index in enumerate(order)]) == found


@pytest.mark.parametrize(
    ("people", "embedded", "two"),
    [
        pytest.param("aaaaa", EMBEDDED, False, id="one person: the best alone"),
        pytest.param("aaabb", EMBEDDED + 1, True, id="exchanged after the best"),
        pytest.param("aabaa", EMBEDDED + 1, True, id="exchanged for a moment"),
    ],
)
def test_a_burst_s_faces_are_compared_without_embedding_them_all(people: str, embedded: int, two: bool) -> None:
    faces = {"a": texture(1), "b": texture(2)}
    film = [frame(faces[who], at=step / 8) for step, who in enumerate(people)]
    asked: list[Frame] = []

    def embed(one: Frame) -> Vector:
        asked.append(one)
        vector: Vector = np.eye(128, dtype=np.float32)["ab".index(people[film.index(one)])]
        return vector

    found = gather(film, [0.9, 0.8, 0.7, 0.2, 0.1], embed, Likeness.of(uncentred(128)))

    assert (list(found.vectors), len(asked), found.two_people) == ([0, 1, 2], embedded, two)


def test_an_order_that_is_not_to_be_asked_for_is_not() -> None:
    """Three different moves of five, one of them a turn: 54 orders."""
    every = [order for order in itertools.permutations(get_args(Action), 3) if set(order) & set(TURNS)]
    for seed, only in enumerate(every):
        cues = draw(random.Random(seed), but=[order for order in every if order != only])
        assert tuple(cue.action for cue in cues) == only
    assert len(every) == 54


def test_a_request_has_three_moves_with_a_turn_and_time_for_each() -> None:
    for seed in range(50):
        cues = draw(random.Random(seed))
        actions = [cue.action for cue in cues]
        assert len(set(actions)) == 3
        assert set(actions) & set(TURNS)
        assert all(later.at - earlier.at > WINDOW for earlier, later in itertools.pairwise(cues))
        assert length(cues) < 10.5
