"""A liveness network on disk: its files, and the manifest that names them and says how they want to be asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from recognition.engine.store import MANIFEST, FileRecord, sha256
from recognition.engine.types import ModelUnavailable

FORMAT_VERSION = 1
REMEDY = "run `manage.py fetch_liveness_model`"
ACTIVE = "active"
CHANNELS = ("rgb", "bgr")
OUTPUTS = ("probabilities", "logits")


@dataclass(frozen=True, slots=True)
class Part:
    """One file and how it wants to be asked: ``(pixel − mean) × factor`` of a square ``scale`` times the face's box,
    resized to ``side`` pixels. ``live``: which of its numbers is that of a living face; ``output``: what they are.
    """

    file: str
    scale: float
    side: int = 80
    channels: str = "bgr"
    mean: float = 0.0
    factor: float = 1.0
    live: int = 1
    output: str = "probabilities"

    def __post_init__(self) -> None:
        if not 1 <= self.scale <= 8 or not 16 <= self.side <= 512 or self.factor <= 0 or self.live < 0:
            raise ValueError("scale is 1 to 8, side 16 to 512, factor above 0, the living class 0 or above.")
        if self.channels not in CHANNELS or self.output not in OUTPUTS:
            raise ValueError("channels are rgb or bgr, output is probabilities or logits.")
        if Path(self.file).name != self.file:
            raise ValueError("a part's file lies beside the manifest.")


@dataclass(frozen=True, slots=True)
class Limits:
    """The mean log-odds of a burst at which nothing (``live``) and everything (``picture``) speaks for a picture.

    Suspect is what lies below their middle.
    """

    live: float
    picture: float

    def __post_init__(self) -> None:
        if not self.picture < self.live:
            raise ValueError("the limit for pictures lies below the one for living faces.")


@dataclass(frozen=True, slots=True)
class NetworkManifest:
    """What a network is made of. ``measured``: what its evaluation gave, as ``evaluate_liveness`` prints it."""

    name: str
    created: str
    parts: tuple[Part, ...]
    limits: Limits
    files: dict[str, FileRecord]
    sources: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    measured: dict[str, Any] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


def write_manifest(folder: Path, *, extra: Iterable[str] = (), **fields: Any) -> NetworkManifest:
    """Write ``folder``'s manifest: ``NetworkManifest``'s fields, with the records of the parts' files filled in.

    ``extra``: further files of the folder that are recorded.
    """
    names = [*(part.file for part in fields["parts"]), *extra]
    records = {name: FileRecord(sha256(folder / name), (folder / name).stat().st_size) for name in names}
    manifest = NetworkManifest(files=records, **fields)
    draft = folder / f".{MANIFEST}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)
    return manifest


def read_manifest(folder: Path) -> NetworkManifest:
    """The manifest of a network's folder.

    Raises ``ModelUnavailable``: ``model_missing``, ``model_corrupt`` or ``model_format``, each with its remedy.
    """
    path = folder / MANIFEST
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelUnavailable(f"No liveness network at {folder}; {REMEDY}.", code="model_missing") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read ({error}); {REMEDY}.", code="model_corrupt") from error
    found = raw.get("format_version") if isinstance(raw, dict) else None
    if found != FORMAT_VERSION:
        raise ModelUnavailable(
            f"{path} is of format {found}, this program reads format {FORMAT_VERSION}; {REMEDY}.", code="model_format"
        )
    try:
        return NetworkManifest(
            **{
                **raw,
                "parts": tuple(Part(**part) for part in raw["parts"]),
                "limits": Limits(**raw["limits"]),
                "files": {str(name): FileRecord(**record) for name, record in raw["files"].items()},
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelUnavailable(f"{path} lacks an entry ({error!r}); {REMEDY}.", code="model_corrupt") from error


def verify(folder: Path) -> NetworkManifest:
    """The manifest, once each part's file was found to be the one that it names. Raises as ``read_manifest``."""
    manifest = read_manifest(folder)
    for part in manifest.parts:
        path, record = folder / part.file, manifest.files.get(part.file)
        if not path.is_file():
            raise ModelUnavailable(f"The liveness network's file {path} is missing; {REMEDY}.", code="model_missing")
        if record is None or path.stat().st_size != record.size or sha256(path) != record.sha256:
            raise ModelUnavailable(
                f"The liveness network's file {path} is not the one its manifest names; {REMEDY}.", code="model_corrupt"
            )
    return manifest


def activate(folder: Path) -> None:
    """Make the network in ``folder`` the one that serves, among those that lie beside it."""
    draft = folder.parent / f".{ACTIVE}.{os.getpid()}"
    draft.write_text(folder.name + "\n", encoding="utf-8")
    draft.replace(folder.parent / ACTIVE)


def active(networks: Path) -> Path | None:
    """The folder of the network that serves, None where none was ever activated."""
    try:
        name = (networks / ACTIVE).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return networks / name if name and Path(name).name == name else None
