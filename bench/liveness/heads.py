"""A moving head from one still photo: FaceMesh's surface, textured with the photo, turned and drawn again.

It is a drawing, not a film: the surface is the network's guess, what the photo does not show is stretched, and hair,
neck and shoulders follow by a ramp. It moves as a solid thing does, which is what the checks of motion ask about; its
skin and its light are those of the photo, whatever the head does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.liveness import geometry
from recognition.engine.protocol import Engine
from recognition.engine.types import RGB, Mesh

WIDTH, HEIGHT = 640, 480
# From the outer to the inner corner, upper and lower lid; and a place on the cheek below, whose skin is the lid's.
LIDS = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133), 50),
    ((263, 466, 388, 387, 386, 385, 384, 398, 362), (263, 249, 390, 373, 374, 380, 381, 382, 362), 280),
)
FACE_OVAL = (
    10,
    338,
    297,
    332,
    284,
    251,
    389,
    356,
    454,
    323,
    361,
    288,
    397,
    365,
    379,
    378,
    400,
    377,
    152,
    148,
    176,
    149,
    150,
    136,
    172,
    58,
    132,
    93,
    234,
    127,
    162,
    21,
    54,
    103,
    67,
    109,
)
# Rings around the face, in parts of its outline's radius, and how much of the head's movement each takes part in.
RINGS = ((1.25, 0.85), (1.6, 0.0))
VIEWER = 9.0
"""How far the camera is, in eye distances: at arm's length."""

