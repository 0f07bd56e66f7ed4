"""Pictures of faces as things: a print or a screen, held before a camera in a room.

Nothing here was filmed. A screen's grid is drawn where its pixels would lie and sampled once for each pixel of the
camera, so that moiré comes about as it does in a real camera without a low-pass; paper loses colours and gains a
grain; both take the room's light, and a lamp's reflection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.liveness.heads import HEIGHT, WIDTH, Pose
from recognition.engine.types import RGB

Random = np.random.Generator
Array = NDArray[np.floating[Any]]
NOISE = np.random.default_rng(7).standard_normal((2 * HEIGHT, 2 * WIDTH, 3), np.float32)
VIEWER = 900.0
"""Pixels from the camera to the thing that is held."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is behind, and how the light falls: ``scene`` (480, 640, 3), ``gain`` 1 in good light."""

    scene: RGB
    gain: float = 1.0
    noise: float = 2.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    slope: float = 0.0
    blur: float = 0.6
    quality: int = 88

    def shoot(self, picture: Array, rng: Random) -> RGB:
        """What the camera makes of the light: lens, exposure, colour, noise and the kiosk's own JPEG."""
        lit: Any = picture * (self.gain * np.asarray(self.tint))
        if self.slope:
            lit = lit * (1 + self.slope * np.linspace(-1, 1, picture.shape[1])[None, :, None])
        lit = cv2.GaussianBlur(lit.astype(np.float32), (0, 0), self.blur) if self.blur > 0 else lit
        # A part of one large field, never the same part twice: to draw a field for each frame would cost the most.
        top, left = (int(rng.integers(0, size)) for size in (HEIGHT, WIDTH))
        grain = NOISE[top : top + HEIGHT, left : left + WIDTH]
        grain = grain[:: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
        # Read noise, and shot noise that grows with the root of the light.
        lit = lit + grain * (self.noise + 0.12 * np.sqrt(np.clip(lit, 0, None)))
        pixels = np.clip(np.rint(lit), 0, 255).astype(np.uint8)
        done, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        if not done:
            raise ValueError("the frame cannot be written as JPEG")
        decoded: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
        return np.ascontiguousarray(decoded[:, :, ::-1]).astype(np.uint8)


def lobby(rng: Random) -> RGB:
    """A plain room: a wall that shades off, a door or a window, a shelf."""
    wall = rng.uniform(90, 210, 3)
    scene = np.ones((HEIGHT, WIDTH, 3)) * wall * np.linspace(0.85, 1.1, WIDTH)[None, :, None]
    for _thing in range(rng.integers(1, 4)):
        x, y = rng.integers(0, WIDTH), rng.integers(0, HEIGHT)
        wide, high = rng.integers(40, 220), rng.integers(60, 480)
        scene[max(0, y - high // 2) : y + high // 2, x : x + wide] = rng.uniform(40, 240, 3)
    texture = cv2.resize(rng.standard_normal((60, 80, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * 4
    return np.asarray(np.clip(cv2.GaussianBlur(scene + texture, (0, 0), 2.5), 0, 255), np.uint8)


@dataclass(frozen=True, slots=True)
class Paper:
    """A print: fewer colours, a grain, a white margin (parts of the width), matt or with a gloss."""

    margin: float = 0.04
    grain: float = 3.0
    gloss: float = 0.0
    colour: float = 0.85

    def surface(self, picture: RGB, rng: Random) -> Array:
        """The sheet as it lies flat in white light."""
        grey = picture.mean(axis=2, keepdims=True)
        ink = 18 + (grey + (picture - grey) * self.colour) * 0.86
        ink = ink + rng.standard_normal((*picture.shape[:2], 1)) * self.grain
        edge = round(self.margin * WIDTH)
        sheet = np.full((HEIGHT + 2 * edge, WIDTH + 2 * edge, 3), 232.0)
        sheet[edge : edge + HEIGHT, edge : edge + WIDTH] = ink
        return sheet

    def finish(self, shown: Array, u: Array, v: Array, rng: Random) -> Array:
        """What the surface adds to the light that comes back: a gloss where the lamp stands."""
        return shown + self.gloss * _lamp(u, v)[..., None] * 90


@dataclass(frozen=True, slots=True)
class Glass:
    """A screen: its own light, a grid of red, green and blue stripes, a black bezel, a lamp mirrored in the glass.

    ``pitch``: a screen's pixel in the camera's pixels; ``grid`` 0 to 1: how deep the gaps between them are.
    """

    pitch: float = 1.3
    grid: float = 0.35
    glow: float = 1.25
    bezel: float = 0.05
    mirror: float = 0.5

    def surface(self, picture: RGB, rng: Random) -> Array:
        """The screen as its pixels shine."""
        bright = 255 * (picture / 255.0) ** 0.9 * self.glow * np.array([0.96, 1.0, 1.08]) + 12
        edge = round(self.bezel * WIDTH)
        sheet = np.full((HEIGHT + 2 * edge, WIDTH + 2 * edge, 3), 14.0)
        sheet[edge : edge + HEIGHT, edge : edge + WIDTH] = bright
        return sheet

    def finish(self, shown: Array, u: Array, v: Array, rng: Random) -> Array:
        """The grid that lies over the picture, and what the glass mirrors."""
        column, row = 2 * np.pi * u / self.pitch, 2 * np.pi * v / self.pitch
        stripes = np.stack([np.cos(column + phase) for phase in (0.0, 2.094, 4.189)], axis=-1)
        gaps = (1 + self.grid * 0.5 * stripes) * (1 + self.grid * 0.4 * np.cos(row)[..., None])
        return np.asarray(shown * gaps + self.mirror * _lamp(u, v)[..., None] * 110)


Surface = Paper | Glass


def _lamp(u: Array, v: Array) -> Array:
    """A lamp's bright spot with a hard rim, and the light around it."""
    away = np.hypot((u - 0.68 * WIDTH) / 1.6, v - 0.3 * HEIGHT)
    return np.asarray((away < 14) * 1.0 + 0.25 * np.exp(-((away / 90) ** 2)))


@dataclass(frozen=True, slots=True)
class Held:
    """How a thing is held: the pose's degrees and eye distances (70 pixels), its size, its bend (radians across)."""

    pose: Pose
    size: float = 0.8
    bend: float = 0.0


def show(sheet: Array, surface: Surface, held: Held, scene: RGB, rng: Random) -> Array:
    """The camera's view (480, 640, 3) of a flat or bent sheet in front of the scene."""
    high, wide = sheet.shape[:2]
    source_x, source_y = _places(held)
    u, v = source_x + wide / 2, source_y + high / 2
    shown: Any = cv2.remap(
        sheet.astype(np.float32),
        u.astype(np.float32),
        v.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = (u >= 0) & (u < wide) & (v >= 0) & (v < high)
    finished = surface.finish(shown, u, v, rng)
    return np.where(inside[..., None], finished, scene.astype(np.float64))


def _places(held: Held) -> tuple[Array, Array]:
    """For each of the camera's pixels the place on the sheet, from its middle, in the sheet's pixels."""
    pose = held.pose
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    xs, ys = xs - WIDTH / 2 - pose.x * 70, ys - HEIGHT / 2 - pose.y * 70
    xs, ys = xs * np.cos(roll) + ys * np.sin(roll), -xs * np.sin(roll) + ys * np.cos(roll)
    # Pitch first, as a plane through the x axis.
    deep = VIEWER / (VIEWER * np.cos(pitch) - ys * np.sin(pitch))
    xs, ys = xs * deep * np.cos(pitch), ys * deep
    across = np.linspace(-0.75, 0.75, 601) * WIDTH / max(held.size, 0.2)
    if held.bend:
        radius = WIDTH / held.bend
        flat, deeper = radius * np.sin(across / radius), radius * (1 - np.cos(across / radius))
    else:
        flat, deeper = across, np.zeros_like(across)
    turned = flat * np.cos(yaw) + deeper * np.sin(yaw)
    depth = -flat * np.sin(yaw) + deeper * np.cos(yaw)
    seen = turned * held.size * VIEWER / (VIEWER + depth * held.size)
    rising = np.maximum.accumulate(seen)
    source_x = np.interp(xs, rising, across, left=-9e4, right=9e4)
    there = np.interp(xs, rising, depth) * held.size
    source_y = ys * (VIEWER + there) / VIEWER / held.size
    return source_x, source_y
