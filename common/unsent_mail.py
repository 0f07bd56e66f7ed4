"""Mail where no mail server is set: nothing is sent, and what a message says is written nowhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)
BACKEND = "common.unsent_mail.EmailBackend"
"""The one below, as Django's EMAIL_BACKEND names it."""


class EmailBackend(BaseEmailBackend):
    """Notes that a message was not sent. Its text stays out of the log: the links in it let somebody in."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Take them all, as a server would, so that whoever sent them goes on."""
        # The log may tell what a message was about, not to whom it went nor its link.
        for message in email_messages:
            logger.warning("not sent, for no mail server is set (EMAIL_URL): %s", message.subject)
        return len(email_messages)


def mail_server_set() -> bool:
    """Whether a message can leave this machine (EMAIL_URL)."""
    return bool(settings.EMAIL_BACKEND != BACKEND)
