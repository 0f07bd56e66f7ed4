"""Mail where no mail server is set: nothing is sent, and what a message says is written nowhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)


class EmailBackend(BaseEmailBackend):
    """Notes that a message was not sent. Its text stays out of the log: the links in it let somebody in."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            logger.warning("not sent, for no mail server is set (EMAIL_URL): %s", message.subject)
        return len(email_messages)
