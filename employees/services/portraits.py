"""Keep, read and remove portraits: encrypted with their person's key, as the photos that they are cut from are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from employees import vault
from employees.models import Consent, Employee, EnrolmentPhoto, Portrait


def portrait_store(*, photo: EnrolmentPhoto, pictures: Mapping[int, bytes]) -> Portrait | None:
    """Make these the portrait of the photo's person, by their size; None where a consent or the photo went meanwhile.

    An earlier portrait goes.
    """
    storage = storages["faces"]
    with transaction.atomic():
        employee = Employee.objects.get(pk=photo.employee_id)
        # The consent is held from here on: who withdraws it waits, and then finds the portrait.
        if not _covered(employee) or not EnrolmentPhoto.objects.filter(pk=photo.pk, employee=employee).exists():
            return None
        # Cut from the same photo its files are written anew; those of another one go with the commit.
        Portrait.objects.filter(photo=photo).delete()
        portraits_forget(employee)
        key = employee.biometric_key()
        for size, picture in pictures.items():
            storage.delete(photo.portrait_path(size))
            sealed = vault.encrypt(key, picture, context=_context(photo, size))
            storage.save(photo.portrait_path(size), ContentFile(sealed))
        return Portrait.objects.create(employee=employee, photo=photo)


def portrait_read(portrait: Portrait, size: int) -> bytes:
    """The portrait as JPEG; raises ``VaultError`` and ``FileNotFoundError`` as reading a photo does."""
    photo = portrait.photo
    with storages["faces"].open(photo.portrait_path(size)) as file:
        return vault.decrypt(portrait.employee.biometric_key(), file.read(), context=_context(photo, size))


def portraits_forget(employee: Employee) -> None:
    """The person has no portrait from now on; its files go with the commit."""
    for portrait in Portrait.objects.filter(employee=employee).select_related("photo__employee"):
        paths = [portrait.photo.portrait_path(size) for size in Portrait.SIZES]
        portrait.delete()
        for path in paths:
            transaction.on_commit(partial(storages["faces"].delete, path))


def _covered(employee: Employee) -> bool:
    standing = Consent.objects.select_for_update().filter(employee=employee, withdrawn_at=None, portrait=True)
    return standing.first() is not None


def _context(photo: EnrolmentPhoto, size: int) -> str:
    return f"portrait:{photo.pk}:{size}"
