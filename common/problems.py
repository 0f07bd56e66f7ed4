"""Every refusal of the API in one shape: RFC 9457 problem details, with the field to mend and how to mend it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import singledispatch, wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from common.refusals import Refusal

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"

TITLES: dict[int, Any] = {
    400: gettext_lazy("The request is not valid"),
    401: gettext_lazy("No valid key or login"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    406: gettext_lazy("No such format"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Unsupported content type"),
    422: gettext_lazy("Request refused"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Server error"),
    503: gettext_lazy("Not available right now"),
}
REMEDIES: dict[str, Any] = {
    "required": gettext_lazy("Send this field."),
    "null": gettext_lazy("Send a value, or leave the field out."),
    "blank": gettext_lazy("Send a value, or leave the field out."),
    "invalid_choice": gettext_lazy("Use one of the values that the schema at /api/schema/ names."),
    "max_length": gettext_lazy("Send a shorter value."),
    "max_value": gettext_lazy("Send a smaller number."),
    "min_value": gettext_lazy("Send a larger number."),
    "no_offset": gettext_lazy("Add the offset, as in 2026-03-02T08:59:00+01:00 or 2026-03-02T07:59:00Z."),
    "unknown_field": gettext_lazy("Correct its name or leave it out; the schema at /api/schema/ names every field."),
    "unknown_parameter": gettext_lazy("Correct its name or leave it out; the schema at /api/schema/ names them all."),
}
REMEDY = gettext_lazy("Correct this field and send the request again.")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that has to be mended, and how; ``field`` is empty where the whole request is meant."""

    field: str
    code: str
    message: str
    remedy: str = ""


