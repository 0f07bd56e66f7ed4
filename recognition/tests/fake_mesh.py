"""Faces that move, for the tests of everything that asks for a living one: an egg-shaped head drawn with its points.

A picture made by ``fake.fake_pose`` bears its pose as a coloured square in its corner; the fake engine reads it and
gives the face the mesh of that pose. Pictures without the square have no mesh, as before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recognition.engine.types import RGB, Box, Mesh

# No person's colour has a channel at 0: such a corner is a mark.
MARKS: dict[str, tuple[int, int, int]] = {
    "rest": (255, 0, 0),
    "turn_left": (0, 255, 0),
    "turn_right": (0, 0, 255),
    "nod": (255, 255, 0),
    "blink": (0, 255, 255),
    "smile": (255, 0, 255),
}
CORNER = 12
NEAR = 90
# x, y in half widths and heights of the face, for the points that the engine's figures ask for.
PLACES: dict[int, tuple[float, float]] = {
    33: (-0.6, -0.25),
    133: (-0.25, -0.25),
    362: (0.25, -0.25),
    263: (0.6, -0.25),
    1: (0.0, 0.1),
    10: (0.0, -0.95),
    152: (0.0, 0.95),
    61: (-0.3, 0.5),
    291: (0.3, 0.5),
    234: (-0.95, 0.0),
    454: (0.95, 0.0),
}
NOSE_OUT = 0.35


def read_mesh(image: RGB, box: Box) -> Mesh | None:
    """The mesh of the pose that the picture's corner names, None without such a corner."""
    colour = np.median(image[2 : CORNER - 2, 2 : CORNER - 2].reshape(-1, 3), axis=0)
    for pose, mark in MARKS.items():
        if np.abs(colour - mark).sum() < NEAR:
            return mesh_of(pose, box)
    return None


def mesh_of(pose: str, box: Box) -> Mesh:
    """468 points on an egg that fills the middle of ``box``, turned, bowed or smiling."""
    points = _egg()
    yaw = np.radians({"turn_left": 25, "turn_right": -25}.get(pose, 0))
    pitch = np.radians(15 if pose == "nod" else 0)
    if pose == "smile":
        points[[61, 291], 0] *= 1.25
    x = points[:, 0] * np.cos(yaw) - points[:, 2] * np.sin(yaw)
    deep = points[:, 0] * np.sin(yaw) + points[:, 2] * np.cos(yaw)
    y = points[:, 1] * np.cos(pitch) - deep * np.sin(pitch)
    half = np.array([box.w * 0.3, box.h * 0.36])
    placed = np.column_stack([x, y]) * half + (box.x + box.w / 2, box.y + box.h / 2)
    upright = np.column_stack([x * 64 + 96, y * 64 + 96, deep * 64])
    return Mesh(upright.astype(np.float32), placed.astype(np.float32), presence=1.0)


def _egg() -> NDArray[np.float64]:
    """x and y from −1 to 1, z negative towards the camera."""
    chance = np.random.default_rng(468)
    angle, radius = chance.uniform(0, 2 * np.pi, 468), np.sqrt(chance.uniform(0, 0.9, 468))
    flat_points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    for index, place in PLACES.items():
        flat_points[index] = place
    depth = -np.sqrt(np.clip(1 - (flat_points**2).sum(axis=1), 0, 1))
    depth[1] -= NOSE_OUT
    return np.column_stack([flat_points, depth])
