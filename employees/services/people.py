"""What changes in people themselves: PINs, badges, consent and the photos they gave."""

from __future__ import annotations

import errno
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import cast

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.jobs import enqueue
from employees import gallery_revision, vault
from employees.models import ApiKey, Consent, ConsentText, Employee, EnrolmentPhoto, Portrait, User
from employees.pins import NO_NUMBER, NUMBER, pin_fault, tries_forget, try_take
from employees.refusals import EmployeeError
from employees.services.portraits import portraits_forget
from employees.signals import consent_withdrawn

PURPOSES = ("doors", "pictures", "portrait", "refresh")
"""What a consent may cover beside clocking."""


def pin_hash(pin: str) -> str:
    """The PIN's Argon2 hash: slow on purpose, so take it before a transaction begins."""
    return make_password(pin, hasher="argon2")


def pin_set(*, employee: Employee, pin: str, hashed: str = "") -> None:
    """Store the PIN's hash, ``hashed`` where it was taken before; raises ``EmployeeError`` (``pin_format``,
    ``pin_guessable``)."""
    if fault := pin_fault(pin, number=employee.number):
        raise EmployeeError(*fault, field="pin")
    employee.pin_hash = hashed or pin_hash(pin)
    employee.save(update_fields=["pin_hash"])
    tries_forget(number=employee.number)


BADGE_MARK = "PRESENTE-"
"""How our badges begin, so that they are told from a number printed as a code."""


def badge_issue(*, employee: Employee) -> str:
    """A new badge for this person: its text, shown once. The earlier badge stops working; only a hash is kept."""
    code = BADGE_MARK + secrets.token_urlsafe(18)
    employee.badge_hash, employee.badge_issued_at = _badge_digest(code), timezone.now()
    employee.save(update_fields=["badge_hash", "badge_issued_at"])
    return code


def badge_revoke(*, employee: Employee) -> None:
    """The person's badge stops working at once."""
    employee.badge_hash, employee.badge_issued_at = "", None
    employee.save(update_fields=["badge_hash", "badge_issued_at"])


def badge_read(*, code: str) -> Employee:
    """Whose badge this is. Raises ``EmployeeError`` (``badge_unknown``)."""
    employee = Employee.objects.active().filter(badge_hash=_badge_digest(code)).first()
    if employee is None:
        raise EmployeeError("badge_unknown", _("This badge is not known. Use your number and PIN, or ask HR."))
    return employee


def _badge_digest(code: str) -> str:
    """What is stored of a badge. It has 144 random bits, so a fast hash is enough."""
    return hashlib.sha256(code.encode()).hexdigest()


def access_end(*, employee: Employee) -> None:
    """The person's login, PIN and badge stop working at once, whatever their last day is."""
    with transaction.atomic():
        User.objects.filter(employee=employee).update(is_active=False)
        employee.pin_hash = ""
        employee.save(update_fields=["pin_hash"])
        badge_revoke(employee=employee)


def pin_unlock(*, employee: Employee) -> None:
    """Forget the wrong PINs: the person may try again at once, with the same PIN."""
    tries_forget(number=employee.number)


def pin_check(*, number: str, pin: str) -> Employee:
    """The employee with this number and PIN.

    Raises ``EmployeeError``: ``pin_wrong``, or ``pin_locked`` after too many wrong ones (see ``employees.pins``). A
    number that nobody has gets the same answers, after as much work.
    """
    counted = number if NUMBER.fullmatch(number) else NO_NUMBER
    if until := try_take(number=counted):
        minutes = max(1, round((until - timezone.now()).total_seconds() / 60))
        raise EmployeeError(
            "pin_locked",
            _("Too many wrong PINs. Try again in %(minutes)d min, or ask HR.") % {"minutes": minutes},
            field="pin",
        )
    employee = Employee.objects.active().filter(number=counted).first()
    if employee is None or not employee.pin_hash:
        pin_hash(pin)
    elif check_password(pin, employee.pin_hash):
        tries_forget(number=counted)
        return employee
    raise EmployeeError("pin_wrong", _("Number or PIN is wrong. Check both and try again."), field="pin")


def has_consent(employee: Employee) -> bool:
    """True while a consent stands that was not withdrawn."""
    return Consent.objects.filter(employee=employee, withdrawn_at=None).exists()


def consent_give(
    *,
    employee: Employee,
    method: str,
    recorded_by: User | None = None,
    note: str = "",
    policy_version: str | None = None,
    refresh: bool = False,
    doors: bool = True,
    pictures: bool = False,
    portrait: bool = False,
    text: ConsentText | None = None,
) -> Consent:
    """Record a consent; where one stands already, that one is returned.

    ``refresh``, ``doors``, ``pictures``, ``portrait``: what it covers beside clocking. ``text``: what the person was
    shown.
    """
    version = text.version if text else policy_version or settings.CONSENT_POLICY_VERSION
    with transaction.atomic():
        Employee.objects.select_for_update().get(pk=employee.pk)
        consent, created = Consent.objects.get_or_create(
            employee=employee,
            withdrawn_at=None,
            defaults={
                "method": method,
                "recorded_by": recorded_by,
                "note": note,
                "policy_version": version,
                "refresh": refresh,
                "doors": doors,
                "pictures": pictures,
                "portrait": portrait,
                "text": text,
            },
        )
        if created:
            gallery_revision.advance([employee.pk])
    return consent


