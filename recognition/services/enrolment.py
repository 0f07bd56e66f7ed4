"""Turn a photo into a template: store, queue, claim, check, align, embed, and say why not."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import cv2
import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format

from common.jobs import enqueue
from common.leases import LeaseLost
from employees import gallery_revision
from employees import services as people
from employees.access import may_manage
from employees.models import Employee, EnrolmentPhoto, User
from employees.vault import VaultError
from recognition import gallery, wording
from recognition.engine.calibrate import DEFAULT_ACCEPTANCE, logit
from recognition.engine.confined import decode_confined
from recognition.engine.images import taken_at
from recognition.engine.types import RGB, Face, ImageRejected, ModelUnavailable, Quality, Vector
from recognition.models import FaceTemplate, ModelVersion, Refreshment
from recognition.services.faces import nearest
from recognition.services.refresh_guard import refresh_check, refresh_record
from recognition.services.training import training_request

log = logging.getLogger(__name__)

State = EnrolmentPhoto.State
MAX_ATTEMPTS = 5
WAITING_AFTER = timedelta(seconds=10)
UNLIKE_OWN = {1: 0.3, 2: 1.2}
"""A photo whose score (``calibrate.Coefficients.score``) lies below this for one's own templates (one of them, or more)
is of somebody else, or useless: docs/appendix/photo-quality.md."""


@dataclass(slots=True)
class _Finding:
    """What checking a photo found: a vector to keep, or the reasons against it."""

    reasons: list[dict[str, Any]] = field(default_factory=list)
    quality: Quality | None = None
    face: Face | None = None
    shrunk: int = 1
    chip: RGB | None = None
    vector: Vector | None = None
    version: str = ""
    resembles_id: int | None = None
    resembles_distance: float | None = None
    scores: dict[str, Any] = field(default_factory=dict)


def photo_add(
    *,
    employee: Employee,
    content: bytes,
    source: str,
    file_name: str = "",
    by: User | None = None,
    queue: bool = True,
) -> EnrolmentPhoto:
    """Take a photo and, on commit, hand it to a worker; with a dead broker it waits in the database.

    Raises ``ImageRejected`` for bytes that are no picture, and what ``employees.services.photo_store`` raises.
    """
    decode_confined(content)
    with transaction.atomic():
        photo = people.photo_store(
            employee=employee,
            content=content,
            source=source,
            file_name=file_name,
            uploaded_by=by,
            taken_at=taken_at(content) or (timezone.now() if source == EnrolmentPhoto.Source.WEBCAM else None),
        )
        if queue:
            enqueue("recognition.photo_process", photo.pk)
    return photo


def photo_process(photo_id: UUID | str) -> EnrolmentPhoto:
    """Check, align and embed one photo. Safe to run twice and in two workers at once: the first one claims it.

    Raises ``ModelUnavailable`` (the photo goes back to waiting).
    """
    photo = EnrolmentPhoto.claim(photo_id, Q(state__in=[State.QUEUED, State.PROCESSING]), state=State.PROCESSING)
    if photo is None:
        return EnrolmentPhoto.objects.select_related("employee").get(pk=photo_id)
    try:
        finding = _check(photo)
    except ModelUnavailable:
        photo.release(state=State.QUEUED, attempts=F("attempts") - 1)
        raise
    return _finish(photo, finding)


def photo_override(*, photo: EnrolmentPhoto, reason: str, by: User) -> EnrolmentPhoto:
    """HR takes a rejected photo all the same and says why.

    Raises ``EmployeeError``: ``reason_missing``, or ``not_overridable`` when nothing but another photo would help.
    """
    if not reason.strip():
        raise people.EmployeeError("reason_missing", str(wording.WORDS_REASON_MISSING), field="reason")
    with transaction.atomic():
        locked = EnrolmentPhoto.objects.select_for_update().get(pk=photo.pk)
        codes = {entry["code"] for entry in locked.reasons}
        if locked.state != State.REJECTED or not codes <= wording.OVERRIDABLE:
            raise people.EmployeeError("not_overridable", str(wording.WORDS_NOT_OVERRIDABLE))
        locked.override_reason, locked.override_by = reason.strip()[:300], by
        locked.state, locked.attempts = State.QUEUED, 0
        locked.save(update_fields=["override_reason", "override_by", "state", "attempts"])
        enqueue("recognition.photo_process", locked.pk)
    return locked


def photo_release(*, photo: EnrolmentPhoto) -> bool:
    """Hand a held photo to a worker; whether this call did, and not one before it."""
    with transaction.atomic():
        released = EnrolmentPhoto.objects.filter(pk=photo.pk, state=State.HELD).update(state=State.QUEUED)
        if released:
            enqueue("recognition.photo_process", photo.pk)
    return bool(released)


def photo_requeue_stale() -> int:
    """Queue again what waits without a worker: messages a killed worker had taken, uploads made with the broker down.

    Returns how many were queued.
    """
    now = timezone.now()
    stale = EnrolmentPhoto.objects.filter(
        Q(state=State.QUEUED, created_at__lt=now - timedelta(seconds=5))
        | Q(EnrolmentPhoto.stale(now), state=State.PROCESSING)
    )
    waiting = list(stale.order_by("created_at")[:500])
    for photo in waiting:
        enqueue("recognition.photo_process", photo.pk)
    return len(waiting)


def photo_verdict(photo: EnrolmentPhoto, *, reader: User | None = None) -> dict[str, Any]:
    """A photo's state as a page shows it, in the reader's language.

    ``reader``: who looks at that page. Whom the face looks like is told to nobody who may not know of that person.
    """
    other = photo.resembles
    if other is not None and reader is not None and not may_manage(reader, other):
        other = None
    waits = photo.state in {State.QUEUED, State.PROCESSING} and timezone.now() - photo.created_at > WAITING_AFTER
    return {
        "id": str(photo.pk),
        "file_name": photo.file_name,
        "state": photo.state,
        "state_label": photo.get_state_display(),
        "reasons": [
            {"code": entry["code"], "message": wording.message(entry["code"]), "remedy": wording.remedy(entry["code"])}
            for entry in photo.reasons
        ],
        "overridable": photo.state == State.REJECTED
        and bool(photo.reasons)
        and {entry["code"] for entry in photo.reasons} <= wording.OVERRIDABLE,
        "override_reason": photo.override_reason,
        "has_chip": bool(photo.box),
        "quality": photo.quality,
        "turned": wording.turned(photo.quality.get("turned", 0)),
        "resembles": {"number": other.number, "name": other.name, "distance": photo.resembles_distance}
        if other
        else None,
        "waiting": waits,
        **_kiosk_words(photo),
    }


def _kiosk_words(photo: EnrolmentPhoto) -> dict[str, Any]:
    """Of a photo that came from the kiosk: when it was seen, and how near it was to HR's photos."""
    if photo.source != EnrolmentPhoto.Source.REFRESH:
        return {"from_kiosk": ""}
    seen = Refreshment.objects.filter(photo=photo).first()
    at = timezone.localtime(seen.at if seen else photo.created_at)
    return {
        "from_kiosk": date_format(at, "SHORT_DATETIME_FORMAT"),
        "kiosk_scores": wording.scores(seen.scores) if seen else "",
    }


