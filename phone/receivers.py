"""What this app tells attendance's pages: how a punch by phone was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attendance.models import ClockEvent
from attendance.signals import Evidence, evidence_asked
from phone.models import PhoneEvidence
from phone.wording import evidence_text


def evidence_told(sender: type, events: Sequence[ClockEvent], **_more: Any) -> dict[str, Evidence]:
    """The evidence of those events that came from phones; one query, and none where there are no such events."""
    by_phone = {one.pk: one for one in events if one.method == ClockEvent.Method.PHONE}
    if not by_phone:
        return {}
    found = PhoneEvidence.objects.filter(event__in=by_phone)
    for one in found:
        one.event = by_phone[one.pk]
    return {str(one.pk): evidence_text(one) for one in found}


def connect() -> None:
    """Listen; called once when the app is ready."""
    evidence_asked.connect(evidence_told, dispatch_uid="phone.evidence")
