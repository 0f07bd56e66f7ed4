"""Consents that people give and withdraw themselves: logged in, or by a link that HR hands them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

import font_roboto
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF

from common import audit
from common.refusals import Refusal
from employees.consent_texts import consent_text
from employees.models import Consent, Employee, User
from employees.services import PURPOSES, consent_change, consent_give, consent_withdraw
from privacy.models import ConsentLink
from recognition.services import decision_pictures_forget

LINK_DAYS = 7


class ConsentRefused(Refusal):
    """A consent that cannot be given this way."""

    status = 409


def link_make(*, employee: Employee, by: User) -> str:
    """The token of a new link, shown once; the earlier ones of this person stop working."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        ConsentLink.objects.filter(employee=employee, expires_at__gt=now).update(expires_at=now)
        ConsentLink.objects.create(
            employee=employee, token_hash=_digest(token), made_by=by, expires_at=now + timedelta(days=LINK_DAYS)
        )
        audit.record("consent.link", subject=employee.number)
    return token


def link_open(*, token: str) -> ConsentLink:
    """The link of a token; raises ``ConsentRefused`` (``link_unknown``)."""
    found = ConsentLink.objects.select_related("employee").filter(
        token_hash=_digest(token), expires_at__gt=timezone.now(), employee__in=Employee.objects.active()
    )
    link = found.first()
    if link is None:
        raise ConsentRefused("link_unknown", _("This link has expired. Ask HR for a new one."), status=404)
    return link


def own_consent_give(
    *,
    employee: Employee,
    method: str,
    language: str,
    version: str,
    purposes: set[str],
    link: ConsentLink | None = None,
) -> Consent:
    """The person agrees to the text of ``version`` that they were shown, for ``purposes`` beside clocking.

    A link gives a consent once, so that whoever finds it later cannot; withdrawing stays possible while it lasts.
    Raises ``ConsentRefused``: ``text_changed`` (another text is in force by now) or ``link_used``.
    """
    text = consent_text(language=language)
    if text is None or text.version != version:
        raise ConsentRefused("text_changed", _("The text has changed meanwhile. Read it again."))
    with transaction.atomic():
        if link is not None:
            used = ConsentLink.objects.filter(pk=link.pk, given_at=None).update(given_at=timezone.now())
            if not used:
                raise ConsentRefused("link_used", _("This link was used already. Ask HR for a new one."))
        given: dict[str, Any] = {one: one in purposes for one in PURPOSES}
        with audit.acting(f"employee {employee.number}"):
            consent = consent_give(employee=employee, method=method, text=text, **given)
    return consent


def own_consent_change(*, employee: Employee, method: str, purposes: set[str], user: User | None = None) -> Consent:
    """The person agrees to ``purposes`` beside clocking from now on; what was kept for one that ended is deleted.

    By a link, which others may find, purposes can end and none can begin. Raises ``EmployeeError`` (``no_consent``).
    """
    if method == Consent.Method.LINK:
        standing = Consent.objects.filter(employee=employee, withdrawn_at=None).first()
        purposes = {one for one in purposes if standing is not None and getattr(standing, one)}
    wanted: dict[str, Any] = {one: one in purposes for one in PURPOSES}
    with audit.acting(f"employee {employee.number}"):
        consent = consent_change(employee=employee, method=method, by=user, **wanted)
    if not consent.pictures:
        decision_pictures_forget(employee=employee)
    return consent


def own_consent_withdraw(*, employee: Employee, user: User | None = None) -> None:
    """The person takes the consent back; the face is erased right after."""
    with audit.acting(f"employee {employee.number}"):
        consent_withdraw(employee=employee, by=user)


def consent_facts(consent: Consent) -> list[tuple[str, str]]:
    """What a receipt says: each fact with its name."""
    zone = consent.employee.zone
    purposes = [_("clocking in and out")]
    purposes += [_("doors")] if consent.doors else []
    purposes += [_("keeping pictures of recognitions")] if consent.pictures else []
    purposes += [_("a portrait beside the name")] if consent.portrait else []
    purposes += [_("automatic photo updates")] if consent.refresh else []
    facts = [
        (_("Person"), f"{consent.employee.name} ({consent.employee.number})"),
        (_("Purposes"), ", ".join(purposes)),
        (_("Text"), _said_text(consent)),
        (_("How"), str(consent.get_method_display())),
        (_("Given"), f"{consent.given_at.astimezone(zone):%Y-%m-%d %H:%M:%S %z} ({zone.key})"),
    ]
    if consent.withdrawn_at is not None:
        facts.append((_("Withdrawn"), f"{consent.withdrawn_at.astimezone(zone):%Y-%m-%d %H:%M:%S %z} ({zone.key})"))
    return [*facts, (_("Seal"), bytes(consent.seal).hex())]


def consent_receipt(consent: Consent) -> bytes:
    """The receipt as PDF: the facts and the whole text, in the language that is active."""
    paper: Any = FPDF(format="A4")
    for style, file in (("", font_roboto.Roboto), ("B", font_roboto.RobotoBold)):
        paper.add_font("Roboto", style, file)
    paper.set_margins(18, 18)
    title = _("Receipt of a withdrawal") if consent.withdrawn_at else _("Receipt of a consent")
    paper.set_title(title)
    paper.add_page()
    for text, bold, size in [
        (title, True, 16),
        *((f"{name}: {value}", False, 9) for name, value in consent_facts(consent)),
        (consent.text.text if consent.text else "", False, 9),
    ]:
        paper.set_font("Roboto", "B" if bold else "", size)
        paper.multi_cell(0, size * 0.55, text, new_x="LMARGIN", new_y="NEXT")
        paper.ln(2)
    return bytes(paper.output())


def _said_text(consent: Consent) -> str:
    if consent.text is None:
        return consent.policy_version
    digest = hashlib.sha256(consent.text.text.encode()).hexdigest()
    return f"{consent.text.version} ({consent.text.language}), SHA-256 {digest}"


def _digest(token: str) -> str:
    """What is stored of a token. It has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
