"""Our detect + align + embed beside the way of the face_recognition package, on the same photos in one run.

That way: dlib's HOG detector on the picture enlarged once, its 5 landmarks, its ResNet. Both take the largest face, and
ours includes the mirrored embedding.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import photos
from bench.table import heading, table
from recognition.engine.calibrate import Calibration, pair_threshold
from recognition.engine.gallery import distance
from recognition.engine.loaded import load_engine
from recognition.engine.protocol import Engine
from recognition.engine.types import RGB

TOLERANCE = 0.6
"""The face_recognition package's own default."""
Vector = NDArray[np.floating[Any]]
Measured = tuple[Vector | None, dict[str, float]]
Way = Callable[[RGB], Measured]


def run(models: Path) -> None:
    """Measure and print."""
    heading("Faces: ours beside the face_recognition way (HOG enlarged once, 5 landmarks, ResNet)")
    reason = photos.missing()
    if reason:
        print(f"  left out: {reason}")
        return
    try:
        theirs = their_way()
    except ImportError as error:
        print(f"  left out: {error.name} is not installed here (requirements-bench.txt)")
        return
    engine = load_engine(models)
    ours = _our_way(engine)
    pictures = {name: photos.read(name) for name in photos.names()}
    frames = {name: photos.frame(picture) for name, picture in pictures.items()}
    first = next(iter(frames.values()))
    for way in (ours, theirs):
        way(first)
    print(f"  {len(pictures)} photos, {os.cpu_count()} cores; milliseconds a photo, mean")
    vectors = _compare("whole photos", pictures, ours, theirs)
    _compare("640×480 frames", frames, ours, theirs)
    _accuracy(vectors, engine.calibration)


def _our_way(engine: Engine) -> Way:
    def way(image: RGB) -> Measured:
        started = time.perf_counter()
        found = engine.detect(image)
        detected = time.perf_counter()
        if not found:
            return None, {"detect": detected - started}
        engine.align(image, found[0])
        aligned = time.perf_counter()
        vector = engine.embed(image, found[0])
        embedded = time.perf_counter()
        # embed aligns too: what it takes beyond that is the network.
        align = aligned - detected
        return vector, {"detect": detected - started, "align": align, "embed": max(0.0, embedded - aligned - align)}

    return way


def their_way() -> Way:
    """The face_recognition package's way; raises ``ImportError`` where its parts are not installed."""
    import dlib

    # By its place: importing the models' package asks for setuptools.
    spec = find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(name="face_recognition_models")
    folder = Path(spec.submodule_search_locations[0]) / "models"
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    encoder = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))

    def way(image: RGB) -> Measured:
        started = time.perf_counter()
        found = detector(image, 1)
        detected = time.perf_counter()
        if not found:
            return None, {"detect": detected - started}
        face = max(found, key=lambda box: box.width() * box.height())
        landmarks = predictor(image, face)
        aligned = time.perf_counter()
        vector = np.array(encoder.compute_face_descriptor(image, landmarks, 1))
        embedded = time.perf_counter()
        return vector, {"detect": detected - started, "align": aligned - detected, "embed": embedded - aligned}

    return way


def _compare(
    title: str, pictures: dict[str, RGB], ours: Way, theirs: Way
) -> tuple[dict[str, Vector | None], dict[str, Vector | None]]:
    ways = (ours, theirs)
    vectors: tuple[dict[str, Vector | None], dict[str, Vector | None]] = ({}, {})
    times: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
    for name, picture in pictures.items():
        # In turn, so that whatever else this machine does meets both.
        for way, into, spent in zip(ways, vectors, times, strict=True):
            into[name], stages = way(picture)
            spent.append(stages)
    means = [
        {stage: sum(one.get(stage, 0.0) for one in spent) / len(spent) * 1000 for stage in ("detect", "align", "embed")}
        for spent in times
    ]
    totals = [sum(mean.values()) for mean in means]
    rows = [
        [
            stage,
            f"{means[0][stage]:.1f}",
            f"{means[1][stage]:.1f}",
            f"{means[1][stage] / max(means[0][stage], 1e-6):.1f}×",
        ]
        for stage in means[0]
    ]
    rows.append(["all", f"{totals[0]:.1f}", f"{totals[1]:.1f}", f"{totals[1] / totals[0]:.1f}×"])
    found = [sum(vector is not None for vector in into.values()) for into in vectors]
    rows.append(["face found", f"{found[0]}/{len(pictures)}", f"{found[1]}/{len(pictures)}", ""])
    print()
    table([title, "ours", "face_recognition", "faster"], rows)
    return vectors


def _accuracy(vectors: tuple[dict[str, Vector | None], dict[str, Vector | None]], ours: Calibration) -> None:
    asked = photos.pairs()
    rows = []
    limit = pair_threshold(coefficients=ours.coefficients)
    ways = (("ours", limit, ours.centre), ("face_recognition", TOLERANCE, None))
    for into, (name, threshold, centre) in zip(vectors, ways, strict=True):
        distances = [
            float("inf")
            if (one := into.get(first)) is None or (other := into.get(second)) is None
            else distance(one, other, centre=centre)
            for first, second, _same in asked
        ]
        truth = [same for _first, _second, same in asked]
        right = _right(distances, truth, threshold)
        best = max(_right(distances, truth, candidate) for candidate in {*distances, threshold})
        rows.append([name, f"{threshold:.3f}", f"{right}/{len(asked)}", f"{best}/{len(asked)}"])
    print()
    table(["pairs (a face not found is “different”)", "threshold", "right", "at its best threshold"], rows)


def _right(distances: list[float], truth: list[bool], threshold: float) -> int:
    return sum((distance <= threshold) is same for distance, same in zip(distances, truth, strict=True))
