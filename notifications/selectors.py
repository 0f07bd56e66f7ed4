"""What somebody was told: unread and read, for the bell and its page."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from employees.models import User
from notifications.kinds import Text, text
from notifications.models import Notification

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """One of them in the reader's language."""

    row: Notification
    text: Text


def unread_count(user: User) -> int:
    """One statement, by an index of the unread alone."""
    return Notification.objects.filter(user=user, in_app=True, read_at=None).count()


def page_of(user: User, number: str) -> tuple[Page[Notification], list[Shown]]:
    """A page of them, the newest first; two statements however many there are."""
    rows = Notification.objects.filter(user=user, in_app=True).order_by("-created_at", "-pk")
    page = Paginator(rows, PAGE_ROWS).get_page(number)
    return page, [Shown(row, text(row.kind, row.data)) for row in page.object_list]
