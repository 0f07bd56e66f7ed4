"""What the signed endpoints share: who may sign, one answer for a repeated request, the rows a caller may know of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, models
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.selectors import may_meet
from attendance.api.events import KEY_HEADER, LONGEST_KEY, unknown_employee
from attendance.models import Absence, ClockEvent, CorrectionRequest
from attendance.refusals import AttendanceRefused
from common.api_schema import example, refusals
from common.endpoints import SafeJSONParser, StrictSerializer
from employees.access import may_act, visible_employees
from employees.authentication import has_key
from employees.models import Employee, User

T = TypeVar("T", bound=models.Model)
BY_HEADER = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description=f"1 to {LONGEST_KEY} printable ASCII characters.",
    examples=[OpenApiExample("uuid", "f3a1d6f4-5a6f-4a7e-9a55-0c8f2f1f2b7d")],
)
SIGNED = (
    "Signed by whoever is logged in (session and CSRF token); an API key is refused. The answer is the same when the "
    f"request is repeated with the same `{KEY_HEADER}`."
)
REFUSED = refusals(
    example(
        400,
        "invalid",
        "Correct these fields: reason.",
        [
            {"field": "reason", "code": "required", "message": "This field is required.", "remedy": "Send this field."},
        ],
    ),
    example(403, "key_cannot_sign", "A person signs this, and an API key is none. Log in instead."),
    example(403, "not_allowed", "Only the manager or HR decides, and nobody about themselves."),
    example(404, "not_found", "Not found."),
    example(422, "period_locked", "2 March 2026 is in a closed period. HR can add an adjustment."),
)


class Signed(BasePermission):
    """A person who is logged in; what they may do about whom, the services ask."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, False for a visitor (401), or PermissionDenied for a key."""
        if has_key(request):
            message = _("A person signs this, and an API key is none. Log in instead.")
            raise PermissionDenied(message, "key_cannot_sign")
        return may_act(request.user)


class SigningEndpoint(GenericAPIView[Any]):
    """A POST that a person signs; GET, where there is one, is opened as before."""

    parser_classes = [SafeJSONParser]
    signer_permission = Signed

    def get_permissions(self) -> Any:
        """Who may call."""
        return (
            [self.signer_permission()]
            if self.request is not None and self.request.method == "POST"
            else super().get_permissions()
        )


PREFIXES: dict[type[models.Model], str] = {Absence: "absence", CorrectionRequest: "correction"}
"""How approvals name the rows of each table."""
LOGIN: Any = [{"cookieAuth": []}]
"""What opens these, for the schema."""


def decided(serializer: Any, value: dict[str, Any]) -> Any:
    """The answers of a decision, for the schema."""
    return {200: OpenApiResponse(serializer, examples=[OpenApiExample("decided", value)]), **REFUSED}


def kept(serializer: Any, value: dict[str, Any]) -> Any:
    """The answers of a submission, for the schema."""
    return {
        201: OpenApiResponse(serializer, description="Stored.", examples=[OpenApiExample("stored", value)]),
        200: OpenApiResponse(
            serializer,
            description="The request was repeated: `Idempotency-Replayed: true`.",
            examples=[OpenApiExample("again", value)],
        ),
        **REFUSED,
    }


def once(key: str, model: type[T], serializer: Any, store: Callable[[], T], same: Callable[[T], bool]) -> Response:
    """Store and answer 201; answer a repeated request with what it stored. Another request under the key is refused."""

    def find() -> T | None:
        return model._default_manager.filter(idempotency_key=key).first()

    stored = find()
    if stored is None:
        try:
            return Response(serializer(store()).data, status=201)
        except (AttendanceRefused, IntegrityError):
            # The same request in another thread may have been faster.
            stored = find()
            if stored is None:
                raise
    if not same(stored):
        raise AttendanceRefused("key_reused", _("This key was used for another request."), field=KEY_HEADER)
    return Response(serializer(stored).data, headers={"Idempotency-Replayed": "true"})


def is_same(row: Any, fields: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in fields.items())


def content_of(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    content: dict[str, Any] = form.validated_data
    return content


def signer(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def own_person(request: Request) -> Employee:
    own: Employee | None = getattr(request.user, "employee", None)
    if own is None:
        raise PermissionDenied(_("This account is no employee's."), "not_an_employee")
    return own


def person_of(request: Request, number: str) -> Employee:
    """The person, if the caller may know of them; for anybody else there is nobody of that number."""
    found: Employee | None = visible_employees(request.user).filter(number=number).first()
    if found is None:
        raise unknown_employee(number)
    return found


def event_of(key: UUID | None, people: Any) -> ClockEvent | None:
    if key is None:
        return None
    found = ClockEvent.objects.filter(pk=key, employee__in=people).first()
    if found is None:
        raise AttendanceRefused("event_unknown", _("This person has no such punch."), field="event")
    return found


def visible_row(request: Request, model: type[T], key: Any) -> T:
    people = visible_employees(request.user).order_by().values("pk")
    found: Any = model._default_manager.filter(pk=key)
    rows = may_meet(found, signer(request), people, PREFIXES[model])
    row: T | None = rows.select_related("employee__department").first()
    if row is None:
        raise Http404
    return row
