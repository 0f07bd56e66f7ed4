"""The admin pages of model versions: figures, release, rollback and deletion."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from employees.admin import confirm
from employees.models import User
from recognition.admin.reports import ReportPages
from recognition.models import ModelVersion
from recognition.selectors.training import version_page
from recognition.services.training import RunRefused, release_request
from recognition.services.versions import VersionError, rollback_target, version_delete, version_rollback


@admin.register(ModelVersion)
class ModelVersionAdmin(ReportPages):
    list_display = ("name", "state_label", "parent", "created_at", "activated_at")
    list_filter = ("state",)
    list_select_related = ("parent",)
    fields = (("name", "state"), ("parent", "created_at", "activated_at"))
    change_form_before_template = "admin/recognition/version.html"
    actions_list = ("rollback",)
    actions_detail = ("report", "release", "remove")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one version, with its figures above the fields."""
        version = self.get_object(request, object_id)
        shown = version_page(version) if version is not None and self.has_view_permission(request, version) else {}
        page: HttpResponse = super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})
        return page

    def has_rollback_permission(self, request: HttpRequest) -> bool:
        """Only where there is a version to go back to."""
        return request.user.has_perm("recognition.change_modelversion") and rollback_target() is not None

    def has_release_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Anything but the version that serves."""
        others = ModelVersion.objects.exclude(state=ModelVersion.State.ACTIVE)
        return request.user.has_perm("recognition.change_modelversion") and others.filter(pk=object_id).exists()

    @action(description=_("Roll back"), url_path="rollback", icon="undo", permissions=["rollback"])
    def rollback(self, request: HttpRequest) -> HttpResponse:
        """Ask, then make the version before serve again."""
        back, target = reverse("admin:recognition_modelversion_changelist"), rollback_target()
        if target is None:
            return redirect(back)
        if request.method == "POST" and isinstance(request.user, User):
            try:
                switch = version_rollback(by=request.user)
                messages.success(request, gettext("%(name)s is in use again.") % {"name": switch.version.name})
            except VersionError as error:
                messages.error(request, error.message)
            return redirect(back)
        return confirm(
            request,
            back=back,
            button=gettext("Roll back"),
            title=gettext("Go back to %(name)s?") % {"name": target.name},
            text=gettext(
                "It is used from the next attempt on, everywhere. Templates of people enrolled since then are updated"
                " in the background; until then they use the PIN."
            ),
        )

    @action(description=_("Test and release"), url_path="release", icon="rocket_launch", permissions=["release"])
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then put the version through the gate."""
        version = get_object_or_404(ModelVersion, pk=object_id)
        back = reverse("admin:recognition_modelversion_change", args=[version.pk])
        if request.method == "POST" and isinstance(request.user, User):
            try:
                run = release_request(version=version, by=request.user)
            except RunRefused as error:
                messages.error(request, error.message)
                return redirect(back)
            return redirect("admin:recognition_trainingrun_change", run.pk)
        return confirm(
            request,
            back=back,
            button=gettext("Test it"),
            title=gettext("Test and release %(name)s?") % {"name": version.name},
            text=gettext(
                "It is tested against the version in use, on photos and people that neither was trained on. It takes "
                "its place only if it is better."
            ),
        )

    @action(description=_("Delete"), url_path="remove", icon="delete", permissions=["release"])
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then delete the version's files and templates."""
        version = get_object_or_404(ModelVersion, pk=object_id)
        if request.method == "POST":
            try:
                version_delete(version=version)
                messages.success(request, gettext("%(name)s was deleted.") % {"name": version.name})
                return redirect("admin:recognition_modelversion_changelist")
            except VersionError as error:
                messages.error(request, error.message)
                return redirect("admin:recognition_modelversion_change", version.pk)
        return confirm(
            request,
            back=reverse("admin:recognition_modelversion_change", args=[version.pk]),
            ends=True,
            button=gettext("Delete"),
            title=gettext("Delete %(name)s?") % {"name": version.name},
            text=gettext(
                "Its files and templates are removed. A version that is or was in use, or that others came from, is "
                "never deleted."
            ),
        )

    @display(
        description=_("state"),
        ordering="state",
        label={
            "active": "success",
            "candidate": "info",
            "refused": "danger",
            "retired": "default",
            "erased": "default",
        },
    )
    def state_label(self, obj: ModelVersion) -> tuple[str, str]:
        return obj.state, obj.get_state_display()
