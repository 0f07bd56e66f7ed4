"""Refresh templates: keep a good face until its punch is confirmed, then add it to the person's photos.

Off until HR switches it on. A look is kept (encrypted with its person's key, one a person at a time, for a day) when a
kiosk saw a living face and was as sure as a door asks, and the person agreed to refreshing. Once the punch has stood
for a day, the picture takes the way of every photo of HR's (``enrolment.photo_process``) and meets the guards on it
(``refresh_guard``, ``engine.refresh``); otherwise it is deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from employees import gallery_revision
from employees import services as people
from employees.models import Employee, EnrolmentPhoto, User
from recognition.gallery import GalleryView
from recognition.models import Decision, RefreshChoice, Refreshment
from recognition.models.operating import Use
from recognition.services.enrolment import photo_release

log = logging.getLogger(__name__)

State = Refreshment.State
CONFIRMED_AFTER = timedelta(days=1)
"""So long a punch has to stand, and so long at least its picture waits."""
EVERY = timedelta(weeks=4)
"""At most one addition a person in this time."""
REMEMBERED = timedelta(days=90)
"""How long the record of a refused look is kept."""
ALIVE = (Decision.Liveness.LIVE, Decision.Liveness.PASSED)


def refresh_choose(*, on: bool, by: User | None, reason: str = "") -> RefreshChoice:
    """Switch refreshing on or off for the whole company. Off removes at once what waits and all that was added."""
    with transaction.atomic():
        choice = RefreshChoice.objects.create(on=on, chosen_by=by, reason=reason.strip()[:300])
        if not on:
            Refreshment.objects.filter(state=State.WAITING).delete()
            Refreshment.objects.filter(photo__isnull=False).update(removed_at=timezone.now(), removed_by=by)
            people.photos_forget(EnrolmentPhoto.objects.filter(source=EnrolmentPhoto.Source.REFRESH))
        # Photos before the gallery revision, as everywhere: two that wait for each other would wait for ever.
        gallery_revision.advance([])
    return choice


def refresh_hold(*, decision: Decision, image: bytes, view: GalleryView) -> Refreshment | None:
    """Keep the picture of this look if it may refresh its person's template; a failure to keep it harms nobody."""
    employee = decision.employee
    if employee is None or not _worth(decision, view) or not people.covers(employee, "refresh"):
        return None
    recent = Q(state=State.WAITING, photo__isnull=False) | Q(state=State.ADDED, at__gt=timezone.now() - EVERY)
    if Refreshment.objects.filter(recent, employee=employee).exists():
        return None
    try:
        with transaction.atomic():
            photo = people.photo_store(
                employee=employee, content=image, source=EnrolmentPhoto.Source.REFRESH, state=EnrolmentPhoto.State.HELD
            )
            return Refreshment.objects.create(employee=employee, decision=decision, photo=photo, at=decision.at)
    except people.EmployeeError as error:
        # Another look at the same moment, or a full disk: there will be another day.
        log.info("a look of %s is not kept: %s", employee.pk, error.code)
        return None


def refresh_due() -> list[UUID]:
    """The decisions whose pictures have waited long enough to be confirmed or deleted."""
    waited = Refreshment.objects.filter(state=State.WAITING, at__lte=timezone.now() - CONFIRMED_AFTER)
    return list(waited.filter(photo__state=EnrolmentPhoto.State.HELD).values_list("decision_id", flat=True))


def refresh_confirm(*, decision_ids: Collection[UUID]) -> int:
    """The punches of these decisions stand: their pictures go the way of HR's photos; of who left they are deleted.

    Returns how many went; safe to repeat.
    """
    waiting = Refreshment.objects.filter(decision__in=decision_ids, state=State.WAITING, photo__isnull=False)
    able = Employee.objects.recognisable().values("pk")
    refresh_forget(decision_ids=list(waiting.exclude(employee__in=able).values_list("decision_id", flat=True)))
    photos = EnrolmentPhoto.objects.filter(refreshment__in=waiting.filter(employee__in=able).values("pk"))
    return sum(photo_release(photo=photo) for photo in photos)


def refresh_forget(*, decision_ids: Collection[UUID]) -> None:
    """These decisions did not stand: what was kept of them is deleted, and what was added is taken out again."""
    with transaction.atomic():
        kept = Refreshment.objects.filter(decision__in=decision_ids)
        for one in kept.filter(photo__isnull=False).select_related("photo__employee"):
            assert one.photo is not None
            people.photo_delete(photo=one.photo)
        kept.filter(state=State.WAITING).delete()
        kept.filter(state=State.ADDED, removed_at=None).update(removed_at=timezone.now())


def refresh_clear() -> None:
    """Forget the records of refused looks that are long past, and of those whose picture went while it waited."""
    Refreshment.objects.filter(state=State.REFUSED, at__lt=timezone.now() - REMEMBERED).delete()
    Refreshment.objects.filter(state=State.WAITING, photo=None).delete()


def photo_remove(*, photo: EnrolmentPhoto, by: User) -> None:
    """HR removes a photo; of one from the kiosk it is recorded who did, and the template is what it was before it."""
    with transaction.atomic():
        Refreshment.objects.filter(photo=photo).update(removed_at=timezone.now(), removed_by=by)
        people.photo_delete(photo=photo)


def _worth(decision: Decision, view: GalleryView) -> bool:
    return (
        view.refreshing
        and decision.outcome == Decision.Outcome.IDENTIFIED
        and decision.asker == Decision.Asker.KIOSK
        and decision.liveness in ALIVE
        and decision.confidence >= view.acceptances[Use.DOOR]
    )
