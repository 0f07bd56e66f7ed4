"""The liveness network: as the original is, on real bursts, and what becomes of a file that is none."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from numpy.typing import NDArray
from pytest_django import Settings

from recognition import engine_holder, liveness_network
from recognition.engine.images import decode
from recognition.engine.litert import LiteRT
from recognition.engine.liveness.network import LivenessNetwork, load_network, square
from recognition.engine.loaded import LoadedEngine
from recognition.engine.types import Box, ModelUnavailable
from recognition.engines import PUBLISHED
from recognition.evaluation.liveness import evaluate
from recognition.services.versions import version_register
from recognition.training.torch_file import read_state_dict

# What PyTorch 2.13 gave for ``chip(seed)`` with the published weights.
ORIGINAL = {
    "scale-2.7.tflite": {
        4: (0.674798, 0.004440, 0.320762),
        6: (0.408535, 0.012315, 0.579150),
        18: (0.237496, 0.012222, 0.750282),
    },
    "scale-4.0.tflite": {
        4: (0.599073, 0.262238, 0.138689),
        6: (0.746581, 0.214680, 0.038739),
        18: (0.475306, 0.237684, 0.287011),
    },
}
WEIGHTS = "2.7_80x80_MiniFASNetV2.pth"


def chip(seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (10, 10, 3)).astype(np.float32)
    fine = cv2.resize(coarse, (80, 80), interpolation=cv2.INTER_LINEAR) + rng.normal(0, 6, (80, 80, 3))
    return np.clip(fine, 0, 255).astype(np.uint8).astype(np.float32)


@pytest.mark.parametrize("file", sorted(ORIGINAL))
def test_the_rebuilt_network_is_equal_to_the_original(liveness_folder: Path, file: str) -> None:
    network = LiteRT(liveness_folder / file, batch=1, threads=1, size=1)
    for seed, expected in ORIGINAL[file].items():
        assert network.run(chip(seed)[None])[0][0] == pytest.approx(expected, abs=1e-4)


def test_real_faces_real_prints_and_pictures_are_told_apart(
    liveness_network: LivenessNetwork, real_engine: LoadedEngine, faces_dir: Path
) -> None:
    def doubt(path: Path) -> float:
        image = decode(path.read_bytes())
        return liveness_network.doubt(liveness_network.evidence(image, real_engine.detect(image)[0]))

    assert doubt(faces_dir / "spoof" / "image_T1.jpg") < 0.25
    assert doubt(faces_dir / "spoof" / "image_F1.jpg") >= 0.5
    assert doubt(faces_dir / "spoof" / "image_F2.jpg") >= 0.5


def test_an_upside_down_frame_is_looked_at_as_it_stands(
    liveness_network: LivenessNetwork, real_engine: LoadedEngine, faces_dir: Path
) -> None:
    image = decode((faces_dir / "spoof" / "image_T1.jpg").read_bytes())
    lying = np.ascontiguousarray(np.rot90(image, 2))
    found = [liveness_network.evidence(one, real_engine.detect(one)[0]) for one in (image, lying)]
    assert min(found) > 2


def test_of_bursts_of_every_person_few_are_judged_wrongly(
    liveness_network: LivenessNetwork, real_engine: LoadedEngine, faces_dir: Path, tmp_path: Path
) -> None:
    """A burst of each session and kind; docs/liveness.md has the figures for all of them."""
    for session in sorted((faces_dir / "webcam").glob("*/*/*")):
        kind = session.parent.parent.name
        burst = sorted(session.iterdir())[0]
        target = tmp_path / kind / session.parent.name / session.name
        target.mkdir(parents=True)
        (target / "00").symlink_to(burst)
    found = evaluate(real_engine, tmp_path, liveness_network).as_dict()
    assert found["live"]["n"] == 12
    assert found["print"]["n"] == 38
    assert found["network"]
    assert found["live"]["bpcer"] <= 0.1
    assert found["print"]["apcer"] == 0
    bare = evaluate(real_engine, tmp_path, None).as_dict()
    assert not bare["network"]
    assert bare["live"]["bpcer"] <= 0.1
    assert bare["print"]["apcer"] < 0.7


def test_the_square_stays_inside_the_picture() -> None:
    for box in (Box(0, 0, 100, 130), Box(560, 400, 120, 150), Box(200, 50, 300, 400), Box(-20, -30, 90, 90)):
        left, top, side = square(box, 640, 480, 4.0)
        assert left >= 0
        assert top >= 0
        assert left + side <= 640
        assert top + side <= 480


class _Touch:
    """A pickle that would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def _torch_file(state: object) -> bytes:
    parts: tuple[object, ...] = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, state, [])
    return b"".join(pickle.dumps(part, protocol=2) for part in parts)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04", "no weights"),
        (b"", "0 bytes"),
        (_torch_file(OrderedDict())[:40], "no weights"),
        (pickle.dumps(7, protocol=2) * 2, "torch.save before version 1.6"),
    ],
)
def test_a_file_that_is_no_weights_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "one.pth"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=told):
        read_state_dict(path)


