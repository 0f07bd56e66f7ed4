"""The report of a model version in the admin: its measured figures and pictures."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from recognition.admin.evidence import EvidenceAdmin
from recognition.models import ModelVersion
from recognition.selectors import reports


class ReportPages(EvidenceAdmin):
    """Adds to a version's page the way to its report. Whoever may see the version may see it."""

    def has_report_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Whoever looks after the models."""
        return request.user.has_perm("recognition.change_modelversion")

    def get_urls(self) -> list[URLPattern]:
        picture, text = self.admin_site.admin_view(self.report_picture), self.admin_site.admin_view(self.report_text)
        urls: list[URLPattern] = super().get_urls()
        return [
            path("<int:object_id>/report/<str:protocol>/<str:file>", picture, name="recognition_report_picture"),
            path("<int:object_id>/report/<str:protocol>", text, name="recognition_report_text"),
            *urls,
        ]

    @action(description=_("Report"), url_path="report", icon="assessment", permissions=["report"])
    def report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Every protocol that the version was measured by, told in the reader's language."""
        version = get_object_or_404(ModelVersion, pk=object_id)
        found = reports.read(version.name)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Report of %(name)s") % {"name": version.name},
            "version": version,
            "reports": [_shown(version, protocol, figures) for protocol, figures in found.items()],
            "missing": [protocol for protocol in reports.PROTOCOLS if protocol not in found],
            "back": reverse("admin:recognition_modelversion_change", args=[version.pk]),
        }
        return TemplateResponse(request, "admin/model_report.html", context)

    def report_picture(self, request: HttpRequest, object_id: int, protocol: str, file: str) -> FileResponse:
        """One picture of a report; only those that the report names."""
        version, figures = self._figures(request, object_id, protocol)
        named = {name for part in reports.sections(figures) for name, _words in part.pictures}
        location = reports.folder_of(version.name) / protocol / file
        if file not in named or not location.is_file():
            raise Http404
        return FileResponse(
            location.open("rb"), content_type="image/png", headers={"Cache-Control": "private, no-cache"}
        )

    def report_text(self, request: HttpRequest, object_id: int, protocol: str) -> HttpResponse:
        """The same as Markdown, to keep."""
        version, figures = self._figures(request, object_id, protocol)
        text = reports.markdown(reports.title(figures), reports.sections(figures))
        name = f"{version.name}-{protocol}.md"
        return HttpResponse(
            text,
            content_type="text/markdown; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _figures(self, request: HttpRequest, object_id: int, protocol: str) -> tuple[ModelVersion, dict[str, Any]]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = get_object_or_404(ModelVersion, pk=object_id)
        figures = reports.read(version.name).get(protocol)
        if figures is None:
            raise Http404
        return version, figures


def _shown(version: ModelVersion, protocol: str, figures: dict[str, Any]) -> dict[str, Any]:
    parts = [
        {
            "title": part.title,
            "words": part.words,
            "head": part.table[0] if part.table else [],
            "rows": part.table[1:],
            "pictures": [
                {"url": reverse("admin:recognition_report_picture", args=[version.pk, protocol, file]), "words": words}
                for file, words in part.pictures
            ],
        }
        for part in reports.sections(figures)
    ]
    return {
        "protocol": protocol,
        "title": reports.title(figures),
        "parts": parts,
        "text": reverse("admin:recognition_report_text", args=[version.pk, protocol]),
    }
