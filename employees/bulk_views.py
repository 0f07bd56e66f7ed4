"""The result of something that was done to many at once, and its undoing."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from common.refusals import Refusal
from employees import bulk
from employees.access import manager_required
from employees.models import BulkAct, User


@require_safe
@manager_required
@cache_control(private=True, no_store=True)
def bulk_done(request: HttpRequest, key: UUID) -> HttpResponse:
    """What was done; only who did it sees it."""
    return bulk.result(request, get_object_or_404(BulkAct, pk=key, by=request.user))


@require_POST
@manager_required
def bulk_undo(request: HttpRequest, key: UUID) -> HttpResponse:
    """Undo it, and show what stayed."""
    assert isinstance(request.user, User)
    act = get_object_or_404(BulkAct, pk=key, by=request.user)
    try:
        bulk.bulk_undo(act=act, by=request.user)
    except Refusal as refused:
        messages.error(request, refused.message)
    return redirect("bulk_done", key=key)
