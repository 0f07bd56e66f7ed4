"""The liveness network of this process: loaded when it is first asked for, and again when another one is activated."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from django.conf import settings

from recognition.engine.liveness.network import LivenessNetwork, load_network
from recognition.engine.liveness.network_store import active, verify
from recognition.engine.types import ModelUnavailable
from recognition.engines import factory

log = logging.getLogger(__name__)

_lock = threading.Lock()
_loaded: tuple[Path, float, LivenessNetwork | None] | None = None


SHARED = "models/liveness"
"""The folder's name in the storage that machines share."""


def networks_folder() -> Path:
    """Where liveness networks lie, each in a folder of its own."""
    return Path(settings.MODELS_DIR) / "liveness"


def network() -> LivenessNetwork | None:
    """The network that serves; None where none was fetched, or where its files are not what they were.

    The check then goes on without it, as on a machine that never could fetch it; the log says why.
    """
    global _loaded
    if not factory().liveness_networks:
        return None
    folder = active(networks_folder())
    if folder is None:
        return None
    with _lock:
        stamp = _stamp(folder)
        if _loaded is None or _loaded[:2] != (folder, stamp):
            _loaded = (folder, stamp, _load(folder))
        return _loaded[2]


def stands() -> bool:
    """Whether a network was activated and its files are those that its manifest names."""
    folder = active(networks_folder())
    try:
        return folder is not None and bool(verify(folder))
    except ModelUnavailable:
        return False


def reset() -> None:
    """Forget the loaded network."""
    global _loaded
    with _lock:
        _loaded = None


def _stamp(folder: Path) -> float:
    try:
        return (folder / "manifest.json").stat().st_mtime
    except OSError:
        return 0.0


def _load(folder: Path) -> LivenessNetwork | None:
    try:
        return load_network(folder, size=os.cpu_count() or 1)
    except ModelUnavailable as error:
        log.error("the liveness check goes on without its network: %s", error.message)
        return None
