"""One frame as the liveness checks see it."""

from __future__ import annotations

from dataclasses import dataclass

from recognition.engine.types import RGB, Box, Face, Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame, the moment it was taken (seconds on the device's own clock) and the one near face in it.

    ``faces``: how many near faces there are; ``face`` is None unless it is one. ``box``: where the nearest is.
    ``shrunk``: how many pixels of the file's one of the image's stands for, on each side.
    """

    at: float
    image: RGB
    face: Face | None
    faces: int = 1
    box: Box | None = None
    shrunk: int = 1

    @property
    def mesh(self) -> Mesh | None:
        """The face's 468 points, None without a face or with an engine that has no mesh."""
        return self.face.mesh if self.face else None
