"""What a test of a kiosk asks: people who are enrolled in memory alone, and which strictness there is to choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recognition import gallery
from recognition.engine.images import decode
from recognition.engine.operating import curve
from recognition.engine.protocol import Engine
from recognition.engine.types import ModelUnavailable, Vector
from recognition.engine_holder import follow
from recognition.gallery import GalleryView
from recognition.liveness_network import network
from recognition.operating import acceptance, current_curve, target
from recognition.selectors.operating_point import STEPS
from recognition.services.faces import nearest


@dataclass(frozen=True, slots=True)
class Strictness:
    """How often a stranger may be taken for somebody (``target``, a share), and the stricter shares there are to
    choose, the mildest first, each with the confidence from which it gives a name."""

    target: float
    stricter: tuple[tuple[float, float], ...]


def strictness_of(*, use: str, view: GalleryView | None = None) -> Strictness:
    """What HR chose for ``use`` (``clocking`` or ``door``), and what would be stricter; ``view``: for these guests.

    Raises ``ModelUnavailable``.
    """
    seen = view or gallery.current()
    if seen.guests is None:
        found = current_curve(seen.engine, seen.gallery, seen.coefficients)
    else:
        found = curve(seen.gallery.dense(), seen.coefficients, seen.engine.calibration.prior)
    chosen = target(use)
    return Strictness(chosen, tuple((share, acceptance(found, share)) for share in STEPS if share < chosen))


def strictness_target(*, use: str) -> float:
    """How often a stranger may be taken for somebody in ``use`` now, a share."""
    return target(use)


def enrolled_people() -> list[int]:
    """The keys of the employees whom the version that serves can recognise; none where no version can be loaded."""
    try:
        return [int(owner) for owner in gallery.current().gallery.people]
    except ModelUnavailable:
        return []


def guests_enrol(*, photos: Mapping[str, Iterable[bytes]], most: int) -> GalleryView:
    """Enrol people by their numbers in memory, each with the first ``most`` photos that are good enough for it.

    Whoever has none is left out. Raises ``ImageRejected`` and ``ModelUnavailable``.
    """
    engine = follow()
    vectors = {number: _vectors(engine, images, most) for number, images in photos.items()}
    return gallery.of_guests({number: found for number, found in vectors.items() if found})


def liveness_network_stands() -> bool:
    """Whether the liveness check has a network to look at frames with."""
    return network() is not None


def _vectors(engine: Engine, images: Iterable[bytes], most: int) -> list[Vector]:
    found: list[Vector] = []
    for image in images:
        if len(found) == most:
            break
        picture = decode(image)
        faces = nearest(engine.detect(picture))
        if len(faces) == 1 and engine.quality(picture, faces[0], purpose="enrolment").worst() is None:
            found.append(engine.embed(picture, faces[0]))
    return found
