"""HR's page about the whole company's privacy: how faces are compared, what is deleted when, holds and erasures."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.jobs import enqueue
from common.models import AuditEntry, ChainAnchor
from employees.access import hr_required
from employees.models import User
from privacy.models import Erasure, LegalHold
from privacy.services.retention import class_names, retention_run, retention_schedule
from recognition.models import SearchChoice
from recognition.services import search_choose

LATEST = 20


@hr_required
@require_safe
def overview(request: HttpRequest) -> HttpResponseBase:
    """Show all of it; with ``?preview=1`` also count what retention would delete now."""
    preview = "preview" in request.GET
    context = {
        **admin.site.each_context(request),
        "title": _("Privacy"),
        "searches": SearchChoice.in_force(),
        "choices": SearchChoice.objects.select_related("chosen_by")[:LATEST],
        "preview": preview,
        "schedule": retention_run(dry_run=True) if preview else retention_schedule(),
        "runs": [_run(one) for one in AuditEntry.objects.filter(act="retention")[:LATEST]],
        "holds": LegalHold.objects.filter(lifted_at=None).select_related("employee", "by"),
        "erasures": Erasure.objects.filter(finished_at=None).select_related("employee")[:LATEST],
        "erased": Erasure.objects.exclude(finished_at=None).count(),
        "anchor": ChainAnchor.objects.order_by("-day").first(),
    }
    return render(request, "privacy/overview.html", context)


@hr_required
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Choose whether faces are looked for among everybody; POST ``search`` (``on``, ``off``) with the reason."""
    chosen = request.POST.get("search")
    if chosen not in {"on", "off"}:
        messages.error(request, _("Choose 1:N or 1:1."))
        return redirect("privacy_overview")
    assert isinstance(request.user, User)  # the guard lets nobody else in
    search_choose(search=chosen == "on", by=request.user, reason=request.POST.get("reason", ""))
    messages.success(
        request,
        _("Saved. The face identifies the person (1:N) at kiosks that are set so.")
        if chosen == "on"
        else _("Saved. Every kiosk asks for number and PIN or a badge first, and compares with that person only."),
    )
    return redirect("privacy_overview")


@hr_required
@require_POST
def retention(request: HttpRequest) -> HttpResponse:
    """Let a worker delete now what the schedule would delete within a day."""
    enqueue("privacy.retention")
    messages.success(request, _("A worker deletes it now. Reload this page in a minute to see how many that was."))
    return redirect("privacy_overview")


def _run(entry: AuditEntry) -> dict[str, Any]:
    names = class_names()
    gone = [(names.get(code, code), count) for code, count in entry.details.items()]
    return {"at": entry.at, "actor": entry.actor, "gone": gone}
