"""The one loaded engine of this process."""

from __future__ import annotations

import threading
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from recognition.engine.types import Engine, ModelUnavailable
from recognition.models import ModelVersion

_lock = threading.Lock()
_engine: Engine | None = None


def engine() -> Engine:
    """The engine of the active model version, loaded on the first call.

    Raises ``ModelUnavailable`` when no version is active or its files are missing, truncated or changed.
    """
    global _engine
    loaded = _engine
    if loaded is not None:
        return loaded
    with _lock:
        if _engine is None:
            _engine = _load()
        return _engine


def reset() -> None:
    """Forget the loaded engine; the next call loads the active version."""
    global _engine
    with _lock:
        _engine = None


def version_folder(name: str) -> Path:
    """Where a version's files lie."""
    return Path(settings.MODELS_DIR) / name


def _load() -> Engine:
    if settings.ENGINE == "fake":
        from recognition.engine.fake import FakeEngine

        fake = FakeEngine()
        ModelVersion.objects.get_or_create(
            name=fake.version, defaults={"state": ModelVersion.State.ACTIVE, "activated_at": timezone.now()}
        )
        return fake
    from recognition.engine.loaded import load_engine

    name = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).values_list("name", flat=True).first()
    if name is None:
        raise ModelUnavailable("No model version is active. Run `manage.py build_models`.", code="model_missing")
    return load_engine(version_folder(name))
