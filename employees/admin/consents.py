"""HR's pages about consents and enrolment photos."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from employees.access import is_hr, may_enrol, narrow_to
from employees.admin.base import ReadOnlyAdmin, confirm
from employees.forms import ConsentForm
from employees.models import Consent, ConsentText, Employee, EnrolmentPhoto, User
from employees.services import PURPOSES, consent_withdraw


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    form = ConsentForm
    list_display = (
        "employee",
        "state",
        "policy_version",
        "method",
        "given_at",
        "recorded_by",
        "withdrawn_at",
        "open_person",
    )
    list_filter = ("method", "policy_version", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("employee__searched",)
    list_select_related = ("employee", "recorded_by")
    autocomplete_fields = ("employee",)
    date_hierarchy = "given_at"
    actions_detail = ("withdraw",)
    fieldsets = (
        (None, {"fields": ("employee", "policy_version", "text", "method", "note", *PURPOSES)}),
        (_("Given"), {"fields": (("given_at", "recorded_by"),)}),
        (_("Withdrawn"), {"fields": (("withdrawn_at", "withdrawn_by"),)}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("employee", "method", "note", *PURPOSES),
                "description": _(
                    "Record that this person agreed to be recognised by their face. Without it no photo is processed."
                ),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_enrol(request.user)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        """Only an open consent can be withdrawn."""
        return may_enrol(request.user) and Consent.objects.filter(pk=object_id, withdrawn_at=None).exists()

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"author": request.user})

    def save_model(self, request: HttpRequest, obj: Consent, form: Any, change: bool) -> None:
        """Nothing: the form's service has stored it."""

    @display(description=_("state"), label={"open": "success", "withdrawn": "danger"})
    def state(self, obj: Consent) -> tuple[str, str]:
        return ("withdrawn", gettext("Withdrawn")) if obj.withdrawn_at else ("open", gettext("Given"))

    @action(
        description=_("Withdraw"),
        url_path="withdraw",
        icon="block",
        permissions=["withdraw"],
        variant=ActionVariant.DANGER,
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then end the consent: the face is not recognised from the next picture on."""
        consent = get_object_or_404(Consent.objects.select_related("employee"), pk=object_id)
        back = reverse("admin:employees_consent_change", args=[consent.pk])
        if request.method == "POST" and isinstance(request.user, User):
            consent_withdraw(employee=consent.employee, by=request.user)
            done = gettext("The consent of %(name)s is withdrawn.") % {"name": consent.employee.name}
            messages.success(request, done)
            return redirect(back)
        return confirm(
            request,
            back=back,
            ends=True,
            button=gettext("Withdraw the consent"),
            title=gettext("Withdraw the consent of %(name)s?") % {"name": consent.employee.name},
            text=gettext("From now on this face is not recognised. The PIN still works; a new consent can be given."),
        )


PICTURES = {"chip", "enrol_link"}


@admin.register(EnrolmentPhoto)
class EnrolmentPhotoAdmin(ReadOnlyAdmin):
    list_display = (
        "chip",
        "employee",
        "state_label",
        "why",
        "source",
        "created_at",
        "enrol_link",
        "open_person",
    )
    list_filter = ("state", "source", "employee__department")
    search_fields = ("employee__searched", "file_name")
    list_select_related = ("employee", "resembles")
    ordering = ("-created_at",)
    fields = (
        "chip",
        "employee",
        "state",
        "why",
        "file_name",
        "source",
        "uploaded_by",
        "created_at",
        "finished_at",
        "resembles",
        "resembles_distance",
        "override_reason",
        "override_by",
        "quality",
    )
    readonly_fields = ("chip", "why")

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever may not see faces has neither the pictures nor the way to them."""
        columns = super().get_list_display(request)
        return columns if may_enrol(request.user) else [one for one in columns if one not in PICTURES]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """As in the list."""
        fields = super().get_fields(request, obj)
        hidden = set() if may_enrol(request.user) else set(PICTURES)
        alike = None if obj is None else obj.resembles_id
        if alike is not None and not narrow_to(Employee.objects.filter(pk=alike), request.user).exists():
            # Whom the face looks like is nobody whom this reader may know of.
            hidden.add("resembles")
        return [one for one in fields if one not in hidden]

    @display(description=_("face"))
    def chip(self, obj: EnrolmentPhoto) -> SafeString | str:
        if obj.box is None:
            return "–"
        picture = '<img class="admin-chip" src="{}" alt="{}" width="40" height="40" loading="lazy">'
        return format_html(picture, reverse("photo_chip", args=[obj.pk]), obj.employee)

    @display(
        description=_("state"),
        ordering="state",
        label={
            "accepted": "success",
            "rejected": "danger",
            "queued": "warning",
            "processing": "info",
            "held": "warning",
        },
    )
    def state_label(self, obj: EnrolmentPhoto) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("reasons"))
    def why(self, obj: EnrolmentPhoto) -> str:
        return ", ".join(str(reason.get("code", "")).replace("_", " ") for reason in obj.reasons) or "–"

    @display(description="")
    def enrol_link(self, obj: EnrolmentPhoto) -> SafeString:
        link = '<a class="text-link font-medium" href="{}">{}</a>'
        return format_html(link, reverse("enrol", args=[obj.employee.number]), gettext("Open"))


@admin.register(ConsentText)
class ConsentTextAdmin(ReadOnlyAdmin):
    """A new text is a new version; PRESENTE_CONSENT_POLICY says which one is shown from now on."""

    list_display = ("version", "language", "published_at")
    list_filter = ("version", "language")
    fields = ("version", "language", "text", "published_at")
    readonly_fields = ("published_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_hr(request.user)
