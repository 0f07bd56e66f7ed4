"""Cut a person's portrait out of the first accepted photo, where their consent covers one."""

from __future__ import annotations

import logging

import cv2
import numpy as np
from django.db.models import QuerySet

from common.jobs import enqueue
from employees import services as people
from employees.models import Consent, Employee, EnrolmentPhoto, Portrait
from employees.vault import VaultError
from recognition.engine.images import decode_shrunk
from recognition.engine.types import RGB, ImageRejected

log = logging.getLogger(__name__)

AROUND = 1.7
"""The side of the square, in sizes of the face: hair and chin belong to a portrait."""
JPEG_QUALITY = 85
AT_ONCE = 200
"""People whom one sweep asks for; the next one asks for the rest."""


def portrait_make(*, employee: Employee) -> Portrait | None:
    """Give the person a portrait from the earliest photo of HR's that can be read; None where none may be, or can.

    Safe to run twice: one that is there stays.
    """
    if not people.covers(employee, "portrait"):
        return None
    if (there := Portrait.objects.filter(employee=employee).first()) is not None:
        return there
    for photo in _photos(employee.pk).select_related("employee"):
        try:
            picture, shrunk = decode_shrunk(people.photo_read(photo))
        except (OSError, VaultError, ImageRejected) as error:
            log.info("no portrait is cut from the photo %s: %s", photo.pk, error)
            continue
        assert photo.box is not None
        box = [side // shrunk for side in photo.box]
        square = portrait_of(picture, box, turned=int(photo.quality.get("turned", 0)))
        return people.portrait_store(photo=photo, pictures={size: _jpeg(square, size) for size in Portrait.SIZES})
    return None


def portraits_fill() -> int:
    """Have workers cut the portraits that are missing: consent given later, a photo removed; how many that is."""
    agreed = Consent.objects.filter(withdrawn_at=None, portrait=True).values("employee")
    pictured = _photos().values("employee")
    missing = Employee.objects.active().filter(pk__in=agreed, portrait__isnull=True).filter(pk__in=pictured)
    keys = list(missing.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for key in keys:
        enqueue("recognition.portrait_make", key)
    return len(keys)


def portrait_of(picture: RGB, box: list[int], *, turned: int = 0) -> RGB:
    """The square around a face, upright; it stays within the picture."""
    height, width = picture.shape[:2]
    x, y, w, h = box
    side = max(1, min(round(AROUND * max(w, h)), width, height))
    left = int(np.clip(x + w / 2 - side / 2, 0, width - side))
    top = int(np.clip(y + h / 2 - side / 2, 0, height - side))
    square = picture[top : top + side, left : left + side]
    return np.ascontiguousarray(np.rot90(square, -turned // 90))


def _photos(owner: int | None = None) -> QuerySet[EnrolmentPhoto]:
    found = EnrolmentPhoto.objects.filter(state=EnrolmentPhoto.State.ACCEPTED, box__isnull=False)
    found = found.exclude(source=EnrolmentPhoto.Source.REFRESH).order_by("created_at", "pk")
    return found if owner is None else found.filter(employee=owner)


def _jpeg(square: RGB, size: int) -> bytes:
    small = cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _done, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), quality)
    return np.asarray(encoded).tobytes()
