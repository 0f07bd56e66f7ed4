"""What the installation tells by itself: how somebody's account is opened has changed; the backup is too old."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from employees.access import may_act
from employees.models import ProviderLogin, SecondFactor, User
from notifications.audience import technicians
from notifications.models import Kind
from notifications.services.telling import tell
from presente.backup.making import last_backup
from presente.checks_around import backups


def backup_tell() -> int:
    """Tell IT, or HR where nobody is IT, that there is no backup or only an old one: once a week while that is so."""
    if backups().status == "ok":
        return 0
    last, week = last_backup(), timezone.localdate().isocalendar()
    return tell(
        kind=Kind.BACKUP,
        key=f"backup:{week.year}-{week.week}",
        users=technicians(),
        data={"days": None if last is None else int(last["age"] // 86400)},
        path=reverse("help", args=["backup"]),
    )


def _ask(user: User, change: str, to: str = "") -> None:
    """It may not have been them: by mail whatever they chose, to the address of before where that was changed."""
    if may_act(user):
        tell(kind=Kind.ACCOUNT, key=f"account:{change}:{uuid.uuid4()}", users=[user], data={"change": change}, to=to)


@receiver(pre_save, sender=User, dispatch_uid="presente.notices.user")
def _user_changes(instance: User, update_fields: Any = None, **_more: Any) -> None:
    """A new password, by whomever; a stronger hash of the same one is none."""
    if instance.pk is None or (update_fields is not None and not {"password", "email"} & set(update_fields)):
        return
    before = User.objects.filter(pk=instance.pk).first()
    if before is None:
        return
    # The first one, chosen by an invitation: there was nothing that it could have been taken from.
    begins = before.last_login is None and not before.has_usable_password()
    if before.password != instance.password and getattr(instance, "_password", None) is not None and not begins:
        _ask(before, "password")
    if before.email and before.email.casefold() != instance.email.casefold():
        _ask(before, "address", to=before.email)


@receiver(post_save, sender=SecondFactor, dispatch_uid="presente.notices.factor")
def _factor_added(instance: SecondFactor, created: bool, **_more: Any) -> None:
    if created:
        _ask(User.objects.get(pk=instance.user_id), instance.kind)


@receiver(post_save, sender=ProviderLogin, dispatch_uid="presente.notices.linked")
def _linked(instance: ProviderLogin, created: bool, **_more: Any) -> None:
    if created:
        _ask(User.objects.get(pk=instance.user_id), "linked")


@receiver(post_delete, sender=SecondFactor, dispatch_uid="presente.notices.removed")
@receiver(post_delete, sender=ProviderLogin, dispatch_uid="presente.notices.unlinked")
def _gone(sender: Any, instance: SecondFactor | ProviderLogin, origin: Any = None, **_more: Any) -> None:
    if getattr(origin, "model", type(origin)) is User:
        return  # the account itself is deleted, and this with it
    user = User.objects.filter(pk=instance.user_id).first()
    if user is not None:
        _ask(user, "removed" if sender is SecondFactor else "unlinked")
