"""What a fine-tuning leaves between two attempts: made of faces, sealed, and gone when its run no longer needs it."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

from django.conf import settings

from recognition.models import TrainingRun


def checkpoint_folder(run_id: UUID) -> Path:
    """Where the run's checkpoint lies."""
    return _folder() / str(run_id)


def checkpoint_forget(run_id: UUID) -> None:
    """Remove what the run has left."""
    shutil.rmtree(checkpoint_folder(run_id), ignore_errors=True)


def checkpoints_tidy() -> None:
    """Remove what is left of runs that do not train: a worker that was killed, or told too late, may leave it."""
    training = (TrainingRun.State.PREPARING, TrainingRun.State.TRAINING)
    still = {str(pk) for pk in TrainingRun.objects.filter(state__in=training).values_list("pk", flat=True)}
    for folder in _folder().iterdir() if _folder().is_dir() else ():
        if folder.name not in still:
            shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    return Path(settings.MODELS_DIR) / ".runs"
