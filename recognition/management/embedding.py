"""Embed a folder's photos, by way of what was embedded before, and tell which are near-copies of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognition.engine.gallery import centred
from recognition.engine.protocol import Engine
from recognition.evaluation import face_cache

if TYPE_CHECKING:
    from recognition.evaluation.embedded import Embedded, Progress
    from recognition.training.dataset import Dataset


def embedded(
    engine: Engine, people: Dataset, *, cache: bool = True, progress: Progress | None = None
) -> tuple[Dataset, Embedded]:
    """``people`` with their near-copies known, and every photo as ``engine`` sees it.

    ``cache``: use and keep the (encrypted) vectors of this folder. Raises ``ValueError`` when no photo shows a face.
    """
    from recognition.evaluation.embedded import embed

    seen = face_cache.load(engine, people.folder) if cache else {}
    before = len(seen)
    found = embed(engine, people, seen=seen, progress=progress)
    if len(seen) > before and cache:
        face_cache.save(engine, people.folder, seen)
    return people.compared(centred(found.vectors, engine.calibration.centre)), found
