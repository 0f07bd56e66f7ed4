"""Whose account a login at the company's own provider (OpenID Connect) opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import audit
from common.inputs import UnreadableInput, check_text
from common.refusals import Refusal
from employees.access import may_act
from employees.models import ProviderLogin, User


class ProviderRefused(Refusal):
    """A login that the provider vouches for, and that opens no account here."""

    status = 403


def provider_user(*, issuer: str, claims: Mapping[str, Any]) -> User:
    """The account of these checked claims: by subject where it is linked, else by an e-mail the provider has verified.

    No account is made and no role given. Raises ``ProviderRefused``: ``account_unknown``, ``email_unverified``,
    ``email_ambiguous``, ``subject_other``, ``left``.
    """
    subject = _storable(claims.get("sub"))
    found = ProviderLogin.objects.filter(issuer=issuer, subject=subject).select_related("user").first()
    user: User = found.user if found is not None else _by_email(claims)
    if not may_act(user):
        raise ProviderRefused("left", _("This access has ended. Ask HR if that is a mistake."))
    if found is None:
        _link(user, issuer, subject)
    return user


def _by_email(claims: Mapping[str, Any]) -> User:
    email = _storable(claims.get("email"))
    # Some providers send it as a text; anything but a plain yes is a no.
    if not email or claims.get("email_verified") not in (True, "true"):
        raise ProviderRefused("email_unverified", _("The login server has not verified your e-mail address. Ask IT."))
    # The database may take more letters for the same than Python does (a dotless i): its word is not the last.
    found = [one for one in User.objects.filter(email__iexact=email) if one.email.casefold() == email.casefold()]
    if not found:
        raise ProviderRefused("account_unknown", _("No account here has your e-mail address. Ask HR for one."))
    if len(found) > 1:
        raise ProviderRefused("email_ambiguous", _("Several accounts have your e-mail address. Ask HR to mend it."))
    return found[0]


def _storable(claim: object) -> str:
    """The claim as text; raises ``ProviderRefused`` for one that no account can have."""
    try:
        return check_text(str(claim or ""))
    except UnreadableInput as error:
        raise ProviderRefused(
            "account_unknown", _("No account here has your e-mail address. Ask HR for one.")
        ) from error


def _link(user: User, issuer: str, subject: str) -> None:
    """From now on the subject counts, whatever becomes of the address."""
    try:
        with transaction.atomic():
            ProviderLogin.objects.create(user=user, issuer=issuer, subject=subject)
    except IntegrityError as error:
        # The address belongs to somebody else at the provider now: a new person does not get a former one's account.
        raise ProviderRefused(
            "subject_other",
            _("Your account is linked to another login. Remove it under Login and security, or ask HR."),
        ) from error
    audit.record("login.linked", object=f"user {user.pk}", details={"issuer": issuer, "subject": subject})


def provider_unlink(*, user: User) -> None:
    """The account is opened by the provider no more, until an e-mail address links it anew."""
    if ProviderLogin.objects.filter(user=user).delete()[0]:
        audit.record("login.unlinked", object=f"user {user.pk}")
