"""HR's pages about who and what may come in: users and API keys."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.admin import APIKeyModelAdmin
from rest_framework_api_key.models import APIKey
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm

from common.jobs import enqueue
from common.moments import moment_text
from employees.admin.base import FreshAdmin, KeptAdmin, confirm
from employees.forms import ApiKeyForm, NewUserForm, UserForm
from employees.models import ApiKey, ProviderLogin, User
from employees.provider_logins import provider_unlink

for unused in (Group, APIKey):  # Ours take the place of the libraries'.
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


@admin.register(User)
class UserAdmin(FreshAdmin, BaseUserAdmin, KeptAdmin):  # type: ignore[type-arg, unused-ignore]
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "role_label", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("searched", "email")
    readonly_fields = ("last_login", "date_joined")
    autocomplete_fields = ("branch_departments", "groups")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (
            _("Access"),
            {
                "fields": ("role", "branch_departments", "groups", "is_active"),
                "description": _(
                    "HR does everything here. Branch HR looks after the people of its departments. Managers read and"
                    " decide for their departments, payroll reads and exports, auditors read, IT looks after devices"
                    " and models, employees read their own. A group adds permissions to the role."
                ),
            },
        ),
        (_("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )
    actions_detail = ("unlink",)
    add_fieldsets = (
        (None, {"fields": ("username", ("first_name", "last_name"), "email", "role", "password1", "password2")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """How a password is kept is of no use to whoever may only read."""
        groups = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return groups
        return [
            (name, {**group, "fields": [one for one in group["fields"] if one != "password"]}) for name, group in groups
        ]

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
                messages.success(request, gettext("%(name)s gets a link by e-mail.") % {"name": user.username})
                return redirect("admin:employees_user_change", user.pk)
            return confirm(
                request,
                back=reverse("admin:employees_user_change", args=[user.pk]),
                button=gettext("Send the link"),
                title=gettext("Send %(name)s a link for a new password?") % {"name": user.username},
                text=gettext("It goes to %(address)s, works once and for an hour. Nobody else learns the password.")
                % {"address": user.email},
            )
        before = user.password
        response: HttpResponse = super().user_change_password(request, id, form_url)
        if user != request.user:
            User.objects.filter(pk=user.pk).exclude(password=before).update(password_temporary=True)
        return response

    def has_unlink_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only a login at the company's login server can be removed."""
        user = User.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None
        return (
            user is not None
            and ProviderLogin.objects.filter(user=user).exists()
            and self.has_change_permission(request, user)
        )

    @action(description=_("Unlink company login"), url_path="unlink", icon="link_off", permissions=["unlink"])
    def unlink(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The next login there finds the account by its e-mail address again."""
        user, back = get_object_or_404(User, pk=object_id), reverse("admin:employees_user_change", args=[object_id])
        if request.method == "POST":
            provider_unlink(user=user)
            messages.success(request, gettext("%(name)s is linked to no company login now.") % {"name": user.username})
            return redirect(back)
        return confirm(
            request,
            back=back,
            button=gettext("Unlink company login"),
            title=gettext("Unlink the company login of %(name)s?") % {"name": user.username},
            text=gettext("The next login there opens the account again if its verified e-mail address is this one's."),
        )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        invited = not change and not form.cleaned_data.get("password1")
        # The first password is known to whoever typed it.
        obj.password_temporary = obj.password_temporary or not (change or invited)
        obj.is_staff = obj.is_superuser or obj.role == User.Role.HR
        super().save_model(request, obj, form, change)
        if invited:
            enqueue("presente.password_mail", obj.pk)
            messages.success(request, gettext("%(name)s gets a link by e-mail.") % {"name": obj.username})

    @display(description=_("name"), ordering="sort_key")
    def full_name(self, obj: User) -> str:
        return obj.get_full_name() or "–"

    @display(
        description=_("role"),
        ordering="role",
        label={
            "hr": "success",
            "branch": "success",
            "manager": "info",
            "employee": "default",
            "payroll": "default",
            "auditor": "default",
            "it": "default",
        },
    )
    def role_label(self, obj: User) -> tuple[str, str]:
        return obj.role, obj.get_role_display()


@admin.register(ApiKey)
class ApiKeyAdmin(FreshAdmin, APIKeyModelAdmin, KeptAdmin):
    form = ApiKeyForm
    list_display: Any = ("title", "beginning", "scope_list", "made", "expiry_date", "state")
    list_filter: ClassVar[Any] = ("revoked", "created")
    search_fields = ("name", "prefix")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "scopes", "departments", "sites", "addresses", "expiry_date")
        return (
            "name",
            "beginning",
            "scopes",
            "departments",
            "sites",
            "addresses",
            "expiry_date",
            "revoked",
            "created_by",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields: tuple[str, ...] = super().get_readonly_fields(request, obj)
        return (*fields, "beginning", "created_by", *(("scope_list",) if obj is not None and obj.revoked else ()))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A revoked key stays as it is."""
        return super().has_change_permission(request, obj) and not (obj is not None and obj.revoked)

    def save_model(self, request: HttpRequest, obj: Any, form: Any = None, change: bool = False) -> None:
        """The library makes the key and shows it once."""
        if not change and isinstance(request.user, User):
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    @display(description=_("name"), ordering="name")
    def title(self, obj: ApiKey) -> str:
        return str(obj.name)

    @display(description=_("prefix"), ordering="prefix")
    def beginning(self, obj: ApiKey) -> str:
        return str(obj.prefix)

    @display(description=_("created"), ordering="created")
    def made(self, obj: ApiKey) -> str:
        return moment_text(timezone.localtime(obj.created))

    @display(description=_("permissions"))
    def scope_list(self, obj: ApiKey) -> str:
        labels = dict(ApiKey.Scope.choices)
        return ", ".join(str(labels.get(scope, scope)) for scope in obj.scopes) or "–"

    @display(description=_("state"), label={"valid": "success", "revoked": "danger", "expired": "warning"})
    def state(self, obj: ApiKey) -> tuple[str, str]:
        if obj.revoked:
            return "revoked", gettext("Revoked")
        return ("expired", gettext("Expired")) if obj.has_expired else ("valid", gettext("Valid"))


class PermissionsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg, unused-ignore]
    """Permissions in the reader's language: the database keeps them in English."""

    VERBS: ClassVar[dict[str, Any]] = {
        "view": _("view"),
        "add": _("add"),
        "change": _("change"),
        "delete": _("delete"),
    }

    def label_from_instance(self, obj: Model) -> str:
        assert isinstance(obj, Permission)
        verb = self.VERBS.get(obj.codename.partition("_")[0])
        named = obj.content_type.name
        return f"{named[:1].upper()}{named[1:]}: {verb or obj.name}"


@admin.register(Group)
class GroupAdmin(FreshAdmin, BaseGroupAdmin):
    """A set of permissions of one's own, beside what the role gives."""

    # The two lists side by side of Django are too wide for the page, and cannot be read by everybody.
    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            own = Permission.objects.filter(content_type__app_label__in=settings.OWN_APPS)
            kwargs["queryset"] = own.select_related("content_type")
            kwargs["form_class"] = PermissionsField
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "permissions" and field is not None:
            field.widget.attrs["size"] = 18
        return field
