"""Who a program is, what its key opens, and the shape of a refusal: what every endpoint has in common.

DRF reads the classes below while it defines its views, so nothing here may import ``rest_framework.views``.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from common.limits import client_address
from common.problems import Problem, problem_details
from employees.access import employees_of_key, is_hr, reads_reports, visible_employees
from employees.models import ApiKey, Employee, User

__all__ = [
    "ApiKeyAuthentication",
    "HasScope",
    "KeyThrottle",
    "Problem",
    "caller",
    "callers_people",
    "calling_user",
    "problem_details",
]

KEYWORD = "Api-Key"
LONGEST_KEY = 200


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Api-Key <key>`` or ``X-Api-Key: <key>``; one statement.

    ``request.auth`` is then the ``ApiKey`` and ``request.user`` nobody. An unknown, revoked or expired key is refused
    (401); a request without one is left to the next authentication.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        """The key's row, None where no key was sent; raises AuthenticationFailed with a code."""
        presented = self._presented(request)
        if presented is None:
            return None
        prefix = presented.partition(".")[0]
        key = None
        if presented.isascii() and "\x00" not in presented and len(presented) <= LONGEST_KEY:
            key = ApiKey.objects.filter(prefix=prefix).first()
        # What a key is (revoked, expired) is told only to somebody who holds the whole key.
        if not isinstance(key, ApiKey) or not key.is_valid(presented):
            raise AuthenticationFailed(_("This API key is not known. Ask HR for a new one."), "key_unknown")
        if key.revoked:
            raise AuthenticationFailed(_("This API key was revoked. Ask HR for a new one."), "key_revoked")
        if key.has_expired:
            raise AuthenticationFailed(_("This API key has expired. Ask HR for a new one."), "key_expired")
        if not key.is_used_from(client_address(request._request)):
            raise AuthenticationFailed(_("This API key may not be used from here. Ask HR."), "key_address")
        request._request.audit_actor = f"key {key.name}"  # type: ignore[attr-defined]
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """The challenge that makes a refusal a 401."""
        return f'{KEYWORD} realm="presente"'

    @staticmethod
    def _presented(request: Request) -> str | None:
        """The key as sent. Authorization of another kind (Basic, Bearer) is none of ours."""
        keyword, _space, value = str(request.META.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
        if keyword.lower() == KEYWORD.lower():
            return value.strip()
        header = request.META.get("HTTP_X_API_KEY")
        return None if header is None else str(header).strip()


def has_key(request: Request) -> TypeGuard[Any]:
    """True where the caller is a program with a key."""
    return isinstance(request.auth, ApiKey)


def caller(request: Request) -> tuple[str, str]:
    """Who asks, as ("api", the key's prefix) or ("user", the user's id)."""
    return ("api", request.auth.prefix) if isinstance(request.auth, ApiKey) else ("user", str(request.user.pk))


def calling_user(request: Request) -> User | None:
    """The logged-in user; None where the caller is a program with a key."""
    return request.user if isinstance(request.user, User) and not has_key(request) else None


def callers_people(request: Request) -> QuerySet[Employee]:
    """Whose data the caller may read: a program that of its key's departments, a person that of whom they see."""
    if isinstance(request.auth, ApiKey):
        return employees_of_key(request.auth)
    found: QuerySet[Employee] = visible_employees(request.user)
    return found


class HasScope(BasePermission):
    """The view's ``required_scopes`` ({"GET": "attendance:read", ...}) opened by a key's scopes or by a role.

    HR may use everything; who reads reports may read attendance, which the view limits to the people they see. A view
    that declares nothing is closed.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, False for a visitor (401), or PermissionDenied with the reason (403)."""
        method = "GET" if request.method == "HEAD" else str(request.method)
        name = method.lower()
        if name not in view.http_method_names or not hasattr(view, name):
            return True  # it is answered by 405
        scope = getattr(view, "required_scopes", {}).get(method)
        if scope is None:
            return False
        if isinstance(request.auth, ApiKey):
            if scope not in request.auth.scopes:
                message = _("This API key lacks the scope %(scope)s. Ask HR for a key that has it.") % {"scope": scope}
                raise PermissionDenied(message, "scope_missing")
            return True
        if not isinstance(request.user, User):
            return False
        if is_hr(request.user) or (scope == ApiKey.Scope.READ and reads_reports(request.user)):
            return True
        raise PermissionDenied(_("Your role does not open this."), "role_missing")


class KeyThrottle(ScopedRateThrottle):
    """Counts by key or user. The address says nothing: X-Forwarded-For is the caller's own claim."""

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """One counter per caller and scope."""
        return self.cache_format % {"scope": self.scope, "ident": ":".join(caller(request))}
