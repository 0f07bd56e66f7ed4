"""Who may do what: every view, page and endpoint asks here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from employees.models import Employee, User

View = Callable[..., HttpResponseBase]


def has_left(user: User) -> bool:
    """The person's last day at work is over, where they worked."""
    own: Employee | None = getattr(user, "employee", None)
    return own is not None and own.left_on is not None and own.left_on < timezone.localdate(timezone=own.zone)


def may_act(user: User | AnonymousUser) -> bool:
    """Somebody whose login counts: not deactivated, and not a leaver from the day after the last one at work."""
    return isinstance(user, User) and user.is_active and not has_left(user)


def acting_users() -> QuerySet[User]:
    """Those whose login counts, for messages; by the installation's own day."""
    return User.objects.filter(is_active=True).exclude(employee__left_on__lt=timezone.localdate())


def is_hr(user: User | AnonymousUser) -> bool:
    """HR sees and changes everybody; a superuser is HR."""
    return isinstance(user, User) and (user.is_superuser or user.role == User.Role.HR) and may_act(user)


def is_manager(user: User | AnonymousUser) -> bool:
    """A manager reads the attendance of the departments that name them, and of those who report to them; HR of all."""
    return is_hr(user) or (isinstance(user, User) and user.role == User.Role.MANAGER and may_act(user))


def visible_employees(user: User | AnonymousUser) -> Any:
    """The employees whose attendance this user may read: all, the managed ones with oneself, or only oneself."""
    if is_hr(user):
        return Employee.objects.all()
    own = getattr(user, "employee", None) if may_act(user) else None
    if own is None:
        return Employee.objects.none()
    if is_manager(user):
        return Employee.objects.filter(Q(department__managers=own) | Q(manager=own) | Q(pk=own.pk)).distinct()
    return Employee.objects.filter(pk=own.pk)


def may_decide(user: User | AnonymousUser, employee: Employee) -> bool:
    """HR, and the managers of the person, decide what the person asks for; nobody about themselves."""
    if getattr(user, "employee", None) == employee:
        return False
    return is_manager(user) and visible_employees(user).filter(pk=employee.pk).exists()


class RoleBackend(BaseBackend):
    """HR may do everything with our models; nobody needs a permission ticked by hand. It logs nobody in."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm.partition(".")[0] in settings.OWN_APPS and is_hr(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the admin lists the app."""
        return app_label in settings.OWN_APPS and is_hr(user_obj)


def hr_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) everybody but HR."""
    return _required(view, is_hr)


def manager_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) everybody but managers and HR."""
    return _required(view, is_manager)


def login_needed(view: View) -> View:
    """Send a visitor to the login; object access is then asked through ``visible_employees``."""
    return _required(view, may_act)


def _required(view: View, allowed: Callable[[User | AnonymousUser], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not allowed(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
