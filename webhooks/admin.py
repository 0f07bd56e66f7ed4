"""HR's pages about webhooks and what was sent to them."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from employees.admin import ReadOnlyAdmin, confirm
from employees.models import User
from webhooks.models import Webhook, WebhookDelivery
from webhooks.services import webhook_check, webhook_create, webhook_renew_secret, webhook_replay, webhook_test


class WebhookForm(forms.ModelForm[Webhook]):
    """The service checks the address; what it refuses is shown at its field."""

    events = forms.MultipleChoiceField(
        label=_("Tell it when"), choices=Webhook.Event.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "events", "active")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            webhook_check(url=data["url"], events=data["events"])
        return data


@admin.register(Webhook)
class WebhookAdmin(ModelAdmin):
    form = WebhookForm
    list_display = ("name", "url", "event_list", "active", "last_answer")
    list_filter = ("active",)
    search_fields = ("name", "url")
    actions_detail = ("send_test", "renew_secret")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[Any, ...]:
        return ("name", "url", "events") if obj is None else ("name", "url", "events", "active")

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        """A new one is made by the service, and its secret is shown this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        by = request.user if isinstance(request.user, User) else None
        made, secret = webhook_create(name=obj.name, url=obj.url, events=obj.events, by=by)
        obj.pk, obj.sealed_secret = made.pk, made.sealed_secret
        self._show(request, secret)

    def _show(self, request: HttpRequest, secret: str) -> None:
        text = gettext("The secret that signs its messages, shown this once: %(secret)s") % {"secret": secret}
        messages.warning(request, text)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        rows: QuerySet[Webhook] = super().get_queryset(request)
        latest = WebhookDelivery.objects.filter(webhook=OuterRef("pk")).order_by("-created_at")
        return rows.annotate(last_state=Subquery(latest.values("state")[:1]))

    def has_row_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """The actions are HR's alone."""
        return request.user.has_perm("webhooks.change_webhook")

    @display(description=_("events"))
    def event_list(self, obj: Webhook) -> str:
        labels = dict(Webhook.Event.choices)
        return ", ".join(str(labels.get(event, event)) for event in obj.events)

    @display(
        description=_("last message"),
        label={"delivered": "success", "failed": "danger", "waiting": "warning", "sending": "info", "": "default"},
    )
    def last_answer(self, obj: Any) -> tuple[str, str]:
        labels = dict(WebhookDelivery.State.choices)
        return obj.last_state or "", str(labels.get(obj.last_state, "–"))

    @action(
        description=_("Send a test message"),
        url_path="test",
        icon="send",
        permissions=["row"],
        variant=ActionVariant.PRIMARY,
    )
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, send a message that says only that the address works, and open its page in the log."""
        webhook = get_object_or_404(Webhook, pk=object_id)
        if request.method == "POST":
            delivery = webhook_test(webhook=webhook)
            messages.success(request, gettext("The test message is on its way. Reload this page to see the answer."))
            return redirect("admin:webhooks_webhookdelivery_change", delivery.pk)
        return confirm(
            request,
            back=reverse("admin:webhooks_webhook_change", args=[webhook.pk]),
            title=gettext("Send a test to %(name)s?") % {"name": webhook.name},
            text=gettext("It names nobody; it shows whether the address answers and accepts the signature."),
            button=gettext("Send"),
        )

    @action(
        description=_("Make a new secret"),
        url_path="secret",
        icon="key",
        permissions=["row"],
        variant=ActionVariant.DANGER,
    )
    def renew_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then sign with another secret from now on."""
        webhook = get_object_or_404(Webhook, pk=object_id)
        back = reverse("admin:webhooks_webhook_change", args=[webhook.pk])
        if request.method == "POST":
            self._show(request, webhook_renew_secret(webhook=webhook))
            return redirect(back)
        return confirm(
            request,
            back=back,
            ends=True,
            button=gettext("Make a new secret"),
            title=gettext("Make a new secret for %(name)s?") % {"name": webhook.name},
            text=gettext("Messages are signed with it at once: the receiver refuses them until it knows it."),
        )


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "webhook",
        "event_said",
        "employee",
        "state_label",
        "attempts",
        "last_detail",
        "open_person",
    )
    list_filter = ("state", "event", "webhook")
    search_fields = ("employee__searched", "id")
    list_select_related = ("webhook", "employee")
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = ("send_again",)
    actions_detail = ("send_one_again",)
    fields = (
        ("webhook", "event_said"),
        "employee",
        ("state", "attempts"),
        ("created_at", "finished_at", "next_try_at"),
        "attempt_log",
        "payload",
    )
    readonly_fields = ("event_said", "attempts", "attempt_log")

    @display(description=_("event"), ordering="event")
    def event_said(self, obj: WebhookDelivery) -> str:
        """In the words of the webhook's form."""
        return str(dict(Webhook.Event.choices).get(obj.event, obj.event))

    def has_replay_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """HR may say it again."""
        return request.user.has_perm("webhooks.change_webhook")

    @display(
        description=_("state"),
        label={"delivered": "success", "failed": "danger", "waiting": "warning", "sending": "info"},
    )
    def state_label(self, obj: WebhookDelivery) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("last answer"))
    def last_detail(self, obj: WebhookDelivery) -> str:
        if not obj.log:
            return "–"
        last = obj.log[-1]
        return f"{last['status'] or ''} {last['detail']}".strip()[:80]

    @display(description=_("attempts"))
    def attempt_log(self, obj: WebhookDelivery) -> SafeString | str:
        if not obj.log:
            return "–"
        rows = ((one["at"], one["status"] or "–", one["ms"], one["detail"]) for one in obj.log)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} · {} · {} ms · {}</li>", rows))

    @action(description=_("Send again"), permissions=["replay"], icon="replay")
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """What was chosen, with the ids it had."""
        self._replay(request, queryset)

    @action(
        description=_("Send again"),
        url_path="again",
        permissions=["replay"],
        icon="replay",
        variant=ActionVariant.PRIMARY,
    )
    def send_one_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then send it again."""
        delivery = get_object_or_404(WebhookDelivery, pk=object_id)
        back = reverse("admin:webhooks_webhookdelivery_change", args=[delivery.pk])
        if request.method == "POST":
            self._replay(request, [delivery])
            return redirect(back)
        return confirm(
            request,
            back=back,
            title=gettext("Send this message again?"),
            button=gettext("Send again"),
            text=gettext("It keeps its id, so a receiver that has it already can tell."),
        )

    def _replay(self, request: HttpRequest, deliveries: Any) -> None:
        count = webhook_replay(deliveries=deliveries)
        said = ngettext("%(count)d message is sent again.", "%(count)d messages are sent again.", count)
        messages.success(request, said % {"count": count})
