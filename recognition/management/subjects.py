"""Find the model that a command names: a version, a version's folder, or what train_cnn wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from recognition import engine_holder
from recognition.engine import store
from recognition.engine.protocol import Engine
from recognition.models import ModelVersion

if TYPE_CHECKING:
    from recognition.training.runs import Run


@dataclass(frozen=True, slots=True)
class Subject:
    """``engine``: what detects and embeds. ``run`` and ``folder``: where the model is a training run's."""

    name: str
    engine: Engine
    folder: Path | None = None
    run: Run | None = None

    @property
    def released(self) -> bool:
        """Whether it is a version of this installation."""
        return self.run is None and self.folder is None


def resolve(text: str | None) -> Subject:
    """The model called ``text``; without one, the version that serves.

    Raises ``CommandError`` when nothing is called so, ``ModelUnavailable`` when its files cannot be loaded.
    """
    if not text:
        serving = engine_holder.follow()
        return Subject(serving.version, serving)
    if ModelVersion.objects.filter(name=text).exists():
        return Subject(text, engine_holder.of(text))
    folder = Path(text)
    if (folder / store.MANIFEST).is_file():
        from recognition.engine.loaded import load_engine

        return Subject(folder.name, load_engine(folder), folder)
    if folder.is_dir():
        from recognition.training import runs

        try:
            run = runs.read(folder)
        except runs.RunError as error:
            raise CommandError(str(error)) from error
        if not run.finished:
            raise CommandError(f"{folder} was not trained to its end. Go on with `manage.py train_cnn … --resume`.")
        base = engine_holder.of(run.base) if run.base else engine_holder.follow()
        return Subject(folder.name, base, folder, run)
    known = ", ".join(ModelVersion.objects.values_list("name", flat=True)) or "none yet; run `manage.py build_models`"
    raise CommandError(f"{text} is neither a version nor a folder of a model. Versions: {known}.")
