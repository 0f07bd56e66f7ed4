"""MiniFASNet's two files from its own project's public address, held against pinned SHA-256s."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from recognition.assets import AssetError
from recognition.engine.store import sha256

Say = Callable[[str], None]

TIMEOUT_SECONDS = 15
MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Weights:
    """One file: its SHA-256, and how many times the face's box its network sees."""

    name: str
    sha256: str
    scale: float


# Silent-Face-Anti-Spoofing, Apache-2.0.
MINIFASNET = (
    Weights("2.7_80x80_MiniFASNetV2.pth", "a5eb02e1843f19b5386b953cc4c9f011c3f985d0ee2bb9819eea9a142099bec0", 2.7),
    Weights("4_0_0_80x80_MiniFASNetV1SE.pth", "84ee1d37d96894d5e82de5a57df044ef80a58be2b218b5ed7cdfd875ec2f5990", 4.0),
)


def fetch(folder: Path, say: Say = lambda _line: None) -> None:
    """Have both files in ``folder``; those that are there with the right hash are left alone.

    Raises ``AssetError``: ``fetch_failed`` where the address does not answer, ``model_corrupt`` for another file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for weights in MINIFASNET:
        path = folder / weights.name
        if path.is_file() and sha256(path) == weights.sha256:
            continue
        say(f"fetching {weights.name}")
        draft = folder / f".{weights.name}"
        try:
            _download(f"{settings.LIVENESS_MODEL_URL.rstrip('/')}/{weights.name}", draft)
            _check(draft, weights)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        say(f"{weights.name}: hash holds")


def given(folder: Path) -> None:
    """Check that both files lie in the user's own ``folder``. Raises ``AssetError`` as ``fetch`` does."""
    for weights in MINIFASNET:
        path = folder / weights.name
        if not path.is_file():
            raise AssetError(
                f"There is no {weights.name} in {folder}; both files of the project's folder "
                "resources/anti_spoof_models are needed.",
                code="model_missing",
            )
        _check(path, weights)


def _download(address: str, target: Path) -> None:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer, target.open("wb") as file:
            if int(answer.headers.get("Content-Length") or 0) > MAX_BYTES:
                raise OSError("the file is larger than it should be")
            shutil.copyfileobj(answer, file)
    except (OSError, ValueError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", None) or error
        raise AssetError(
            f"The liveness network cannot be fetched from {address} ({reason}). Connect this machine to the internet, "
            "or copy the two files from another one and run `manage.py fetch_liveness_model --file FOLDER`.",
            code="fetch_failed",
        ) from error


def _check(path: Path, weights: Weights) -> None:
    if sha256(path) != weights.sha256:
        raise AssetError(
            f"{path} is not the {weights.name} this program was tested with: its SHA-256 differs. It was not used.",
            code="model_corrupt",
        )
