"""A model version on disk: the files, the manifest that names them, and the checks before anything is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recognition.engine.types import ModelUnavailable

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
EMBEDDER_KERAS = "embedder.keras"
EMBEDDER = "embedder.tflite"
DETECTOR = "detector.onnx"
LANDMARKS = "landmarks.tflite"
FILES = (EMBEDDER_KERAS, EMBEDDER, DETECTOR, LANDMARKS)
# What the engine loads. The Keras file is the training worker's, and it is as large as all others together.
ENGINE_FILES = (EMBEDDER, DETECTOR, LANDMARKS)
REMEDY = "run `manage.py build_models`"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What the manifest says about one file."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A version's birth certificate. ``sources``: SHA-256 of the files it was made from, by file name."""

    format_version: int
    version: str
    created: str
    files: dict[str, FileRecord]
    sources: dict[str, str]
    libraries: dict[str, str]


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(
    folder: Path, *, version: str, sources: dict[str, str], libraries: dict[str, str], created: str
) -> Manifest:
    """Write ``folder``'s manifest from the files that lie there, and return it."""
    files = {name: FileRecord(sha256(folder / name), (folder / name).stat().st_size) for name in FILES}
    manifest = Manifest(FORMAT_VERSION, version, created, files, sources, libraries)
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a version folder.

    Raises ``ModelUnavailable``: ``model_missing`` when there is none, ``model_corrupt`` when it cannot be read,
    ``model_format`` when it is of another format.
    """
    path = folder / MANIFEST
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelUnavailable(f"No model at {folder}; {REMEDY}.", code="model_missing") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read ({error}); {REMEDY}.", code="model_corrupt") from error
    found = raw.get("format_version") if isinstance(raw, dict) else None
    if found != FORMAT_VERSION:
        raise ModelUnavailable(
            f"{path} is of format {found}, this program reads format {FORMAT_VERSION}; {REMEDY}.", code="model_format"
        )
    try:
        files = {str(name): FileRecord(str(one["sha256"]), int(one["size"])) for name, one in raw["files"].items()}
        return Manifest(
            FORMAT_VERSION,
            str(raw["version"]),
            str(raw["created"]),
            files,
            dict(raw["sources"]),
            dict(raw["libraries"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelUnavailable(f"{path} lacks an entry ({error!r}); {REMEDY}.", code="model_corrupt") from error


def verify(folder: Path, names: Iterable[str] = FILES) -> Manifest:
    """Check that ``names`` lie in ``folder`` with the size and SHA-256 of the manifest, and return the manifest.

    Raises ``ModelUnavailable``: ``model_missing``, ``model_corrupt`` or ``model_format``, each with its remedy.
    """
    manifest = read_manifest(folder)
    for name in names:
        path, record = folder / name, manifest.files.get(name)
        if record is None:
            raise ModelUnavailable(f"{folder / MANIFEST} does not name {name}; {REMEDY}.", code="model_corrupt")
        if not path.is_file():
            raise ModelUnavailable(f"The model file {path} is missing; {REMEDY}.", code="model_missing")
        size = path.stat().st_size
        if size != record.size:
            raise ModelUnavailable(
                f"The model file {path} has {size} bytes instead of {record.size}; {REMEDY}.", code="model_corrupt"
            )
        if sha256(path) != record.sha256:
            raise ModelUnavailable(
                f"The model file {path} is not the one its manifest names (SHA-256 differs); {REMEDY}.",
                code="model_corrupt",
            )
    return manifest
