"""FaceMesh (Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video", 2019): 468 points of a face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine import aligner
from recognition.engine.litert import LiteRT
from recognition.engine.types import RGB

SIDE = 192
POINTS = 468
# FaceMesh expects the face to fill about two thirds of its square. SFace's template, enlarged and moved so.
ENLARGE = 1.28
CENTRE = np.array([56.0, 70.0], np.float32)
MESH_TEMPLATE = ((aligner.TEMPLATE - CENTRE) * ENLARGE + SIDE / 2).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """FaceMesh's answer: ``upright`` (468, 3) in pixels of the levelled 192×192 crop (z in the same unit, towards the
    camera negative), ``image`` (468, 2) in pixels of the picture, ``presence`` 0 to 1: how sure it is of a face."""

    upright: NDArray[np.float32]
    image: NDArray[np.float32]
    presence: float


class FaceMesh:
    """FaceMesh in LiteRT, thread-safe."""

    def __init__(self, path: Path, *, threads: int, size: int) -> None:
        self._network = LiteRT(path, batch=1, threads=threads, size=size)

    def find(self, image: RGB, landmarks: NDArray[np.float32]) -> Mesh:
        """The mesh of the face whose five landmarks (5, 2) are given, in one run of the network."""
        matrix = aligner.similarity(landmarks, MESH_TEMPLATE)
        crop = aligner.warp(image, matrix, SIDE)
        outputs = self._network.run((crop.astype(np.float32) / 255)[None])
        points, logit = sorted(outputs, key=lambda output: -output.size)
        upright = points.reshape(POINTS, 3)
        inverse = cv2.invertAffineTransform(matrix)
        placed = upright[:, :2] @ inverse[:, :2].T + inverse[:, 2]
        presence = 1 / (1 + float(np.exp(-float(logit.reshape(-1)[0]))))
        return Mesh(upright, placed.astype(np.float32), presence)
