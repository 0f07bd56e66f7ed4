"""A network of the company's own, brought as ONNX: asked as it wants to be, named when it cannot be used."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from recognition import engine_holder
from recognition.assets import SFACE
from recognition.engine import store
from recognition.engine.loaded import LoadedEngine, load_engine
from recognition.engine.types import ModelUnavailable
from recognition.engines import PUBLISHED
from recognition.models import ModelVersion
from recognition.services.versions import version_register

pytestmark = pytest.mark.django_db


@pytest.fixture
def serving(no_version: None, version_folder: Path, settings: Settings, tmp_path: Path) -> Iterator[ModelVersion]:
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path
    (tmp_path / version_folder.name).symlink_to(version_folder.resolve())
    engine_holder.reset()
    yield version_register(tmp_path / version_folder.name)
    engine_holder.reset()


@pytest.fixture
def onnx(models_dir: Path, version_folder: Path) -> Path:
    """SFace as the Zoo ships it: a network that subtracts and scales by itself."""
    return models_dir / "sources" / SFACE.name


def test_the_same_network_as_onnx_gives_the_same_vectors(
    serving: ModelVersion, onnx: Path, real_engine: LoadedEngine, tmp_path: Path
) -> None:
    said = StringIO()
    call_command("register_model", str(onnx), "--name", "own-1", "--mean", "0", "--scale", "1", stdout=said)

    assert "own-1: Candidate" in said.getvalue()
    manifest = store.verify_engine(tmp_path / "own-1")
    assert (manifest.embedder.file, manifest.embedder.dimensions) == (store.EMBEDDER_ONNX, 128)
    loaded = load_engine(tmp_path / "own-1")
    for seed in range(3):
        chip = np.random.default_rng(seed).integers(0, 256, (112, 112, 3), np.uint8)
        # Ours has its large weights as int8, which shows more on this noise than on any face.
    assert float(loaded.embed_chip(chip) @ real_engine.embed_chip(chip)) > 0.995
    assert ModelVersion.objects.get(name="own-1").state == ModelVersion.State.CANDIDATE
    assert ModelVersion.objects.get(state=ModelVersion.State.ACTIVE) == serving


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--name", "Own One"], "small letters"),
        (["--name", "../own-2"], "small letters"),
        (["--name", "../../own-2"], "small letters"),
        (["--name", "/tmp/own-2"], "small letters"),
        (["--name", "sface-2021dec-2/own-2"], "small letters"),
        (["--name", "own-2\n"], "small letters"),
        (["--name", ""], "small letters"),
        (["--name", "o" * 60], "small letters"),
        (["--name", "liveness"], "something else"),
        (["--name", "own-2", "--points", '{"left": [1, 2]}'], "five [x, y]"),
        (["--name", "own-2", "--size", "8"], "size is 32 to 512"),
        (["--name", "own-2", "--points", "[[1, 2]]"], "five [x, y]"),
        (["--name", "own-2", "--points", "[[1, 2], [3, 4], [5, 6], [7, 8], [9, 999]]"], "inside the chip"),
        (["--name", "sface-2021dec-2"], "already"),
    ],
)
def test_what_cannot_be_is_named_and_leaves_nothing(
    serving: ModelVersion, onnx: Path, arguments: list[str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("register_model", str(onnx), *arguments)

    assert told in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == [serving.name]
    assert ModelVersion.objects.count() == 1


def test_the_name_of_a_version_that_was_erased_is_not_given_again(serving: ModelVersion, onnx: Path) -> None:
    """Its row stays as part of the trail, and nothing that carries its name would ever serve."""
    ModelVersion.objects.create(name="own-5", state=ModelVersion.State.ERASED)
    with pytest.raises(CommandError, match="already"):
        call_command("register_model", str(onnx), "--name", "own-5", "--mean", "0", "--scale", "1")
    assert ModelVersion.objects.get(name="own-5").state == ModelVersion.State.ERASED


def test_a_file_that_is_no_network_is_named(serving: ModelVersion, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")

    for path in (broken, tmp_path / "missing.onnx"):
        with pytest.raises(CommandError) as refused:
            call_command("register_model", str(path), "--name", "own-3")
        assert path.name in str(refused.value)
    assert not (tmp_path / "own-3").exists()


def test_a_changed_file_of_a_registered_network_is_refused(serving: ModelVersion, onnx: Path, tmp_path: Path) -> None:
    call_command("register_model", str(onnx), "--name", "own-4", "--mean", "0", "--scale", "1", stdout=StringIO())
    target = tmp_path / "own-4" / store.EMBEDDER_ONNX
    shutil.copyfile(target, tmp_path / "copy")
    target.write_bytes(target.read_bytes()[:-1])

    with pytest.raises(ModelUnavailable) as refused:
        load_engine(tmp_path / "own-4")

    assert refused.value.code == "model_corrupt"
