"""The company's own gallery as something that can be measured: the stored photos, with the vectors of one version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction
from django.utils import timezone

from employees.models import Employee, EnrolmentPhoto
from recognition import engine_holder
from recognition.engine.gallery import centred
from recognition.engine.types import Vector
from recognition.gallery import open_vector
from recognition.models import FaceTemplate

if TYPE_CHECKING:
    from recognition.evaluation.embedded import Embedded
    from recognition.training.dataset import Dataset

FOLDER = Path("stored photos")
LEAST_WEIGHT = 0.05


def stored(version: str, *, by_session: bool = False) -> tuple[Dataset, Embedded]:
    """The accepted photos that HR took of everybody who may be recognised, and how ``version`` sees them.

    People are called by their number. ``by_session``: a session is the day on which a photo was taken; photos of which
    nobody knows it are left out. Raises ``ValueError`` when photos of two people, or days, are missing.
    """
    from recognition.evaluation.embedded import Embedded
    from recognition.training.dataset import Dataset, Photo

    names: list[str] = []
    photos: list[Photo] = []
    vectors: list[Vector] = []
    weights: list[float] = []
    sessions: list[str] = []
    for employee in Employee.objects.recognisable().distinct().order_by("number"):
        templates = (
            FaceTemplate.objects.filter(
                version__name=version, employee=employee, photo__state=EnrolmentPhoto.State.ACCEPTED
            )
            .exclude(photo__source=EnrolmentPhoto.Source.REFRESH)
            .select_related("photo")
        )
        mine = [one for one in templates.order_by("photo__created_at", "pk") if one.photo.taken_at or not by_session]
        if not mine:
            continue
        with transaction.atomic():
            key = employee.biometric_key()
        for template in mine:
            photo = template.photo
            photos.append(
                Photo(FOLDER / employee.number / str(photo.pk), len(names), photo.fingerprint, photo.taken_at)
            )
            vectors.append(open_vector(template, key))
            weights.append(max(LEAST_WEIGHT, float(photo.quality.get("score", 0.0))))
            if by_session and photo.taken_at:
                sessions.append(timezone.localdate(photo.taken_at).isoformat())
        names.append(employee.number)
    if len(names) < 2:
        what = "photos with a date" if by_session else "photos"
        raise ValueError(f"{version} has {what} of {len(names)} people; two are needed.")
    if by_session and len({(one.person, day) for one, day in zip(photos, sessions, strict=True)}) == len(names):
        raise ValueError("nobody has photos of two days.")
    rows = np.stack(vectors)
    data = Dataset(FOLDER, tuple(names), tuple(photos), np.empty((0, 2), np.int64), (), tuple(sessions))
    centre = engine_holder.of(version).calibration.centre
    return data.compared(centred(rows, centre)), Embedded(rows, np.array(weights, np.float64))
