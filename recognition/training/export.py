"""Building a model version: a folder with everything the engine loads, and a manifest that says what it is.

A version folder is written under a temporary name and renamed when it is whole, so that a reader sees the old folder,
the new one, or none, never half of one.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recognition import assets
from recognition.engine import store
from recognition.engine.types import ModelUnavailable
from recognition.training import backbone
from recognition.training.quantise import int8_weights

Progress = Callable[[str], None]

# The two files of the OpenCV Zoo hold the same weights (the second is the first, quantised in blocks). Version 1 had
# float32 weights: its vectors lie 0.03 from these, and are another version's.
KNOWN_SFACE = {
    assets.SFACE.sha256: "sface-2021dec-2",
    "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79": "sface-2021dec-float-2",
}
LIBRARIES = ("tensorflow", "keras", "onnx", "ai-edge-litert", "opencv-python-headless", "numpy")


def version_name(sface: Path) -> str:
    """The version's name for that SFace file. Files that differ get names that differ: their vectors never mix."""
    digest = store.sha256(sface)
    return KNOWN_SFACE.get(digest, f"sface-own-{digest[:8]}-2")


def build_models(models_folder: Path, *, sface: Path | None = None, progress: Progress | None = None) -> Path:
    """Fetch what is missing and build the version folder inside ``models_folder``; returns the version folder.

    Does nothing but check hashes when the version is there already and whole. ``sface`` is the user's own OpenCV Zoo
    file. Raises ``ModelUnavailable`` with a remedy: offline, a hash that does not hold, a file that is not SFace.
    """
    say = progress or (lambda _line: None)
    sources = models_folder / "sources"
    if sface is not None and not sface.is_file():
        raise ModelUnavailable(f"There is no file {sface}; {backbone.REMEDY}.")
    if sface is None:
        ready = models_folder / KNOWN_SFACE[assets.SFACE.sha256]
        if _is_whole(ready):
            say(f"{ready.name}: present, hashes hold")
            return ready
    wanted = (assets.YUNET, assets.FACE_MESH) if sface else (assets.SFACE, assets.YUNET, assets.FACE_MESH)
    files = assets.fetch_assets(sources, progress=say, wanted=wanted)
    source = sface or files[assets.SFACE.name]
    target = models_folder / version_name(source)
    if _is_whole(target):
        say(f"{target.name}: present, hashes hold")
        return target
    build_model(
        target,
        source,
        detector_path=files[assets.YUNET.name],
        landmarks_path=files[assets.FACE_MESH.name],
        progress=say,
    )
    return target


def build_model(
    version_folder: Path,
    sface_path: Path,
    *,
    detector_path: Path,
    landmarks_path: Path,
    progress: Progress | None = None,
) -> store.Manifest:
    """Build ``version_folder`` from SFace's ONNX file, YuNet's and FaceMesh's, and return its manifest.

    The folder's name is the version's name. An existing folder of that name is replaced. Raises ``ModelUnavailable``
    (``model_format``) when ``sface_path`` is not SFace.
    """
    say = progress or (lambda _line: None)
    version_folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{version_folder.name}.", dir=version_folder.parent))
    try:
        say(f"reading {sface_path.name}")
        model = backbone.build_backbone(backbone.read_onnx(sface_path))
        say("writing the Keras network")
        model.save(temporary / store.EMBEDDER_KERAS)
        say("converting to LiteRT")
        (temporary / store.EMBEDDER).write_bytes(int8_weights(to_litert(model)))
        shutil.copyfile(detector_path, temporary / store.DETECTOR)
        shutil.copyfile(landmarks_path, temporary / store.LANDMARKS)
        manifest = store.write_manifest(
            temporary,
            version=version_folder.name,
            sources={path.name: store.sha256(path) for path in (sface_path, detector_path, landmarks_path)},
            libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        temporary.chmod(0o755)
        _replace_folder(temporary, version_folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    say(f"{version_folder.name}: built")
    return manifest


def to_litert(model: Any) -> bytes:
    """The Keras network as a LiteRT file in float32."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="presente-export-") as scratch:
        # By way of a saved model because from_keras_model prints a page for every conversion.
        model.export(scratch, verbose=False)
        return bytes(tf.lite.TFLiteConverter.from_saved_model(scratch).convert())


def _is_whole(folder: Path) -> bool:
    try:
        store.verify(folder)
    except ModelUnavailable:
        return False
    return True


def _replace_folder(new: Path, target: Path) -> None:
    """Put ``new`` in the place of ``target``. A folder cannot be renamed over a full one: the old one steps aside."""
    try:
        os.rename(new, target)
    except OSError:
        if not target.exists():
            raise
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
        try:
            os.rename(target, aside / "old")
            os.rename(new, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
