"""SCIM 2.0 (RFC 7643, 7644) for joiners and leavers: what a company's directory asks and says of people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.endpoints import Endpoint, SafeJSONParser
from common.problems import as_problem
from common.refusals import Refusal
from employees.access import employees_of_key, may_act
from employees.authentication import ApiKeyAuthentication
from employees.models import ApiKey, Department, User
from employees.services.provisioning import Said, person_change, person_join

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
MOST, USUAL = 200, 100
FILTER = re.compile(r'\s*(userName|externalId)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*', re.IGNORECASE)
ATTRIBUTES: dict[str, Any] = {
    "username": "user_name",
    "externalid": "number",
    "name.givenname": "first_name",
    "name.familyname": "last_name",
    "active": "active",
    f"{ENTERPRISE.lower()}:employeenumber": "number",
    f"{ENTERPRISE.lower()}:department": "department",
}
"""Ours, by SCIM's path; what else a directory sends is not kept."""
KINDS = {"taken": "uniqueness", "not_yours": "mutability"}


class ScimRenderer(JSONRenderer):
    """JSON under SCIM's own name."""

    media_type = "application/scim+json"


class ScimParser(SafeJSONParser):
    """As above."""

    media_type = "application/scim+json"


class BearerKey(ApiKeyAuthentication):
    """An API key as directories send it: ``Authorization: Bearer <key>``."""

    def authenticate_header(self, request: Request) -> str:
        """The challenge that makes a refusal a 401."""
        return 'Bearer realm="presente"'

    @staticmethod
    def _presented(request: Request) -> str | None:
        keyword, _space, value = str(request.META.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
        return value.strip() if keyword.lower() == "bearer" else None


class ScimEndpoint(Endpoint):
    """What the endpoints share: the key, the media type, and errors as SCIM writes them."""

    authentication_classes = [BearerKey]
    renderer_classes = [ScimRenderer, JSONRenderer]
    parser_classes = [ScimParser, SafeJSONParser]
    required_scopes: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("GET", "POST", "PUT", "PATCH"), ApiKey.Scope.PROVISION.value
    )

    def get_exception_handler(self) -> Any:
        """RFC 7644, 3.12."""
        return _refused

    def people(self) -> QuerySet[User]:
        """The accounts of people whom the key may know."""
        key = self.request.auth
        assert isinstance(key, ApiKey)
        return User.objects.filter(employee__in=employees_of_key(key)).select_related("employee").order_by("pk")


@extend_schema(exclude=True)
class ConfigView(ScimEndpoint):
    """What is spoken here."""

    def get(self, request: Request) -> Response:
        """RFC 7643, 5."""
        no = {"supported": False}
        scheme = {"type": "oauthbearertoken", "name": "API key", "description": "Authorization: Bearer <key>"}
        content = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": MOST},
            "changePassword": no,
            "sort": no,
            "etag": no,
            "authenticationSchemes": [scheme],
        }
        return Response(content)


@extend_schema(exclude=True)
class UsersView(ScimEndpoint):
    """Who is there, and who joins."""

    def get(self, request: Request) -> Response:
        """Those of a filter, in pages."""
        found = self.people()
        if text := request.query_params.get("filter"):
            found = _filtered(found, text)
        start = max(1, _number(request, "startIndex", 1))
        count = min(MOST, max(0, _number(request, "count", USUAL)))
        rows = list(found[start - 1 : start - 1 + count])
        content = {
            "schemas": [f"{MESSAGES}ListResponse"],
            "totalResults": found.count(),
            "startIndex": start,
            "itemsPerPage": len(rows),
            "Resources": [_resource(user) for user in rows],
        }
        return Response(content)

    def post(self, request: Request) -> Response:
        """A joiner."""
        key = request.auth
        assert isinstance(key, ApiKey)
        limited = key.departments.exists()
        said = _said(request.data)
        if limited and not said.get("department"):
            raise Refusal("invalid", "This key is for some departments: send the department.", status=400)
        sites = list(key.sites.all()[:2])
        if len(sites) > 1:
            raise Refusal("invalid", "This key is for several sites: make one for the site of the joiner.", status=400)
        departments = key.departments.all() if limited else Department.objects.all()
        user = person_join(said=said, departments=departments, site=sites[0] if sites else None)
        return Response(_resource(user), status=201, headers={"Location": _resource(user)["meta"]["location"]})


