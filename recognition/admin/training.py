"""The admin pages of training runs: progress, findings and the reason for the result."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.decorators import action, display

from employees.admin import confirm
from employees.models import User
from recognition.admin.evidence import EvidenceAdmin
from recognition.models import TrainingRun
from recognition.selectors.training import run_page, run_progress
from recognition.services.training import RunRefused, training_cancel, training_request


@admin.register(TrainingRun)
class TrainingRunAdmin(EvidenceAdmin):
    list_display = ("created_at", "kind", "state_label", "parent", "candidate", "finished_at")
    list_filter = ("state", "kind")
    list_select_related = ("parent", "candidate")
    fields = (
        ("kind", "requested_by"),
        ("parent", "candidate"),
        ("created_at", "not_before"),
        ("started_at", "finished_at"),
        "error",
    )
    change_form_before_template = "admin/recognition/run.html"
    actions_list = ("begin",)
    actions_detail = ("cancel",)

    def get_urls(self) -> list[Any]:
        """The live part of a run's page, as JSON, beside the pages of the base class."""
        live = self.admin_site.admin_view(never_cache(self.progress))
        return [
            path("<path:object_id>/progress/", live, name="recognition_trainingrun_progress"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one run, with its progress above the fields."""
        run = self.get_object(request, object_id)
        shown = run_page(run) if run is not None and self.has_view_permission(request, run) else {}
        shown["may_follow"] = self.has_begin_permission(request)
        page: HttpResponse = super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})
        return page

    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The run's progress; 404 for an id that is none."""
        run = self.get_object(request, object_id)
        if run is None:
            return JsonResponse({"code": "not_found"}, status=404)
        return JsonResponse(run_progress(run))

    def has_cancel_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only a run that has not ended can be cancelled."""
        return (
            request.user.has_perm("recognition.change_trainingrun")
            and TrainingRun.objects.filter(pk=object_id, state__in=TrainingRun.OPEN).exists()
        )

    def has_begin_permission(self, request: HttpRequest) -> bool:
        """Whoever looks after the models."""
        return request.user.has_perm("recognition.change_trainingrun")

    @action(description=_("Fine-tune now"), url_path="begin", icon="model_training", permissions=["begin"])
    def begin(self, request: HttpRequest) -> HttpResponse:
        """Ask, then have a run begin at once."""
        back = reverse("admin:recognition_trainingrun_changelist")
        if request.method == "POST" and isinstance(request.user, User):
            run = training_request(by=request.user, at_once=True)
            return redirect("admin:recognition_trainingrun_change", run.pk)
        return confirm(
            request,
            back=back,
            button=gettext("Begin"),
            title=gettext("Fine-tune now?"),
            text=gettext(
                "A candidate is made from everybody's photos in the background and tested on photos and people it has"
                " not seen. It takes the place of the version in use only if it is better."
            ),
        )

    @action(description=_("Cancel"), url_path="cancel", icon="cancel", permissions=["cancel"])
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then stop the run."""
        run = get_object_or_404(TrainingRun, pk=object_id)
        back = reverse("admin:recognition_trainingrun_change", args=[run.pk])
        if request.method == "POST" and isinstance(request.user, User):
            try:
                training_cancel(run=run, by=request.user)
            except RunRefused as error:
                messages.error(request, error.message)
            return redirect(back)
        return confirm(
            request,
            back=back,
            ends=True,
            button=gettext("Cancel the training"),
            title=gettext("Cancel this training?"),
            text=gettext("What it has made so far is deleted. The version in use stays in use."),
        )

    @display(
        description=_("state"),
        ordering="state",
        label={
            "waiting": "default",
            "preparing": "info",
            "training": "info",
            "testing": "info",
            "embedding": "info",
            "promoted": "success",
            "refused": "warning",
            "failed": "danger",
            "cancelled": "default",
            "nothing": "default",
        },
    )
    def state_label(self, obj: TrainingRun) -> tuple[str, str]:
        return obj.state, obj.get_state_display()
