"""The base of every endpoint, and the fields they share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any, ClassVar

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api_reads import read_count
from common.inputs import check_value
from common.places import zone_names

# Beyond these years an instant overflows in some time zone, and nobody punched.
YEARS = range(1900, 2201)
NO_OFFSET = gettext_lazy("This instant has no offset from UTC, so it could mean any of several moments.")


class Endpoint(APIView):
    """An APIView that declares its scopes; OPTIONS tells nothing."""

    required_scopes: ClassVar[Mapping[str, str]] = {}
    body_limit: ClassVar[int] = 1024 * 1024
    """Bytes that a request may have (see common.middleware)."""
    reads: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD"})
    """The methods by which a program learns about people: the audit trail counts them."""
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Count what a key was given (``common.api_reads``)."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        actor = str(getattr(getattr(request, "_request", None), "audit_actor", ""))
        if actor and request.method in self.reads and answer.status_code == 200:
            match = request._request.resolver_match
            what = f"/{match.route}" if match else ""
            try:
                read_count(request=request._request, what=what, rows=_rows(getattr(answer, "data", None)))
            except DatabaseError as error:
                # What cannot be recorded is not handed out.
                return super().finalize_response(request, self.handle_exception(error), *args, **kwargs)
        return answer


def _rows(content: Any) -> int:
    """How many rows an answer has: those of its page, or it is one."""
    if isinstance(content, list):
        return len(content)
    lists = [value for value in content.values() if isinstance(value, list)] if isinstance(content, dict) else []
    return len(lists[0]) if len(lists) == 1 else 1


class SafeJSONParser(JSONParser):
    """JSON; a document nested a hundred thousand deep, or with half a character, is broken, not a bug of ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body; raises ParseError, or ``UnreadableInput`` for what no field could hold."""
        try:
            return check_value(super().parse(stream, media_type, parser_context))
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply."), "json_too_deep") from error


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt ``direction`` must not be taken for none."""

    def validate(self, attrs: Any) -> Any:
        """``attrs`` as they are; raises ValidationError naming each unknown field."""
        given = self.initial_data if isinstance(self.initial_data, Mapping) else {}
        unknown = {
            str(name): [serializers.ErrorDetail(_("There is no such field."), "unknown_field")]
            for name in given
            if name not in self.fields
        }
        if unknown:
            raise serializers.ValidationError(unknown)
        return attrs


class InstantField(serializers.DateTimeField):
    """An ISO 8601 instant with its offset; one without is refused, not guessed. UTC inside and out."""

    default_error_messages: ClassVar[dict[str, Any]] = {"no_offset": NO_OFFSET}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def enforce_timezone(self, value: datetime) -> datetime:
        """In UTC; fails for a naive value."""
        if timezone.is_naive(value):
            self.fail("no_offset")
        if value.year not in YEARS:
            self.fail("overflow")
        return super().enforce_timezone(value)


def check_zone(value: str) -> None:
    """Raise ValidationError for anything but an IANA zone name."""
    if value not in zone_names():
        message = _("%(value)s is not a time zone. Use a name such as Europe/Madrid.") % {"value": value}
        raise serializers.ValidationError(message, "unknown_zone")
