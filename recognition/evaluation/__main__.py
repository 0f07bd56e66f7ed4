"""Measure the engine as docs/appendix reports it: ``python -m recognition.evaluation WHAT FOLDER``.

WHAT is ``splits`` (a folder of people: recognition at the default acceptance over every choice of enrolled people),
``quality`` (the measurements' distribution), ``copies`` (how near copies of a photo lie to it; people with sessions),
``clip`` (one photo enrolled or a clip; the same),
``damage`` (what blur, darkness and distance do) or ``timing`` (a folder of photos).
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import DEFAULT_ACCEPTANCE, confidence, shipped
from recognition.engine.images import decode
from recognition.engine.loaded import LoadedEngine, load_engine
from recognition.engine.quality import Purpose
from recognition.engine.types import RGB
from recognition.evaluation.calibrate_fit import Person, read_folder
from recognition.evaluation.clip_trial import clip_trial
from recognition.evaluation.copy_distances import copy_distances

Floats = NDArray[np.float64]
PURPOSES: tuple[Purpose, ...] = ("probe", "enrolment")


@dataclass(frozen=True, slots=True)
class Split:
    """One choice of enrolled people: the shares of their photos accepted as themselves and as another, and of
    strangers' photos accepted."""

    own: float
    other: float
    strangers: float


def split(people: Sequence[Person], enrolled: Sequence[int], first: int, acceptance: float) -> Split:
    """Enrol the first photos of some people and identify everybody's other photos, through gallery and confidence.

    A photo in which no face was found is a miss for an enrolled person and a right refusal for a stranger.
    """
    chosen = set(enrolled)
    rows = [(index, vector) for index in enrolled for vector in people[index].vectors[:first] if vector.any()]
    vectors = np.stack([row[1] for row in rows])
    gallery = shipped().gallery(range(len(rows)), [row[0] for row in rows], vectors)
    figures = shipped().adapted(gallery)
    own = other = accepted = own_total = stranger_total = 0
    for index, person in enumerate(people):
        known = index in chosen
        for vector in person.vectors[first if known else 0 :]:
            own_total, stranger_total = own_total + known, stranger_total + (not known)
            if not vector.any():
                continue
            match = gallery.match(vector)
            if confidence(match, figures) < acceptance:
                continue
            own += known and match.best == index
            other += known and match.best != index
            accepted += not known
    return Split(own / max(own_total, 1), other / max(own_total, 1), accepted / max(stranger_total, 1))


def splits(
    people: Sequence[Person],
    *,
    choose: int = 6,
    first: int = 5,
    acceptance: float = DEFAULT_ACCEPTANCE,
    most: int | None = None,
) -> list[Split]:
    """``split`` for every choice of ``choose`` people, or for ``most`` of them taken at random (fixed seed)."""
    choices = list(itertools.combinations(range(len(people)), choose))
    if most is not None and most < len(choices):
        picked = np.random.default_rng(0).choice(len(choices), most, replace=False)
        choices = [choices[index] for index in sorted(picked)]
    return [split(people, choice, first, acceptance) for choice in choices]


def describe(found: Sequence[Split]) -> str:
    """A line: mean and worst of the three shares, and how many choices meet issue 3's limits."""
    own, other, strangers = (np.array([getattr(one, name) for one in found]) for name in ("own", "other", "strangers"))
    met = ((own >= 0.97) & (other <= 0.003) & (strangers <= 0.015)).mean()
    return (
        f"own mean {own.mean():.4f} least {own.min():.4f} · another mean {other.mean():.5f} most {other.max():.4f} · "
        f"strangers mean {strangers.mean():.4f} most {strangers.max():.4f} · within limits {met:.4f} of {len(found)}"
    )


def quality_table(engine: LoadedEngine, paths: Sequence[Path]) -> str:
    """Percentiles of each measurement, and how often each reason is given, over photos' largest faces."""
    rows: list[dict[str, float]] = []
    reasons: dict[tuple[str, str, str], int] = {}
    seen = 0
    for path in paths:
        image = decode(path.read_bytes())
        faces = engine.detect(image)
        if not faces:
            continue
        seen += 1
        for purpose in PURPOSES:
            measured = engine.quality(image, faces[0], purpose=purpose)
            for reason in measured.reasons:
                key = (purpose, reason.severity, reason.code)
                reasons[key] = reasons.get(key, 0) + 1
        rows.append({name: getattr(measured, name) for name in measured.__slots__ if name != "reasons"})
    lines = [f"{'':10} " + " ".join(f"{p:>8}%" for p in (0, 1, 5, 25, 50, 75, 95, 99, 100))]
    for name in rows[0]:
        cut = np.percentile([row[name] for row in rows], (0, 1, 5, 25, 50, 75, 95, 99, 100))
        lines.append(f"{name:10} " + " ".join(f"{value:9.3f}" for value in cut))
    lines += [f"{' '.join(key)}: {count} of {seen}" for key, count in sorted(reasons.items())]
    return "\n".join(lines)


