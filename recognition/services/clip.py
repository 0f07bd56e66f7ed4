"""Enrol from a short clip of the webcam: a few of its frames, by quality and each in another pose, become photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext as _

from common.refusals import Refusal
from employees.models import Employee, EnrolmentPhoto, User
from recognition import wording
from recognition.engine.confined import decode_confined
from recognition.engine.poses import pick
from recognition.engine.types import Quality
from recognition.engine_holder import engine
from recognition.services.enrolment import photo_add
from recognition.services.faces import nearest

MOST_FRAMES = 20
"""Of a clip's frames; each costs as much as a photo."""


def clip_add(*, employee: Employee, frames: Sequence[bytes], by: User | None = None) -> list[EnrolmentPhoto]:
    """Store the best frames of a clip as photos, at most five, and hand them to a worker.

    Raises ``Refusal`` (``no_frames``, ``too_many_frames``, or why no frame shows one good face), and what ``photo_add``
    raises.
    """
    if not frames:
        raise Refusal("no_frames", _("No picture was sent."), remedy=_("Record the clip again."), status=400)
    if len(frames) > MOST_FRAMES:
        raise Refusal(
            "too_many_frames",
            _("A clip has at most %(most)s pictures.") % {"most": MOST_FRAMES},
            remedy=_("Record a shorter clip."),
            status=400,
        )
    seen = [_look(frame) for frame in frames]
    good = {place: found for place, found in enumerate(seen) if isinstance(found, Quality)}
    if not good:
        ((code, _times),) = Counter(found for found in seen if isinstance(found, str)).most_common(1)
        raise Refusal(code, wording.message(code), remedy=wording.remedy(code), status=422)
    places = list(good)
    chosen = sorted(places[row] for row in pick([good[place] for place in places]))
    return [
        photo_add(
            employee=employee,
            content=frames[place],
            source=EnrolmentPhoto.Source.WEBCAM,
            file_name=f"clip-{number}.jpg",
            by=by,
        )
        for number, place in enumerate(chosen, start=1)
    ]


def _look(frame: bytes) -> Quality | str:
    """A frame's measurements, or the code of what is wrong with it for an enrolment photo."""
    picture, _shrunk = decode_confined(frame)
    loaded = engine()
    faces = nearest(loaded.detect(picture))
    if len(faces) != 1:
        return "several_faces" if faces else "no_face"
    quality = loaded.quality(picture, faces[0], purpose="enrolment")
    worst = quality.worst()
    return worst.code if worst else quality
