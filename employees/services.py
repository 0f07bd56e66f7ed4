"""What changes in WHO: people, PINs, consent and the photos they gave."""

from __future__ import annotations

import errno
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
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

from common.refusals import Refusal
from employees import roster, vault
from employees.models import ApiKey, Consent, Department, Employee, EnrolmentPhoto, User
from employees.signals import consent_withdrawn

PIN = re.compile(r"[0-9]{4,8}")


class EmployeeError(Refusal):
    """A change to a person, their consent or their photos that is refused."""

    status = 409


def employee_create(
    *,
    number: str,
    first_name: str,
    last_name: str = "",
    email: str = "",
    department: Department | None = None,
    manager: Employee | None = None,
    user: User | None = None,
    time_zone: str | None = None,
    hired_on: date | None = None,
    pin: str = "",
) -> Employee:
    """Hire somebody. Raises ``ValidationError`` for a bad field and ``EmployeeError`` for a bad PIN."""
    employee = Employee(
        number=number,
        first_name=first_name,
        last_name=last_name,
        email=email,
        department=department,
        manager=manager,
        user=user,
        time_zone=time_zone or settings.TIME_ZONE,
        hired_on=hired_on or timezone.localdate(),
    )
    employee.full_clean(exclude=["user"])
    with transaction.atomic():
        employee.save()
        if pin:
            pin_set(employee=employee, pin=pin)
    return employee


def pin_set(*, employee: Employee, pin: str) -> None:
    """Store the PIN's Argon2 hash; raises ``EmployeeError`` (``pin_format``) unless it is 4 to 8 digits."""
    if not PIN.fullmatch(pin):
        raise EmployeeError("pin_format", _("A PIN is 4 to 8 digits."), field="pin")
    employee.pin_hash = make_password(pin, hasher="argon2")
    employee.pin_failures = 0
    employee.pin_locked_until = None
    employee.save(update_fields=["pin_hash", "pin_failures", "pin_locked_until"])


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


def badge_read(*, code: str) -> tuple[Employee, bool]:
    """Whose code this is, and whether it is a badge of ours (True) or a mere number printed as a code (False).

    Raises ``EmployeeError`` (``badge_unknown``).
    """
    active = Employee.objects.active()
    if code.startswith(BADGE_MARK):
        employee = active.filter(badge_hash=_badge_digest(code)).first()
        if employee is not None:
            return employee, True
    elif employee := active.filter(number=code).first():
        return employee, False
    raise EmployeeError("badge_unknown", _("This badge is not known. Use your number and PIN, or ask HR."))


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
    Employee.objects.filter(pk=employee.pk).update(pin_failures=0, pin_locked_until=None)


def pin_check(*, number: str, pin: str) -> Employee:
    """The employee with this number and PIN.

    Raises ``EmployeeError``: ``pin_wrong`` (also for an unknown number, after as much work) or ``pin_locked`` after
    ``PIN_ATTEMPTS`` wrong ones in a row, for ``PIN_LOCK_MINUTES``.
    """
    now = timezone.now()
    with transaction.atomic():
        employee = Employee.objects.active().select_for_update().filter(number=number).first()
        if employee is None or not employee.pin_hash:
            make_password(pin, hasher="argon2")
        elif employee.pin_locked_until and employee.pin_locked_until > now:
            minutes = max(1, round((employee.pin_locked_until - now).total_seconds() / 60))
            raise EmployeeError(
                "pin_locked",
                _("Too many wrong PINs. Try again in %(minutes)d min, or ask HR.") % {"minutes": minutes},
                field="pin",
            )
        elif check_password(pin, employee.pin_hash):
            if employee.pin_failures:
                employee.pin_failures = 0
                employee.pin_locked_until = None
                employee.save(update_fields=["pin_failures", "pin_locked_until"])
            return employee
        else:
            employee.pin_failures += 1
            if employee.pin_failures >= settings.PIN_ATTEMPTS:
                employee.pin_failures = 0
                employee.pin_locked_until = now + timedelta(minutes=settings.PIN_LOCK_MINUTES)
            employee.save(update_fields=["pin_failures", "pin_locked_until"])
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
) -> Consent:
    """Record a consent; where one stands already, that one is returned. ``refresh``: it covers refreshing as well."""
    version = policy_version or settings.CONSENT_POLICY_VERSION
    with transaction.atomic():
        Employee.objects.select_for_update().get(pk=employee.pk)
        consent, created = Consent.objects.get_or_create(
            employee=employee,
            withdrawn_at=None,
            defaults={
                "method": method, "recorded_by": recorded_by, "note": note, "policy_version": version,
                "refresh": refresh,
            },
        )  # fmt: skip
        if created:
            roster.bump()
    return consent


def consent_refresh(*, employee: Employee, agreed: bool, method: str, by: User | None, note: str = "") -> Consent:
    """The person agrees to refreshing, too, or no longer: a consent of today takes the standing one's place, which
    stays as evidence. What came from the kiosk is deleted for who no longer agrees.

    Raises ``EmployeeError`` (``no_consent``).
    """
    with transaction.atomic():
        Employee.objects.select_for_update().get(pk=employee.pk)
        standing = Consent.objects.filter(employee=employee, withdrawn_at=None).first()
        if standing is None:
            raise EmployeeError("no_consent", _("Record the consent to face recognition first."))
        if standing.refresh == agreed:
            return standing
        standing.withdrawn_at, standing.withdrawn_by = timezone.now(), by
        standing.save(update_fields=["withdrawn_at", "withdrawn_by"])
        consent = consent_give(employee=employee, method=method, recorded_by=by, note=note, refresh=agreed)
        if not agreed:
            photos_forget(EnrolmentPhoto.objects.filter(employee=employee, source=EnrolmentPhoto.Source.REFRESH))
    return consent


def covers_refresh(employee: Employee) -> bool:
    """True while a consent stands that covers refreshing; one from before it was asked for does not."""
    return Consent.objects.filter(employee=employee, withdrawn_at=None, refresh=True).exists()


def consent_withdraw(*, employee: Employee, by: User | None) -> None:
    """End the consent: from this commit on, no process recognises this face. What came from the kiosk is deleted."""
    with transaction.atomic():
        photos_forget(EnrolmentPhoto.objects.filter(employee=employee, source=EnrolmentPhoto.Source.REFRESH))
        Consent.objects.filter(employee=employee, withdrawn_at=None).update(
            withdrawn_at=timezone.now(), withdrawn_by=by
        )
        roster.bump()
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
    roster.bump()


def photo_store(
    *,
    employee: Employee,
    content: bytes,
    source: str,
    file_name: str = "",
    uploaded_by: User | None = None,
    state: str = EnrolmentPhoto.State.QUEUED,
) -> EnrolmentPhoto:
    """Keep a photo, encrypted with its person's key.

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
        paths = [path for photo in photos.select_related("employee") for path in (photo.path, photo.chip_path)]
        if not paths:
            return
        photos.delete()
        roster.bump()
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
