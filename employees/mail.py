"""One message to one person, in their language."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage

from common.company import language
from employees.models import Employee, User

Attachment = tuple[str, bytes, str]
"""Name, content, type."""


def language_of(person: Employee | User | None) -> str:
    """What the person reads: their own language, or the company's."""
    employee = getattr(person, "employee", None) if isinstance(person, User) else person
    return (employee.language if employee is not None else "") or language()


def link(path: str) -> str:
    """The address of a page as a message shows it."""
    return f"{settings.SITE_URL}{path}"


def mail_send(*, to: str, subject: str, lines: Sequence[str], key: str, attachment: Attachment | None = None) -> None:
    """Send it; ``key`` names the message, so that a mail program tells the same one sent twice.

    Raises OSError or SMTPException where the server cannot be reached or refuses.
    """
    message = EmailMessage(
        subject=" ".join(subject.split()), body="\n".join(lines), to=[to], headers={"Message-ID": f"<{key}@presente>"}
    )
    if attachment is not None:
        message.attach(*attachment)
    message.send()
