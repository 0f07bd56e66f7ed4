"""A liveness network of the company's own: fitted on some people, tried on others, used where it is no worse."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import onnx
import pytest
from django.core.management import CommandError, call_command
from onnx import TensorProto, helper, numpy_helper
from pytest_django import Settings

from recognition import engine_holder, liveness_network
from recognition.engine.liveness.network_store import activate, read_manifest
from recognition.engines import PUBLISHED
from recognition.services.versions import version_register

pytestmark = pytest.mark.django_db

PEOPLE = ("0003", "0007")
EACH = 10


@pytest.fixture
def models(no_version: None, version_folder: Path, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A models folder with the published version and no liveness network."""
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path / "models"
    settings.MODELS_DIR.mkdir()
    (settings.MODELS_DIR / version_folder.name).symlink_to(version_folder.resolve())
    engine_holder.reset()
    version_register(settings.MODELS_DIR / version_folder.name)
    yield settings.MODELS_DIR
    engine_holder.reset()


@pytest.fixture
def folder(faces_dir: Path, tmp_path: Path) -> Path:
    """Ten bursts of each of two people, and ten of prints of each."""
    for kind in ("live", "print"):
        for person in PEOPLE:
            (tmp_path / "bursts" / kind / person).mkdir(parents=True)
            found = sorted(path for path in (faces_dir / "webcam" / kind / person).glob("*/*") if path.is_dir())
            for place, burst in enumerate(found[:: max(1, len(found) // EACH)][:EACH]):
                (tmp_path / "bursts" / kind / person / f"{place:02}").symlink_to(burst)
    return tmp_path / "bursts"


def colour(path: Path, weights: tuple[float, float, float]) -> Path:
    """An ONNX network whose one number is the mean colour, weighed."""
    kernel = numpy_helper.from_array(np.array(weights, np.float32).reshape(1, 3, 1, 1), "kernel")
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["in"], ["mean"]),
            helper.make_node("Conv", ["mean", "kernel"], ["wide"], kernel_shape=[1, 1]),
            helper.make_node("Flatten", ["wide"], ["out"]),
        ],
        "colour",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, 80, 80])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 1])],
        [kernel],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return path


def register(onnx_file: Path, folder: Path, name: str) -> str:
    said = StringIO()
    call_command(
        "register_liveness_network",
        str(onnx_file),
        str(folder),
        "--name",
        name,
        "--output",
        "logits",
        "--live",
        "0",
        "--factor",
        "0.05",
        stdout=said,
    )
    return said.getvalue()


def test_a_worse_network_is_registered_and_not_put_to_use(
    models: Path, folder: Path, liveness_folder: Path, tmp_path: Path
) -> None:
    (models / "liveness").mkdir()
    (models / "liveness" / liveness_folder.name).symlink_to(liveness_folder.resolve())
    activate(models / "liveness" / liveness_folder.name)
    with pytest.raises(CommandError, match="not put to use: it is worse in"):
        register(colour(tmp_path / "one.onnx", (-1, 0, 1)), folder, "colour-1")
    serving = liveness_network.network()
    assert serving is not None
    assert serving.name == liveness_folder.name
    manifest = read_manifest(models / "liveness" / "colour-1")
    assert manifest.measured["live"]["n"] == EACH
    assert manifest.measured["network"]
    assert manifest.limits.picture < manifest.limits.live


def test_a_network_that_tells_nothing_is_refused(models: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is it the right class"):
        register(colour(tmp_path / "one.onnx", (0, 0, 0)), folder, "nothing-1")
    assert liveness_network.network() is None
    assert not (models / "liveness" / "nothing-1").exists()


def test_a_file_that_is_no_network_and_a_folder_that_is_too_small_are_named(
    models: Path, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    with pytest.raises(CommandError, match="OpenCV cannot read"):
        register(tmp_path / "bad.onnx", folder, "bad-1")
    (folder / "print" / PEOPLE[0]).rename(tmp_path / "aside")
    with pytest.raises(CommandError, match="each half needs 10 honest bursts"):
        register(tmp_path / "bad.onnx", folder, "bad-1")
