"""Pictures that are uploaded are decoded as others are, by a process that ends where a decoder does not."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from employees.models import Employee
from recognition.engine import confined
from recognition.engine.confined import decode_confined
from recognition.engine.images import decode_shrunk
from recognition.engine.types import ImageRejected
from recognition.models import Decision
from recognition.services import identify, photo_add
from recognition.services.clip import clip_add
from recognition.tests.fake_engine import fake_photo
from tests.fuzz.targets import seeds

SEEDS = [path for path in seeds("image") if not path.name.startswith("found-")]


def jpeg(width: int, height: int) -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((width, height)).save(buffer, "JPEG")
    return buffer.getvalue()


def outcome(decode: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        pixels, factor = decode(data)
    except ImageRejected as refused:
        return refused.code, refused.message
    return pixels.shape, factor, pixels.tobytes()


def helper() -> int:
    """The number of this process's helper."""
    assert confined._helper is not None
    return confined._helper[1].pid


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Other limits, for a helper that is started with them."""

    def anew() -> None:
        if confined._helper is not None:
            confined._helper[2].close()
            confined._helper[1].wait(30)
        confined._helper = None

    def set_(**given: float) -> None:
        for name, most in given.items():
            monkeypatch.setattr(confined, name, most)
        anew()

    yield set_
    anew()


@pytest.mark.parametrize("path", SEEDS, ids=[path.name for path in SEEDS])
def test_each_format_and_each_refusal_is_the_same(path: Path) -> None:
    assert outcome(decode_confined, path.read_bytes()) == outcome(decode_shrunk, path.read_bytes())


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg(640, 480)[:2000], jpeg(6000, 4000)])
def test_so_is_what_is_no_picture_and_what_is_made_smaller(data: bytes) -> None:
    assert outcome(decode_confined, data) == outcome(decode_shrunk, data)


def test_one_that_takes_more_memory_than_there_is_is_refused(limits: Callable[..., None]) -> None:
    limits(MEMORY=32 * 2**20)

    assert outcome(decode_confined, jpeg(4000, 3000))[0] in {"too_many_pixels", "truncated"}
    assert outcome(decode_confined, jpeg(64, 64))[0] == (64, 64, 3)


def test_one_that_takes_too_long_is_refused_and_the_next_is_read(limits: Callable[..., None]) -> None:
    limits(WAIT=0.001)
    assert outcome(decode_confined, jpeg(4000, 3000))[0] in {"too_many_pixels", "truncated"}

    limits(WAIT=60.0)
    assert outcome(decode_confined, jpeg(64, 64))[0] == (64, 64, 3)


@pytest.mark.django_db
def test_what_is_uploaded_is_decoded_there_alone(limits: Callable[..., None], enrolled_ana: Employee) -> None:
    """With a helper that reads nothing, nothing that was uploaded is read; what a kiosk sends is, and a JPEG to ask."""
    assert identify(asker=Decision.Asker.API, images=[fake_photo(1)]).employee == enrolled_ana
    limits(WAIT=0.0001)

    with pytest.raises(ImageRejected):
        identify(asker=Decision.Asker.API, images=[fake_photo(1)])
    with pytest.raises(ImageRejected):
        photo_add(employee=enrolled_ana, content=fake_photo(1), source="upload", queue=False)
    with pytest.raises(ImageRejected):
        clip_add(employee=enrolled_ana, frames=[fake_photo(1)])
    assert identify(asker=Decision.Asker.KIOSK, images=[fake_photo(1)]).employee == enrolled_ana
    assert identify(asker=Decision.Asker.API, images=[fake_photo(1, kind="JPEG")]).employee == enrolled_ana


def test_a_helper_that_was_killed_is_started_again() -> None:
    decode_confined(jpeg(64, 64))
    first = helper()
    os.kill(first, signal.SIGKILL)

    assert outcome(decode_confined, jpeg(64, 64))[0] == (64, 64, 3)
    assert helper() != first


def test_many_threads_decode_at_once_by_one_helper() -> None:
    data = [jpeg(160 + 8 * number, 120) for number in range(16)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda one: outcome(decode_confined, one), data))

    assert found == [outcome(decode_shrunk, one) for one in data]


def test_the_helper_ends_with_whoever_started_it(limits: Callable[..., None]) -> None:
    limits()
    decode_confined(jpeg(64, 64))
    assert confined._helper is not None
    _pid, process, control = confined._helper

    control.close()

    assert process.wait(30) == 0
