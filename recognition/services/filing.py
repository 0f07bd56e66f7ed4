"""Photos that were filed under the wrong record: move them to the right person, or all of them at a merge.

A photo and its templates are encrypted with its person's key, and their names are bound into the encryption. So a
photo that moves is decrypted once, kept anew as a photo of the other person, under that one's key, and judged and
embedded as any new one: what speaks against it there is said there. The old photo goes with its files and templates.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from common import audit
from common.jobs import enqueue
from employees import services as people
from employees.models import Employee, EnrolmentPhoto, User
from employees.services import EmployeeError
from employees.signals import people_merging
from employees.vault import VaultError
from recognition.models import Refreshment, VersionPerson

State = EnrolmentPhoto.State
SETTLED = (State.ACCEPTED, State.REJECTED)


def photos_move(*, photos: Sequence[EnrolmentPhoto], to: Employee, by: User) -> list[EnrolmentPhoto]:
    """File these photos under ``to``; all of them or none. Returns the new ones, which a worker then judges.

    One that ``to`` has already is only taken away. Raises ``EmployeeError``: ``no_consent`` of ``to``, ``same_person``,
    ``not_settled`` (still being checked, or from a kiosk) or ``file_lost``.
    """
    made: list[EnrolmentPhoto] = []
    try:
        with transaction.atomic():
            keys = [photo.pk for photo in photos]
            found = list(EnrolmentPhoto.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
            owners = {photo.employee_id: photo.employee for photo in found}
            for photo in found:
                if (new := _filed(photo, to, by)) is not None:
                    made.append(new)
            people.photos_forget(EnrolmentPhoto.objects.filter(pk__in=[photo.pk for photo in found]))
            for owner in owners.values():
                people.refreshed_settle(employee=owner)
                _learnt(owner, to)
    except BaseException:
        for photo in made:
            storages["faces"].delete(photo.path)
        raise
    return made


def people_merge(*, employee: Employee, into: Employee, by: User) -> list[EnrolmentPhoto]:
    """Two records are one person: the photos of ``employee`` become those of ``into``, and nothing else moves.

    Punches, consents and hours stay where they are, as evidence. What kiosks added to ``employee`` goes. Raises what a
    receiver of ``people_merging`` refuses with, and as ``photos_move``.
    """
    if employee.pk == into.pk:
        raise EmployeeError("same_person", _("These are the same record. Choose another one."), field="to")
    with transaction.atomic():
        people_merging.send(Employee, employee=employee, into=into)
        own = EnrolmentPhoto.objects.filter(employee=employee)
        from_kiosk = own.filter(source=EnrolmentPhoto.Source.REFRESH)
        Refreshment.objects.filter(photo__in=from_kiosk).update(removed_by=by)
        people.photos_forget(from_kiosk)
        made = photos_move(photos=list(own), to=into, by=by)
        audit.record("people.merged", subject=employee.number, details={"into": into.number})
        audit.record("people.merged", subject=into.number, details={"from": employee.number})
    return made


def _filed(photo: EnrolmentPhoto, to: Employee, by: User) -> EnrolmentPhoto | None:
    """The photo as one of ``to``; None where the same bytes are there."""
    owner = photo.employee
    if owner.pk == to.pk:
        raise EmployeeError("same_person", _("These are the same record. Choose another one."), field="to")
    if photo.state not in SETTLED or photo.source == EnrolmentPhoto.Source.REFRESH:
        message = _("Photos from kiosks, and those that are still being checked, cannot be moved.")
        raise EmployeeError("not_settled", message, field="photo")
    try:
        content = people.photo_read(photo)
    except (OSError, VaultError) as error:
        message = _("A photo cannot be read any more. Delete it, and take a new one.")
        raise EmployeeError("file_lost", message, field="photo") from error
    try:
        new = people.photo_store(
            employee=to,
            content=content,
            source=photo.source,
            file_name=photo.file_name,
            uploaded_by=by,
            taken_at=photo.taken_at,
        )
    except EmployeeError as refused:
        if refused.code != "photo_known":
            raise
        return None
    enqueue("recognition.photo_process", new.pk)
    audit.record("photo.moved", subject=owner.number, object=f"photo {photo.pk}", details={"to": to.number})
    audit.record("photo.moved", subject=to.number, object=f"photo {new.pk}", details={"from": owner.number})
    return new


def _learnt(owner: Employee, to: Employee) -> None:
    """Versions that learnt from these photos learnt from ``to``, whose erasure has to reach them as well."""
    part = VersionPerson.Part.LEARNT
    for row in VersionPerson.objects.filter(employee=owner, part=part):
        VersionPerson.objects.update_or_create(version=row.version, employee=to, defaults={"part": part})
