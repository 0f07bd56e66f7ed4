"""One training run: a folder that can be interrupted at any moment and gone on with, and repeats itself by its seed.

After every epoch the network with its optimiser's state is written, then ``run.json`` that names it, each by renaming
a whole file. What a killed process leaves is the last finished epoch. The order of the photos and their augmentation
depend on the seed and the epoch alone, so a run that was interrupted ends where the other would have.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT_VERSION = 1
STATE = "run.json"
MODEL = "model.keras"
LABELS = "labels.json"

Say = Callable[[dict[str, Any]], None]


class RunError(Exception):
    """A run that cannot be started, read or gone on with; the message says what to do."""


@dataclass(slots=True)
class Run:
    """What a run is and how far it has come; ``run.json``.

    ``fingerprint`` is the data's. ``train`` and ``test``: SHA-256 of the photos on either side of the split.
    ``history``: a row for each epoch. ``best`` is the epoch whose network counts, ``result`` the test's figures.
    """

    architecture: str
    size: int
    epochs: int
    seed: int
    data: str
    fingerprint: str
    people: list[str]
    train: list[str]
    test: list[str]
    options: dict[str, Any]
    libraries: dict[str, str]
    base: str = ""
    epoch: int = 0
    best: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    finished: bool = False
    format_version: int = FORMAT_VERSION

    @property
    def stopped(self) -> bool:
        """Whether no epoch is left to train."""
        return self.epoch >= self.epochs or bool(self.options.get("stopped"))


@dataclass(slots=True)
class Phase:
    """A part of a run: ``model`` is compiled; ``data(epoch)`` and ``validation`` are datasets it is fitted to."""

    name: str
    epochs: int
    model: Any
    data: Callable[[int], Any]
    validation: Any


def read(folder: Path) -> Run:
    """The run in ``folder``. Raises ``RunError``: there is none, it cannot be read, or it is of another format."""
    path = folder / STATE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{folder} is no training run: it has no {STATE}. Run `manage.py train_cnn` first.") from error
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}). Train again in another folder.") from error
    found = raw.get("format_version") if isinstance(raw, dict) else None
    if found != FORMAT_VERSION:
        raise RunError(f"{path} is of format {found}, this program reads format {FORMAT_VERSION}. Train again.")
    try:
        return Run(**raw)
    except TypeError as error:
        raise RunError(f"{path} lacks or has too many entries ({error}). Train again in another folder.") from error


def write(folder: Path, run: Run) -> None:
    """Replace ``run.json``."""
    _replace(folder / STATE, (json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n").encode())


def begin(folder: Path, run: Run) -> None:
    """Make the folder and write what the run will be. Raises ``RunError`` when something lies there already."""
    if folder.exists() and any(folder.iterdir()):
        raise RunError(f"{folder} is not empty. Choose another --output, or go on with the run there by --resume.")
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / LABELS, (json.dumps(run.people, ensure_ascii=False, indent=1) + "\n").encode())
    write(folder, run)


def fit(folder: Path, run: Run, phases: Sequence[Phase], *, patience: int | None, say: Say) -> None:
    """Train what is left of the run's epochs, phase after phase, a checkpoint each; then ``model.keras``' weights are
    in the last phase's model.

    ``patience``: stop when the validation loss of the last phase has not fallen for that many epochs, and go back to
    the best one; None trains all epochs and keeps the last. ``say`` is told each epoch's figures.
    """
    begins = 0
    for phase in phases:
        ends = begins + phase.epochs
        last = phase is phases[-1]
        if begins < run.epoch <= ends:
            _load(folder / _checkpoint(run.epoch), phase.model)
        for epoch in range(max(begins, run.epoch), ends):
            if run.stopped:
                break
            row = _one(phase, epoch)
            run.history.append(row)
            run.epoch = row["epoch"]
            improved = not last or _is_best(run, phase.name)
            run.best = run.epoch if patience is None or improved else run.best
            if patience is not None and last and run.epoch - run.best >= patience:
                run.options["stopped"] = f"no better for {patience} epochs"
            _save(folder, run, phase.model)
            say(row)
        begins = ends
    if run.best != run.epoch:
        _load(folder / _checkpoint(run.best), phases[-1].model)


def finish(folder: Path, run: Run, model: Any, result: dict[str, Any]) -> None:
    """Write the trained network and the test's figures, and drop the checkpoints."""
    temporary = folder / f".{MODEL}.part.keras"
    model.save(temporary)
    os.replace(temporary, folder / MODEL)
    run.result, run.finished = result, True
    write(folder, run)
    for path in folder.glob("checkpoint-*.keras"):
        path.unlink()


def _one(phase: Phase, epoch: int) -> dict[str, Any]:
    begin_at = time.monotonic()
    fitted = phase.model.fit(phase.data(epoch), validation_data=phase.validation, verbose=0, shuffle=False).history
    figures = {name: round(float(values[-1]), 5) for name, values in fitted.items()}
    return {"epoch": epoch + 1, "phase": phase.name, **figures, "seconds": round(time.monotonic() - begin_at, 2)}


def _is_best(run: Run, phase: str) -> bool:
    losses = [row["val_loss"] for row in run.history if row["phase"] == phase and "val_loss" in row]
    return not losses or losses[-1] <= min(losses)


def _checkpoint(epoch: int) -> str:
    return f"checkpoint-{epoch}.keras"


def _save(folder: Path, run: Run, model: Any) -> None:
    """The network first, then the file that names it, then away with those that are no longer named."""
    temporary = folder / ".checkpoint.part.keras"
    model.save(temporary)
    os.replace(temporary, folder / _checkpoint(run.epoch))
    write(folder, run)
    named = {_checkpoint(run.epoch), _checkpoint(run.best)}
    for path in folder.glob("checkpoint-*.keras"):
        if path.name not in named:
            path.unlink()


def _load(path: Path, model: Any) -> None:
    """Take a checkpoint's weights and its optimiser's state. Raises ``RunError`` when it cannot be read."""
    import keras

    try:
        saved = keras.models.load_model(path)
    except (OSError, ValueError) as error:
        raise RunError(f"The checkpoint {path} cannot be read ({error}). Start the training anew.") from error
    model.set_weights(saved.get_weights())
    model.optimizer.build(model.trainable_variables)
    for mine, theirs in zip(model.optimizer.variables, saved.optimizer.variables, strict=True):
        mine.assign(theirs)


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.part")
    temporary.write_bytes(content)
    os.replace(temporary, target)
