"""A model folder that is missing, cut short or changed is named, with what to do, before anything is loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recognition.engine import store
from recognition.engine.loaded import load_engine
from recognition.engine.types import ModelUnavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A version folder of four small files."""
    folder = tmp_path / "net-1"
    folder.mkdir()
    for name in store.FILES:
        (folder / name).write_bytes(name.encode() * 10)
    store.write_manifest(folder, version="net-1", sources={}, libraries={}, created="2026-01-01T00:00:00+00:00")
    return folder


def test_a_whole_folder_is_accepted(folder: Path) -> None:
    manifest = store.verify(folder)
    assert manifest.version == "net-1"
    assert set(manifest.files) == set(store.FILES)


def refusal(folder: Path) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as found:
        store.verify(folder)
    assert "manage.py build_models" in found.value.message
    return found.value


@pytest.mark.parametrize("name", store.FILES)
def test_a_missing_a_short_and_a_changed_file_are_named(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    assert (refusal(folder).code, name in refusal(folder).message) == ("model_corrupt", True)
    (folder / name).write_bytes(b"x" + content[1:])
    assert (refusal(folder).code, name in refusal(folder).message) == ("model_corrupt", True)
    (folder / name).unlink()
    assert (refusal(folder).code, name in refusal(folder).message) == ("model_missing", True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "model_missing"),
        ("{", "model_corrupt"),
        ("[]", "model_format"),
        ('{"format_version": 3}', "model_format"),
        ('{"format_version": 1}', "model_corrupt"),
        ('{"format_version": 1, "files": []}', "model_corrupt"),
        ('{"format_version": 2, "version": "x"}', "model_corrupt"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(folder: Path, text: str | None, code: str) -> None:
    manifest = folder / store.MANIFEST
    manifest.unlink()
    if text is not None:
        manifest.write_text(text)
    assert refusal(folder).code == code


def test_a_manifest_without_one_of_the_files_is_refused(folder: Path) -> None:
    raw = json.loads((folder / store.MANIFEST).read_text())
    del raw["files"][store.DETECTOR]
    (folder / store.MANIFEST).write_text(json.dumps(raw))
    assert refusal(folder).code == "model_corrupt"


def test_files_that_hold_no_network_are_refused_when_loaded(folder: Path) -> None:
    with pytest.raises(ModelUnavailable) as found:
        load_engine(folder)
    assert found.value.code == "model_corrupt"
    assert "manage.py build_models" in found.value.message


def test_the_engine_needs_no_keras_file(version_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / version_folder.name
    shutil.copytree(version_folder, copy)
    (copy / store.EMBEDDER_KERAS).unlink()
    assert load_engine(copy).version == version_folder.name
