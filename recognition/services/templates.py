"""Make templates of accepted photos again when another version is to serve."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from common.jobs import enqueue
from employees import gallery_revision
from employees import services as people
from employees.models import Employee, EnrolmentPhoto
from employees.vault import VaultError
from recognition import engine_holder, gallery
from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import ImageRejected, Vector
from recognition.models import FaceTemplate, ModelVersion
from recognition.services.faces import nearest

log = logging.getLogger(__name__)

CHUNK = 25
"""Photos a task: a second or two of work, so that a killed worker loses no more than that."""
FILL_AT_ONCE = 500
SAME_PHOTO = 0.8
"""The cosine between two vectors of one photo: turned by any angle and back it was 0.8 and more, while that of an
upside-down face's two vectors was 0.3 at most."""

Progress = Callable[[int, int], None]


def templates_missing(version: ModelVersion) -> QuerySet[EnrolmentPhoto]:
    """The accepted photos, of people who may be recognised, that have no template under ``version``."""
    return EnrolmentPhoto.objects.filter(
        state=EnrolmentPhoto.State.ACCEPTED, employee__in=Employee.objects.recognisable().values("pk")
    ).exclude(pk__in=FaceTemplate.objects.filter(version=version).values("photo"))


def templates_embed(*, version: ModelVersion, photo_ids: Iterable[UUID | str]) -> list[EnrolmentPhoto]:
    """Give these photos their templates under ``version``; returns those in which it finds no face, or no file.

    Safe to run twice and side by side. All are stored in one transaction after all were embedded, so that a gallery
    that serves is reloaded once. Raises ``ModelUnavailable``.
    """
    photos = list(templates_missing(version).filter(pk__in=list(photo_ids)).select_related("employee"))
    if not photos:
        return []
    loaded = engine_holder.of(version.name)
    vectors = [(photo, embed_photo(loaded, photo)) for photo in photos]
    with transaction.atomic():
        _store(version, [(photo, vector) for photo, vector in vectors if vector is not None])
        if ModelVersion.objects.filter(pk=version.pk, state=ModelVersion.State.ACTIVE).exists():
            gallery_revision.advance({photo.employee_id for photo, _vector in vectors})
    return [photo for photo, vector in vectors if vector is None]


def templates_fill() -> int:
    """Have workers embed what the active version still lacks: after a rollback, and after a consent is given again.

    Returns how many photos were queued, at most ``FILL_AT_ONCE``; the next sweep queues the rest.
    """
    version = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).first()
    if version is None:
        return 0
    waiting = list(templates_missing(version).order_by("created_at").values_list("pk", flat=True)[:FILL_AT_ONCE])
    for chunk in chunks(waiting):
        enqueue("recognition.templates_embed", version.pk, chunk)
    return len(waiting)


def templates_give_up(photos: Iterable[EnrolmentPhoto]) -> None:
    """Reject accepted photos that the active version cannot read, so that HR sees them and nothing tries for ever."""
    for photo in photos:
        code = "file_lost" if _read(photo) is None else "no_face"
        reason = {"code": code, "value": None, "limit": None}
        EnrolmentPhoto.objects.filter(pk=photo.pk, state=EnrolmentPhoto.State.ACCEPTED).update(
            state=EnrolmentPhoto.State.REJECTED, reasons=[reason]
        )
        # One photo of HR's less may leave no room for one from the kiosk.
        people.refreshed_settle(employee=photo.employee)


def templates_unlike_photos(*, version: ModelVersion, progress: Progress | None = None) -> list[FaceTemplate]:
    """The templates of ``version`` that are not what its engine makes of their photo now.

    So are those of photos that stood on their head or lay on their side when nothing looked which way up they were.
    A photo whose file cannot be read is left alone. Raises ``ModelUnavailable``.
    """
    loaded = engine_holder.of(version.name)
    templates = FaceTemplate.objects.filter(version=version).select_related("employee", "photo").order_by("pk")
    found = []
    for place, template in enumerate(templates, start=1):
        if _read(template.photo) is not None and not _holds(loaded, template):
            found.append(template)
        if progress:
            progress(place, len(templates))
    return found


def templates_quarantine(templates: Iterable[FaceTemplate]) -> int:
    """Take these templates out of the gallery, and have their photos looked at anew; returns how many photos that are.

    A photo that stands on its head is turned then, or refused with the reason.
    """
    people_of = {template.photo_id: template.employee_id for template in templates}
    photos = set(people_of)
    with transaction.atomic():
        gallery_revision.advance(set(people_of.values()))
        FaceTemplate.objects.filter(photo__in=photos).delete()
        EnrolmentPhoto.objects.filter(pk__in=photos, state=EnrolmentPhoto.State.ACCEPTED).update(
            state=EnrolmentPhoto.State.QUEUED, lease_until=None, attempts=0
        )
        for photo in photos:
            enqueue("recognition.photo_process", str(photo))
    return len(photos)


def chunks(ids: Sequence[UUID]) -> list[list[str]]:
    """The ids as text, ``CHUNK`` at a time."""
    return [[str(one) for one in ids[start : start + CHUNK]] for start in range(0, len(ids), CHUNK)]


def embed_photo(loaded: Engine, photo: EnrolmentPhoto) -> Vector | None:
    """The vector of the photo's nearest face; None when none stands upright in it or the file cannot be read."""
    content = _read(photo)
    if content is None:
        return None
    try:
        picture = decode(content)
    except ImageRejected:
        return None
    faces = nearest(loaded.detect(picture))
    if not faces:
        return None
    quality = loaded.quality(picture, faces[0], purpose="enrolment")
    lies = any(reason.code == "not_upright" for reason in quality.reasons)
    return None if lies else loaded.embed(picture, faces[0])


def _holds(loaded: Engine, template: FaceTemplate) -> bool:
    vector = embed_photo(loaded, template.photo)
    if vector is None:
        return False
    stored = gallery.open_vector(template, template.employee.biometric_key())
    return float(vector @ stored) >= SAME_PHOTO


def _read(photo: EnrolmentPhoto) -> bytes | None:
    try:
        return people.photo_read(photo)
    except (FileNotFoundError, VaultError) as error:
        log.error("photo %s cannot be read: %s", photo.pk, error)
        return None


def _store(version: ModelVersion, found: list[tuple[EnrolmentPhoto, Vector]]) -> None:
    still = {
        photo.pk: photo
        for photo in templates_missing(version)
        .filter(pk__in=[photo.pk for photo, _vector in found])
        .select_related("employee")
    }
    FaceTemplate.objects.bulk_create(
        [
            FaceTemplate(
                employee=photo.employee,
                photo=photo,
                version=version,
                sealed_vector=gallery.seal_vector(
                    vector, still[photo.pk].employee.biometric_key(), photo_id=photo.pk, version_id=version.pk
                ),
            )
            for photo, vector in found
            if photo.pk in still
        ],
        # Another worker may have been as quick.
        ignore_conflicts=True,
    )
