"""Real faces and the real engine, for the tests that need them; each says why it is left out where it cannot run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from common.testing import skip_or_fail
from recognition.engine.liveness.network import LivenessNetwork, load_network
from recognition.engine.loaded import LoadedEngine, load_engine
from recognition.engine.types import ModelUnavailable

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def faces_dir() -> Path:
    """The team's folder of faces (``PRESENTE_FACES``, or ``../shared/faces`` beside the repository)."""
    folder = Path(os.environ.get("PRESENTE_FACES") or REPO.parent / "shared" / "faces")
    if not folder.is_dir():
        skip_or_fail(f"no real faces at {folder} (set PRESENTE_FACES)")
    return folder


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Where models are built once for all test runs."""
    data = Path(os.environ.get("PRESENTE_DATA") or REPO / "var")
    return Path(os.environ.get("PRESENTE_MODELS") or data / "models")


@pytest.fixture(scope="session")
def version_folder(models_dir: Path) -> Path:
    """The published model's version folder, built (25 s) when it is not there yet."""
    from recognition.training.export import build_models

    try:
        return build_models(models_dir)
    except ModelUnavailable as error:
        if error.code != "fetch_failed":
            raise
        skip_or_fail(f"the weights cannot be fetched here: {error.message}")


@pytest.fixture(scope="session")
def real_engine(version_folder: Path) -> LoadedEngine:
    """The published model, loaded."""
    return load_engine(version_folder)


@pytest.fixture(scope="session")
def liveness_weights() -> Path:
    """The folder with MiniFASNet's two files (``PRESENTE_LIVENESS_WEIGHTS``, or ``../shared/weights``)."""
    folder = Path(os.environ.get("PRESENTE_LIVENESS_WEIGHTS") or REPO.parent / "shared" / "weights")
    if not folder.is_dir():
        skip_or_fail(f"no liveness weights at {folder} (set PRESENTE_LIVENESS_WEIGHTS)")
    return folder


@pytest.fixture(scope="session")
def liveness_folder(models_dir: Path, liveness_weights: Path) -> Path:
    """The liveness network, built (16 s) when it is not there yet; apart from those that serve."""
    from recognition.training.liveness_model import build_minifasnet_folder

    return build_minifasnet_folder(models_dir / "for-tests" / "liveness", liveness_weights)


@pytest.fixture(scope="session")
def liveness_network(liveness_folder: Path) -> LivenessNetwork:
    """The published liveness network, loaded."""
    return load_network(liveness_folder, size=1)
