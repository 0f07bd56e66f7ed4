"""What is fed with bytes, and what has to hold of it: whatever they are, it answers or refuses in its own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from common.inputs import UnreadableInput
from kiosk.errors import KioskError
from kiosk.queue.device_clock import Anchor, estimate
from kiosk.queue.receive import read_head, read_stamp
from kiosk.queue.sealing import FRAMES, Unreadable, read_plain
from kiosk.services.devices import decode_signature
from kiosk.views.guards import json_object
from recognition.engine.images import KEPT_PIXELS, MAX_SIDE, decode_shrunk, taken_at
from recognition.engine.types import ImageRejected

SEEDS = Path(__file__).parent / "seeds"
BETWEEN = b"\n\xff\n"
"""Stands between the four parts of an envelope's bytes."""
REFUSALS = {"empty_file", "too_large", "not_an_image", "too_many_pixels", "truncated"}
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def image(data: bytes) -> None:
    """The intake of pictures: an array of bounded size, or one of five refusals."""
    taken = taken_at(data)
    assert taken is None or taken.tzinfo is not None
    try:
        pixels, factor = decode_shrunk(data)
    except ImageRejected as error:
        refused = error
    else:
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        assert 0 < pixels.shape[0] * pixels.shape[1] <= KEPT_PIXELS * 1.05
        assert max(pixels.shape) <= MAX_SIDE
        assert factor in {1, 2}
        return
    assert refused.code in REFUSALS, refused.code
    assert refused.message


def envelope(data: bytes) -> None:
    """The envelope of a kept punch: what was signed, the signature, the clocks at sending, and what was sealed."""
    head, signature, sent, plain = (data.split(BETWEEN, 3) + [b""] * 4)[:4]
    assert isinstance(decode_signature(signature.decode("latin-1")), bytes)
    try:
        parsed, stamp = read_head(head), read_stamp(json_object(sent))
    except (KioskError, UnreadableInput) as error:
        code: str | None = error.code
    else:
        code = None
        assert estimate(parsed.stamp, before=parsed.anchor, after=Anchor(NOW, stamp)).at <= NOW
    assert code in {None, "head_invalid", "json_too_deep", "number_invalid", "text_invalid"}, code
    try:
        payload = read_plain(plain)
    except Unreadable:
        return
    assert len(payload.frames) <= FRAMES
    assert sum(map(len, payload.frames)) <= len(plain)
    json.dumps(payload.content, allow_nan=False).encode()


TARGETS: dict[str, Callable[[bytes], None]] = {"image": image, "envelope": envelope}


def seeds(target: str) -> list[Path]:
    """The files that it begins with, those among them that a run found."""
    return sorted((SEEDS / target).iterdir())