def damages() -> dict[str, Callable[[RGB], RGB]]:
    """What is done to a photo to see how far recognition holds."""
    table: dict[str, Callable[[RGB], RGB]] = {"as it is": lambda image: image}
    for scale in (0.5, 0.4, 0.33, 0.25, 0.2):
        table[f"size × {scale}"] = lambda image, s=scale: _u8(  # type: ignore[misc]
            cv2.resize(image, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)
        )
    for sigma in (1, 2, 3, 4):
        table[f"blur σ = {sigma} px"] = lambda image, s=sigma: _u8(cv2.GaussianBlur(image, (0, 0), s))  # type: ignore[misc]
    for factor in (0.25, 0.12, 0.06, 1.5, 2.0, 3.0):
        table[f"light × {factor}"] = lambda image, f=factor: _u8(  # type: ignore[misc]
            np.clip(image.astype(np.float32) * f, 0, 255)
        )
    return table


def _u8(image: object) -> RGB:
    return np.asarray(image).astype(np.uint8)


def damage(engine: LoadedEngine, people: Sequence[Person], folder: Path, *, first: int = 5, every: int = 5) -> str:
    """Everybody enrolled with undamaged photos; every fifth other photo damaged and identified among all."""
    rows = [(i, vector) for i, person in enumerate(people) for vector in person.vectors[:first] if vector.any()]
    vectors = np.stack([row[1] for row in rows])
    gallery = shipped().gallery(range(len(rows)), [row[0] for row in rows], vectors)
    figures = shipped().adapted(gallery)
    probes = [
        (index, folder / person.name / name)
        for index, person in enumerate(people)
        for name in person.photos[first::every]
    ]
    lines = [f"{'':14} no face  accepted   wrong  eyes px  sharpness  exposure  too poor for a probe"]
    for name, apply in damages().items():
        missed = accepted = wrong = poor = 0
        measured = []
        for index, path in probes:
            image = apply(decode(path.read_bytes()))
            faces = engine.detect(image)
            if not faces:
                missed += 1
                continue
            quality = engine.quality(image, faces[0], purpose="probe")
            measured.append((quality.eyes, quality.sharpness, quality.exposure))
            poor += quality.worst() is not None
            match = gallery.match(engine.embed(image, faces[0]))
            if confidence(match, figures) >= DEFAULT_ACCEPTANCE:
                accepted += match.best == index
                wrong += match.best != index
        total = len(probes)
        middle = np.median(measured, axis=0) if measured else np.full(3, np.nan)
        lines.append(
            f"{name:14} {missed / total:7.3f}  {accepted / total:8.3f}  {wrong / total:6.3f}  {middle[0]:7.1f}  "
            f"{middle[1]:9.0f}  {middle[2]:8.3f}  {poor / total:10.3f}"
        )
    return "\n".join(lines)


def timing(engine: LoadedEngine, images: Sequence[RGB], *, rounds: int = 3) -> dict[str, Floats]:
    """Milliseconds by stage, decoding left out: (median, 95th percentile) over ``images`` × ``rounds``."""
    stages: dict[str, list[float]] = {"detect": [], "align": [], "embed": [], "quality": [], "identify": []}
    for image in [*images[:2], *list(images) * rounds]:
        begin = time.perf_counter()
        faces = engine.detect(image)
        found = time.perf_counter()
        if not faces:
            continue
        engine.align(image, faces[0])
        aligned = time.perf_counter()
        engine.embed(image, faces[0])
        embedded = time.perf_counter()
        engine.quality(image, faces[0], purpose="probe")
        end = time.perf_counter()
        took = (found - begin, aligned - found, embedded - aligned, end - embedded, embedded - aligned + found - begin)
        for name, seconds in zip(stages, took, strict=True):
            stages[name].append(seconds * 1000)
    return {name: np.asarray(np.percentile(figures[2:], (50, 95)), np.float64) for name, figures in stages.items()}


def frame(image: RGB, width: int = 640, height: int = 480) -> RGB:
    """The picture inside a camera's frame, black around it."""
    scale = min(width / image.shape[1], height / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:height, :width]
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("splits", "quality", "copies", "clip", "damage", "timing"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--version-folder", type=Path, default=Path("var/models/sface-2021dec-2"))
    parser.add_argument("--most", type=int, help="that many choices of people at random instead of all")
    options = parser.parse_args()
    engine = load_engine(options.version_folder)
    if options.what in ("copies", "clip"):
        print({"copies": copy_distances, "clip": clip_trial}[options.what](engine, options.folder))
        return
    if options.what in ("quality", "timing"):
        paths = sorted(path for path in options.folder.rglob("*") if path.suffix.lower() in {".jpg", ".png"})
        if options.what == "quality":
            print(quality_table(engine, paths))
            return
        images = [decode(path.read_bytes()) for path in paths]
        for name, pictures in (("whole photos", images), ("640×480 frames", [frame(one) for one in images])):
            print(name, {stage: [round(ms, 1) for ms in cut] for stage, cut in timing(engine, pictures).items()})
        return
    people = read_folder(engine, options.folder)
    if options.what == "damage":
        print(damage(engine, people, options.folder))
        return
    for first in (1, 3, 5):
        print(f"first {first}:", describe(splits(people, first=first, most=options.most)))


if __name__ == "__main__":
    main()
