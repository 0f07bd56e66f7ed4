"""A version that sees badly, and the published one to take its place: a release that passes the gate."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

PUBLISHED = "sface-2021dec-1"
NAME = "tilted-1"
TILT = 40.0
"""Degrees by which the version turns each face: it takes most photos for somebody else's."""
SAME = 0.35
"""The distance below which it takes two photos for one person's: so near that the checks of photos doubt none."""


def tilted(models: Path) -> tuple[Path, Path]:
    """(its folder, the published version's), the latter built first where it is missing."""
    from recognition.engine import calibrate, store

    source = models / PUBLISHED
    if not source.is_dir():
        # Imported here alone: TensorFlow takes seconds and memory that nothing else needs.
        from recognition.training.export import build_models

        source = build_models(models)
    target = models / NAME
    target.mkdir()
    for name in store.FILES:
        shutil.copyfile(source / name, target / name)
    found = store.read_manifest(source)
    points = np.array(found.embedder.points)
    turn, middle = np.deg2rad(TILT), points.mean(axis=0)
    turned = (points - middle) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + middle
    raw = json.loads(calibrate.FILE.read_text(encoding="utf-8"))
    figures = calibrate.shipped().coefficients
    near, usual = (1 - apart**2 / 2 for apart in (SAME, calibrate.pair_threshold()))
    raw["coefficients"]["intercept"] = figures.intercept - figures.slope * (near - usual) / figures.spread
    raw["centre"] = [0.0] * len(raw["centre"])
    (target / store.CALIBRATION).write_text(json.dumps(raw), encoding="utf-8")
    spec = replace(found.embedder, points=tuple(map(tuple, turned.tolist())))
    store.write_manifest(
        target, version=NAME, sources=found.sources, libraries=found.libraries, created=found.created,
        names=(*store.FILES, store.CALIBRATION), embedder=spec,
    )  # fmt: skip
    return target, source
