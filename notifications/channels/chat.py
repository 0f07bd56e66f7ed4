"""By chat (Telegram, WhatsApp, Slack, Teams, Matrix and others), through Apprise in a process of its own.

Apprise opens its connections itself, to addresses that somebody typed in. In a process of its own each of them is
checked as it is opened, no proxy of the environment is used, and the whole ends when its time is over.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from common import audit
from common.refusals import Refusal
from common.subprocesses import DIE_WITH_PARENT
from employees.models import User
from employees.vault import VaultError
from notifications.channels.outcome import SENT, NotSent, Outcome, headline, messages
from notifications.kinds import COMPANY_KINDS
from notifications.models import ChatAddress, Delivery

DEADLINE = 40.0
"""Seconds for loading Apprise, the connection and the answer; less than a message's lease."""
LONGEST_URL = 1000
PROGRAM = (sys.executable, "-I", "-c")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from notifications.channels.chat_process import main; main()"


class ChatRefused(Refusal):
    """An address that no chat message can be sent to."""


def send(rows: Sequence[Delivery]) -> Outcome:
    """Raises ``NotSent``."""
    user = rows[0].notification.user
    address: ChatAddress | None = (
        getattr(user, "chat_address", None) if user is not None else ChatAddress.objects.filter(company=True).first()
    )
    if address is None:
        raise NotSent(_("There is no chat address."), final=True)
    try:
        url = address.url
    except VaultError as error:
        raise NotSent(str(error), final=True) from error
    found = messages(rows)
    body = "\n\n".join("\n".join([one.text.title, *one.text.lines, *([one.url] if one.url else [])]) for one in found)
    _ask(url, title=f"Presente: {headline(found)}", body=body)
    return SENT


def chat_set(*, url: str, user: User | None = None, kinds: Sequence[str] = ()) -> ChatAddress:
    """Keep where this user's chat messages go, or with None the company's. Raises ``ChatRefused``."""
    typed = url.strip()
    if not typed or len(typed) > LONGEST_URL:
        raise ChatRefused("chat_address", _("Paste the address as Apprise has it: tgram://token/chat."), field="url")
    try:
        service = _ask(typed)
    except NotSent as refused:
        raise ChatRefused("chat_address", str(refused), field="url") from refused
    wanted = [kind for kind in COMPANY_KINDS if kind in kinds] if user is None else []
    row = ChatAddress.objects.filter(user=user, company=user is None).first() or ChatAddress(
        user=user, company=user is None
    )
    row.service, row.kinds = service[:60], wanted
    row.seal_url(typed)
    with transaction.atomic():
        row.save()
        if user is None:
            audit.record("chat.company", object=row.service, details={"kinds": wanted})
    return row


def company_chat_remove() -> None:
    """The company has no chat any more."""
    with transaction.atomic():
        if ChatAddress.objects.filter(company=True).delete()[0]:
            audit.record("chat.company", object="-")


def chat_test(*, address: ChatAddress) -> None:
    """Send a message that says only that the address works. Raises ``ChatRefused``."""
    try:
        _ask(address.url, title="Presente", body=_("This is a test: chat messages of Presente arrive here."))
    except (NotSent, VaultError) as error:
        raise ChatRefused("chat_not_sent", str(error), field="url") from error


def _ask(url: str, *, title: str = "", body: str = "") -> str:
    """Have the process look at the address, and send the message where there is one; the service's name."""
    asked = {"url": url, "title": title, "body": body, "loopback": bool(settings.WEBHOOK_LOOPBACK)}
    try:
        done = subprocess.run(
            [*DIE_WITH_PARENT, *PROGRAM, _START, str(settings.BASE_DIR)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
            # Nothing of the environment: no proxy, no key, no other settings.
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"},
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired as error:
        raise NotSent(_("The chat service did not answer in time.")) from error
    except (OSError, ValueError, IndexError) as error:
        raise NotSent(_("The chat message could not be sent.")) from error
    if answer["state"] == "unknown":
        raise NotSent(
            _(
                "This is no address that Presente sends chat messages to. Paste it as Apprise has it: tgram://token/chat."
            ),
            final=True,
        )
    if answer["state"] == "refused":
        raise NotSent(_("Messages are not sent to this address: %(why)s") % {"why": answer["why"]}, final=True)
    if answer["state"] == "failed":
        raise NotSent(_("The chat service did not take the message: %(why)s") % {"why": answer["why"]})
    return str(answer["service"])