def _reason(code: str, value: float | None = None, limit: float | None = None) -> dict[str, Any]:
    return {"code": code, "value": value, "limit": limit}


def _check(photo: EnrolmentPhoto) -> _Finding:
    if photo.attempts > MAX_ATTEMPTS:
        return _Finding([_reason("gave_up")])
    if not people.has_consent(photo.employee):
        return _Finding([_reason("no_consent")])
    try:
        picture, shrunk = decode_confined(people.photo_read(photo))
    except ImageRejected as error:
        return _Finding([_reason(error.code)])
    except (FileNotFoundError, VaultError) as error:
        log.error("photo %s cannot be read: %s", photo.pk, error)
        return _Finding([_reason("file_lost")])
    view = gallery.current()
    faces = nearest(view.engine.detect(picture))
    if len(faces) != 1:
        return _Finding([_reason("several_faces" if faces else "no_face", float(len(faces)), 1.0)])
    finding = _Finding(face=faces[0], shrunk=shrunk)
    finding.chip = view.engine.align(picture, faces[0])
    finding.quality = view.engine.quality(picture, faces[0], purpose="enrolment")
    finding.reasons = [
        _reason(reason.code, reason.value, reason.limit)
        for reason in finding.quality.reasons
        if reason.severity == "reject"
    ]
    finding.vector, finding.version = view.engine.embed(picture, faces[0]), view.engine.version
    if not finding.reasons:
        _compare(photo, view, finding)
    if not finding.reasons and photo.source == EnrolmentPhoto.Source.REFRESH:
        refused, finding.scores = refresh_check(photo, view, finding.quality, finding.vector)
        finding.reasons = [_reason(refused)] if refused else []
    if photo.override_reason:
        finding.reasons = [entry for entry in finding.reasons if entry["code"] not in wording.OVERRIDABLE]
    return finding


