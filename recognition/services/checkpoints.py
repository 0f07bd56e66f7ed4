"""What a fine-tuning leaves between two attempts: made of faces, sealed, and gone when its run no longer needs it."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

from django.conf import settings

from employees import key_store
from recognition.models import TrainingRun


def checkpoint_folder(run_id: UUID) -> Path:
    """Where the run's checkpoint lies."""
    return _folder() / str(run_id)


def checkpoint_forget(run_id: UUID) -> None:
    """Remove what the run has left, and its key: copies of it open no more."""
    shutil.rmtree(checkpoint_folder(run_id), ignore_errors=True)
    key_store.destroy(f"checkpoints/{run_id}")


def checkpoints_tidy() -> None:
    """Remove what is left of runs that do not train: a worker that was killed, or told too late, may leave it."""
    training = (TrainingRun.State.PREPARING, TrainingRun.State.TRAINING)
    still = {str(pk) for pk in TrainingRun.objects.filter(state__in=training).values_list("pk", flat=True)}
    for folder in _folder().iterdir() if _folder().is_dir() else ():
        if folder.name not in still:
            shutil.rmtree(folder, ignore_errors=True)
    for name in key_store.names("checkpoints"):
        if name.removeprefix("checkpoints/") not in still:
            key_store.destroy(name)


def cache_folder() -> Path:
    """Where evaluations keep the vectors of photos they have seen."""
    return Path(settings.DATA_DIR) / "cache" / "faces"


def cache_forget() -> int:
    """Remove the caches of evaluations, whoever is in them, and their key; how many files that was."""
    files = sum(1 for path in cache_folder().rglob("*") if path.is_file())
    shutil.rmtree(cache_folder(), ignore_errors=True)
    key_store.destroy(key_store.CACHE)
    return files


def _folder() -> Path:
    return Path(settings.MODELS_DIR) / ".runs"
