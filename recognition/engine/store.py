"""Read, write and verify a model version on disk: its files and the manifest that names them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from recognition.engine.aligner import POINTS
from recognition.engine.types import ModelUnavailable

FORMAT_VERSION = 2
# Format 1 knew SFace alone, and neither parents nor people; what it lacks has the defaults below.
READABLE = (1, 2)
MANIFEST = "manifest.json"
EMBEDDER_KERAS = "embedder.keras"
EMBEDDER = "embedder.tflite"
EMBEDDER_ONNX = "embedder.onnx"
DETECTOR = "detector.onnx"
LANDMARKS = "landmarks.tflite"
# A version whose vectors are not spread as SFace's are brings a calibration of its own.
CALIBRATION = "calibration.json"
FILES = (EMBEDDER_KERAS, EMBEDDER, DETECTOR, LANDMARKS)
CARD = "MODEL_CARD.md"
REMEDY = "run `manage.py build_models`"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What the manifest says about one file."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class EmbedderSpec:
    """How the embedding network wants to be asked: ``(pixel − mean) × scale``, of a chip of ``size`` pixels whose five
    ``points`` lie where the network saw them in training; ``channels`` is ``rgb`` or ``bgr``."""

    file: str = EMBEDDER
    size: int = 112
    dimensions: int = 128
    mean: float = 0.0
    scale: float = 1.0
    channels: str = "rgb"
    points: tuple[tuple[float, float], ...] = POINTS


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version comes from and how it fared. ``people``: public ids by ``learnt`` and ``held_out``."""

    parent: str = ""
    people: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A version's birth certificate. ``sources``: SHA-256 of the files it was made from, by file name."""

    format_version: int
    version: str
    created: str
    files: dict[str, FileRecord]
    sources: dict[str, str]
    libraries: dict[str, str]
    embedder: EmbedderSpec = EmbedderSpec()
    origin: Origin = field(default_factory=Origin)

    def engine_files(self) -> tuple[str, ...]:
        """What the engine loads of this version."""
        return (self.embedder.file, DETECTOR, LANDMARKS)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(
    folder: Path,
    *,
    version: str,
    sources: dict[str, str],
    libraries: dict[str, str],
    created: str,
    names: Iterable[str] = FILES,
    embedder: EmbedderSpec | None = None,
    origin: Origin | None = None,
) -> Manifest:
    """Write ``folder``'s manifest from the files ``names`` that lie there, and return it."""
    files = {name: FileRecord(sha256(folder / name), (folder / name).stat().st_size) for name in names}
    manifest = Manifest(
        FORMAT_VERSION, version, created, files, sources, libraries, embedder or EmbedderSpec(), origin or Origin()
    )
    _write(folder, manifest)
    return manifest


def add_metrics(folder: Path, *, metrics: dict[str, Any], thresholds: dict[str, Any]) -> Manifest:
    """Put what a test found into the manifest of ``folder``; raises as ``read_manifest`` does."""
    manifest = read_manifest(folder)
    manifest = replace(manifest, origin=replace(manifest.origin, metrics=metrics, thresholds=thresholds))
    _write(folder, manifest)
    return manifest


def as_json(manifest: Manifest) -> dict[str, Any]:
    """The manifest as it is written: the origin's entries beside the others."""
    raw = asdict(manifest)
    return {**raw, **raw.pop("origin")}


def _write(folder: Path, manifest: Manifest) -> None:
    draft = folder / f".{MANIFEST}.{os.getpid()}"
    draft.write_text(json.dumps(as_json(manifest), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)


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
    if found not in READABLE:
        raise ModelUnavailable(
            f"{path} is of format {found}, this program reads formats up to {FORMAT_VERSION}; {REMEDY}.",
            code="model_format",
        )
    try:
        files = {str(name): FileRecord(str(one["sha256"]), int(one["size"])) for name, one in raw["files"].items()}
        return Manifest(
            int(found),
            str(raw["version"]),
            str(raw["created"]),
            files,
            dict(raw["sources"]),
            dict(raw["libraries"]),
            _embedder(raw.get("embedder") or {}),
            Origin(**{name: raw[name] for name in Origin.__slots__ if name in raw}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelUnavailable(f"{path} lacks an entry ({error!r}); {REMEDY}.", code="model_corrupt") from error


def _embedder(raw: dict[str, Any]) -> EmbedderSpec:
    points = raw.get("points")
    return EmbedderSpec(**{**raw, **({"points": tuple((float(x), float(y)) for x, y in points)} if points else {})})


def verify_engine(folder: Path) -> Manifest:
    """``verify`` for what the engine loads, whichever embedding network the version has."""
    return verify(folder, read_manifest(folder).engine_files())


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
