"""Something done to many at once: shown first, then done, then undone while nothing else has changed since.

One piece for all of them. A kind of act says how one row is done and how one is undone; both raise a ``Refusal`` where
that cannot be, and the others go on. ``preview`` does the whole and takes it back, so that what it shows is what would
happen. What was done is kept as ``BulkAct`` for ``KEPT``, and may be undone by who did it for ``UNDO``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.inputs import own_path
from common.refusals import Refusal
from employees.models import BulkAct, Employee, User
from employees.signals import ask_first

Row = dict[str, Any]
"""What is stored of one row, as JSON: ``person`` (a key), ``said`` (what changed, in words), what its undo needs."""
UNDO = timedelta(hours=24)
KEPT = timedelta(days=7)
MOST = 500
"""Rows of one act: a page that somebody can still read."""
CHOSEN = "change_people"
"""Where the session keeps the keys of the people who are to change from a day on."""
SURE = "sure"
"""In the form of the preview: it has been read."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row to do: whose it is, what would change, and the act, which returns what its undo needs."""

    person: Employee
    said: str
    act: Callable[[], Row]


@dataclass(frozen=True, slots=True)
class Kind:
    """How an act on many is named, and how one of its rows is undone: for ``by``, by what ``act`` returned.

    ``over`` says of the rows that nothing of them can be undone any more.
    """

    title: Any
    undo: Callable[[User, Row], None]
    over: Callable[[Sequence[Row]], bool] = lambda _rows: False


KINDS: dict[str, Kind] = {}
"""By the name that ``BulkAct.kind`` stores; each app adds its own when it starts."""


def change_people(request: HttpRequest, people: Iterable[int], *, shift: bool = True) -> HttpResponse:
    """Go to the page on which these people change from a day on; ``shift``: to the field of the shift."""
    request.session[CHOSEN] = list(people)
    return redirect(f"{reverse('people_change')}{'#id_shift' if shift else ''}")


def bulk(request: HttpRequest, *, kind: str, items: Sequence[Item], back: str, warning: str = "") -> HttpResponse:
    """The preview, with what to be warned of; once that has been read, the act itself and the way to its result."""
    assert isinstance(request.user, User)
    if request.POST.get(SURE) != "yes":
        return preview(request, title=KINDS[kind].title, items=items, back=back, warning=warning)
    done, left = bulk_do(items)
    return redirect("bulk_done", key=bulk_store(kind=kind, by=request.user, done=done, left=left, back=back).pk)


def preview(request: HttpRequest, *, title: Any, items: Sequence[Item], back: str, warning: str = "") -> HttpResponse:
    """Who would change and how, who would not and why, and what that does to hours; nothing stays of the trial."""
    tried: list[list[Row]] = [[], []]

    def attempt() -> None:
        tried[:] = bulk_do(items)

    said = ask_first(Employee, attempt)
    if not any(tried):
        # Nobody counts hours here: the trial is still made.
        with transaction.atomic():
            attempt()
            transaction.set_rollback(True)
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {
        "title": title,
        "rows": _named(tried[0]),
        "left": _named(tried[1]),
        "said": said,
        "warning": warning,
        "back": safe(request, back),
        "sent": [one for one in sent if one[0] not in ("csrfmiddlewaretoken", SURE)],
    }
    return render(request, "employees/bulk_preview.html", context)


def bulk_do(items: Sequence[Item]) -> tuple[list[Row], list[Row]]:
    """Do each for itself: what was done, and what was refused with why."""
    done: list[Row] = []
    left: list[Row] = []
    for item in items:
        row: Row = {"person": item.person.pk, "said": item.said}
        try:
            with transaction.atomic():
                done.append({**row, **item.act()})
        except Refusal as refused:
            left.append({**row, "why": refused.message})
    return done, left


def bulk_store(*, kind: str, by: User, done: list[Row], left: list[Row], back: str) -> BulkAct:
    """Keep what was done, for its result and its undoing; acts of long ago go."""
    BulkAct.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return BulkAct.objects.create(kind=kind, by=by, rows=done, left=left, back=back[:500])


def bulk_undo(*, act: BulkAct, by: User) -> list[Row]:
    """Undo what has not changed since; the rows that stayed, with why. Raises ``Refusal`` (``undo_late``, ``undone``).

    The last row is undone first.
    """
    with transaction.atomic():
        found = BulkAct.objects.select_for_update().get(pk=act.pk, by=by)
        if found.undone_at is not None:
            raise Refusal("undone", _("This was undone already."), status=409)
        if KINDS[found.kind].over(found.rows):
            raise Refusal("over", _("What it changed is closed by now: it cannot be undone here."), status=409)
        if not may_undo(found):
            raise Refusal("undo_late", _("This was too long ago to undo here. Change it where it stands."), status=409)
        stayed = []
        for row in reversed(found.rows):
            try:
                with transaction.atomic():
                    KINDS[found.kind].undo(by, row)
            except Refusal as refused:
                stayed.append({**row, "why": refused.message})
        found.undone_at, found.left = timezone.now(), stayed
        found.save(update_fields=["undone_at", "left"])
    return stayed


def may_undo(act: BulkAct) -> bool:
    """Whether it can still be undone."""
    recent = act.undone_at is None and act.at > timezone.now() - UNDO and bool(act.rows)
    return recent and not KINDS[act.kind].over(act.rows)


def last_act(request: HttpRequest, *, kind: str, back: str) -> BulkAct | None:
    """What this user did last on the page ``back``, where it can still be undone."""
    assert isinstance(request.user, User)
    found = BulkAct.objects.filter(kind=kind, by=request.user, back=back).first()
    return found if found is not None and may_undo(found) else None


def changed_since() -> Refusal:
    """What an undo raises where somebody has changed the row meanwhile."""
    return Refusal("changed_since", _("Changed since: not undone."), status=409)


def result(request: HttpRequest, act: BulkAct) -> HttpResponse:
    """What was done, what was not, and the button that undoes it."""
    context = {
        "act": act,
        "title": KINDS[act.kind].title,
        "rows": _named(act.rows),
        "left": _named(act.left),
        "may_undo": may_undo(act),
        "undone": len(act.rows) - len(act.left) if act.undone_at else 0,
        "back": safe(request, act.back),
    }
    return render(request, "employees/bulk_done.html", context)


def safe(request: HttpRequest, address: str) -> str:
    """The address to go back to, where it is one of ours; else the first page."""
    return own_path(request, address, "/")


def _named(rows: Sequence[Row]) -> list[Row]:
    """The rows with their people, in one statement."""
    people = Employee.objects.in_bulk({row["person"] for row in rows})
    return [{**row, "who": people[row["person"]]} for row in rows if row["person"] in people]
