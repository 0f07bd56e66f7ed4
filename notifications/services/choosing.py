"""What a person chooses: by which channel each kind comes, together or at once, and when it is quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from common.refusals import Refusal
from employees.models import User
from notifications.kinds import kinds_of
from notifications.models import Channel, NotificationChoices


class ChoiceRefused(Refusal):
    """A choice that cannot be."""


def choices_of(user: User) -> NotificationChoices:
    """What is stored; for somebody who never chose a row that is not stored."""
    return NotificationChoices.objects.filter(user=user).first() or NotificationChoices(user=user)


def choices_change(
    *,
    user: User,
    channels: Mapping[str, Iterable[str]],
    digest: str = "",
    digest_hour: int = 8,
    quiet_from: time | None = None,
    quiet_to: time | None = None,
) -> NotificationChoices:
    """Store them; of kinds that are not this user's what was stored stays. Raises ``ChoiceRefused``."""
    if (quiet_from is None) != (quiet_to is None):
        raise ChoiceRefused("quiet_half", _("Give both times, or neither."), field="quiet_to")
    mine = kinds_of(user)
    row = choices_of(user)
    chosen = {kind: [one for one in Channel.values if one in set(channels.get(kind, ()))] for kind in mine}
    row.channels = {**row.channels, **chosen}
    row.digest, row.digest_hour, row.quiet_from, row.quiet_to = digest, digest_hour, quiet_from, quiet_to
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        raise ChoiceRefused("invalid", " ".join(error.messages)) from error
    NotificationChoices.objects.update_or_create(
        user=user,
        defaults={name: getattr(row, name) for name in ("channels", "digest", "digest_hour", "quiet_from", "quiet_to")},
    )
    return choices_of(user)