def _compare(photo: EnrolmentPhoto, view: gallery.GalleryView, finding: _Finding) -> None:
    assert finding.vector is not None
    own = view.gallery.match_one(finding.vector, photo.employee_id)
    other = view.gallery.match(finding.vector, without=photo.employee_id) if view.searches else None
    figures = view.coefficients
    if other is not None and other.best is not None and other.distance < own.distance:
        needed = figures.reaching(logit(DEFAULT_ACCEPTANCE), other.best_templates, len(view.gallery.people))
        limit = figures.distance(float(needed), other.best_templates)
        if other.distance < limit:
            finding.resembles_id, finding.resembles_distance = other.best, other.distance
            finding.reasons.append(_reason("resembles", other.distance, limit))
    if own.best is not None and finding.resembles_id is None:
        limit = figures.distance(UNLIKE_OWN[min(2, own.best_templates)], own.best_templates)
        if own.distance > limit:
            finding.reasons.append(_reason("unlike_own", own.distance, limit))


def _finish(photo: EnrolmentPhoto, finding: _Finding) -> EnrolmentPhoto:
    accepted = finding.vector is not None and not finding.reasons
    with transaction.atomic():
        try:
            locked = photo.hold("employee")
        except LeaseLost:
            # Another worker has it, or it was deleted: what that one finds counts.
            return EnrolmentPhoto.objects.filter(pk=photo.pk).first() or photo
        if finding.chip is not None:
            # While the row is held: an erasure that deletes it finds the file, or comes after both.
            people.chip_store(locked, _jpeg(finding.chip))
        if accepted:
            assert finding.vector is not None
            # The gallery revision's row is what a switch of versions takes first: from here on none can come between.
            gallery_revision.advance([locked.employee_id])
            version = ModelVersion.objects.get(name=finding.version)
            if version.state != ModelVersion.State.ACTIVE:
                return _again(locked)
            sealed = gallery.seal_vector(
                finding.vector, locked.employee.biometric_key(), photo_id=locked.pk, version_id=version.pk
            )
            FaceTemplate.objects.get_or_create(
                photo=locked, version=version, defaults={"employee": locked.employee, "sealed_vector": sealed}
            )
            if people.covers(locked.employee, "portrait") and not hasattr(locked.employee, "portrait"):
                enqueue("recognition.portrait_make", locked.employee_id)
        locked.state = State.ACCEPTED if accepted else State.REJECTED
        locked.reasons = finding.reasons
        locked.box = finding.face.box.as_list(finding.shrunk) if finding.face else None
        locked.quality = _figures(finding)
        locked.resembles_id, locked.resembles_distance = finding.resembles_id, finding.resembles_distance
        locked.finished_at = timezone.now()
        locked.lease_end()
        locked.save()
        if locked.source == EnrolmentPhoto.Source.REFRESH:
            reason = finding.reasons[0]["code"] if finding.reasons else ""
            refresh_record(locked, reason=reason, scores=finding.scores)
        elif accepted and settings.FINE_TUNE:
            training_request()
    return locked


def _again(photo: EnrolmentPhoto) -> EnrolmentPhoto:
    """Another version became active while the photo was embedded: it is looked at again, by that one."""
    photo.release(state=State.QUEUED, attempts=photo.attempts - 1)
    photo.refresh_from_db()
    enqueue("recognition.photo_process", photo.pk)
    return photo


def _figures(finding: _Finding) -> dict[str, Any]:
    quality, face = finding.quality, finding.face
    if quality is None or face is None:
        return {}
    names = ("score", "eyes", "sharpness", "exposure", "yaw", "pitch", "roll", "smile", "occlusion")
    figures = {name: round(float(getattr(quality, name)), 3) for name in names}
    return {**figures, "turned": face.turned} if face.turned else figures


def _jpeg(chip: RGB) -> bytes:
    _done, encoded = cv2.imencode(".jpg", cv2.cvtColor(chip, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return np.asarray(encoded).tobytes()