def consent_refresh(*, employee: Employee, agreed: bool, method: str, by: User | None, note: str = "") -> Consent:
    """The person agrees to refreshing, too, or no longer. Raises ``EmployeeError`` (``no_consent``)."""
    return consent_change(employee=employee, method=method, by=by, note=note, refresh=agreed)


def consent_change(*, employee: Employee, method: str, by: User | None, note: str = "", **purposes: bool) -> Consent:
    """The person agrees to other purposes beside clocking: a consent of today takes the standing one's place, which
    stays as evidence. ``purposes``: some of ``PURPOSES``; one that is not named stays as it was.

    What came from the kiosk is deleted for who no longer agrees to refreshing, the portrait for who no longer agrees
    to that; pictures of recognitions are the caller's to delete. Raises ``EmployeeError`` (``no_consent``).
    """
    with transaction.atomic():
        Employee.objects.select_for_update().get(pk=employee.pk)
        standing = Consent.objects.filter(employee=employee, withdrawn_at=None).first()
        if standing is None:
            raise EmployeeError("no_consent", _("Record the consent to face recognition first."))
        wanted = {name: purposes.get(name, getattr(standing, name)) for name in PURPOSES}
        if all(getattr(standing, name) == value for name, value in wanted.items()):
            return standing
        standing.withdrawn_at, standing.withdrawn_by = timezone.now(), by
        standing.save(update_fields=["withdrawn_at", "withdrawn_by"])
        consent = consent_give(
            employee=employee,
            method=method,
            recorded_by=by,
            note=note,
            policy_version=standing.policy_version,
            text=standing.text,
            **wanted,
        )
        if standing.refresh and not consent.refresh:
            photos_forget(EnrolmentPhoto.objects.filter(employee=employee, source=EnrolmentPhoto.Source.REFRESH))
        if not consent.portrait:
            portraits_forget(employee)
        elif not standing.portrait:
            enqueue("recognition.portrait_make", employee.pk)
    return consent


def covers(employee: Employee, purpose: str) -> bool:
    """True while a consent stands that covers one of ``PURPOSES``."""
    return Consent.objects.filter(employee=employee, withdrawn_at=None, **{purpose: True}).exists()


def consent_withdraw(*, employee: Employee, by: User | None) -> None:
    """End the consent: from this commit on, no process recognises this face. What came from the kiosk is deleted."""
    with transaction.atomic():
        photos_forget(EnrolmentPhoto.objects.filter(employee=employee, source=EnrolmentPhoto.Source.REFRESH))
        for standing in Consent.objects.select_for_update().filter(employee=employee, withdrawn_at=None):
            standing.withdrawn_at, standing.withdrawn_by = timezone.now(), by
            standing.save(update_fields=["withdrawn_at", "withdrawn_by"])
        portraits_forget(employee)
        gallery_revision.advance([employee.pk])
        consent_withdrawn.send(Consent, employee=employee)


REFRESHED_MOST = 3


def refreshed_room(own: int) -> int:
    """How many photos from the kiosk may count beside ``own`` accepted ones that HR took: always fewer than those."""
    return min(REFRESHED_MOST, max(0, own - 1))


def refreshed_settle(*, employee: Employee) -> None:
    """Let the newest photos from the kiosk count, as many as there is room for beside HR's.

    As many before them are kept to return to when one is removed; older ones go. Call it in the transaction that
    changes the person's photos.
    """
    states = EnrolmentPhoto.State
    accepted = EnrolmentPhoto.objects.filter(employee=employee, state=states.ACCEPTED)
    room = refreshed_room(accepted.exclude(source=EnrolmentPhoto.Source.REFRESH).count())
    joined = EnrolmentPhoto.objects.filter(
        employee=employee, source=EnrolmentPhoto.Source.REFRESH, state__in=[states.ACCEPTED, states.REPLACED]
    )
    newest = list(joined.order_by("-created_at", "-pk").values_list("pk", flat=True))
    joined.filter(pk__in=newest[:room], state=states.REPLACED).update(state=states.ACCEPTED)
    joined.filter(pk__in=newest[room : 2 * room], state=states.ACCEPTED).update(state=states.REPLACED)
    photos_forget(joined.filter(pk__in=newest[2 * room :]))
    gallery_revision.advance([employee.pk])