class Problem(exceptions.APIException):
    """A refusal as HTTP knows it: its status, its machine-readable code and the fields to mend."""

    def __init__(
        self, status: int, code: str, detail: str, *, errors: Iterable[FieldError] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.message = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after


def problem_details(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: the exception as problem details, or None where it is a bug (a 500)."""
    from rest_framework.views import set_rollback  # it needs the classes of common.endpoints, which imports this module

    problem = as_problem(exc)
    if problem is None:
        return None
    set_rollback()
    headers = _headers(problem)
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(body(problem), status=problem.status_code, headers=headers, content_type=CONTENT_TYPE)


def problem_response(problem: Problem) -> HttpResponse:
    """The problem as Django's own views answer it."""
    return JsonResponse(body(problem), status=problem.status_code, headers=_headers(problem), content_type=CONTENT_TYPE)


def json_refusals(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer what a view refuses as the API does: for views that are not the API's and answer scripts."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Exception as error:
            problem = as_problem(error)
            if problem is None:
                raise
            return problem_response(problem)

    return answered


def _headers(problem: Problem) -> dict[str, str]:
    return {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}


def body(problem: Problem) -> dict[str, Any]:
    """What the client reads."""
    status = problem.status_code
    title = TITLES.get(status) or HTTPStatus(status).phrase
    content: dict[str, Any] = {
        "type": f"urn:presente:problem:{problem.code}",
        "title": str(title),
        "status": status,
        "detail": problem.message,
        "code": problem.code,
    }
    if problem.errors:
        content["errors"] = [asdict(error) for error in problem.errors]
    return content


@singledispatch
def as_problem(exc: Exception) -> Problem | None:
    """The problem that an exception stands for, or None where it stands for a bug.

    Errors of a package that may not import this one are registered by the app above it (recognition/problems.py).
    """
    match exc:
        case Problem():
            return exc
        case Refusal():
            return _of_refusal(exc)
        case exceptions.ValidationError():
            return _of_validation(exc)
        case exceptions.APIException():
            return _of_drf(exc)
        case Http404():
            return Problem(404, "not_found", _("Nothing was found at this address."))
        case PermissionDenied():
            return Problem(403, "permission_denied", _("You may not do this."))
        case OperationalError() | InterfaceError():
            logger.error("The database did not answer", exc_info=exc)
            if _is_full(exc):
                text = _("The server’s disk is full: nothing can be stored now. Tell whoever runs it, and try again.")
                return Problem(503, "database_unavailable", text, retry_after=2)
            return Problem(503, "database_unavailable", _("The database did not answer. Try again."), retry_after=2)
        case SuspiciousOperation():
            return _of_suspicion(exc)
        case MultiPartParserError():
            return Problem(400, "bad_request", _("The request cannot be read."))
        case RawPostDataException():
            # The body was a form, and the view wants the bytes themselves.
            return Problem(415, "unsupported_media_type", _("Send the content itself, not a form."))
        case DataError():
            # What got past a form and is longer or larger than its column: PostgreSQL refuses it.
            logger.error("A value does not fit into its column", exc_info=exc)
            return Problem(400, "value_invalid", _("A value in the request is too long or too large to be stored."))
        case OverflowError() | ValueError() if _is_out_of_range(exc):
            # A number of the request that no date and no column holds. A mistake of ours would look the same: keep it.
            logger.error("A number was out of range", exc_info=exc)
            return Problem(400, "number_out_of_range", _("A number in the request is too large or too small."))
        case ValueError() if _is_no_key(exc):
            # Also where the admin draws a form anew with the choice that was sent. A mistake of ours looks the same.
            logger.error("A row was asked for by no number", exc_info=exc)
            return Problem(400, "choice_invalid", _("A value in the request is none of those that can be chosen."))
        case ValueError() if _is_unstorable(exc):
            return Problem(400, "text_invalid", _("A text in the request holds a character that cannot be stored."))
        case _:
            return None


def _of_refusal(exc: Refusal) -> Problem:
    message, remedy = str(exc.message), str(exc.remedy)
    errors = [FieldError(exc.field, exc.code, message, remedy or str(REMEDY))] if exc.field or remedy else []
    return Problem(exc.status, exc.code, f"{message} {remedy}".strip(), errors=errors, retry_after=exc.retry_after)


def _of_validation(exc: exceptions.ValidationError) -> Problem:
    errors = list(_flat("", exc.get_full_details()))
    names = ", ".join(dict.fromkeys(error.field for error in errors if error.field))
    detail = _("Correct these fields: %(names)s.") % {"names": names} if names else " ".join(e.message for e in errors)
    return Problem(exc.status_code, "invalid", detail, errors=errors)


def _flat(field: str, details: Any) -> Iterable[FieldError]:
    """DRF's nested errors as a flat list with dotted field names."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"} and isinstance(details["code"], str):
        code = str(details["code"])
        yield FieldError(field, code, str(details["message"]), str(REMEDIES.get(code, REMEDY)))
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(f"{field}.{own}".strip("."), inner)
    else:
        for inner in details:
            yield from _flat(field, inner)


def _of_drf(exc: exceptions.APIException) -> Problem:
    details: Any = exc.get_full_details()
    code, message = str(details["code"]), str(details["message"])
    if code == "permission_denied" and message.startswith("CSRF"):
        # A login's cookie came without our token: another site may have sent it.
        code, message = "csrf_failed", _("The CSRF token is missing or wrong. Programs should send an API key instead.")
    wait = getattr(exc, "wait", None)
    return Problem(exc.status_code, code, message, retry_after=None if wait is None else int(wait) + 1)


def _of_suspicion(exc: SuspiciousOperation) -> Problem:
    if isinstance(exc, RequestDataTooBig):
        return Problem(413, "too_large", _("The request is too large. Send less at once."))
    if isinstance(exc, TooManyFieldsSent | TooManyFilesSent):
        return Problem(400, "too_many_parts", _("The form has too many fields or files. Send those of the schema."))
    if isinstance(exc, DisallowedHost):
        return Problem(
            400,
            "host_not_allowed",
            _("This server does not answer to that host name. Use its own address; PRESENTE_HOSTS lists them."),
        )
    return Problem(400, "bad_request", _("The request cannot be read."))


def _is_full(exc: Exception) -> bool:
    """What SQLite and PostgreSQL say where their disk has no room."""
    return "disk is full" in str(exc) or "No space left on device" in str(exc)


def _is_out_of_range(exc: Exception) -> bool:
    """What Python says of a number that is too long for C or to be read, and of a year outside 1 to 9999."""
    said = r"year -?\d+ is out of range|^Exceeds the limit \(\d+ digits\)"
    return isinstance(exc, OverflowError) or re.search(said, str(exc)) is not None


def _is_no_key(exc: ValueError) -> bool:
    """What Django says where rows are looked for by the number that they have, and the request has a text."""
    return re.match(r"Field '\w+' expected a number but got ", str(exc)) is not None


def _is_unstorable(exc: ValueError) -> bool:
    """What psycopg and UTF-8 say of a NUL and of half a surrogate pair, in whatever text they came."""
    return "cannot contain NUL" in str(exc) or (isinstance(exc, UnicodeEncodeError) and "surrogates" in exc.reason)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PREFIX)


def refused_before_view(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What middleware refuses: problem details, or a page with the same sentence where a browser asked for one."""
    problem = as_problem(exception)
    if problem is None:
        raise exception
    return _refused(request, problem)


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    if _is_api(request) or "text/html" not in request.headers.get("Accept", ""):
        return problem_response(problem)
    body_ = render_to_string("presente/refused.html", {"problem": problem})
    return HttpResponse(body_, status=problem.status_code, headers={"Presente-Problem": problem.code})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``: what Django refused before any view was asked."""
    problem = as_problem(exception)
    return _refused(request, problem) if problem else defaults.bad_request(request, exception)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``: a form of another site, or one of ours whose cookie is gone; the log has the reason."""
    text = _(
        "What you entered was not saved: since that page was opened somebody logged in or out here, or the browser"
        " keeps no cookies. Go back, load it again, and send it once more."
    )
    return _refused(request, Problem(403, "csrf_failed", text))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    problem = as_problem(exception)
    return problem_response(problem) if problem and _is_api(request) else defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``."""
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return problem_response(
        Problem(404, "not_found", _("Nothing was found at this address. /api/docs/ lists what there is."))
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: says nothing about the bug; the log says it.

    A database that fails is no bug, also where middleware asked it: that of the session, or of the audit trail.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError) and (problem := as_problem(error)):
        return _refused(request, problem)
    if not _is_api(request):
        return defaults.server_error(request)
    return problem_response(
        Problem(500, "server_error", _("Something broke on our side and was logged. Try again later."))
    )
