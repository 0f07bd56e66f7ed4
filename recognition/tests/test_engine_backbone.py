"""The network is the published one: Keras and LiteRT say what the original file says on real faces."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from recognition import assets
from recognition.engine import store
from recognition.engine.images import decode
from recognition.engine.litert import LiteRT
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import ModelUnavailable
from recognition.tests.conftest import REPO
from recognition.training import backbone, export

CHIPS = 26


@pytest.fixture(scope="module")
def chips(faces_dir: Path, real_engine: LoadedEngine) -> NDArray[np.float32]:
    """Two aligned faces of each person, (26, 112, 112, 3)."""
    found = []
    for person in sorted((faces_dir / "aligned112").iterdir()):
        for path in sorted(person.iterdir())[:2]:
            image = decode(path.read_bytes())
            found.append(real_engine.align(image, real_engine.detect(image)[0]))
    assert len(found) == CHIPS
    return np.stack(found).astype(np.float32)


@pytest.fixture(scope="module")
def sface(models_dir: Path, version_folder: Path) -> Path:
    return assets.fetch_assets(models_dir / "sources", wanted=[assets.SFACE])[assets.SFACE.name]


@pytest.fixture(scope="module")
def original(chips: NDArray[np.float32], sface: Path) -> NDArray[np.float32]:
    """What ONNX Runtime makes of the original file; it wants weights out of the list of inputs."""
    import onnxruntime

    model = onnx.load(str(sface))
    inputs = [entry for entry in model.graph.input if entry.name == "data"]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    planes = chips.transpose(0, 3, 1, 2)
    return np.concatenate([session.run(None, {"data": one[None]})[0] for one in planes])


@pytest.fixture(scope="module")
def weights(sface: Path) -> backbone.Weights:
    return backbone.read_onnx(sface)


def test_keras_equals_the_original(
    chips: NDArray[np.float32], original: NDArray[np.float32], weights: backbone.Weights
) -> None:
    rebuilt = backbone.build_backbone(weights).predict(chips, verbose=0)
    assert np.abs(rebuilt - original).max() < 1e-5


def test_litert_points_where_the_original_does(
    chips: NDArray[np.float32], original: NDArray[np.float32], version_folder: Path
) -> None:
    network = LiteRT(version_folder / store.EMBEDDER, batch=CHIPS, threads=2, size=1)
    answer = network.run(chips)[0]
    cosine = (answer * original).sum(axis=1) / np.linalg.norm(answer, axis=1) / np.linalg.norm(original, axis=1)
    # Its weights are rounded to int8 (recognition.training.quantise).
    assert cosine.min() >= 0.999


def test_the_float_file_of_the_zoo_is_read_too(tmp_path: Path, weights: backbone.Weights) -> None:
    """Its weights carry the same names and lie there as plain float32."""
    path = tmp_path / "float.onnx"
    save_onnx(path, weights.by_name)
    read = backbone.read_onnx(path)
    assert set(read.by_name) == set(weights.by_name)
    for name, value in weights.by_name.items():
        np.testing.assert_array_equal(read.by_name[name], value)


def test_blocks_are_dequantised_as_onnx_says() -> None:
    quantised = np.array([[2, 4, 6, 8, 10]], np.int8)
    scales, zeros = np.array([[0.5, 2.0, 1.0]], np.float32), np.array([[0, 1, 2]], np.int8)
    expected = [[1, 2, 10, 14, 8]]
    assert backbone.dequantise(quantised, scales, zeros, axis=1, block=2).tolist() == expected
    whole = backbone.dequantise(quantised, np.array([2.0], np.float32), np.array([1], np.int8), axis=1, block=0)
    assert whole.tolist() == [[2, 6, 10, 14, 18]]
    rows = backbone.dequantise(
        quantised.repeat(2, axis=0), np.array([1.0, 2.0], np.float32), np.array([0, 0], np.int8), axis=0, block=0
    )
    assert rows[1].tolist() == [4, 8, 12, 16, 20]


def test_other_files_are_refused_by_name(tmp_path: Path, weights: backbone.Weights) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("not a network")
    other = tmp_path / "other.onnx"
    save_onnx(other, {"fc.weight": np.zeros((3, 3), np.float32)})
    odd = tmp_path / "odd.onnx"
    save_onnx(odd, weights.by_name | {"conv_1_conv2d_weight": np.zeros((8, 3, 3, 3), np.float32)})
    empty = tmp_path / "empty.onnx"
    save_onnx(empty, {})
    for path, code in [
        (tmp_path / "missing.onnx", "model_missing"),
        (text, "model_format"),
        (other, "model_format"),
        (odd, "model_format"),
        (empty, "model_format"),
    ]:
        with pytest.raises(ModelUnavailable) as refusal:
            backbone.build_backbone(backbone.read_onnx(path))
        assert refusal.value.code == code
        assert "face_recognition_sface_2021dec" in refusal.value.message


def test_a_build_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("not a network")
    models = tmp_path / "models"
    with pytest.raises(ModelUnavailable):
        export.build_model(models / "net-1", text, detector_path=text, landmarks_path=text)
    assert list(models.iterdir()) == []


def test_a_whole_version_is_not_built_again(models_dir: Path, version_folder: Path) -> None:
    before = store.read_manifest(version_folder)
    lines: list[str] = []
    assert export.build_models(models_dir, progress=lines.append) == version_folder
    assert store.read_manifest(version_folder) == before
    assert lines == [f"{version_folder.name}: present, hashes hold"]
    assert before.version == version_folder.name == "sface-2021dec-2"
    assert assets.SFACE.sha256 in before.sources.values()


def test_a_database_without_tables_is_named_with_what_to_do(
    models_dir: Path, version_folder: Path, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "build_models"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        env={
            **kept,
            "PRESENTE_DATA": str(tmp_path),
            "PRESENTE_MODELS": str(models_dir),
            "DJANGO_SETTINGS_MODULE": "presente.settings",
            "PRESENTE_ENGINE": "",
        },
    )

    assert done.returncode == 1
    assert f"{version_folder.name} is built" in done.stderr
    assert "Run `manage.py migrate`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_ones_own_gets_a_version_name_of_its_own(tmp_path: Path, sface: Path) -> None:
    other = tmp_path / "mine.onnx"
    other.write_bytes(b"other weights")
    assert export.version_name(sface) == "sface-2021dec-2"
    assert export.version_name(other).startswith("sface-own-")
    with pytest.raises(ModelUnavailable, match="no file"):
        export.build_models(tmp_path / "models", sface=tmp_path / "missing.onnx")


def test_a_finished_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for name in ("new", "net-1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "who").write_text(name)
    export._replace_folder(tmp_path / "new", tmp_path / "net-1")
    assert [path.name for path in tmp_path.iterdir()] == ["net-1"]
    assert (tmp_path / "net-1" / "who").read_text() == "new"


def save_onnx(path: Path, weights: dict[str, Any]) -> None:
    """A file that holds these weights and nothing else."""
    tensors = [onnx.numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in weights.items()]
    graph = onnx.helper.make_graph([], "sface", [], [], initializer=tensors)
    onnx.save(onnx.helper.make_model(graph), str(path))
