"""The second step of a login: an authenticator app (RFC 6238), passkeys (WebAuthn), and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from common.refusals import Refusal
from employees import vault
from employees.models import LoginSession, RecoveryCode, SecondFactor, User
from employees.pins import tries_forget, try_take

STEP, DIGITS = 30, 6
CODES = 8
State = dict[str, Any]


class FactorRefused(Refusal):
    """A second step that was not right, or may not be tried now."""

    status = 403


def has_second_factor(user: User) -> bool:
    """Whether the password alone does not log this user in."""
    return SecondFactor.objects.filter(user=user).exists()


def needs_second_factor(user: User) -> bool:
    """Whether the installation asks this role for one, and there is none yet."""
    return user.role in settings.SECOND_FACTOR_ROLES and not has_second_factor(user)


def app_secret() -> str:
    """A new secret for an authenticator app, in the letters that such apps read."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def app_address(*, user: User, secret: str) -> str:
    """What the app reads from the QR code."""
    return _totp(secret).get_provisioning_uri(user.username, "Presente")


def app_add(*, user: User, secret: str, code: str) -> list[str]:
    """Use this app from now on; the recovery codes, shown once. Raises ``FactorRefused`` (``code_wrong``)."""
    step = _step_of(secret, code)
    if step is None:
        raise FactorRefused("code_wrong", _("This code is not right. Type the one that the app shows now."))
    with transaction.atomic():
        SecondFactor.objects.filter(user=user, kind=SecondFactor.Kind.APP).delete()
        factor = SecondFactor.objects.create(user=user, kind=SecondFactor.Kind.APP, last_step=step)
        factor.secret = vault.wrap(secret.encode(), context=f"second-factor:{factor.pk}")
        factor.save(update_fields=["secret"])
        return codes_make(user=user)


def codes_make(*, user: User) -> list[str]:
    """New recovery codes in place of the earlier ones; shown once, kept as hashes."""
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _each in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return codes


def code_check(*, user: User, code: str) -> None:
    """Pass the second step with the app's code or a recovery code, each of which works once.

    Raises ``FactorRefused``: ``code_wrong``, or ``code_locked`` after too many wrong ones, as with PINs.
    """
    name = f"second:{user.pk}"
    if until := try_take(number=name):
        minutes = max(1, round((until - timezone.now()).total_seconds() / 60))
        text = _("Too many wrong codes. Try again in %(minutes)d min.")
        raise FactorRefused("code_locked", text % {"minutes": minutes})
    if not (_app_passes(user, code.strip()) or _recovery_passes(user, code.strip().lower())):
        raise FactorRefused("code_wrong", _("This code is not right. Type the one that the app shows now."))
    tries_forget(number=name)


def _app_passes(user: User, code: str) -> bool:
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, kind=SecondFactor.Kind.APP).first()
        if factor is None:
            return False
        secret = vault.unwrap(bytes(factor.secret), context=f"second-factor:{factor.pk}").decode()
        step = _step_of(secret, code)
        if step is None or step <= factor.last_step:
            return False
        factor.last_step, factor.used_at = step, timezone.now()
        factor.save(update_fields=["last_step", "used_at"])
        return True


def _recovery_passes(user: User, code: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, used_at=None, digest=_digest(user, code))
    return unused.update(used_at=timezone.now()) == 1


def _digest(user: User, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{user.pk} {code}".encode(), hashlib.sha256).hexdigest()


def _totp(secret: str) -> TOTP:
    # SHA-1 is what every app computes; as a keyed hash of a counter it is sound.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)


def _step_of(secret: str, code: str) -> int | None:
    """The half minute that this code belongs to, of the last, this and the next one."""
    now = int(time.time()) // STEP
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(_totp(secret).generate(step * STEP), code.encode()):
            return step
    return None


def passkey_begin(*, user: User, host: str) -> tuple[dict[str, Any], State]:
    """What the browser needs to make a passkey, and what is kept in the session meanwhile."""
    own = SecondFactor.objects.filter(user=user, kind=SecondFactor.Kind.PASSKEY)
    options, state = _server(host).register_begin(
        PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=user.username, display_name=user.get_full_name()),
        credentials=[AttestedCredentialData(bytes(one.credential)) for one in own],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), state


