"""How near copies of a photo lie to it, and how near other photos do: whence the limits of ``training.copies`` are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.gallery import centred
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import RGB
from recognition.evaluation.embedded import embed
from recognition.training.dataset import Dataset, read_dataset

Floats = NDArray[np.float64]
DAMAGED = 40
"""Photos, drawn at random, of which copies are made."""


def copies_of(image: RGB) -> dict[str, RGB]:
    """A photo as people pass it on."""

    def again(quality: int) -> RGB:
        _done, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)

    half = (image.shape[1] // 2, image.shape[0] // 2)
    return {
        "saved again at quality 75": again(75),
        "saved again at quality 40": again(40),
        "half the size": np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8),
        "brighter by a tenth": np.clip(image * 1.1, 0, 255).astype(np.uint8),
        "brighter by a third": np.clip(image * 1.3, 0, 255).astype(np.uint8),
        "mirrored": np.ascontiguousarray(image[:, ::-1]),
        "cut by two pixels": np.ascontiguousarray(image[2:, 2:]),
    }


def copy_distances(engine: LoadedEngine, folder: Path) -> str:
    """A line a kind: least, 1 %, median, 95 % and most of the distances, in a folder of people with sessions."""
    data = read_dataset(folder, by_session=True)
    centre = engine.calibration.centre
    vectors = centred(embed(engine, data).vectors, centre)
    found: dict[str, Floats] = {}
    for row in np.random.default_rng(0).permutation(len(data.photos))[:DAMAGED].tolist():
        for kind, image in copies_of(decode(data.photos[row].path.read_bytes())).items():
            faces = engine.detect(image)
            if faces and vectors[row].any():
                other = centred(engine.embed(image, faces[0]), centre)
                found[kind] = np.append(found.get(kind, []), np.linalg.norm(vectors[row] - other))
    return "\n".join(_line(kind, distances) for kind, distances in {**found, **_others(data, vectors)}.items())


def _others(data: Dataset, vectors: NDArray[np.float32]) -> dict[str, Floats]:
    one, other = np.triu_indices(len(data.photos), 1)
    distances = np.sqrt(np.maximum(0, 2 - 2 * np.einsum("ij,ij->i", vectors[one], vectors[other]))).astype(np.float64)
    sessions, bursts = np.array(data.sessions), np.array([str(photo.path.parent) for photo in data.photos])
    person = data.labels[one] == data.labels[other]
    session, burst = person & (sessions[one] == sessions[other]), bursts[one] == bursts[other]
    return {
        "another frame of the folder": distances[burst],
        "another folder of the session": distances[session & ~burst],
        "another session": distances[person & ~session],
        "another person": distances[~person],
    }


def _line(kind: str, distances: Floats) -> str:
    cuts = " ".join(f"{value:.3f}" for value in np.quantile(distances, (0, 0.01, 0.5, 0.95, 1)))
    return f"{kind}: {cuts} of {len(distances)}"
