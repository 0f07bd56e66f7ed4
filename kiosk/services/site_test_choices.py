"""Choose what a test of a kiosk proposed."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from employees.models import User
from kiosk.errors import KioskError
from kiosk.models import KioskSettings, KioskTest
from kiosk.site_test.proposals import Proposal
from kiosk.site_test.report import is_chosen, proposals_of
from recognition.services import point_choose


def site_test_apply(*, test: KioskTest, setting: str, by: User) -> Proposal:
    """Set ``setting`` as the test proposed, unless it is as strict already.

    Raises ``KioskError`` (``nothing_proposed``) where the test proposed no other value.
    """
    proposed = next((one for one in proposals_of(test) if one.setting == setting and one.changes), None)
    if proposed is None:
        raise KioskError("nothing_proposed", _("This test proposes to leave that as it is."))
    if is_chosen(test, proposed):
        return proposed
    if proposed.setting == "strictness":
        reason = _("Test of %(kiosk)s") % {"kiosk": test.kiosk.name}
        point_choose(use=test.conditions["use"], target=float(proposed.proposed), by=by, reason=reason)
        return proposed
    changes = {"liveness": proposed.proposed} if proposed.setting == "liveness" else {"mode": "verify", "pin": True}
    with transaction.atomic():
        KioskSettings.objects.update_or_create(kiosk=test.kiosk, defaults=changes)
    return proposed
