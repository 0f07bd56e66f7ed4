"""What a kiosk's camera does to a face: light, colour cast, blur, noise, JPEG, a turned head, something in front.

Every function takes (height, width, 3) uint8 and a random generator, and returns a new picture of the same size. The
ranges are what a person still recognises; docs/appendix/photo-quality.md shows how far recognition itself holds.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from recognition.engine.types import RGB

Damage = Callable[[RGB, np.random.Generator], RGB]

CHANCE = 0.35


def augment(image: RGB, rng: np.random.Generator) -> RGB:
    """The picture mirrored half of the time, with each damage applied by a chance of 0.35, in a camera's order."""
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
    for damage in DAMAGES:
        if rng.random() < CHANCE:
            image = damage(image, rng)
    return image


def pose(image: RGB, rng: np.random.Generator) -> RGB:
    """A head turned a little, nearer or farther: rotation ±8°, scale ±8 %, shift ±4 %, corners pulled by up to 5 %."""
    height, width = image.shape[:2]
    angle, scale = rng.uniform(-8, 8), rng.uniform(0.92, 1.08)
    turned = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale), [0, 0, 1]])
    turned[:2, 2] += rng.uniform(-0.04, 0.04, 2) * (width, height)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    pulled = (corners + rng.uniform(-0.05, 0.05, (4, 2)) * (width, height)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, pulled) @ turned
    return _u8(cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))


def occlusion(image: RGB, rng: np.random.Generator) -> RGB:
    """A hand, a scarf or dark glasses: a patch of one colour over an eighth to a quarter of the sides, anywhere."""
    height, width = image.shape[:2]
    tall, wide = (int(side * rng.uniform(0.12, 0.3)) for side in (height, width))
    top, left = int(rng.integers(0, height - tall)), int(rng.integers(0, width - wide))
    covered = image.copy()
    colour = rng.integers(0, 256, 3) if rng.random() < 0.5 else image[:, :].mean((0, 1)) * rng.uniform(0.2, 1.2)
    covered[top : top + tall, left : left + wide] = np.clip(colour, 0, 255).astype(np.uint8)
    return covered


def light(image: RGB, rng: np.random.Generator) -> RGB:
    """Brighter or darker, steeper or flatter, and a lamp to one side: gain 0.5–1.5, gamma 0.7–1.4, slope ±40 %."""
    ramp = np.linspace(-1, 1, image.shape[1])[None, :, None] * rng.uniform(-0.4, 0.4)
    lit = np.clip(image / 255.0 * rng.uniform(0.5, 1.5) * (1 + ramp), 0, 1) ** rng.uniform(0.7, 1.4)
    return _u8(lit * 255)


def colour(image: RGB, rng: np.random.Generator) -> RGB:
    """A lamp's cast and a cheap sensor's colours: each channel × 0.8–1.2, saturation 0–1.3."""
    cast = image.astype(np.float32) * rng.uniform(0.8, 1.2, 3)
    grey = cast.mean(axis=2, keepdims=True)
    return _u8(grey + (cast - grey) * rng.uniform(0, 1.3))


def blur(image: RGB, rng: np.random.Generator) -> RGB:
    """Out of focus, moved, or too far away, up to 2 % of the width."""
    width = image.shape[1]
    kind = rng.integers(3)
    if kind == 0:
        return _u8(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.003, 0.015) * width))
    if kind == 1:
        length = max(3, round(rng.uniform(0.02, 0.06) * width))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rng.uniform(0, 180), 1)
        turned = cv2.warpAffine(kernel, turn, (length, length))
        return _u8(cv2.filter2D(image, -1, np.asarray(turned / max(float(turned.sum()), 1e-6), np.float32)))
    factor = rng.uniform(0.35, 0.8)
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return _u8(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR))


def noise(image: RGB, rng: np.random.Generator) -> RGB:
    """A sensor in the dark: Gaussian noise of 2 to 12 grey levels."""
    return _u8(image + rng.normal(0, rng.uniform(2, 12), image.shape))


def jpeg(image: RGB, rng: np.random.Generator) -> RGB:
    """A stream's compression: JPEG of quality 30 to 90."""
    quality = int(rng.integers(30, 91))
    _done, encoded = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(_u8(cv2.imdecode(encoded, cv2.IMREAD_COLOR))[:, :, ::-1])


DAMAGES: tuple[Damage, ...] = (pose, occlusion, light, colour, blur, noise, jpeg)


def _u8(image: object) -> RGB:
    return np.asarray(np.clip(np.rint(np.asarray(image)), 0, 255), np.uint8)
