"""HR's enrolment page: consent, photos by file or webcam, and each photo's result as it comes in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from common import audit
from common.admission import image_work
from common.company import language
from common.refusals import Refusal
from employees.access import enroller_required, may_manage
from employees.consent_texts import consent_text
from employees.models import Consent, Employee, EnrolmentPhoto, User
from employees.services import EmployeeError, chip_read, consent_change, consent_give, consent_withdraw
from employees.vault import VaultError
from recognition import wording
from recognition.engine.images import MAX_BYTES
from recognition.selectors.library import GOOD_NUMBER
from recognition.services import clip_add, look, photo_add, photo_override, photo_remove, photo_verdict
from recognition.views.problems import hr_endpoint

OPEN = {EnrolmentPhoto.State.QUEUED, EnrolmentPhoto.State.PROCESSING}
SOURCES = {EnrolmentPhoto.Source.UPLOAD.value, EnrolmentPhoto.Source.WEBCAM.value}
ANY_PHOTO = UUID(int=0)
RECORDED = [(one.value, one.label) for one in Consent.Method if one not in {Consent.Method.OWN, Consent.Method.LINK}]
"""How HR records a consent; the other ways are the person's own."""
ENDED = {
    "refresh": gettext_lazy(
        "Recorded: pictures from the kiosk are not kept any more, and those that were are deleted."
    ),
    "portrait": gettext_lazy("Recorded: the portrait is deleted."),
}
"""What HR records beside the consent itself, with what follows where the person no longer agrees."""


@enroller_required
@require_safe
def page(request: HttpRequest, number: str) -> HttpResponseBase:
    """Everything about one person's face on one page."""
    employee = _employee(request, number)
    given = employee.consents.filter(withdrawn_at=None).select_related("recorded_by").first()
    verdicts = _verdicts(employee, _author(request))
    context = {
        **admin.site.each_context(request),
        "title": employee.name,
        "employee": employee,
        "consent": given,
        "methods": RECORDED,
        "text": consent_text(language=employee.language or language()),
        "config": _config(employee, verdicts, consent=given is not None),
        "accepted": sum(
            verdict["state"] == EnrolmentPhoto.State.ACCEPTED and not verdict["from_kiosk"] for verdict in verdicts
        ),
        "good_number": GOOD_NUMBER,
        "megabytes": MAX_BYTES // 2**20,
    }
    response = render(request, "recognition/enrol.html", context)
    response["Cache-Control"] = "no-store"
    return response


@enroller_required
@require_POST
def consent(request: HttpRequest, number: str) -> HttpResponseBase:
    """Record or withdraw the consent and come back to the page."""
    employee = _employee(request, number)
    if request.POST.get("action") == "withdraw":
        consent_withdraw(employee=employee, by=_author(request))
        messages.success(request, _("The consent is withdrawn: this face is not recognised any more."))
        return redirect("enrol", employee.number)
    if (purpose := request.POST.get("action")) in ENDED:
        return _agree(request, employee, str(purpose))
    method = request.POST.get("method", "")
    if method not in dict(RECORDED) or request.POST.get("agreed") != "yes":
        messages.error(request, _("Choose how the person agreed and tick the box."))
        return redirect("enrol", employee.number)
    note = request.POST.get("note", "").strip()[:300]
    try:
        consent_give(
            employee=employee,
            method=method,
            note=note,
            recorded_by=_author(request),
            refresh=request.POST.get("refresh") == "yes",
            doors=request.POST.get("doors") == "yes",
            pictures=request.POST.get("pictures") == "yes",
            portrait=request.POST.get("portrait") == "yes",
            text=consent_text(language=employee.language or language()),
        )
    except EmployeeError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The consent is recorded."))
    return redirect("enrol", employee.number)


def _agree(request: HttpRequest, employee: Employee, purpose: str) -> HttpResponseBase:
    """The person agrees to a purpose beside clocking, or no longer does."""
    agreed, method = request.POST.get("agreed") == "yes", request.POST.get("method", "")
    if method not in dict(RECORDED):
        messages.error(request, _("Choose how the person agreed and tick the box."))
        return redirect("enrol", employee.number)
    given: dict[str, Any] = {purpose: agreed}
    try:
        consent_change(employee=employee, method=method, by=_author(request), **given)
    except EmployeeError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The consent is recorded.") if agreed else str(ENDED[purpose]))
    return redirect("enrol", employee.number)


@hr_endpoint("POST")
def look_at(request: HttpRequest, number: str) -> HttpResponse:
    """What one preview frame of the webcam shows; nothing is stored. It too needs the person's consent."""
    employee = _employee(request, number)
    if not employee.consents.filter(withdrawn_at=None).exists():
        raise _refusal("no_consent", 409)
    picture = _bounded_body(request)
    with image_work():
        seen = look(image=picture)
    return _fresh(
        {
            "faces": seen.faces,
            "box": seen.box,
            "width": seen.width,
            "height": seen.height,
            "eyes": seen.eyes,
            "yaw": seen.yaw,
            "pitch": seen.pitch,
            "roll": seen.roll,
            "smile": seen.smile,
            "hint": seen.hint,
            "hint_text": seen.hint_text,
        }
    )


@hr_endpoint("POST")
def photos(request: HttpRequest, number: str) -> HttpResponse:
    """Take one photo; its verdict follows through ``progress``."""
    employee = _employee(request, number)
    file = request.FILES.get("file")
    source = request.POST.get("source", EnrolmentPhoto.Source.UPLOAD.value)
    if file is None:
        raise Refusal("no_file", _("No photo was sent."), remedy=_("Choose a photo."), status=400)
    if source not in SOURCES:
        raise Refusal("unknown_source", _("A photo comes from a file or from the webcam."), status=400)
    if (file.size or 0) > MAX_BYTES:
        raise _refusal("too_large", 413)
    with image_work():
        photo = photo_add(
            employee=employee, content=file.read(), source=source, file_name=file.name or "", by=_author(request)
        )
    return _fresh(_verdict(photo, _author(request)), status=201)


