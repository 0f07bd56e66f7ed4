"""The engine itself: the three networks of one model version behind ``protocol.Engine``."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Literal

import numpy as np

from recognition.engine import aligner, quality, store, upright
from recognition.engine.calibrate import Calibration, shipped, uncentred
from recognition.engine.detector import Detector
from recognition.engine.embedder import Embedder, Embeds, OnnxEmbedder
from recognition.engine.landmarks import FaceMesh, five
from recognition.engine.types import RGB, Face, ModelUnavailable, Quality, Vector

# Two threads nearly halve the time of a picture (docs/appendix/recognition-engine.md); more are of use to a second one.
THREADS_PER_PICTURE = 2
# In a crowd only the largest faces are worth a mesh; the others keep the detector's landmarks.
MESHED_FACES = 8
# Below this FaceMesh says that there is no face, and there is none: the detector took something else for one.
MESH_PRESENT = 0.05
# A face at least so wide as this part of the widest belongs to somebody who stands before the camera.
NEAR = 0.5
# Degrees: when detector and mesh differ by more, a glance was not enough.
TILT_DOUBT = 5.0


class LoadedEngine:
    """YuNet, FaceMesh and SFace of one version folder. Thread-safe; keeps nothing between calls."""

    def __init__(
        self,
        version: str,
        detector: Detector,
        mesh: FaceMesh,
        embedder: Embeds,
        calibration: Calibration,
        spec: store.EmbedderSpec | None = None,
    ) -> None:
        self._version, self._detector, self._mesh, self._embedder = version, detector, mesh, embedder
        self._calibration, self._spec = calibration, spec or store.EmbedderSpec()
        self._points = np.array(self._spec.points, np.float32)

    @property
    def version(self) -> str:
        """The version folder's name."""
        return self._version

    @property
    def calibration(self) -> Calibration:
        """The version's own, or the one that comes with the program."""
        return self._calibration

    def detect(self, image: RGB) -> list[Face]:
        """Every face, the largest first, each with the mesh that its landmarks were refined by.

        A picture that lies on its side or stands on its head is looked at as it should be; ``Face.turned`` says so.
        """
        near, doubt = self._refined(image, self._detector.glance(image))
        if not near or doubt > TILT_DOUBT:
            near, _doubt = self._refined(image, self._detector.detect(image))
        turn = upright.side(near) if near else 0
        if turn or not near:
            turns = (turn,) if near else upright.TURNS[1:]
            near = self._refined(image, upright.lying(image, self._detector, turns=turns))[0] or near
        # A picture has one side that is up; what stands otherwise in it is no face, or nobody's who is there.
        return [face for face in near if face.turned == upright.side(near)]

    def _refined(self, image: RGB, found: list[Face]) -> tuple[list[Face], float]:
        """The faces in which FaceMesh sees one, too, and by how many degrees the two differ on the largest's tilt."""
        faces, doubts = [], []
        width = max((face.box.w for face in found), default=0)
        for face in found[:MESHED_FACES]:
            face = dataclasses.replace(face, mesh=self._mesh.find(image, face.landmarks))
            # Of those who stand far behind, quality says whether they are upright: nobody turns a picture for them.
            if face.box.w >= NEAR * width and upright.doubtful(face):
                face = upright.righted(image, face, self._detector, self._mesh.find)
            mesh = face.mesh
            if mesh is None or mesh.presence < MESH_PRESENT:
                continue
            points = five(mesh)
            # Two networks' mistakes are nearly independent: their mean lies nearer the truth than either.
            middle = ((face.landmarks + points) / 2).astype(np.float32)
            faces.append(dataclasses.replace(face, landmarks=middle))
            doubts.append(abs(quality.level(quality.tilt(face.landmarks) - quality.tilt(points))))
        return faces + found[MESHED_FACES:], doubts[0] if doubts else 0.0

    def align(self, image: RGB, face: Face) -> RGB:
        """The face as a (112, 112, 3) chip in SFace's alignment."""
        return aligner.align(image, face.landmarks)

    def quality(self, image: RGB, face: Face, *, purpose: Literal["probe", "enrolment"]) -> Quality:
        """The face's measurements, and the reasons why it falls short of the purpose's limits."""
        mesh = face.mesh or self._mesh.find(image, face.landmarks)
        return quality.measure(self.align(image, face), face, mesh, purpose=purpose)

    def embed(self, image: RGB, face: Face) -> Vector:
        """The unit vector of picture and mirror image joined, aligned as the version's network wants it."""
        matrix = aligner.similarity(face.landmarks, self._points)
        return self._embedder.embed(aligner.warp(image, matrix, self._spec.size))

    def embed_chip(self, chip: RGB) -> Vector:
        """The vector of a chip that ``align`` made."""
        if self._spec.size == aligner.CHIP and self._spec.points == aligner.POINTS:
            return self._embedder.embed(chip)
        matrix = aligner.similarity(aligner.TEMPLATE, self._points)
        return self._embedder.embed(aligner.warp(chip, matrix, self._spec.size))


def load_engine(folder: Path, *, cores: int | None = None) -> LoadedEngine:
    """Check and load a version folder. ``cores``: how many this process may use; by default all it is allowed.

    Raises ``ModelUnavailable`` (``model_missing``, ``model_corrupt``, ``model_format``), each with its remedy.
    """
    manifest = store.verify_engine(folder)
    available = max(1, cores or os.cpu_count() or 1)
    threads = min(THREADS_PER_PICTURE, available)
    return LoadedEngine(
        manifest.version,
        Detector(folder / store.DETECTOR, size=available),
        FaceMesh(folder / store.LANDMARKS, threads=1, size=available),
        _embedder(folder, manifest.embedder, threads=threads, size=available),
        _calibration(folder, manifest),
        manifest.embedder,
    )


def _embedder(folder: Path, spec: store.EmbedderSpec, *, threads: int, size: int) -> Embeds:
    if spec.file == store.EMBEDDER_ONNX:
        return OnnxEmbedder(folder / spec.file, spec, size=size)
    return Embedder(folder / spec.file, threads=threads, size=size)


def _calibration(folder: Path, manifest: store.Manifest) -> Calibration:
    """The version's own calibration where its manifest names one; SFace's for SFace and what was tuned from it."""
    if store.CALIBRATION not in manifest.files:
        foreign = manifest.embedder.file == store.EMBEDDER_ONNX
        return uncentred(manifest.embedder.dimensions) if foreign else shipped()
    store.verify(folder, (store.CALIBRATION,))
    try:
        return Calibration.read(folder / store.CALIBRATION)
    except ValueError as error:
        raise ModelUnavailable(str(error), code="model_corrupt") from error
