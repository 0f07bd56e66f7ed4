"""Check a face from the kiosk a last time before it joins its person's photos, and record the result."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils import timezone

from employees import services as people
from employees.models import EnrolmentPhoto
from recognition.engine import refresh
from recognition.engine.types import Quality, Vector
from recognition.gallery import GalleryView
from recognition.models import Refreshment
from recognition.models.operating import Use


def refresh_check(
    photo: EnrolmentPhoto, view: GalleryView, quality: Quality, vector: Vector
) -> tuple[str, dict[str, Any]]:
    """Why the photo may not join (a code of ``wording``; empty when it may), and the scores that say so."""
    if not view.refreshing:
        return "refresh_off", {}
    if not people.covers(photo.employee, "refresh"):
        return "no_consent", {}
    if quality.reasons:
        return "refresh_quality", {"quality": quality.reasons[0].code}
    own = EnrolmentPhoto.objects.filter(employee=photo.employee, state=EnrolmentPhoto.State.ACCEPTED)
    if not people.refreshed_room(own.exclude(source=EnrolmentPhoto.Source.REFRESH).count()):
        return "refresh_few", {}
    verdict = refresh.judge(
        view.gallery, vector, owner=photo.employee_id, bar=view.acceptances[Use.DOOR], coefficients=view.coefficients
    )
    found: dict[str, Any] = asdict(verdict)
    reason = str(found.pop("reason"))
    return reason, {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}


def refresh_record(photo: EnrolmentPhoto, *, reason: str, scores: dict[str, Any]) -> None:
    """Write down what became of the look, and take in its photo or delete it. Within the transaction that decides."""
    state = Refreshment.State.REFUSED if reason else Refreshment.State.ADDED
    Refreshment.objects.filter(photo=photo).update(state=state, reason=reason, scores=scores, settled_at=timezone.now())
    if reason:
        people.photo_delete(photo=photo)
    else:
        people.refreshed_settle(employee=photo.employee)
