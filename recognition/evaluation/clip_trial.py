"""One photo enrolled against a clip of three seconds: asked for on other days, strangers in the same room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognition.engine import aligner
from recognition.engine.calibrate import log_odds
from recognition.engine.embedder import unit
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine
from recognition.engine.poses import pick
from recognition.engine.types import RGB, Quality
from recognition.evaluation.matching import CROPS
from recognition.training.dataset import Dataset, read_dataset
from recognition.training.openset import Trial, tpir

Rows = NDArray[np.int64]
REPEATS = 60
CLIP = 60
"""Frames of a clip of three seconds, twenty a second; the file's name is the frame's index."""
FPIRS = (0.01, 0.001)


def clip_trial(engine: LoadedEngine, folder: Path) -> str:
    """A table: what is enrolled of the first session, photos a person, TPIR at 1 % and 0.1 % of strangers' frames."""
    data = read_dataset(folder, by_session=True)
    vectors, crops, qualities = _seen(engine, data)
    ways: dict[str, tuple[NDArray[np.float32], Callable[[Rows, np.random.Generator], Rows]]] = {
        "one frame": (vectors, lambda rows, rng: rng.choice(rows, 1)),
        "the best frame of the clip": (vectors, lambda rows, _rng: rows[[_best(rows, qualities)]]),
        "that frame over nine crops": (crops, lambda rows, _rng: rows[[_best(rows, qualities)]]),
        "the clip (used)": (vectors, lambda rows, _rng: rows[pick([qualities[row] for row in rows])]),
        "five frames of the clip": (vectors, lambda rows, rng: rng.permutation(rows)[:5]),
    }
    lines = ["| enrolled | photos a person | TPIR at FPIR 1 % | at 0.1 % |", "| --- | --- | --- | --- |"]
    for name, (enrolled, choose) in ways.items():
        figures = [_repeat(engine, data, vectors, enrolled, choose, seed) for seed in range(REPEATS)]
        photos, *rates = np.mean(figures, axis=0)
        lines.append(f"| {name} | {photos:.1f} | {' | '.join(f'{rate:.4f}' for rate in rates)} |")
    return "\n".join(lines)


def _seen(engine: LoadedEngine, data: Dataset) -> tuple[NDArray[np.float32], NDArray[np.float32], list[Quality]]:
    """Each photo's vector, its vector over nine crops where it may be enrolled, and its quality.

    Raises ``ValueError`` for a photo without a face.
    """
    vectors, crops, qualities = [], [], []
    enrollable = set(np.flatnonzero(np.logical_or.reduce([first for _person, first in _opening(data)])).tolist())
    for place, photo in enumerate(data.photos):
        image = decode(photo.path.read_bytes())
        faces = engine.detect(image)
        if not faces:
            raise ValueError(f"no face in {photo.path}")
        chip = engine.align(image, faces[0])
        vectors.append(engine.embed_chip(chip))
        more = [engine.embed_chip(_moved(chip, *crop)) for crop in CROPS] if place in enrollable else []
        crops.append(unit(np.sum([vectors[-1], *more], axis=0)))
        qualities.append(engine.quality(image, faces[0], purpose="enrolment"))
    return np.stack(vectors), np.stack(crops), qualities


def _opening(data: Dataset) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Who has more than one session, and which photos are of the first."""
    sessions, labels = np.array(data.sessions), data.labels
    for person in range(len(data.people)):
        mine = labels == person
        first = mine & (sessions == min(sessions[mine]))
        if (mine & ~first).any():
            yield person, first


def _moved(chip: RGB, scale: float, degrees: float, x: float, y: float) -> RGB:
    turn = scale * np.exp(1j * np.radians(degrees))
    middle = aligner.CHIP / 2
    matrix = np.array([[turn.real, -turn.imag, 0], [turn.imag, turn.real, 0]])
    matrix[:, 2] = np.array([middle + x, middle + y]) - matrix[:, :2] @ (middle, middle)
    return aligner.warp(chip, matrix, aligner.CHIP)


def _best(rows: Rows, qualities: list[Quality]) -> int:
    return int(np.argmax([qualities[row].score for row in rows]))


def _repeat(
    engine: LoadedEngine,
    data: Dataset,
    vectors: NDArray[np.float32],
    enrolled: NDArray[np.float32],
    choose: Callable[[Rows, np.random.Generator], Rows],
    seed: int,
) -> list[float]:
    """Photos a person, and TPIR by rate, for one choice of clips."""
    rng = np.random.default_rng(seed)
    labels = data.labels
    numbers = np.array([int(photo.path.stem) for photo in data.photos])
    chosen: list[int] = []
    known: list[int] = []
    probes = np.ones(len(labels), np.bool_)
    for person, first in _opening(data):
        probes &= ~first
        start = rng.choice(numbers[first])
        clip = np.flatnonzero(first & (numbers >= start) & (numbers < start + CLIP))
        chosen += choose(clip, rng).tolist()
        known.append(person)
    gallery = engine.calibration.gallery(chosen, labels[chosen], enrolled[chosen])
    figures = engine.calibration.adapted(gallery)
    rows = np.flatnonzero(probes)
    matches = [gallery.match(vectors[row]) for row in rows]
    owners = labels[rows]
    trial = Trial.of(
        [log_odds(match, figures) for match in matches],
        [match.best == owner for match, owner in zip(matches, owners, strict=True)],
        np.isin(owners, known),
        owners,
    )
    strangers = np.sort(trial.scores[~trial.known])[::-1]
    limits = [float(np.nextafter(strangers[int(rate * len(strangers))], np.inf)) for rate in FPIRS]
    return [len(chosen) / len(known), *(tpir(trial, limit) for limit in limits)]