Array = NDArray[np.floating[Any]]
YS, XS = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees (``yaw`` to the image's right, ``pitch`` down, ``roll`` with the clock), eye distances, parts of 1."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    x: float = 0.0
    y: float = 0.0
    blink: float = 0.0
    smile: float = 0.0

    def plus(self, other: Pose) -> Pose:
        """Both movements at once."""
        return Pose(
            self.yaw + other.yaw,
            self.pitch + other.pitch,
            self.roll + other.roll,
            self.x + other.x,
            self.y + other.y,
            min(1.0, self.blink + other.blink),
            self.smile + other.smile,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A photo as a 640×480 frame and the surface of the face in it."""

    frame: RGB
    solid: Array
    eyes: float
    points: Array
    triangles: NDArray[np.int32]

    @classmethod
    def of(cls, engine: Engine, photo: RGB, *, eyes: float = 70.0) -> Head | None:
        """The largest face of ``photo`` in the middle of a frame, ``eyes`` pixels between its eyes; None without one.

        Faces that look far to the side are left out: half of such a face would have to be made up.
        """
        found = engine.detect(photo)
        if not found or found[0].mesh is None:
            return None
        near = [face for face in found if face.box.w >= 0.4 * found[0].box.w]
        mesh = found[0].mesh
        if len(near) > 1 or abs(geometry.turn(mesh)) > 0.28 or geometry.eye_distance(mesh) < 20:
            return None
        scale = eyes / geometry.eye_distance(mesh)
        centre = mesh.image.mean(axis=0)
        shift = np.array([WIDTH / 2, HEIGHT * 0.52]) - centre * scale
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        frame = _fitted(photo, matrix)
        seen = engine.detect(frame)
        if len(seen) != 1 or seen[0].mesh is None:
            return None
        return cls._built(frame, seen[0].mesh)

    @classmethod
    def _built(cls, frame: RGB, mesh: Mesh) -> Head:
        eyes = geometry.eye_distance(mesh)
        upright = mesh.upright
        span = float(
            np.linalg.norm(upright[list(geometry.LEFT_EYE)].mean(0) - upright[list(geometry.RIGHT_EYE)].mean(0))
        )
        depth = upright[:, 2] / span * eyes
        solid = np.column_stack([mesh.image, depth - depth.max()]).astype(np.float64)
        points = np.vstack([mesh.image, *_rings(mesh.image), _edge()])
        return cls(frame, solid, eyes, points, _triangulated(points))

    def draw(self, pose: Pose) -> RGB:
        """The frame with the head in that pose."""
        placed = self._placed(pose)
        target = self.points.copy()
        target[: len(placed)] = placed
        outline = self.points[list(FACE_OVAL)]
        moved = placed[list(FACE_OVAL)] - outline
        start = len(placed)
        for _size, share in RINGS:
            target[start : start + len(FACE_OVAL)] += moved * share
            start += len(FACE_OVAL)
        frame = _lids(self.frame, self.solid[:, :2], pose.blink) if pose.blink > 0.05 else self.frame
        return _warped(frame, self.points, target, self.triangles)

    def _placed(self, pose: Pose) -> Array:
        solid = _expression(self.solid, pose, self.eyes)
        centre = np.append(self.solid[:, :2].mean(axis=0), self.solid[:, 2].max())
        turned = (solid - centre) @ _rotation(pose).T
        distance = VIEWER * self.eyes
        scale = distance / (distance + turned[:, 2:])
        still = (self.solid - centre)[:, :2] * (distance / (distance + (self.solid - centre)[:, 2:]))
        # What the perspective alone does to the unmoved head is taken out: pose zero is the photo itself.
        moved = turned[:, :2] * scale - still
        return np.asarray(self.solid[:, :2] + moved + np.array([pose.x, pose.y]) * self.eyes)


def _fitted(photo: RGB, matrix: Array) -> RGB:
    scale = float(matrix[0, 0])
    if scale < 0.7:
        size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = np.array([[1, 0, matrix[0, 2]], [0, 1, matrix[1, 2]]], np.float64)
    picture = cv2.warpAffine(photo, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picture, np.uint8)


def _rings(points: Array) -> list[Array]:
    outline = points[list(FACE_OVAL)]
    centre = outline.mean(axis=0)
    rings = [centre + (outline - centre) * size for size, _share in RINGS]
    return [np.clip(ring, (2, 2), (WIDTH - 3, HEIGHT - 3)) for ring in rings]


def _edge() -> Array:
    xs, ys = np.linspace(0, WIDTH - 1, 9), np.linspace(0, HEIGHT - 1, 7)
    top = [(x, y) for x in xs for y in (0.0, HEIGHT - 1.0)]
    side = [(x, y) for y in ys[1:-1] for x in (0.0, WIDTH - 1.0)]
    return np.array(top + side)


def _triangulated(points: Array) -> NDArray[np.int32]:
    plane = cv2.Subdiv2D((-1, -1, WIDTH + 2, HEIGHT + 2))
    plane.insert([(float(x), float(y)) for x, y in points])
    corners = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2)
    inside = ((corners >= -1) & (corners <= (WIDTH + 1, HEIGHT + 1))).all(axis=(1, 2))
    apart = np.linalg.norm(corners[inside][:, :, None] - points[None, None].astype(np.float32), axis=3)
    return np.asarray(apart.argmin(axis=2), np.int32)


def _expression(solid: Array, pose: Pose, eyes: float) -> Array:
    moved = solid.copy()
    if pose.smile:
        for corner, side in zip(geometry.MOUTH, (-1.0, 1.0), strict=True):
            near = np.exp(-((solid[:, :2] - solid[corner, :2]) ** 2).sum(axis=1) / (2 * (0.25 * eyes) ** 2))
            moved[:, 0] += side * 0.12 * eyes * pose.smile * near
            moved[:, 1] -= 0.07 * eyes * pose.smile * near
    return moved


def _lids(frame: RGB, points: Array, closed: float) -> RGB:
    """The frame with lids drawn over the eyes: skin of the cheek's colour, and the lashes' dark line at its edge.

    Moving the mesh's lids would only interval the lashes over the iris.
    """
    drawn = frame.copy()
    for upper, lower, cheek in LIDS:
        above, below = points[list(upper)], points[list(lower)]
        edge = above + (below - above) * closed
        x, y = np.rint(points[cheek]).astype(int)
        skin = frame[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].reshape(-1, 3).mean(axis=0) * 0.88
        outline = np.rint(np.concatenate([above + (above - below) * 0.12, edge[::-1]]) * 16).astype(np.int32)
        cv2.fillPoly(drawn, [outline], [float(value) for value in skin], cv2.LINE_AA, 4)
        wide = max(1, round(float(np.linalg.norm(above[-1] - above[0])) / 14))
        dark = [float(value) for value in skin * 0.35]
        cv2.polylines(drawn, [np.rint(edge * 16).astype(np.int32)], False, dark, wide, cv2.LINE_AA, 4)
    return drawn


def _rotation(pose: Pose) -> Array:
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def _warped(frame: RGB, source: Array, target: Array, triangles: NDArray[np.int32]) -> RGB:
    """The frame with every triangle drawn where its corners went; later (nearer the middle) ones lie on top."""
    ids = np.full((HEIGHT, WIDTH), -1, np.int32)
    size = np.abs(source[triangles] - source[:468].mean(axis=0)).sum(axis=(1, 2))
    order = np.argsort(-size)
    fixed = np.rint(target[triangles] * 16).astype(np.int32)
    for index in order:
        cv2.fillConvexPoly(ids, fixed[index], int(index), shift=4)
    ones = np.ones((len(triangles), 3, 1))
    there = np.concatenate([target[triangles], ones], axis=2)
    area = np.abs(np.linalg.det(there))
    there[area < 1e-3] = np.eye(3)
    affine = np.linalg.solve(there, source[triangles]).transpose(0, 2, 1)
    # The last one stands for pixels that no triangle covers: they stay where they are.
    affine = np.concatenate([affine, [[[1, 0, 0], [0, 1, 0]]]]).astype(np.float32)
    chosen = affine[ids]
    map_x = chosen[..., 0, 0] * XS + chosen[..., 0, 1] * YS + chosen[..., 0, 2]
    map_y = chosen[..., 1, 0] * XS + chosen[..., 1, 1] * YS + chosen[..., 1, 2]
    drawn = cv2.remap(frame, map_x, map_y, cv2.INTER_LINEAR)
    return np.asarray(drawn, np.uint8)
