"""FaceMesh (Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video", 2019): 468 points of a face."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine import aligner
from recognition.engine.litert import LiteRT
from recognition.engine.types import RGB, Mesh

SIDE = 192
POINTS = 468
# FaceMesh expects the face to fill about two thirds of its square. SFace's template, enlarged and moved so.
ENLARGE = 1.28
CENTRE = np.array([56.0, 70.0], np.float32)
MESH_TEMPLATE = ((aligner.TEMPLATE - CENTRE) * ENLARGE + SIDE / 2).astype(np.float32)


# FaceMesh's points for SFace's five: both corners of each eye (their mean), nose tip, mouth corners.
FIVE = ((33, 133), (362, 263), (1, 1), (61, 61), (291, 291))


def five(mesh: Mesh) -> NDArray[np.float32]:
    """The five landmarks (5, 2) of a mesh, in pixels of the picture."""
    return np.array([mesh.image[list(pair)].mean(axis=0) for pair in FIVE], np.float32)


class FaceMesh:
    """FaceMesh in LiteRT, thread-safe."""

    def __init__(self, path: Path, *, threads: int, size: int) -> None:
        self._network = LiteRT(path, batch=1, threads=threads, size=size)

    def find(self, image: RGB, landmarks: NDArray[np.float32]) -> Mesh:
        """The mesh of the face whose five landmarks (5, 2) are given, in one run of the network."""
        matrix = aligner.similarity(landmarks, MESH_TEMPLATE)
        crop = aligner.warp(image, matrix, SIDE)
        outputs = self._network.run(np.asarray(crop / 255, np.float32)[None])
        points, logit = sorted(outputs, key=lambda output: -output.size)
        upright = points.reshape(POINTS, 3)
        inverse = cv2.invertAffineTransform(matrix)
        placed = upright[:, :2] @ inverse[:, :2].T + inverse[:, 2]
        presence = 1 / (1 + float(np.exp(-float(logit.reshape(-1)[0]))))
        mesh = Mesh(upright, placed.astype(np.float32), presence)
        apart = (five(mesh) - landmarks) * float(np.hypot(matrix[0, 0], matrix[1, 0])) / ENLARGE
        return dataclasses.replace(mesh, shift=float(np.sqrt((apart**2).sum(axis=1).mean())))
