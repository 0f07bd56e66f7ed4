"""By Web Push (RFC 8030): encrypted for the browser (RFC 8291), signed with this installation's own key (RFC 8292)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from urllib.parse import urlsplit

import http_ece
import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.translation import gettext as _
from py_vapid import Vapid02, VapidException

from common.kept_secrets import write_durably
from common.outgoing import AddressRefused, check_form
from common.outgoing import send as post
from common.refusals import Refusal
from common.seals import keys_folder
from employees.models import User
from employees.vault import VaultError
from notifications.channels.outcome import SENT, NotSent, Outcome, headline, messages
from notifications.models import Delivery, PushSubscription

KEY_FILE = "push.key"
KEPT_SECONDS = 86400
"""So long a push service keeps a message for a browser that is not running."""
MOST_BROWSERS = 5
"""Of one person: a sixth takes the place of the oldest, and all are written to within a message's lease."""
WAIT_SECONDS, DEADLINE_SECONDS = 5.0, 10.0
LONGEST_BODY = 1000
GONE = {404, 410}
POINT = 65
"""Bytes of an uncompressed point of P-256."""
SECRET = 16


class PushRefused(Refusal):
    """A browser's answer that is no subscription."""


def send(rows: Sequence[Delivery]) -> Outcome:
    """To each browser of the receiver; sent where one took it. Raises ``NotSent``."""
    found = messages(rows)
    told = rows[0].notification
    content = {
        "title": headline(found),
        "body": "\n".join(one.text.title if len(found) > 1 else "\n".join(one.text.lines) for one in found)[
            :LONGEST_BODY
        ],
        "path": told.path if len(found) == 1 and told.path else "/notifications/",
        "tag": str(rows[0].pk),
    }
    errors = []
    taken = False
    for browser in PushSubscription.objects.filter(user=told.user):
        try:
            taken |= _push(browser, json.dumps(content, ensure_ascii=False).encode())
        except (VaultError, AddressRefused, httpx.HTTPError, httpx.InvalidURL, NotSent) as error:
            errors.append(str(error) or type(error).__name__)
    if taken:
        return SENT
    if errors:
        raise NotSent(errors[0])
    raise NotSent(_("No browser takes push messages any more."), final=True)


def subscribe(*, user: User, content: Mapping[str, object], browser: str) -> PushSubscription:
    """Keep what a browser of this user's said of itself. Raises ``PushRefused``."""
    keys = content.get("keys")
    endpoint = content.get("endpoint")
    given = keys if isinstance(keys, Mapping) else {}
    public, secret = given.get("p256dh"), given.get("auth")
    if not (isinstance(endpoint, str) and isinstance(public, str) and isinstance(secret, str)):
        raise PushRefused("push_malformed", _("This browser's answer is no subscription. Reload the page."))
    try:
        check_form(endpoint)
        if len(endpoint) > 1000 or len(_bytes(secret)) != SECRET or len(_bytes(public)) != POINT:
            raise ValueError
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(public))
    except (AddressRefused, ValueError) as error:
        raise PushRefused("push_malformed", _("This browser's answer is no subscription. Reload the page.")) from error
    name = _name(endpoint)
    # A browser in which somebody else logged in before is theirs no more.
    PushSubscription.objects.filter(endpoint_hash=name).delete()
    row = PushSubscription(user=user, endpoint_hash=name, browser=browser[:60])
    row.seal({"endpoint": endpoint, "p256dh": public, "auth": secret})
    row.save()
    older = PushSubscription.objects.filter(user=user).values_list("pk", flat=True)[MOST_BROWSERS:]
    PushSubscription.objects.filter(pk__in=list(older)).delete()
    return row


def unsubscribe(*, user: User, endpoint: str) -> int:
    """Forget a browser of this user's."""
    return PushSubscription.objects.filter(user=user, endpoint_hash=_name(endpoint)).delete()[0]


def public_key() -> str:
    """What a browser's subscription is bound to, as it asks for it. Raises ``VaultError`` where it is damaged."""
    point = _key().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _push(browser: PushSubscription, content: bytes) -> bool:
    """Whether the push service took it; a browser that is gone is forgotten."""
    kept = browser.content
    body = http_ece.encrypt(
        content,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(kept["p256dh"]),
        auth_secret=_bytes(kept["auth"]),
        version="aes128gcm",
    )
    parts = urlsplit(kept["endpoint"])
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    signed = _key().sign({"aud": f"{parts.scheme}://{parts.netloc}", "sub": f"mailto:{sender}"})
    headers = {
        **signed,
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "normal",
    }
    status, _answer = post(
        kept["endpoint"], body, headers, wait=WAIT_SECONDS, deadline=DEADLINE_SECONDS, most=LONGEST_BODY
    )
    if status in GONE:
        browser.delete()
        return False
    if not 200 <= status < 300:
        raise NotSent(_("The push service answered %(status)s.") % {"status": status})
    return True


def _key() -> Vapid02:
    """The installation's key pair, beside its other keys, made on the first use; of two at once one is kept.

    Raises ``VaultError`` where the file holds none: in its place a new one would silence every browser unseen.
    """
    path = keys_folder() / KEY_FILE
    if not path.exists():
        fresh = Vapid02()
        fresh.generate_keys()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            write_durably(path, fresh.private_pem())
    try:
        return Vapid02.from_pem(path.read_bytes())
    except (OSError, ValueError, VapidException) as error:
        raise VaultError(
            f"{path} holds no key. Restore it from the backup of the keys, or delete it: then every browser has to "
            "subscribe again."
        ) from error


def _name(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
