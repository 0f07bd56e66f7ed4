"""What runs for kiosks from time to time: HR is told of silent ones, and looks that may refresh a template settle."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, Kiosk
from employees.access import acting_users
from employees.models import User
from kiosk.selectors import Trouble, kiosk_troubles
from recognition.services import refresh_clear, refresh_confirm, refresh_due, refresh_forget

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


def refresh_settle() -> int:
    """Hand on the looks whose punch by face still stands, delete the others. Returns how many were handed on.

    Safe to run twice and side by side.
    """
    due = refresh_due()
    punches = ClockEvent.objects.standing().filter(
        method=ClockEvent.Method.FACE, decision__in=due, employee=F("decision__employee"), queued_punches=None
    )
    standing = set(punches.values_list("decision_id", flat=True))
    confirmed = refresh_confirm(decision_ids=standing)
    refresh_forget(decision_ids=[decision for decision in due if decision not in standing])
    refresh_clear()
    return confirmed


def _write(trouble: Trouble) -> None:
    addresses = acting_users().filter(role=User.Role.HR).exclude(email="").values_list("email", flat=True)
    if not addresses:
        return
    with translation.override(None):
        subject = _("Presente: the kiosk %(name)s is offline") % {"name": trouble.kiosk.name}
    try:
        send_mail(subject, trouble.text, None, list(addresses))
    except (OSError, SMTPException) as error:
        logger.warning("no mail about the kiosk %s could be sent: %s", trouble.kiosk.name, error)
