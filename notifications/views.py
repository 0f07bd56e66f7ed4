"""The bell's page, and what each person chooses about it."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.inputs import read_json
from common.middleware import body_limit
from common.problems import json_refusals
from common.unsent_mail import mail_server_set
from employees.access import is_hr, login_needed, may_act
from employees.models import User
from employees.second_factors import browser_name
from employees.vault import VaultError
from notifications.channels.chat import ChatRefused, chat_set, chat_test, company_chat_remove
from notifications.channels.push import public_key, subscribe, unsubscribe
from notifications.forms import ChannelsForm, ChatForm, ChoicesForm, CompanyChatForm
from notifications.kinds import RULES, kinds_of, wanted
from notifications.models import Channel, ChatAddress, Kind, Notification, PushSubscription
from notifications.selectors import page_of, unread_count
from notifications.services.choosing import ChoiceRefused, choices_change, choices_of

logger = logging.getLogger(__name__)

LARGEST_BODY = 16 * 1024
private = cache_control(private=True, no_store=True)


@require_safe
@login_needed
@private
def notifications(request: HttpRequest) -> HttpResponse:
    """What one was told, the newest first."""
    user = _user(request)
    page, shown = page_of(user, request.GET.get("page", ""))
    context = {"page": page, "shown": shown, "unread": unread_count(user)}
    return render(request, "notifications/list.html", context)


@require_POST
@login_needed
def notification_open(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark one as read, and go to what it is about."""
    row = get_object_or_404(Notification, pk=key, user=_user(request), in_app=True)
    Notification.objects.filter(pk=row.pk, read_at=None).update(read_at=timezone.now())
    return redirect(row.path or "notifications")


@require_POST
@login_needed
def notifications_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    Notification.objects.filter(user=_user(request), in_app=True, read_at=None).update(read_at=timezone.now())
    return redirect("notifications")


@require_http_methods(["GET", "HEAD", "POST"])
@login_needed
@private
def notification_choices(request: HttpRequest) -> HttpResponse:
    """Which kinds come by which channel, together or at once, and when it is quiet."""
    user = _user(request)
    stored = choices_of(user)
    initial = {name: getattr(stored, name) for name in ("digest", "digest_hour", "quiet_from", "quiet_to")}
    form, ticked = ChoicesForm(request.POST or None, initial=initial), ChannelsForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and ticked.is_valid():
        try:
            choices_change(user=user, channels=ticked.channels(), **form.cleaned_data)
        except ChoiceRefused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("notification_choices")
    context = {
        "form": form,
        "rows": _table(user, stored.channels if stored.channels else None),
        "channels": Channel.choices,
        "chat": ChatAddress.objects.filter(user=user).first(),
        "chat_form": ChatForm(),
        "browsers": PushSubscription.objects.filter(user=user),
        "push_key": _push_key(),
        "company": _looks_after_company(user),
        "no_mail": not mail_server_set(),
    }
    return render(request, "notifications/choices.html", context, status=422 if form.errors or ticked.errors else 200)


@require_POST
@login_needed
def notification_chat(request: HttpRequest) -> HttpResponse:
    """Keep, try out or forget where one's own chat messages go."""
    user = _user(request)
    address = ChatAddress.objects.filter(user=user).first()
    try:
        if request.POST.get("do") == "remove":
            ChatAddress.objects.filter(user=user).delete()
            messages.success(request, _("Chat messages are sent no more."))
        elif request.POST.get("do") == "test" and address is not None:
            chat_test(address=address)
            messages.success(request, _("A test was sent."))
        else:
            found = chat_set(user=user, url=request.POST.get("url", ""))
            messages.success(request, _("Saved: %(service)s.") % {"service": found.service})
    except ChatRefused as refused:
        messages.error(request, refused.message)
    return redirect("notification_choices")


@require_http_methods(["GET", "HEAD", "POST"])
@login_needed
@private
def notification_company(request: HttpRequest) -> HttpResponse:
    """HR and IT choose a chat of the company for what concerns no person."""
    if not _looks_after_company(_user(request)):
        raise PermissionDenied
    row = ChatAddress.objects.filter(company=True).first()
    form = CompanyChatForm(
        request.POST or None, known=row is not None, initial={"kinds": row.kinds if row else [Kind.KIOSK, Kind.BACKUP]}
    )
    try:
        if request.POST.get("do") == "remove":
            company_chat_remove()
            return redirect("notification_company")
        if request.POST.get("do") == "test" and row is not None:
            chat_test(address=row)
            messages.success(request, _("A test was sent."))
            return redirect("notification_company")
        if request.method == "POST" and form.is_valid():
            url = form.cleaned_data["url"] or (row.url if row else "")
            found = chat_set(url=url, kinds=form.cleaned_data["kinds"])
            messages.success(request, _("Saved: %(service)s.") % {"service": found.service})
            return redirect("notification_company")
    except ChatRefused as refused:
        form.add_error("url", refused.message)
    status = 422 if form.errors else 200
    return render(request, "notifications/company.html", {"form": form, "chat": row}, status=status)


@body_limit(LARGEST_BODY)
@require_POST
@login_needed
@json_refusals
def notification_push(request: HttpRequest) -> HttpResponse:
    """A browser takes push messages, or no more; it sends what it was given by its push service."""
    user, content = _user(request), read_json(request.body)
    if isinstance(content, dict) and content.get("remove"):
        unsubscribe(user=user, endpoint=str(content.get("endpoint")))
    else:
        subscribe(user=user, content=content if isinstance(content, dict) else {}, browser=browser_name(request))
    return JsonResponse({"browsers": PushSubscription.objects.filter(user=user).count()})


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _push_key() -> str:
    """What a browser subscribes with; empty where the installation's key pair is damaged, which the log says."""
    try:
        return public_key()
    except VaultError as error:
        logger.error("Push messages cannot be offered: %s", error)
        return ""


def _looks_after_company(user: User) -> bool:
    return may_act(user) and (is_hr(user) or user.role == User.Role.IT)


def _table(user: User, chosen: dict[str, list[str]] | None) -> list[dict[str, Any]]:
    """Each kind with its boxes, and whether each is ticked; one that is certain cannot be changed."""
    return [
        {
            "label": Kind(kind).label,
            "boxes": [
                {
                    "value": f"{kind}:{channel}",
                    "channel": label,
                    "ticked": channel in wanted(user, kind, chosen),
                    "certain": channel in RULES[kind].certain,
                }
                for channel, label in Channel.choices
            ],
        }
        for kind in kinds_of(user)
    ]
