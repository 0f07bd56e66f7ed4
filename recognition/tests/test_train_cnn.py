"""A training can be repeated, interrupted and gone on with, and is tested on photos it never saw."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from recognition.tests.faces_kit import picture, tiny_backbone, write_people
from recognition.tests.fake_engine import FakeEngine, encode
from recognition.training import cnn, runs
from recognition.training.dataset import Dataset, read_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people(tmp_path_factory.mktemp("people"))


@pytest.fixture
def where(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "training"


def train_cnn(data: Path, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    fixed = ("--architecture", "thesis", "--size", "24", "--batch", "4", "--json")
    call_command("train_cnn", str(data), *fixed, *arguments, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def without_clock(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


def prepared(data: Dataset, architecture: cnn.Architecture, epochs: int, folder: Path) -> runs.Run:
    wanted = cnn.Options.of(architecture, epochs=epochs, size=24 if architecture == "thesis" else None)
    run = cnn.prepare(data, wanted)
    runs.begin(folder, run)
    return run


def interrupt_after(epoch: int) -> runs.Say:
    def say(row: dict[str, Any]) -> None:
        if row["epoch"] == epoch:
            raise KeyboardInterrupt

    return say


def ignore(_row: dict[str, Any]) -> None:
    pass


def test_the_thesis_learns_repeats_itself_and_leaves_its_files(people: Path, where: Path) -> None:
    first, again = (train_cnn(people, "--epochs", "25") for _ in range(2))

    assert first["accuracy"] >= 0.9
    assert first["macro_f1"] >= 0.9
    assert (first["people"], first["train_photos"], first["test_photos"]) == (3, 24, 6)
    assert [Path(one["folder"]).name for one in (first, again)] == ["thesis-1", "thesis-2"]
    assert without_clock(first["history"]) == without_clock(again["history"])
    assert {path.name for path in (where / "thesis-1").iterdir()} == {
        "model.keras",
        "labels.json",
        "run.json",
        "curves.png",
    }
    assert json.loads((where / "thesis-1" / "labels.json").read_text()) == ["person0", "person1", "person2"]


def test_no_test_photo_was_trained_on(people: Path, tmp_path: Path) -> None:
    data = read_dataset(people)
    run = prepared(data, "thesis", 1, tmp_path / "run")

    assert not set(run.train) & set(run.test)
    assert sorted(run.train + run.test) == sorted(photo.digest for photo in data.photos)


def test_an_interrupted_run_ends_where_the_other_would_have(people: Path, tmp_path: Path) -> None:
    data = read_dataset(people)
    whole = prepared(data, "thesis", 3, tmp_path / "whole")
    cnn.train(tmp_path / "whole", whole, data, say=ignore)
    cut = prepared(data, "thesis", 3, tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        cnn.train(tmp_path / "cut", cut, data, say=interrupt_after(2))

    resumed = runs.read(tmp_path / "cut")
    assert resumed.epoch == 2
    cnn.train(tmp_path / "cut", resumed, data, say=ignore)

    assert without_clock(resumed.history) == without_clock(whole.history)
    assert resumed.result == whole.result


def test_sface_trains_its_head_and_last_stage_alone_and_can_be_resumed(people: Path, tmp_path: Path) -> None:
    data, original = read_dataset(people), tiny_backbone()
    before = {layer.name: layer.get_weights() for layer in original.layers}

    def start(backbone: Any) -> cnn.Sface:
        return cnn.Sface(FakeEngine(), backbone, "fake-1", stage=("pre_fc1",))

    run = prepared(data, "sface", 3, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        cnn.train(tmp_path / "run", run, data, sface=start(tiny_backbone()), say=interrupt_after(2))
    run = runs.read(tmp_path / "run")
    cnn.train(tmp_path / "run", run, data, sface=start(original), say=ignore)
    whole = prepared(data, "sface", 3, tmp_path / "whole")
    cnn.train(tmp_path / "whole", whole, data, sface=start(tiny_backbone()), say=ignore)

    assert [row["phase"] for row in run.history] == ["head", "head", "stage"]
    assert run.result["accuracy"] >= 0.9
    after = {layer.name: layer.get_weights() for layer in original.layers}
    assert np.array_equal(before["conv_1"][0], after["conv_1"][0])
    assert not np.array_equal(before["pre_fc1"][0], after["pre_fc1"][0])
    assert without_clock(run.history) == without_clock(whole.history)


def test_training_stops_early_and_keeps_the_best_epoch(where: Path, tmp_path: Path) -> None:
    # One person's photos under three names: there is nothing to learn but the photos themselves.
    for name in ("a", "b", "c"):
        (tmp_path / "same" / name).mkdir(parents=True)
        for number in range(10):
            content = encode(picture(1, number + 10 * ord(name)), "PNG")
            (tmp_path / "same" / name / f"{number}.png").write_bytes(content)

    report = train_cnn(tmp_path / "same", "--epochs", "60", "--patience", "2")

    assert report["epochs"] < 60
    assert report["best_epoch"] == report["epochs"] - 2
    losses = [row["val_loss"] for row in report["history"]]
    assert min(losses) == losses[report["best_epoch"] - 1]


def test_resuming_a_finished_run_says_what_it_found(people: Path, where: Path) -> None:
    first = train_cnn(people, "--epochs", "1")
    assert train_cnn(people, "--epochs", "1", "--resume") == first


def test_what_cannot_be_gone_on_with_is_refused(people: Path, where: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="leave --resume out"):
        train_cnn(people, "--resume")
    data = read_dataset(people)
    prepared(data, "thesis", 2, where / "thesis-1")
    other = shutil.copytree(people, tmp_path / "other")
    (other / "person0" / "0.png").unlink()
    with pytest.raises(CommandError, match="has changed since this run began"):
        train_cnn(other, "--resume")
    with pytest.raises(CommandError, match="is not empty"):
        train_cnn(people, "--output", str(where / "thesis-1"))
    (where / "thesis-1" / "run.json").write_text('{"format_version": 99}')
    with pytest.raises(CommandError, match="of format 99"):
        train_cnn(people, "--resume")
    (where / "thesis-1" / "run.json").write_text("{cut sho")
    with pytest.raises(CommandError, match="cannot be read"):
        train_cnn(people, "--resume")


def test_a_run_whose_checkpoint_is_cut_short_is_refused(people: Path, tmp_path: Path) -> None:
    data = read_dataset(people)
    run = prepared(data, "thesis", 2, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        cnn.train(tmp_path / "run", run, data, say=interrupt_after(1))
    checkpoint = tmp_path / "run" / "checkpoint-1.keras"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])

    with pytest.raises(runs.RunError, match="Start the training anew"):
        cnn.train(tmp_path / "run", runs.read(tmp_path / "run"), data, say=ignore)


def test_options_that_make_no_sense_are_refused(people: Path) -> None:
    with pytest.raises(CommandError, match="112 pixels"):
        call_command("train_cnn", str(people), "--architecture", "sface", "--size", "64")
    with pytest.raises(CommandError, match="0 is not 1 or more"):
        call_command("train_cnn", str(people), "--architecture", "thesis", "--epochs", "0")
    with pytest.raises(CommandError, match="not a folder"):
        call_command("train_cnn", str(people / "gone"), "--architecture", "thesis")
