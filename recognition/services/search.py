"""The company's choice: a face may be looked for among everybody (1:N), or only held against one person (1:1)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from common.refusals import Refusal
from employees import gallery_revision
from employees.models import User
from recognition.gallery import GalleryView
from recognition.models import SearchChoice


class SearchOff(Refusal):
    """Nobody said whose face it is, and the company lets a face only confirm that."""


def search_choose(*, search: bool, by: User | None, reason: str = "") -> SearchChoice:
    """Let faces be looked for among everybody, or not; the next attempt anywhere goes by it."""
    with transaction.atomic():
        choice = SearchChoice.objects.create(search=search, chosen_by=by, reason=reason.strip()[:300])
        # Every process reads the choice again with the gallery.
        gallery_revision.advance(())
    return choice


def check_search(view: GalleryView) -> None:
    """Raise ``SearchOff`` where a face may not be looked for among everybody."""
    if not view.searches:
        raise SearchOff(
            "search_off",
            _("This company compares a face with one person only (1:1), and nobody was named."),
            field="number",
            remedy=_("Send the employee’s number as “number”."),
        )
