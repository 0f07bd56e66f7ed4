"""By e-mail: one message for one notification, or for all of a day."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException

from django.urls import reverse
from django.utils.translation import gettext as _

from employees.mail import link, mail_send
from notifications.channels.outcome import SENT, NotSent, Outcome, headline, messages
from notifications.kinds import RULES
from notifications.models import Delivery


def send(rows: Sequence[Delivery]) -> Outcome:
    """Raises ``NotSent``. A message that is sent twice, by a worker that died, has the same id."""
    first = rows[0]
    told = first.notification
    receiver = told.user or told.person
    address = first.to or (receiver.email if receiver is not None else "")
    if not address or receiver is None:
        raise NotSent(_("This person has no e-mail address."), final=True)
    found = messages(rows)
    name = told.person.name if told.person else told.user.get_full_name() or told.user.username if told.user else ""
    lines = [_("Hello %(name)s,") % {"name": name}, ""]
    for one in found:
        lines += [one.text.title, *one.text.lines, *([one.url] if one.url else []), ""]
    if told.user is not None and not RULES[told.kind].certain:
        lines += [_("What you are told, and how, is your choice:"), link(reverse("notification_choices"))]
    try:
        mail_send(
            to=address, subject=_("Presente: %(what)s") % {"what": headline(found)}, lines=lines, key=str(first.pk)
        )
    except (OSError, SMTPException) as error:
        raise NotSent(str(error) or type(error).__name__) from error
    return SENT
