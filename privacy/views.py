"""HR's page about one person's data: what is kept, erase, hold, and hand it over."""

from __future__ import annotations

import json
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from common import audit
from common.models import AuditEntry
from common.refusals import Refusal
from employees.access import auditor_required, hr_required, login_needed
from employees.admin import confirm
from employees.models import Employee, User
from privacy.access_request import access_request_bytes, looked_at
from privacy.models import Erasure, LegalHold
from privacy.receipts import receipt_pdf, receipt_problems
from privacy.services.erasure import biometrics_erase
from privacy.services.holds import hold_lift, hold_set

LATEST = 20
PAGE_ROWS = 50


class AuditSearch(forms.Form):
    """What is looked for: words in who and on what, the person's number, the act, and days (UTC)."""

    q = forms.CharField(label=gettext_lazy("Who or on what"), max_length=100, required=False)
    subject = forms.CharField(label=gettext_lazy("Employee number"), max_length=40, required=False)
    act = forms.CharField(label=gettext_lazy("Act"), max_length=40, required=False)
    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def entries(self) -> QuerySet[AuditEntry]:
        """The entries that fit, the newest first."""
        found, wanted = AuditEntry.objects.all(), self.cleaned_data
        if words := wanted.get("q"):
            found = found.filter(Q(actor__icontains=words) | Q(object__icontains=words) | Q(address=words))
        if wanted.get("subject"):
            found = found.filter(subject=wanted["subject"])
        if wanted.get("act"):
            found = found.filter(act__startswith=wanted["act"])
        if wanted.get("first"):
            found = found.filter(at__date__gte=wanted["first"])
        if wanted.get("last"):
            found = found.filter(at__date__lte=wanted["last"])
        return found


@auditor_required
@require_safe
def audit_trail(request: HttpRequest) -> HttpResponseBase:
    """Search the audit trail; the search is recorded too."""
    form = AuditSearch(request.GET)
    entries = form.entries() if form.is_valid() else AuditEntry.objects.none()
    if wanted := {name: str(value)[:100] for name, value in request.GET.items() if value}:
        audit.record("audit.searched", subject=wanted.get("subject", ""), details=wanted)
    page = Paginator(entries, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "privacy/audit.html", {"form": form, "page": page})


@hr_required
@require_safe
def person(request: HttpRequest, number: str) -> HttpResponseBase:
    """What is kept of a person's face, the consents, the erasures, and who looked."""
    employee = _employee(number)
    context = {
        **admin.site.each_context(request),
        "title": employee.name,
        "employee": employee,
        "photos": employee.photos.count(),
        "consents": employee.consents.select_related("recorded_by", "withdrawn_by"),
        "hold": LegalHold.objects.filter(employee=employee, lifted_at=None).select_related("by").first(),
        "erasures": Erasure.objects.filter(employee=employee).select_related("requested_by"),
        "looked": looked_at(employee)[:LATEST],
    }
    return render(request, "privacy/person.html", context)


@hr_required
def erase(request: HttpRequest, number: str) -> HttpResponseBase:
    """Ask, then erase the face now."""
    employee = _employee(number)
    back = reverse("privacy_person", args=[employee.number])
    if request.method == "POST":
        try:
            biometrics_erase(
                employee=employee, cause=Erasure.Cause.HR, reason=request.POST.get("reason", ""), by=_author(request)
            )
            messages.success(request, _("The face of %(name)s is erased.") % {"name": employee.name})
        except Refusal as refused:
            messages.error(request, refused.message)
        return redirect(back)
    return confirm(
        request,
        back=back,
        ends=True,
        button=_("Erase biometrics"),
        title=_("Erase the biometrics of %(name)s?") % {"name": employee.name},
        text=_(
            "Photos, aligned faces, templates, pictures from kiosks and models trained with them are removed, and"
            " the person's key is destroyed: this cannot be undone. The consent ends. Punches stay, and the PIN works."
        ),
    )


@hr_required
@require_POST
def hand_over(request: HttpRequest, number: str) -> HttpResponseBase:
    """Everything that is kept about the person, as a zip."""
    employee = _employee(number)
    return _file(access_request_bytes(employee), "application/zip", f"presente-{employee.number}.zip")


@login_needed
@require_POST
def own_data(request: HttpRequest) -> HttpResponseBase:
    """Everything that is kept about oneself, as a zip."""
    employee = getattr(request.user, "employee", None)
    if employee is None:
        raise Http404
    return _file(access_request_bytes(employee), "application/zip", f"presente-{employee.number}.zip")


@hr_required
@require_POST
def hold(request: HttpRequest, number: str) -> HttpResponseBase:
    """Set a legal hold with its reason, or lift the one that stands."""
    employee = _employee(number)
    try:
        if request.POST.get("do") == "lift":
            hold_lift(employee=employee, by=_author(request))
            messages.success(request, _("The legal hold is lifted."))
        else:
            hold_set(employee=employee, reason=request.POST.get("reason", ""), by=_author(request))
            messages.success(request, _("The legal hold is set: nothing about this person is deleted."))
    except Refusal as refused:
        messages.error(request, refused.message)
    return redirect("privacy_person", employee.number)


@hr_required
@require_safe
def receipt(request: HttpRequest, key: UUID, form: str) -> HttpResponseBase:
    """An erasure's receipt as JSON or PDF."""
    erasure = get_object_or_404(Erasure.objects.exclude(finished_at=None), pk=key)
    name = f"erasure-{erasure.number}-{erasure.finished_at:%Y-%m-%d}"
    if form == "pdf":
        return _file(receipt_pdf(erasure.receipt), "application/pdf", f"{name}.pdf")
    content = json.dumps(erasure.receipt, indent=1, ensure_ascii=False)
    return _file(content.encode(), "application/json", f"{name}.json")


@hr_required
@require_POST
def verify(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """Check a receipt now, and say what came of it."""
    erasure = get_object_or_404(Erasure.objects.exclude(finished_at=None), pk=key)
    if found := receipt_problems(erasure.receipt):
        messages.error(request, _("The erasure does not hold: %(what)s") % {"what": "; ".join(found[:3])})
    else:
        messages.success(request, _("The receipt is whole, and nothing that it names is left."))
    return redirect("privacy_person", erasure.number)


def _employee(number: str) -> Employee:
    return get_object_or_404(Employee.objects.select_related("department"), number=number)


def _author(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the guards let nobody else in
    return request.user


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"},
    )