def passkey_add(*, user: User, host: str, state: State, response: Mapping[str, Any], name: str) -> SecondFactor:
    """Keep the passkey that the browser made. Raises ``FactorRefused`` (``passkey_refused``)."""
    try:
        data = _server(host).register_complete(state, response).credential_data
        assert data is not None
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise FactorRefused("passkey_refused", _("The passkey could not be kept. Try again.")) from error
    return SecondFactor.objects.create(
        user=user,
        kind=SecondFactor.Kind.PASSKEY,
        name=name[:60],
        credential=bytes(data),
        credential_id=websafe_encode(data.credential_id),
    )


def passkey_ask(*, host: str) -> tuple[dict[str, Any], State]:
    """What the browser needs to offer the passkeys that it has for us."""
    options, state = _server(host).authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options), state


def passkey_check(*, host: str, state: State, response: Mapping[str, Any]) -> User:
    """Whose passkey signed. Raises ``FactorRefused`` (``passkey_refused``)."""
    refused = FactorRefused("passkey_refused", _("This passkey is not known here. Log in with your password."))
    factor = (
        SecondFactor.objects.filter(credential_id=str(response.get("id", "")) or "-").select_related("user").first()
    )
    if factor is None:
        raise refused
    known: Sequence[AttestedCredentialData] = [AttestedCredentialData(bytes(factor.credential))]
    try:
        _server(host).authenticate_complete(state, known, response)
    except (ValueError, KeyError, TypeError) as error:
        raise refused from error
    factor.used_at = timezone.now()
    factor.save(update_fields=["used_at"])
    user: User = User.objects.get(pk=factor.user_id)
    return user


def factor_remove(*, user: User, key: int) -> None:
    """One's own app or passkey is used no more; with the last one the recovery codes go."""
    SecondFactor.objects.filter(user=user, pk=key).delete()
    if not has_second_factor(user):
        RecoveryCode.objects.filter(user=user).delete()


def _server(host: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(name="Presente", id=host))


def session_seen(*, user: User, session_key: str, address: str, browser: str, begun: datetime) -> None:
    """Keep where somebody is logged in, for their own list."""
    LoginSession.objects.update_or_create(
        session_key=session_key,
        defaults={"user": user, "address": address, "browser": browser[:200], "seen_at": timezone.now()},
        create_defaults={"user": user, "address": address, "browser": browser[:200], "begun_at": begun},
    )


def sessions_of(user: User) -> list[LoginSession]:
    """Where this user is logged in; what has ended meanwhile is forgotten."""
    standing = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    LoginSession.objects.filter(user=user).exclude(session_key__in=standing).delete()
    return list(LoginSession.objects.filter(user=user))


def session_end(*, user: User, key: int) -> None:
    """Log the user out there."""
    for one in LoginSession.objects.filter(user=user, pk=key):
        Session.objects.filter(session_key=one.session_key).delete()
        one.delete()


def sessions_end(*, user: User) -> int:
    """Log the user out everywhere; how many logins ended."""
    keys = list(LoginSession.objects.filter(user=user).values_list("session_key", flat=True))
    LoginSession.objects.filter(user=user).delete()
    return Session.objects.filter(session_key__in=keys).delete()[0]


def browser_name(request: HttpRequest) -> str:
    """Which browser and system, as far as the browser says."""
    text = request.headers.get("User-Agent", "")
    found = [name for name in ("Firefox", "Edg", "Chrome", "Safari") if name in text][:1]
    system = [name for name in ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux") if name in text][:1]
    return " · ".join([*found, *system]) or text[:60]