@hr_endpoint("POST")
def clip(request: HttpRequest, number: str) -> HttpResponse:
    """Take a clip's frames, of which the best become photos; their verdicts follow through ``progress``."""
    employee = _employee(request, number)
    if not employee.consents.filter(withdrawn_at=None).exists():
        raise _refusal("no_consent", 409)
    with image_work():
        taken = clip_add(
            employee=employee, frames=[file.read() for file in request.FILES.getlist("file")], by=_author(request)
        )
    return _fresh({"photos": [_verdict(photo, _author(request)) for photo in taken]}, status=201)


@hr_endpoint("GET", "HEAD")
def progress(request: HttpRequest, number: str) -> HttpResponse:
    """Every photo's verdict at this moment."""
    verdicts = _verdicts(_employee(request, number), _author(request))
    return _fresh({"photos": verdicts, "open": sum(verdict["state"] in OPEN for verdict in verdicts)})


@hr_endpoint("GET", "HEAD")
def chip(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The aligned face, decrypted for this answer alone."""
    photo = _photo(request, photo_id)
    try:
        content = chip_read(photo)
    except (OSError, VaultError) as error:
        raise Http404 from error
    audit.record("face.read", subject=photo.employee.number, object=f"photo {photo.pk}")
    kind = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": "no-store"})


@hr_endpoint("POST")
def override(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Take a rejected photo all the same, with the reason that HR gives."""
    photo = photo_override(photo=_photo(request, photo_id), reason=request.POST.get("reason", ""), by=_author(request))
    return _fresh(_verdict(_photo(request, photo.pk), _author(request)))


@hr_endpoint("POST")
def delete(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Remove a photo and its template."""
    photo_remove(photo=_photo(request, photo_id), by=_author(request))
    return _fresh({"deleted": str(photo_id)})


def _employee(request: HttpRequest, number: str) -> Employee:
    employee = get_object_or_404(Employee.objects.select_related("department"), number=number)
    if not may_manage(request.user, employee):
        raise Http404
    return employee


def _photo(request: HttpRequest, photo_id: UUID) -> EnrolmentPhoto:
    photo = get_object_or_404(EnrolmentPhoto.objects.select_related("employee", "resembles"), pk=photo_id)
    if not may_manage(request.user, photo.employee):
        raise Http404
    return photo


def _author(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the guards let nobody else in
    return request.user


def _verdict(photo: EnrolmentPhoto, reader: User) -> dict[str, Any]:
    codes = {reason["code"] for reason in photo.reasons}
    rejected = photo.state == EnrolmentPhoto.State.REJECTED
    return {
        **photo_verdict(photo, reader=reader),
        "can_override": rejected and bool(codes) and codes <= wording.OVERRIDABLE,
    }


def _verdicts(employee: Employee, reader: User) -> list[dict[str, Any]]:
    photos = employee.photos.select_related("resembles", "refreshment").order_by("-created_at")
    return [_verdict(photo, reader) for photo in photos]


def _refusal(code: str, status: int) -> Refusal:
    return Refusal(code, wording.message(code), remedy=wording.remedy(code), status=status)


def _fresh(body: dict[str, Any], *, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


def _bounded_body(request: HttpRequest) -> bytes:
    file = request.FILES.get("file")
    if file is not None and (file.size or 0) <= MAX_BYTES:
        return bytes(file.read())
    return request.body


def _config(employee: Employee, verdicts: list[dict[str, Any]], *, consent: bool) -> dict[str, Any]:
    """What the page's script needs to know; ``ANY_PHOTO`` stands where it puts a photo's id."""
    own = {name: reverse(f"enrol_{name}", args=[employee.number]) for name in ("look", "photos", "clip", "progress")}
    each = {name: reverse(f"photo_{name}", args=[ANY_PHOTO]) for name in ("chip", "override", "delete")}
    return {
        "consent": consent,
        "photos": verdicts,
        "urls": {**own, **each},
        "any": str(ANY_PHOTO),
        "login": reverse("login"),
        "good": GOOD_NUMBER,
        "limit": MAX_BYTES,
        "words": {
            "sending": _("Sending"),
            "checking": _("Being checked"),
            "queued": _("Waiting to be checked"),
            "waiting": _("Waiting for the worker: nothing is lost."),
            "failed": _("Not sent"),
            "offline": _("The server did not answer. The photo is still here: send it again."),
            "again": _("Send again"),
            "remove": _("Remove"),
            "accepted": _("accepted"),
            "rejected": _("rejected"),
            "resembles": _("Looks like %(name)s (%(number)s), distance %(distance)s."),
            "logged_out": _("You are logged out. Log in and come back: what was sent is kept."),
            "too_large": _("This file is too large. Use a picture of at most %(limit)s MiB."),
            "count": _("%(accepted)s of %(good)s good photos"),
            "count_more": _("%(accepted)s good photos"),
            "deleted": _("Photo deleted."),
            "confirm_delete": _("Press again to delete"),
            "delete": _("Delete"),
            "photo": _("Photo"),
            "from_kiosk": _("From the kiosk, %(at)s"),
            "no_camera": _("The camera cannot be opened."),
            "taken": _("Photo taken."),
            "all_taken": _("All poses taken."),
            "recording": _("Turn your head slowly to both sides, then lift your chin a little."),
            "picking": _("Choosing the best pictures…"),
            "recorded": _("%(count)s photos taken from the clip."),
            "webcam": _("webcam"),
        },
    }
