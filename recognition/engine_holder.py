"""Load and keep the engine of the active version, and that of one other where a switch is prepared."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from django.conf import settings

from common import shared_folders
from recognition.engine.protocol import Engine
from recognition.engine.types import ModelUnavailable
from recognition.engines import factory
from recognition.models import ModelVersion

_lock = threading.Lock()
_engine: Engine | None = None
_other: Engine | None = None


def engine() -> Engine:
    """The engine in memory, loaded on the first call; ``gallery.current`` is what keeps it the active version's.

    Raises ``ModelUnavailable`` when no version is active or its files are missing, truncated or changed.
    """
    loaded = _engine
    return loaded if loaded is not None else follow()


def follow() -> Engine:
    """The engine of the version that is active now, loaded when it is not the one in memory.

    Raises ``ModelUnavailable`` as ``engine`` does; the engine in memory then stays for those who hold it.
    """
    global _engine
    name = active_name()
    with _lock:
        if _engine is None or _engine.version != name:
            _engine = load(name)
        return _engine


def of(name: str) -> Engine:
    """The engine of any version: the one in memory where it is that one; the last other one is kept as well.

    Raises ``ModelUnavailable``.
    """
    global _other
    loaded = _engine
    if loaded is not None and loaded.version == name:
        return loaded
    with _lock:
        if _other is None or _other.version != name:
            _other = load(name)
        return _other


def reset() -> None:
    """Forget the loaded engines; the next call loads the active version."""
    global _engine, _other
    with _lock:
        _engine = _other = None


def version_folder(name: str) -> Path:
    """Where a version's files lie."""
    return Path(settings.MODELS_DIR) / name


def version_fetch(name: str) -> Path:
    """``version_folder``, copied from the storage that machines share where it is not here yet.

    Raises ``ModelUnavailable`` where that storage fails.
    """
    folder = version_folder(name)
    try:
        shared_folders.fetch(f"models/{name}", folder)
    except OSError as error:
        raise ModelUnavailable(f"{name} cannot be fetched: {error}", code="model_missing") from error
    return folder


def forget_erased() -> None:
    """Remove this machine's copies of versions that an erasure on another machine has ended."""
    if shared_folders.storage() is None:
        return
    for name in ModelVersion.objects.filter(state=ModelVersion.State.ERASED).values_list("name", flat=True):
        shutil.rmtree(version_folder(name), ignore_errors=True)


def load(name: str) -> Engine:
    """The engine of any version, active or not. Raises ``ModelUnavailable`` as ``engine`` does."""
    return factory().load(version_fetch(name))


def verify(name: str) -> None:
    """Check a version's files without loading them. Raises ``ModelUnavailable`` as ``engine`` does."""
    factory().verify(version_fetch(name))


def active_name() -> str:
    """The name of the version that serves; raises ``ModelUnavailable`` when there is none."""
    name = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).values_list("name", flat=True).first()
    if name is None:
        raise ModelUnavailable("No model version is active. Run `manage.py build_models`.", code="model_missing")
    return name
