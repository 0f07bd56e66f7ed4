"""Frames that come again: no camera takes the same picture twice, a loop does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from recognition.engine.liveness.frame import Frame
from recognition.engine.types import RGB

FROZEN_AFTER = 0.4
"""Seconds: a camera that shows one picture for longer stands still; in the dark some give only 5 a second."""


def digest(image: RGB) -> str:
    """A picture's name (BLAKE2b, 16 bytes, in hexadecimal) by every eighth of its rows.

    A camera's noise makes all rows differ from one picture to the next; to read all of them would take 3 ms.
    """
    return hashlib.blake2b(np.ascontiguousarray(image[::8]).tobytes(), digest_size=16).hexdigest()


def repeated(frames: Sequence[Frame]) -> str:
    """``frozen`` when all frames are one picture, ``looped`` when one comes back after another, otherwise "".

    Two equal frames in a row are a page that asked faster than its camera answered.
    """
    names = [digest(frame.image) for frame in frames]
    if len(names) > 1 and len(set(names)) == 1:
        return "frozen" if frames[-1].at - frames[0].at > FROZEN_AFTER else ""
    changes = [name for index, name in enumerate(names) if index == 0 or name != names[index - 1]]
    return "looped" if len(set(changes)) < len(changes) else ""
