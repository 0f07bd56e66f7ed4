"""The person's own page about their consent: logged in, or by a link that HR hands out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.limits import counted_address, may_try
from common.refusals import Refusal
from employees.access import hr_required, login_needed
from employees.consent_texts import consent_text
from employees.models import Consent, Employee, User
from employees.services import PURPOSES
from privacy.models import ConsentLink
from privacy.services.consents import (
    ConsentRefused,
    consent_facts,
    consent_receipt,
    link_make,
    link_open,
    own_consent_change,
    own_consent_give,
    own_consent_withdraw,
)

MOST_WRONG = 30
"""Links that do not work, from one address in ten minutes."""


@login_needed
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponseBase:
    """Read the text, agree or withdraw."""
    return _page(request, _own(request), Consent.Method.OWN, None, reverse("own_consent"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same for whoever holds the link."""
    try:
        link = link_open(token=token)
    except ConsentRefused as refused:
        if not may_try(f"consent-link:{counted_address(request)}", most=MOST_WRONG, seconds=600):
            return HttpResponse(_("Too many attempts. Wait ten minutes."), status=429)
        return render(request, "privacy/consent.html", {"refused": refused.message}, status=404)
    return _page(request, link.employee, Consent.Method.LINK, link, reverse("consent_link", args=[token]))


@hr_required
@require_POST
def hand_out(request: HttpRequest, number: str) -> HttpResponseBase:
    """Make a link for a person; it is shown once."""
    employee = get_object_or_404(Employee, number=number)
    assert isinstance(request.user, User)  # the guard lets nobody else in
    token = link_make(employee=employee, by=request.user)
    address = request.build_absolute_uri(reverse("consent_link", args=[token]))
    messages.success(request, _("Give this link to %(name)s: %(url)s") % {"name": employee.name, "url": address})
    return redirect("privacy_person", employee.number)


@login_needed
@require_safe
def receipt(request: HttpRequest, key: int) -> HttpResponseBase:
    """The receipt of one's own consent as PDF."""
    consent = get_object_or_404(Consent.objects.select_related("employee", "text"), pk=key, employee=_own(request))
    return HttpResponse(
        consent_receipt(consent),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="consent-{consent.employee.number}-{consent.pk}.pdf"',
            "Cache-Control": "no-store, private",
        },
    )


def _page(
    request: HttpRequest, employee: Employee, method: str, link: ConsentLink | None, address: str
) -> HttpResponseBase:
    language = get_language() or "en"
    if request.method == "POST":
        try:
            _act(request, employee, method, link, language)
        except Refusal as refused:
            messages.error(request, refused.message)
        return redirect(address)
    consents = Consent.objects.filter(employee=employee).select_related("employee", "text")
    standing = consents.filter(withdrawn_at=None).first()
    context = {
        "employee": employee,
        "text": consent_text(language=language),
        "standing": standing,
        "facts": consent_facts(standing) if standing else [],
        "past": [(one, consent_facts(one)) for one in consents.exclude(withdrawn_at=None)],
        "usable": link is None or link.given_at is None,
        "by_link": link is not None,
    }
    return render(request, "privacy/consent.html", context)


def _act(request: HttpRequest, employee: Employee, method: str, link: ConsentLink | None, language: str) -> None:
    if request.POST.get("do") == "withdraw":
        own_consent_withdraw(employee=employee, user=request.user if isinstance(request.user, User) else None)
        messages.success(request, _("Your consent is withdrawn. Your photos and templates are erased now."))
        return
    purposes = {one for one in PURPOSES if request.POST.get(one) == "yes"}
    if request.POST.get("do") == "change":
        user = request.user if isinstance(request.user, User) else None
        own_consent_change(employee=employee, method=method, purposes=purposes, user=user)
        messages.success(request, _("Your choice is recorded. What was kept for a purpose that ended is deleted."))
        return
    if request.POST.get("agreed") != "yes":
        raise ConsentRefused("not_agreed", _("Tick the box if you agree."))
    own_consent_give(
        employee=employee,
        method=method,
        language=language,
        version=request.POST.get("version", ""),
        purposes=purposes,
        link=link,
    )
    messages.success(request, _("Your consent is recorded. Thank you."))


def _own(request: HttpRequest) -> Employee:
    employee: Employee | None = getattr(request.user, "employee", None)
    if employee is None:
        raise Http404
    return employee