@extend_schema(exclude=True)
class UserView(ScimEndpoint):
    """One of them, and what changes of them."""

    def get(self, request: Request, key: int) -> Response:
        """As they are now."""
        return Response(_resource(self._one(key)))

    def put(self, request: Request, key: int) -> Response:
        """All that the directory says; what it leaves out stays as it is."""
        return Response(_resource(person_change(user=self._one(key), said=_said(request.data))))

    def patch(self, request: Request, key: int) -> Response:
        """Some of it."""
        return Response(_resource(person_change(user=self._one(key), said=_patched(request.data))))

    def _one(self, key: int) -> User:
        user = self.people().filter(pk=key).first()
        if user is None:
            raise exceptions.NotFound
        return user


def _resource(user: User) -> dict[str, Any]:
    employee = user.employee
    department = employee.department.name if employee.department else None
    return {
        "schemas": [CORE, ENTERPRISE],
        "id": str(user.pk),
        "externalId": employee.number,
        "userName": user.username,
        "name": {"givenName": user.first_name, "familyName": user.last_name},
        "emails": [{"value": user.email, "type": "work", "primary": True}] if user.email else [],
        "active": may_act(user),
        ENTERPRISE: {"employeeNumber": employee.number, **({"department": department} if department else {})},
        "meta": {"resourceType": "User", "location": f"/scim/v2/Users/{user.pk}"},
    }


def _said(body: Any) -> Said:
    """What a whole resource says of what is kept here."""
    if not isinstance(body, Mapping):
        raise _syntax("Send a SCIM User, a JSON object.")
    said: dict[str, Any] = {}
    for name, value in body.items():
        low = str(name).lower()
        if isinstance(value, Mapping) and low in {"name", ENTERPRISE.lower()}:
            mark = ":" if low == ENTERPRISE.lower() else "."
            for inner, content in value.items():
                _take(said, f"{low}{mark}{str(inner).lower()}", content)
        else:
            _take(said, low, value)
    return said  # type: ignore[return-value]


def _patched(body: Any) -> Said:
    operations = body.get("Operations") if isinstance(body, Mapping) else None
    if not isinstance(operations, list) or not operations:
        raise _syntax("Send Operations, a list.")
    said: dict[str, Any] = {}
    for one in operations:
        if not isinstance(one, Mapping) or str(one.get("op", "")).lower() not in {"add", "replace"}:
            raise _syntax("Each operation is an object with op add or replace.")
        if path := str(one.get("path") or ""):
            _take(said, path.lower(), one.get("value"))
        else:
            said |= _said(one.get("value"))
    return said  # type: ignore[return-value]


def _take(said: dict[str, Any], path: str, value: Any) -> None:
    """Keep one attribute where it is one of ours. The employee's own number goes before ``externalId``."""
    if path == "emails" or re.fullmatch(r"emails\[.*\](\.value)?|emails\.value", path):
        said["email"] = _address(value)
        return
    name = ATTRIBUTES.get(path)
    if name is None or (path == "externalid" and "number" in said):
        return
    if name == "active":
        said[name] = _truth(value)
    elif isinstance(value, str):
        said[name] = value.strip()
    elif value is not None:
        raise _syntax(f"{path} is a text.")


def _address(value: Any) -> str:
    rows = value if isinstance(value, list) else [value]
    maps = [row for row in rows if isinstance(row, Mapping)]
    chosen = next((row for row in maps if row.get("primary") is True), maps[0] if maps else None)
    found = chosen.get("value") if chosen is not None else rows[0] if rows else ""
    if not isinstance(found, str):
        raise _syntax("The value of an e-mail address is a text.")
    return found.strip()


def _truth(value: Any) -> bool:
    """Some directories send a text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise _syntax("active is true or false.")


def _filtered(found: QuerySet[User], text: str) -> QuerySet[User]:
    match = FILTER.fullmatch(text)
    if match is None:
        raise Refusal("invalidFilter", 'Only userName eq "…" and externalId eq "…" are known.', status=400)
    value = re.sub(r"\\(.)", r"\1", match[2])
    return found.filter(**{"username__iexact" if match[1].lower() == "username" else "employee__number": value})


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if re.fullmatch(r"-?[0-9]{1,6}", text) else usual


def _syntax(text: str) -> Refusal:
    return Refusal("invalidSyntax", text, status=400)


def _refused(error: Exception, context: Mapping[str, Any]) -> Response | None:
    problem = as_problem(error)
    if problem is None:
        return None
    code = getattr(error, "code", "")
    kind = KINDS.get(code, code if str(code).startswith("invalid") else "")
    if kind == "invalid":
        kind = "invalidValue"
    content = {"schemas": [f"{MESSAGES}Error"], "status": str(problem.status_code), "detail": problem.message}
    headers = {"WWW-Authenticate": error.auth_header} if getattr(error, "auth_header", None) else {}  # type: ignore[attr-defined]
    return Response(content | ({"scimType": kind} if kind else {}), status=problem.status_code, headers=headers)
