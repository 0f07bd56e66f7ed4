"""What came of sending a message, and what every channel makes of one or several notifications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import ngettext

from employees.mail import link
from notifications.kinds import RULES, Text, text
from notifications.models import Delivery


class NotSent(Exception):
    """Why a message was not sent; ``final`` where another try would change nothing."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


@dataclass(frozen=True, slots=True)
class Outcome:
    """``error`` says why it was not ``sent``; ``final``: and will not be."""

    sent: bool
    error: str = ""
    final: bool = False


SENT = Outcome(sent=True)


@dataclass(frozen=True, slots=True)
class Message:
    """One notification as every channel shows it."""

    text: Text
    url: str


def messages(rows: Sequence[Delivery]) -> list[Message]:
    """In the language that is active; a warning about an account has no link, which could be somebody else's."""
    return [
        Message(
            text(one.notification.kind, one.notification.data),
            "" if RULES[one.notification.kind].certain or not one.notification.path else link(one.notification.path),
        )
        for one in rows
    ]


def headline(found: Sequence[Message]) -> str:
    """The notification's own sentence, or how many there are."""
    if len(found) == 1:
        return found[0].text.title
    return ngettext("%(count)d notification", "%(count)d notifications", len(found)) % {"count": len(found)}
