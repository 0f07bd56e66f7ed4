"""Building the folder of a liveness network: MiniFASNet's from its weights, or a company's own from an ONNX file."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recognition.engine import store
from recognition.engine.liveness.network import load_network
from recognition.engine.liveness.network_store import Limits, NetworkManifest, Part, activate, verify, write_manifest
from recognition.engine.types import ModelUnavailable
from recognition.liveness_assets import MINIFASNET
from recognition.training.export import to_litert
from recognition.training.minifasnet import SIDE, build_minifasnet
from recognition.training.torch_file import read_state_dict

Progress = Callable[[str], None]

NAME = "minifasnet-1"
NAME_FORM = re.compile(r"[a-z0-9][a-z0-9.-]{1,58}")
# The middle between the real bursts of living faces and those of prints, and as far to either side (docs/liveness.md).
LIMITS = Limits(live=2.0, picture=-7.0)
LIBRARIES = ("tensorflow", "keras", "ai-edge-litert", "numpy")
ONNX = "network.onnx"


def build_minifasnet_folder(networks: Path, sources: Path, *, progress: Progress | None = None) -> Path:
    """The folder of MiniFASNet in ``networks``, made from the two files in ``sources`` and activated.

    Does nothing but check hashes where it is there and whole. Raises ``ModelUnavailable``.
    """
    say = progress or (lambda _line: None)
    target = networks / NAME
    if is_whole(target):
        say(f"{NAME}: present, hashes hold")
        activate(target)
        return target

    def fill(folder: Path) -> tuple[Part, ...]:
        parts = []
        for weights in MINIFASNET:
            say(f"converting {weights.name}")
            part = Part(f"scale-{weights.scale}.tflite", weights.scale, SIDE)
            network = build_minifasnet(read_state_dict(sources / weights.name))
            (folder / part.file).write_bytes(to_litert(network))
            parts.append(part)
        return tuple(parts)

    _make(
        target,
        fill,
        limits=LIMITS,
        libraries=LIBRARIES,
        licence="Apache-2.0",
        sources={weights.name: weights.sha256 for weights in MINIFASNET},
    )
    activate(target)
    say(f"{NAME}: built")
    return target


def build_own_folder(
    networks: Path, name: str, onnx: Path, part: dict[str, Any], limits: Limits, measured: dict[str, Any] | None = None
) -> Path:
    """The folder of a company's own ONNX network in ``networks``, not yet activated.

    ``part``: ``Part``'s fields but the file. ``measured``: what its evaluation gave. Raises ``ModelUnavailable`` for a
    file that OpenCV cannot run, and ``ValueError`` for a name or fields that cannot be.
    """
    if not NAME_FORM.fullmatch(name) or name == NAME:
        raise ValueError(f"A name is 2 to 59 small letters, digits, dots and dashes, and not {NAME}.")
    if not onnx.is_file():
        raise ModelUnavailable(f"There is no file {onnx}.")
    described = Part(ONNX, **part)

    def fill(folder: Path) -> tuple[Part, ...]:
        shutil.copyfile(onnx, folder / ONNX)
        return (described,)

    target = networks / name
    _make(
        target,
        fill,
        limits=limits,
        libraries=("opencv-python-headless", "numpy"),
        licence="",
        sources={onnx.name: store.sha256(onnx)},
        measured=measured,
    )
    return target


def is_whole(folder: Path) -> bool:
    """Whether the network's files are those that its manifest names."""
    try:
        verify(folder)
    except ModelUnavailable:
        return False
    return True


def _make(
    target: Path,
    fill: Callable[[Path], tuple[Part, ...]],
    *,
    limits: Limits,
    libraries: tuple[str, ...],
    licence: str,
    sources: dict[str, str],
    measured: dict[str, Any] | None = None,
) -> None:
    """Have ``fill`` write the parts' files aside, add manifest and card, try them, and rename the folder when whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        manifest = write_manifest(
            draft,
            name=target.name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            parts=fill(draft),
            limits=limits,
            sources=sources,
            licence=licence,
            measured=measured or {},
            libraries={name: importlib.metadata.version(name) for name in libraries},
        )
        load_network(draft, size=1)
        (draft / store.CARD).write_text(model_card(manifest), encoding="utf-8")
        draft.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def model_card(manifest: NetworkManifest) -> str:
    """Markdown from the manifest alone."""
    lines = [
        f"# {manifest.name}",
        "",
        f"Made {manifest.created}." + (f" Licence of the weights: {manifest.licence}." if manifest.licence else ""),
        "",
        "## What it is for",
        "",
        "Telling a living face before a fixed camera from a picture of one that is held before it. One of several",
        "cues, never the only one: it judges single frames, and a film that a virtual camera feeds in has no picture's",
        "surface.",
        "",
        "## The parts",
        "",
        *(
            f"- {part.file}: a square of {part.scale:g} times the face, {part.side} pixels, {part.channels.upper()}, "
            f"(pixel − {part.mean:g}) × {part.factor:g}; number {part.live} of its {part.output} is a living face"
            for part in manifest.parts
        ),
        *(f"- made from {name}, SHA-256 {digest}" for name, digest in sorted(manifest.sources.items())),
        "",
        f"A burst's evidence is the mean of its frames' log-odds; {manifest.limits.live:g} and above is no doubt, "
        f"{manifest.limits.picture:g} and below is certain doubt.",
        "",
        "## How it was tested",
        "",
        *(_tests(manifest.measured) or ["docs/liveness.md has the figures, and what they were measured on."]),
        "",
    ]
    return "\n".join(lines)


def _tests(measured: dict[str, Any]) -> list[str]:
    lines = []
    for kind, row in measured.items():
        for rate in ("bpcer", "apcer"):
            if isinstance(row, dict) and rate in row:
                low, high = row["interval"]
                lines.append(f"- {kind}: {rate.upper()} {row[rate]:.3f} ({low:.3f} to {high:.3f}), {row['n']} bursts")
    return lines
