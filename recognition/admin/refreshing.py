"""HR's page for switching on the refreshing of templates, and for looking at what was added."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from employees.models import Employee, EnrolmentPhoto, User
from employees.services import REFRESHED_MOST
from recognition import wording
from recognition.admin.evidence import EvidenceAdmin
from recognition.models import RefreshChoice, Refreshment
from recognition.services.refresh import EVERY, photo_remove, refresh_choose

PAGE = "admin:recognition_refreshment_changelist"
LATEST = 100


@admin.register(Refreshment)
class RefreshmentAdmin(EvidenceAdmin):
    """One page in the place of a list: the switch, what was added, refused or waits, and who switched it before."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the page; POST ``switch`` (``on``, ``off``) chooses, POST ``remove`` (a row's id) takes a photo out."""
        if request.method == "POST" and isinstance(request.user, User):
            return self._remove(request, request.user) if "remove" in request.POST else self._choose(request)
        return TemplateResponse(
            request,
            "admin/refreshing.html",
            {**self.admin_site.each_context(request), "title": _("Automatic photo updates"), **_context(request.user)},
        )

    def _choose(self, request: HttpRequest) -> HttpResponse:
        on = request.POST.get("switch")
        if on not in {"on", "off"}:
            messages.error(request, _("Choose on or off."))
            return redirect(PAGE)
        assert isinstance(request.user, User)
        refresh_choose(on=on == "on", by=request.user, reason=request.POST.get("reason", ""))
        messages.success(
            request,
            _("Saved. Automatic photo updates are on.")
            if on == "on"
            else _("Saved. Automatic photo updates are off, and every picture that came from a kiosk is deleted."),
        )
        return redirect(PAGE)

    def _remove(self, request: HttpRequest, user: User) -> HttpResponse:
        photo = EnrolmentPhoto.objects.filter(refreshment=_identifier(request.POST["remove"])).first()
        if photo is not None:
            photo_remove(photo=photo, by=user)
            messages.success(request, _("Removed. The person's template is as it was before."))
        else:
            messages.info(request, _("This photo is gone already."))
        return redirect(PAGE)


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _context(user: Any) -> dict[str, Any]:
    covered = Q(consents__withdrawn_at=None, consents__refresh=True)
    able = Employee.objects.recognisable()
    rows = Refreshment.objects.select_related("employee", "photo", "removed_by").order_by("-at")[:LATEST]
    return {
        "may_change": user.has_perm("recognition.change_refreshment"),
        "on": RefreshChoice.in_force(),
        "agreed": able.filter(covered).distinct().count(),
        "people": able.distinct().count(),
        "most": REFRESHED_MOST,
        "weeks": EVERY.days // 7,
        "rows": [_row(one) for one in rows],
        "history": RefreshChoice.objects.select_related("chosen_by")[:50],
    }


def _row(one: Refreshment) -> dict[str, Any]:
    replaced = one.photo is not None and one.photo.state == EnrolmentPhoto.State.REPLACED
    if one.state == Refreshment.State.ADDED and one.photo is None:
        state = _("Removed")
    elif replaced:
        state = _("Replaced by a newer one")
    else:
        state = one.get_state_display()
    return {
        "row": one,
        "state": state,
        "why": wording.message(one.reason) if one.reason else "",
        "scores": wording.scores(one.scores),
        "removable": one.photo is not None,
    }
