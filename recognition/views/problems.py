"""The refusals of the enrolment page as JSON, for its script and for people."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from employees.access import is_hr
from employees.services import EmployeeError
from recognition import wording
from recognition.engine.types import ImageRejected, ModelUnavailable

View = Callable[..., HttpResponse]
TOO_MUCH = {"too_large", "too_many_pixels"}


def problem(status: int, code: str, title: str, *, detail: str = "", remedy: str = "") -> JsonResponse:
    """An RFC 9457 answer with a machine-readable ``code`` and a ``remedy``."""
    body = {"status": status, "code": code, "title": title, "detail": detail, "remedy": remedy}
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    return response


def image_problem(error: ImageRejected) -> JsonResponse:
    """413 for a picture that is too much, 422 for bytes that are no picture."""
    return problem(
        413 if error.code in TOO_MUCH else 422, error.code, wording.message(error.code), detail=error.message,
        remedy=wording.remedy(error.code),
    )  # fmt: skip


def hr_endpoint(*methods: str) -> Callable[[View], View]:
    """HR alone, these methods alone; every refusal below becomes a problem with its code."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return problem(401, "login_required", _("You are logged out."), remedy=_("Log in and try again."))
            if not is_hr(request.user):
                return problem(403, "forbidden", _("Only HR may do this."))
            if request.method not in methods:
                refusal = problem(405, "method_not_allowed", _("This address does not take that method."))
                refusal["Allow"] = ", ".join(methods)
                return refusal
            return _answer(view, request, *args, **kwargs)

        return guarded

    return decorate


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except Http404:
        return problem(404, "not_found", _("There is no such person or photo."), remedy=_("Load the page again."))
    except ImageRejected as error:
        return image_problem(error)
    except EmployeeError as error:
        return problem(409, error.code, error.message, remedy=wording.remedy(error.code))
    except ModelUnavailable as error:
        return problem(
            503, error.code, _("The face models are not ready."), detail=error.message,
            remedy=_("Ask your administrator to run “manage.py doctor”."),
        )  # fmt: skip
