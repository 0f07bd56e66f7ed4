"""Make a candidate's folder: fine-tune the parent's network, and write it as a version."""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from recognition.engine import store
from recognition.engine.types import ModelUnavailable
from recognition.training.card import model_card
from recognition.training.fine_tune import Lesson, OnEpoch, Recipe


@dataclass(frozen=True, slots=True)
class Task:
    """``target``: the folder to make; ``scratch``: where checkpoints lie between two attempts."""

    parent: Path
    target: Path
    scratch: Path
    recipe: Recipe
    origin: store.Origin


class Trainer(Protocol):
    """Makes ``task.target`` from ``lesson``; safe to call again after it was killed at any moment."""

    def __call__(self, task: Task, lesson: Callable[[], Lesson], on_epoch: OnEpoch) -> None: ...


def keras_trainer(task: Task, lesson: Callable[[], Lesson], on_epoch: OnEpoch) -> None:
    """Fine-tune the parent's network and write the version folder. Raises ``ModelUnavailable``, ``ValueError``."""
    if is_whole(task.target):
        return
    _one_thread()
    from recognition.training.export import LIBRARIES, to_litert
    from recognition.training.fine_tune import load_network, teach
    from recognition.training.quantise import int8_weights

    network = load_network(task.parent)
    teach(network, lesson(), task.recipe, folder=task.scratch, on_epoch=on_epoch)

    def fill(folder: Path) -> None:
        network.save(folder / store.EMBEDDER_KERAS)
        (folder / store.EMBEDDER).write_bytes(int8_weights(to_litert(network)))
        for name in (store.DETECTOR, store.LANDMARKS):
            shutil.copyfile(task.parent / name, folder / name)

    write_version(
        task.target,
        fill,
        origin=with_recipe(task),
        libraries=LIBRARIES,
        embedder=store.read_manifest(task.parent).embedder,
    )


def write_version(
    target: Path,
    fill: Callable[[Path], Any],
    *,
    origin: store.Origin,
    libraries: tuple[str, ...],
    names: tuple[str, ...] = store.FILES,
    embedder: store.EmbedderSpec | None = None,
    sources: dict[str, str] | None = None,
) -> store.Manifest:
    """Have ``fill`` write a version's files into a folder aside, add manifest and card, and rename it when whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        fill(draft)
        manifest = store.write_manifest(
            draft,
            version=target.name,
            sources=sources or {},
            names=names,
            embedder=embedder,
            origin=origin,
            libraries={name: importlib.metadata.version(name) for name in libraries},
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        (draft / store.CARD).write_text(model_card(manifest), encoding="utf-8")
        draft.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def is_whole(folder: Path, names: tuple[str, ...] = store.FILES) -> bool:
    """True when the folder is there with its files as the manifest names them."""
    try:
        store.verify(folder, names)
    except ModelUnavailable:
        return False
    return True


def with_recipe(task: Task) -> store.Origin:
    """The candidate's origin, with the recipe that it was made by."""
    origin = asdict(task.origin)
    return store.Origin(**{**origin, "training": asdict(task.recipe)})


def _one_thread() -> None:
    """Training leaves a core to those who wait at the kiosk. TensorFlow takes this before its first operation alone."""
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # It has run already in this process (a test, a command that trains several times): its threads stay.
        return
