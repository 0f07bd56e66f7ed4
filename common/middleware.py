"""What every request has to pass before anything reads it: its size, and texts that can be stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from common.inputs import UnreadableInput, check_text
from common.problems import as_problem, refused_before_view
from common.redaction import redact
from common.refusals import Refusal

View = TypeVar("View", bound=Callable[..., Any])
FORM = "application/x-www-form-urlencoded"


def body_limit(most: int) -> Callable[[View], View]:
    """Let this view's requests have ``most`` bytes; the length is looked at before any of them is read."""

    def limited(view: View) -> View:
        setattr(view, "body_limit", most)  # noqa: B010  an attribute that a function's type does not know
        return view

    return limited


class AuditActor:
    """Let the audit trail know who sent the request that is served, and record each file that is handed out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        from common import audit

        with audit.serving(request):
            response = self.get_response(request)
            # Whatever is handed out as a file leaves the program: exports, timesheets, a person's own data.
            given = str(response.get("Content-Disposition", ""))
            if response.status_code == 200 and given.startswith("attachment"):
                _first, _mark, name = given.partition("filename=")
                audit.record(
                    "export", object=name.strip('"'), details={"address": redact(request.get_full_path())[:300]}
                )
            return response


class RefuseUnreadable:
    """Refuse what is too long or cannot be stored, once for every page and endpoint."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            _check_length(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            for text in (request.path_info, *_values(request.GET), *request.COOKIES.values()):
                check_text(text)
        except (Refusal, RequestDataTooBig) as error:
            return refused_before_view(request, error)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """The view's own limit, before the CSRF check or the view reads the body; a form's texts as well."""
        most = getattr(view, "body_limit", None) or getattr(getattr(view, "cls", None), "body_limit", None)
        try:
            if most is not None:
                _check_length(request, most)
            # A form of this kind is kept as bytes beside, so that a view may still read the body. In multipart forms
            # each field is checked by its form or serializer; what gets past is refused in ``process_exception``.
            if request.content_type == FORM:
                for text in _values(request.POST):
                    check_text(text)
        except (Refusal, RequestDataTooBig) as error:
            return refused_before_view(request, error)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """The last word on multipart texts and on numbers: what the database, UTF-8 or the calendar refused."""
        if (
            not isinstance(exception, ValueError | OverflowError | UnreadableInput | DataError)
            or as_problem(exception) is None
        ):
            return None
        return refused_before_view(request, exception)


def _check_length(request: HttpRequest, most: int) -> None:
    """Raise ``Refusal`` for an announced length above ``most`` or for one that is no number."""
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (text.isascii() and text.isdecimal()):
        raise Refusal("bad_request", _("The length of the request is not a number."), status=400)
    if int(text[:18]) > most:
        limit = f"{most / 2**20:.1f} MiB" if most >= 2**20 else f"{most / 2**10:.0f} KiB"
        raise Refusal(
            "too_large",
            _("The request is too large: %(limit)s are taken here. Send less at once.") % {"limit": limit},
            status=413,
        )


def _values(query: Any) -> list[str]:
    """Names and values of a query string or a form."""
    return [text for name, values in query.lists() for text in (name, *values)]
