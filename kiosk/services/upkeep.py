"""What runs for kiosks from time to time: HR is told of silent ones, and looks that may refresh a template settle."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from attendance.models import ClockEvent, Kiosk
from attendance.signals import kiosk_silent
from kiosk.selectors import kiosk_troubles
from recognition.services import refresh_clear, refresh_confirm, refresh_due, refresh_forget

logger = logging.getLogger(__name__)


def kiosk_silence_tell() -> int:
    """Have HR and IT told of each kiosk that fell silent since the last look; how many.

    A kiosk is told of once in each silence, whichever worker looks; the log and the dashboard say it as well.
    """
    told = 0
    for trouble in kiosk_troubles():
        kiosk = trouble.kiosk
        if trouble.code != "silent" or kiosk.last_seen_at is None:
            continue
        with transaction.atomic():
            if Kiosk.objects.filter(pk=kiosk.pk, silence_told_at=None).update(silence_told_at=timezone.now()):
                logger.warning("kiosk %s is silent since %s", kiosk.name, kiosk.last_seen_at)
                kiosk_silent.send(Kiosk, kiosk=kiosk, since=kiosk.last_seen_at.astimezone(kiosk.zone))
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
