"""Reports as files: small ones at once, large ones from a worker."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from attendance.report_filters import PeopleFilter
from attendance.request_forms import day_field
from attendance.selectors import viewer_today
from attendance.views.reports import private
from attendance.views.timesheets import month_ends
from common.refusals import Refusal
from employees.access import is_manager, reader_required, visible_employees
from employees.models import User
from reporting.files.build import Spec, lines, people_for, sheet
from reporting.models import ExportJob, PayrollLayout
from reporting.services.exports import export_open, export_request

AT_ONCE = 300
"""People; a file about more of them is made by a worker."""
LONGEST_DAYS = 366
REPORTS = {
    "period": gettext_lazy("Summary by person"),
    "days": gettext_lazy("Daily detail"),
}


class FilesForm(PeopleFilter):
    """Which file, about whom and when."""

    report = forms.ChoiceField(label=gettext_lazy("Report"))
    first = day_field(label=gettext_lazy("From"))
    last = day_field(label=gettext_lazy("To"))
    file_format = forms.ChoiceField(label=gettext_lazy("Format"), choices=[("xlsx", "XLSX"), ("csv", "CSV")])
    field_order = ("report", "file_format", "first", "last", "department", "q")

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        layouts = [(f"payroll-{one.pk}", one.name) for one in PayrollLayout.objects.all()]
        choice = self.fields["report"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [*REPORTS.items(), *layouts]
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("first"), found.get("last")
        if first and last and not 0 <= (last - first).days <= LONGEST_DAYS:
            self.add_error("last", _("Choose a last day from the first one to a year later."))
        return found

    def spec(self) -> Spec:
        """What was asked for; call it on a valid form."""
        found = self.cleaned_data
        report, _dash, layout = found["report"].partition("-")
        department = found.get("department")
        return Spec(
            report=report,
            form=found["file_format"],
            first=found["first"],
            last=found["last"],
            layout=int(layout) if layout else None,
            department=department.pk if department else None,
            search=found.get("q") or "",
        )


@require_safe
@reader_required
@private
def files(request: HttpRequest) -> HttpResponse:
    """Choose a file; below it, those that a worker has made or is making."""
    first, last = month_ends(viewer_today(request.user))
    start: dict[str, Any] = {
        "report": "period",
        "file_format": "xlsx",
        "first": first.isoformat(),
        "last": last.isoformat(),
    }
    form = FilesForm(start | request.GET.dict(), employees=visible_employees(request.user))
    jobs = ExportJob.objects.filter(requested_by=_user(request))[:20]
    busy = any(job.state in (ExportJob.State.WAITING, ExportJob.State.RUNNING) for job in jobs)
    context = {"form": form, "jobs": jobs, "busy": busy, "may_schedule": is_manager(request.user)}
    return render(request, "reporting/files.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_required
def make(request: HttpRequest) -> HttpResponseBase:
    """The file; sent with the form's button, a large one is made by a worker.

    A link to a large one leads to the form: whoever looks ahead at links asks for no file.
    """
    asked = request.POST if request.method == "POST" else request.GET
    form = FilesForm(asked, employees=visible_employees(request.user))
    if not form.is_valid():
        return render(request, "reporting/files.html", {"form": form, "jobs": [], "busy": False}, status=400)
    spec, user = form.spec(), _user(request)
    if people_for(spec, user).count() > AT_ONCE:
        if request.method != "POST":
            messages.info(request, _("This file is about many people: choose “Export” to have it prepared."))
            return redirect(f"{reverse('attendance_files')}?{request.GET.urlencode()}")
        export_request(spec=spec, by=user)
        messages.success(request, _("The export is being prepared. It appears below and is kept for a week."))
        return redirect("attendance_files")
    response: HttpResponseBase
    if spec.form == "xlsx":
        response = FileResponse(sheet(spec, user), content_type=spec.content_type)
    elif spec.report == "payroll":
        # A column may turn out to be too narrow, which has to be said before the first byte.
        try:
            response = HttpResponse(b"".join(lines(spec, user)), content_type=spec.content_type)
        except Refusal as refused:
            form.add_error("report", refused.message)
            return render(request, "reporting/files.html", {"form": form, "jobs": [], "busy": False}, status=400)
    else:
        response = StreamingHttpResponse(lines(spec, user), content_type=spec.content_type)
    return _attached(response, spec.file_name)


@require_safe
@reader_required
def fetch(request: HttpRequest, key: str) -> HttpResponseBase:
    """A file that a worker has made, for whoever asked for it alone, while they may see everybody in it."""
    job = get_object_or_404(ExportJob, pk=key, requested_by=_user(request), state=ExportJob.State.DONE)
    file = export_open(job=job)
    if file is None:
        messages.error(
            request, _("This file is no longer kept, or shows somebody whom you may not see any more. Export it again.")
        )
        return redirect("attendance_files")
    spec = Spec.from_json(job.spec)
    return _attached(FileResponse(file, content_type=spec.content_type), job.file_name)


def _attached(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
