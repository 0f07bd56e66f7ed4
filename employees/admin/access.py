"""HR's pages about who and what may come in: users and API keys."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.admin import APIKeyModelAdmin
from rest_framework_api_key.models import APIKey
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm

from common.jobs import enqueue
from employees.admin.base import KeptAdmin, confirm
from employees.forms import ApiKeyForm, NewUserForm, UserForm
from employees.models import ApiKey, User

for unused in (Group, APIKey):  # Roles take the place of groups, our ApiKey that of the library's.
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


@admin.register(User)
class UserAdmin(BaseUserAdmin, KeptAdmin):  # type: ignore[type-arg, unused-ignore]
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "role_label", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (_("Access"), {"fields": ("role", "is_active"), "description": _(
            "HR does everything here. Managers read the attendance of their departments, employees their own."
        )}),
        (_("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )  # fmt: skip
    add_fieldsets = (
        (None, {"fields": ("username", ("first_name", "last_name"), "email", "role", "password1", "password2")}),
    )

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"actor": request.user})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's account, address and password are changed by superusers alone."""
        above = isinstance(obj, User) and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for a change."""
        above = isinstance(obj, User) and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return super().has_delete_permission(request, obj) and not above

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Somebody with an address gets a link and chooses the password; else HR sets one that has to be changed.

        Nobody signs as somebody else: whoever comes in with HR's password has to change it, which its owner notices.
        """
        user = get_object_or_404(User, pk=id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user.email and user != request.user:
            if request.method == "POST":
                enqueue("presente.password_mail", user.pk)
                self.log_change(request, user, gettext("A link for a new password was sent"))
                messages.success(request, gettext("%(name)s gets a link by mail.") % {"name": user.username})
                return redirect("admin:employees_user_change", user.pk)
            return confirm(
                request, back=reverse("admin:employees_user_change", args=[user.pk]), button=gettext("Send the link"),
                title=gettext("Send %(name)s a link for a new password?") % {"name": user.username},
                text=gettext("It goes to %(address)s, works once and for an hour. Nobody else learns the password.")
                % {"address": user.email},
            )  # fmt: skip
        before = user.password
        response: HttpResponse = super().user_change_password(request, id, form_url)
        if user != request.user:
            User.objects.filter(pk=user.pk).exclude(password=before).update(password_temporary=True)
        return response

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        # The first password is known to whoever typed it.
        obj.password_temporary = obj.password_temporary or not change
        obj.is_staff = obj.is_superuser or obj.role == User.Role.HR
        super().save_model(request, obj, form, change)

    @display(description=_("name"), ordering="last_name")
    def full_name(self, obj: User) -> str:
        return obj.get_full_name() or "–"

    @display(description=_("role"), ordering="role", label={"hr": "success", "manager": "info", "employee": "default"})
    def role_label(self, obj: User) -> tuple[str, str]:
        return obj.role, obj.get_role_display()


@admin.register(ApiKey)
class ApiKeyAdmin(APIKeyModelAdmin, KeptAdmin):
    form = ApiKeyForm
    list_display: Any = ("name", "prefix", "scope_list", "created", "expiry_date", "state")
    list_filter: ClassVar[Any] = ("revoked", "created")
    search_fields = ("name", "prefix")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "scopes", "expiry_date")
        return ("name", "prefix", "scopes", "expiry_date", "revoked", "created_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields: tuple[str, ...] = super().get_readonly_fields(request, obj)
        return (*fields, "created_by", *(("scope_list",) if obj is not None and obj.revoked else ()))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A revoked key stays as it is."""
        return super().has_change_permission(request, obj) and not (obj is not None and obj.revoked)

    def save_model(self, request: HttpRequest, obj: Any, form: Any = None, change: bool = False) -> None:
        """The library makes the key and shows it once."""
        if not change and isinstance(request.user, User):
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @display(description=_("permissions"))
    def scope_list(self, obj: ApiKey) -> str:
        labels = dict(ApiKey.Scope.choices)
        return ", ".join(str(labels.get(scope, scope)) for scope in obj.scopes) or "–"

    @display(description=_("state"), label={"valid": "success", "revoked": "danger", "expired": "warning"})
    def state(self, obj: ApiKey) -> tuple[str, str]:
        if obj.revoked:
            return "revoked", gettext("Revoked")
        return ("expired", gettext("Expired")) if obj.has_expired else ("valid", gettext("Valid"))
