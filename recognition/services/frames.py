"""Decode the frames of a burst and find the face in each, several at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from recognition.engine.confined import decode_confined
from recognition.engine.images import decode_shrunk
from recognition.engine.liveness.frame import Frame
from recognition.engine.protocol import Engine
from recognition.services.faces import nearest

JPEG = b"\xff\xd8\xff"
LOOKS = os.cpu_count() or 1
"""Frames that are looked at side by side."""


def frames_of(
    engine: Engine, images: Sequence[bytes], times: Sequence[float], *, uploaded: bool = False
) -> list[Frame]:
    """What each frame shows; ``times`` in seconds, one a frame. Raises ``ImageRejected`` for the first that is none.

    ``uploaded``: they are of no camera that we know. All but JPEGs, which cameras send many of and whose decoder is
    the most tried of all, are then decoded in a process of their own.
    """

    def see(image: bytes, at: float) -> Frame:
        apart = uploaded and not image.startswith(JPEG)
        picture, shrunk = decode_confined(image) if apart else decode_shrunk(image)
        faces = nearest(engine.detect(picture))
        face = faces[0] if len(faces) == 1 else None
        return Frame(at, picture, face, len(faces), faces[0].box if faces else None, shrunk)

    if len(images) == 1:
        return [see(images[0], times[0])]
    return list(_threads().map(see, images, times, timeout=None))


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Made when first needed: a process that is forked later has its own."""
    return ThreadPoolExecutor(max_workers=LOOKS, thread_name_prefix="frames")
