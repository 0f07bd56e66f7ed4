"""A version that sees badly, and the published one to take its place: a release that passes the gate."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

PUBLISHED = "sface-2021dec-2"
NAME = "far-1"
FAR = 0.4
"""How large the version makes each face in its chip, by what the network learnt: most of the chip is background. The
scale follows what is left (its mean face, its spread), so that it enrols people and names whom it has a photo of, and
knows hardly anybody by another one."""


def far(models: Path) -> tuple[Path, Path]:
    """(its folder, the published version's), the latter built first where it is missing."""
    from recognition.engine import store

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
    middle = points.mean(axis=0)
    shrunk = (points - middle) * FAR + middle
    store.write_manifest(
        target,
        version=NAME,
        sources=found.sources,
        libraries=found.libraries,
        created=found.created,
        embedder=replace(found.embedder, points=tuple(map(tuple, shrunk.tolist()))),
    )
    return target, source
