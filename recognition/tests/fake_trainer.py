"""A trainer without networks, for the tests of everything around one."""

from __future__ import annotations

from collections.abc import Callable

from recognition.training.fine_tune import Lesson, OnEpoch
from recognition.training.trainer import Task, is_whole, with_recipe, write_version


def fake_trainer(task: Task, lesson: Callable[[], Lesson], on_epoch: OnEpoch) -> None:
    """What ``keras_trainer`` does around its network, without one: epochs, a checkpoint each, a folder at the end."""
    if is_whole(task.target, names=()):
        return
    taught = lesson()
    task.scratch.mkdir(parents=True, exist_ok=True)
    mark = task.scratch / "epoch"
    begun = int(mark.read_text()) if mark.exists() else 0
    for epoch in range(begun, task.recipe.epochs):
        draft = mark.with_suffix(".draft")
        draft.write_text(str(epoch + 1))
        draft.replace(mark)
        on_epoch({"epoch": epoch + 1, "loss": 1 / (epoch + 1), "right": 1.0, "drift": 0.0})
    origin = with_recipe(task)
    origin.data["photos"] = len(taught.chips)
    write_version(task.target, lambda folder: None, origin=origin, libraries=("numpy",), names=())