def test_a_pickle_that_would_run_something_runs_nothing(tmp_path: Path) -> None:
    path, mark = tmp_path / "one.pth", tmp_path / "ran"
    path.write_bytes(_torch_file({"weight": _Touch(mark)}))
    with pytest.raises(ModelUnavailable, match="which no weights need"):
        read_state_dict(path)
    assert not mark.exists()


def test_weights_cut_short_are_refused(liveness_weights: Path, tmp_path: Path) -> None:
    content = (liveness_weights / WEIGHTS).read_bytes()
    path = tmp_path / WEIGHTS
    path.write_bytes(content[:-1000])
    with pytest.raises(ModelUnavailable, match="cut short"):
        read_state_dict(path)


@pytest.fixture
def mirror(liveness_weights: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which a server shows it."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for path in liveness_weights.glob("*.pth"):
        shutil.copyfile(path, folder / path.name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_network_is_fetched_checked_and_put_to_use(
    mirror: tuple[Path, str], settings: Settings, tmp_path: Path
) -> None:
    settings.ENGINE, settings.MODELS_DIR, settings.LIVENESS_MODEL_URL = PUBLISHED, tmp_path / "models", mirror[1]
    assert liveness_network.network() is None
    said = StringIO()
    call_command("fetch_liveness_model", stdout=said)
    assert "hash holds" in said.getvalue()
    found = liveness_network.network()
    assert found is not None
    assert found.name == "minifasnet-1"
    assert liveness_network.stands()
    folder = liveness_network.networks_folder() / found.name
    assert json.loads((folder / "manifest.json").read_text())["licence"] == "Apache-2.0"
    assert "a5eb02e1843f19b5" in (folder / "MODEL_CARD.md").read_text()
    again = StringIO()
    call_command("fetch_liveness_model", stdout=again)
    assert again.getvalue().strip() == "minifasnet-1: present, hashes hold"

    (folder / "scale-4.0.tflite").write_bytes(b"other")
    liveness_network.reset()
    assert not liveness_network.stands()
    assert liveness_network.network() is None, "a changed file must not be used"
    with pytest.raises(ModelUnavailable, match="not the one its manifest names"):
        load_network(folder, size=1)


def test_another_file_at_the_address_is_not_kept(mirror: tuple[Path, str], settings: Settings, tmp_path: Path) -> None:
    folder, settings.LIVENESS_MODEL_URL = mirror
    settings.MODELS_DIR = tmp_path / "models"
    (folder / WEIGHTS).write_bytes(b"something else")
    with pytest.raises(CommandError, match="SHA-256 differs"):
        call_command("fetch_liveness_model", stdout=io.StringIO())
    assert not list(tmp_path.glob("models/**/*.pth"))
    (folder / WEIGHTS).unlink()
    with pytest.raises(CommandError, match="--file FOLDER"):
        call_command("fetch_liveness_model", stdout=io.StringIO())
    with pytest.raises(CommandError, match=f"no {WEIGHTS}"):
        call_command("fetch_liveness_model", "--file", str(folder), stdout=io.StringIO())


@pytest.mark.django_db
def test_the_command_prints_what_the_contract_says(
    no_version: None, version_folder: Path, liveness_folder: Path, faces_dir: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path / "models"
    settings.MODELS_DIR.mkdir()
    (settings.MODELS_DIR / version_folder.name).symlink_to(version_folder.resolve())
    (settings.MODELS_DIR / "liveness").symlink_to(liveness_folder.parent.resolve())
    engine_holder.reset()
    version_register(settings.MODELS_DIR / version_folder.name)
    folder = tmp_path / "bursts"
    for kind, burst in (("live", "live/0003/s01/00"), ("print", "print/0003/s03_still/00")):
        (folder / kind).mkdir(parents=True)
        (folder / kind / "one").symlink_to(faces_dir / "webcam" / burst)
    said = StringIO()
    call_command("evaluate_liveness", str(folder), "--json", stdout=said)
    assert json.loads(said.getvalue()) == {
        "live": {"n": 1, "bpcer": 0.0, "interval": [0.0, pytest.approx(0.7935, abs=1e-3)]},
        "print": {"n": 1, "apcer": 0.0, "interval": [0.0, pytest.approx(0.7935, abs=1e-3)]},
        "network": True,
    }
    with pytest.raises(CommandError, match="no folder"):
        call_command("evaluate_liveness", str(folder / "print"), stdout=StringIO())
    (folder / "live" / "two").mkdir()
    shutil.copyfile(next((folder / "live" / "one").iterdir()), folder / "live" / "two" / "frame.jpg")
    with pytest.raises(CommandError, match="ends in its index"):
        call_command("evaluate_liveness", str(folder), stdout=StringIO())
