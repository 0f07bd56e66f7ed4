"""Which kind of engine this installation runs: the setting ``ENGINE`` names a factory by its dotted path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from recognition.engine.protocol import Engine
    from recognition.engine.store import Manifest

PUBLISHED = "recognition.engines.PublishedEngines"
"""What an installation runs; tests name a factory of their own."""
Progress = Callable[[str], object]


class EngineFactory(Protocol):
    """Makes the engine of a model version, and says all else in which one kind of engine differs from another.

    ``browser_finds_faces``: whether the kiosk's page may find faces by itself, with the networks that it was given.
    ``liveness_networks``: whether the liveness check looks at frames with the network that was fetched for it.
    ``trainer``: dotted path of the ``recognition.training.trainer.Trainer`` that fine-tunes this kind.
    """

    browser_finds_faces: bool
    liveness_networks: bool
    trainer: str

    def build(self, models: Path, *, sface: Path | None = None, progress: Progress) -> Manifest:
        """Make the first version's files in ``models`` where they are not whole; raises ``ModelUnavailable``."""

    def verify(self, folder: Path) -> None:
        """Check a version's files without loading them; raises ``ModelUnavailable``."""

    def load(self, folder: Path) -> Engine:
        """The engine of the version that lies in ``folder``; raises ``ModelUnavailable``."""


class PublishedEngines:
    """The published networks: YuNet finds faces, FaceMesh measures them, SFace or its successors compare them."""

    browser_finds_faces = True
    liveness_networks = True
    trainer = "recognition.training.trainer.keras_trainer"

    def build(self, models: Path, *, sface: Path | None = None, progress: Progress) -> Manifest:
        """Fetch, check and convert the published networks."""
        from recognition.engine.store import read_manifest

        # By name: this alone brings TensorFlow, and services import this file.
        build_models = import_string("recognition.training.export.build_models")
        return read_manifest(build_models(models, sface=sface, progress=progress))

    def verify(self, folder: Path) -> None:
        """Compare the files with their manifest."""
        from recognition.engine.store import verify_engine

        verify_engine(folder)

    def load(self, folder: Path) -> Engine:
        """Load the networks."""
        # OpenCV and LiteRT are not loaded into a process that recognises nobody.
        from recognition.engine.loaded import load_engine

        return load_engine(folder)


def factory() -> EngineFactory:
    """The factory that the settings name; raises ``ImportError`` where there is none of that name."""
    return cast(EngineFactory, import_string(settings.ENGINE)())
