"""What a phone's evidence says, in words: verdicts, signs, refusals."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attendance.signals import Evidence
from phone.judging import Sign, Verdict
from phone.models import PhoneEvidence, PhonePunch, PhoneRule

SIGNS: dict[Sign, Any] = {
    Sign.EXACT: gettext_lazy("More exact than a phone can be: the place may be made up."),
    Sign.REPEATED: gettext_lazy("Exactly the same place as the last punch: it may be made up."),
    Sign.SPEED: gettext_lazy("Too far from the last punch for the time between."),
    Sign.HEIGHT: gettext_lazy("No height, which phones usually know."),
}
REFUSED: dict[Verdict, Any] = {
    Verdict.OUTSIDE: gettext_lazy(
        "You are outside the area where you may clock in by phone. Go there, or use a kiosk."
    ),
    Verdict.INACCURATE: gettext_lazy(
        "Your phone does not know its place well enough. Go outdoors or to a window and try again, or use a kiosk."
    ),
    Verdict.OLD: gettext_lazy("The place that your phone sent is an old one. Try again."),
    Verdict.DENIED: gettext_lazy(
        "Your phone may not share its place. Allow it for this page in the browser’s settings, or use a kiosk."
    ),
    Verdict.UNKNOWN: gettext_lazy(
        "Your phone could not find its place. Switch location on and try again, or use a kiosk."
    ),
}
REASONS: dict[str, Any] = {
    "place_outside": gettext_lazy("outside the area"),
    "place_inaccurate": gettext_lazy("place too inaccurate"),
    "place_old": gettext_lazy("place from another time"),
    "place_denied": gettext_lazy("place not shared"),
    "place_unknown": gettext_lazy("place not found"),
    "phone_not_allowed": gettext_lazy("clocking in by phone is not allowed"),
    "selfie_missing": gettext_lazy("a selfie is needed, which needs a connection"),
    "not_employed": gettext_lazy("not employed on that day"),
    "account_closed": gettext_lazy("the account was closed"),
    "phone_retired": gettext_lazy("the phone was removed"),
    "clock_unsure": gettext_lazy("the phone’s clock was changed, so the time cannot be told"),
    "too_old": gettext_lazy("too long ago"),
    "unreadable": gettext_lazy("it cannot be read"),
}
OTHER = gettext_lazy("it could not be recorded")


def refused_because(code: str) -> str:
    """Why a punch was not recorded, as part of a sentence."""
    return str(REASONS.get(code, OTHER))


def metres(value: float) -> str:
    """``1 metre``, ``20 metres``."""
    count = round(value)
    return ngettext("%(count)d metre", "%(count)d metres", count) % {"count": count}


def verdict_text(evidence: PhoneEvidence) -> str:
    """Where the phone was: ``Outside the area by 240 metres, accurate to 12 metres``."""
    said = str(evidence.get_verdict_display())
    if evidence.verdict == Verdict.OUTSIDE and evidence.metres is not None:
        said = _("Outside the area by %(metres)s") % {"metres": metres(evidence.metres)}
    if evidence.accuracy is not None:
        said += ", " + _("accurate to %(metres)s") % {"metres": metres(evidence.accuracy)}
    return said


def evidence_text(evidence: PhoneEvidence) -> Evidence:
    """What is shown beside the punch."""
    lines = [verdict_text(evidence)]
    if evidence.point is not None:
        lines.append(f"{evidence.point.latitude:.5f}, {evidence.point.longitude:.5f}")
    if evidence.event.decision_id:
        lines.append(_("Face compared with the person’s own"))
    if evidence.offline:
        lines.append(_("Made without a connection"))
    if evidence.clock != PhonePunch.Clock.OK:
        lines.append(str(evidence.get_clock_display()))
    lines += [str(SIGNS[one]) for one in evidence.sign_codes]
    return Evidence(lines, evidence.flagged)


def rule_text(rule: PhoneRule | None) -> str:
    """What HR allows somebody, for their own page."""
    if rule is None or not rule.allowed:
        return _("Your company does not let you clock in with this phone. Use a kiosk.")
    if rule.fence is None:
        return _("Your place is not asked for.")
    if rule.outside == PhoneRule.Outside.REFUSE:
        return _("Your place is recorded with the punch. Outside the area nothing is recorded.")
    return _("Your place is recorded with the punch. Outside the area it is flagged for HR.")
