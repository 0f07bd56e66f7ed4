"""Telling HR, once, of a kiosk that has gone silent."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from employees.models import User
from kiosk.selectors import Trouble, kiosk_troubles

logger = logging.getLogger(__name__)


def kiosk_silence_tell() -> int:
    """Write to every HR account with an address about each kiosk that fell silent since the last look; how many.

    A kiosk is told of once in each silence, whichever worker looks; where no mail can be sent the log says so, and
    the dashboard shows it anyway.
    """
    told = 0
    for trouble in kiosk_troubles():
        if trouble.code != "silent":
            continue
        row = Kiosk.objects.filter(pk=trouble.kiosk.pk, silence_told_at=None)
        if row.update(silence_told_at=timezone.now()):
            logger.warning("kiosk %s is silent since %s", trouble.kiosk.name, trouble.kiosk.last_seen_at)
            _write(trouble)
            told += 1
    return told


def _write(trouble: Trouble) -> None:
    addresses = User.objects.filter(role=User.Role.HR, is_active=True).exclude(email="").values_list("email", flat=True)
    if not addresses:
        return
    with translation.override(None):
        subject = _("Presente: the kiosk %(name)s is silent") % {"name": trouble.kiosk.name}
    try:
        send_mail(subject, trouble.text, None, list(addresses))
    except (OSError, SMTPException) as error:
        logger.warning("no mail about the kiosk %s could be sent: %s", trouble.kiosk.name, error)