def photo_store(
    *,
    employee: Employee,
    content: bytes,
    source: str,
    file_name: str = "",
    uploaded_by: User | None = None,
    state: str = EnrolmentPhoto.State.QUEUED,
    taken_at: datetime | None = None,
) -> EnrolmentPhoto:
    """Keep a photo, encrypted with its person's key; ``taken_at``: when it was taken, where somebody knows.

    Raises ``EmployeeError``: ``no_consent``, ``photo_known`` (the same bytes were given before) or ``storage_failed``.
    """
    if not has_consent(employee):
        raise EmployeeError(
            "no_consent",
            _("%(name)s has not agreed to face recognition. Record the consent first.") % {"name": employee.name},
        )
    storage = storages["faces"]
    written = ""
    try:
        with transaction.atomic():
            key = employee.biometric_key()
            photo = EnrolmentPhoto.objects.create(
                employee=employee,
                source=source,
                state=state,
                file_name=file_name[:200],
                fingerprint=_fingerprint(key, content),
                uploaded_by=uploaded_by,
                taken_at=taken_at,
            )
            sealed = vault.encrypt(key, content, context=f"photo:{photo.pk}")
            written = storage.save(photo.path, ContentFile(sealed))
    except IntegrityError as error:
        _discard(written)
        raise EmployeeError(
            "photo_known", _("This photo was given before. Choose another one."), field="file"
        ) from error
    except OSError as error:
        _discard(written)
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        message = _("The disk is full. Free some space and send the photo again; the others are kept.")
        raise EmployeeError(
            "storage_failed",
            message if full else _("The photo could not be saved (%(why)s). Tell your administrator.") % {"why": error},
            field="file",
        ) from error
    return photo


def photo_find(*, employee: Employee, content: bytes) -> EnrolmentPhoto:
    """The photo of this person with these very bytes; raises ``EnrolmentPhoto.DoesNotExist``."""
    return EnrolmentPhoto.objects.get(employee=employee, fingerprint=_fingerprint(employee.biometric_key(), content))


def photo_read(photo: EnrolmentPhoto) -> bytes:
    """The photo's own bytes; raises ``VaultError`` under another key, ``FileNotFoundError`` when the file is gone."""
    return _read(photo, photo.path, f"photo:{photo.pk}")


def chip_store(photo: EnrolmentPhoto, content: bytes) -> None:
    """Keep the aligned face beside its photo, encrypted; an earlier one is replaced."""
    storage = storages["faces"]
    if storage.exists(photo.chip_path):
        storage.delete(photo.chip_path)
    sealed = vault.encrypt(photo.employee.biometric_key(), content, context=f"chip:{photo.pk}")
    storage.save(photo.chip_path, ContentFile(sealed))


def chip_read(photo: EnrolmentPhoto) -> bytes:
    """The aligned face as JPEG; raises ``FileNotFoundError`` while there is none."""
    return _read(photo, photo.chip_path, f"chip:{photo.pk}")


def photo_delete(*, photo: EnrolmentPhoto) -> None:
    """Remove the photo, its aligned face and, by cascade, its templates; what it had replaced counts again."""
    with transaction.atomic():
        photos_forget(EnrolmentPhoto.objects.filter(pk=photo.pk))
        refreshed_settle(employee=photo.employee)


def photos_forget(photos: QuerySet[EnrolmentPhoto]) -> None:
    """Remove photos, their aligned faces and, by cascade, their templates."""
    with transaction.atomic():
        found = list(photos.select_related("employee"))
        if not found:
            return
        sizes = Portrait.SIZES
        paths = [path for one in found for path in (one.path, one.chip_path, *map(one.portrait_path, sizes))]
        photos.delete()
        gallery_revision.advance({photo.employee_id for photo in found})
        for path in paths:
            transaction.on_commit(partial(_discard, path))


def _fingerprint(key: bytes, content: bytes) -> str:
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _read(photo: EnrolmentPhoto, path: str, context: str) -> bytes:
    with storages["faces"].open(path) as file:
        return vault.decrypt(photo.employee.biometric_key(), file.read(), context=context)


def _discard(path: str) -> None:
    if path:
        storages["faces"].delete(path)


def api_key_create(
    *, name: str, scopes: Iterable[str], expires: datetime | None = None, by: User | None = None
) -> tuple[ApiKey, str]:
    """A new key's row and the key itself, which is nowhere to be read again.

    Raises django.core.exceptions.ValidationError for a name that is empty or too long and for unknown scopes.
    """
    draft = ApiKey(name=name, scopes=list(dict.fromkeys(scopes)), expiry_date=expires, created_by=by)
    draft.clean_fields(exclude=["id", "prefix", "hashed_key", "created_by"])
    draft.clean()
    row, key = ApiKey.objects.create_key(name=name, scopes=draft.scopes, expiry_date=expires, created_by=by)
    return cast(ApiKey, row), key
