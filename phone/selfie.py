"""A selfie with the punch: the face of whoever is logged in, compared with their own, and proof that it lives.

No picture is kept. What was compared is a decision of recognition, which the punch then names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from employees.models import Employee
from employees.services import has_consent
from phone.services import PhoneRefused
from recognition.models import Decision
from recognition.services import (
    LivenessPolicy,
    can_verify,
    challenge_answer,
    challenge_issue,
    challenge_request,
    identify,
    moments,
)

FRAMES = 5
FRAME_BYTES = 2 * 1024 * 1024
SECONDS = 120
"""From the look to the punch."""
POLICY = LivenessPolicy("always", remember=False)
"""Nobody watches who stands before a phone: everybody shows that they live."""


def selfie_judge(
    *, employee: Employee, images: Sequence[bytes], times: str = "", challenge: str = ""
) -> dict[str, Any]:
    """Compare a burst with the person, or judge the film that answers a challenge.

    The answer is ``right`` with a token for the punch, ``challenge`` with what to do, or ``wrong`` with advice. Raises
    ``PhoneRefused`` (``no_consent``, ``not_enrolled``), ``LivenessError``, ``ImageRejected``, ``ModelUnavailable``.
    """
    if not has_consent(employee):
        raise PhoneRefused(
            "no_consent",
            _("You have not agreed to face recognition. Use a kiosk with number and PIN, or agree under “My consent”."),
        )
    if not can_verify(employee):
        raise PhoneRefused(
            "not_enrolled", _("Your face is not enrolled. Use a kiosk with number and PIN, or ask HR for a photo.")
        )
    at, asker_id = moments(times, len(images)), f"phone {employee.pk}"
    if challenge:
        look = challenge_answer(
            challenge_id=challenge,
            images=images,
            times=at,
            asker=Decision.Asker.USER,
            asker_id=asker_id,
            liveness=POLICY,
            one_to_one=True,
            use="clocking",
            pictures=False,
        )
    else:
        look = identify(
            images=images,
            asker=Decision.Asker.USER,
            asker_id=asker_id,
            times=at,
            liveness=POLICY,
            claimed=employee,
            use="clocking",
            pictures=False,
        )
    if look.outcome == Decision.Outcome.CHALLENGE:
        request = challenge_request(challenge_issue(decision=look.decision))
        return {"outcome": "challenge", "challenge": request, "advice": look.advice}
    if look.outcome != Decision.Outcome.IDENTIFIED or look.employee != employee:
        advice = look.advice
        if look.outcome == Decision.Outcome.UNKNOWN:
            advice = _("This does not look like you. Try again in better light, or use a kiosk.")
        return {"outcome": "wrong", "advice": advice}
    return {"outcome": "right", "selfie": _signer(employee).sign(str(look.decision.pk)), "advice": ""}


def selfie_opened(*, employee: Employee, token: str) -> Decision:
    """The decision that a token stands for. Raises ``PhoneRefused`` (``selfie_expired``)."""
    try:
        key = _signer(employee).unsign(token, max_age=SECONDS)
        return Decision.objects.get(pk=key, employee=employee)
    except (signing.BadSignature, Decision.DoesNotExist) as error:
        raise PhoneRefused("selfie_expired", _("The selfie is too old. Take it again.")) from error


def _signer(employee: Employee) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"presente.phone.selfie.{employee.pk}")
