"""HR's pages about people: users, departments, employees, consents, photos and API keys."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.admin import APIKeyModelAdmin
from rest_framework_api_key.models import APIKey
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm

from employees import roster
from employees.access import is_hr
from employees.forms import ApiKeyForm, ConsentForm, EmployeeForm, NewUserForm, UserForm
from employees.importing.base import ImportingAdmin
from employees.importing.people import EmployeeResource
from employees.models import ApiKey, Consent, Department, Employee, EnrolmentPhoto, User
from employees.qr import qr_svg
from employees.services import badge_issue, badge_revoke, consent_withdraw, pin_set, pin_unlock

for unused in (Group, APIKey):  # Roles take the place of groups, our ApiKey that of the library's.
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)

GALLERY_FIELDS = {"left_on", "hired_on", "number", "first_name", "last_name"}
"""A change of these changes who may be recognised, or under which name."""


class KeptAdmin(ModelAdmin):
    """Rows that are kept: there is another way to end them than to delete them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """Evidence: looked at, never typed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def confirm(request: HttpRequest, *, title: str, text: str, button: str, back: str) -> HttpResponse:
    """The page that asks before something is ended; its form posts to the same address."""
    context = {**admin.site.each_context(request), "title": title, "text": text, "button": button, "back": back}
    return TemplateResponse(request, "admin/confirm.html", context)


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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser or obj.role == User.Role.HR
        super().save_model(request, obj, form, change)

    @display(description=_("name"), ordering="last_name")
    def full_name(self, obj: User) -> str:
        return obj.get_full_name() or "–"

    @display(description=_("role"), ordering="role", label={"hr": "success", "manager": "info", "employee": "default"})
    def role_label(self, obj: User) -> tuple[str, str]:
        return obj.role, obj.get_role_display()


@admin.register(Department)
class DepartmentAdmin(ModelAdmin):
    list_display = ("name", "people", "managed_by")
    search_fields = ("name",)
    autocomplete_fields = ("managers",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        rows: QuerySet[Department] = super().get_queryset(request)
        return rows.annotate(people_count=Count("employees", distinct=True)).prefetch_related("managers")

    @display(description=_("people"), ordering="people_count")
    def people(self, obj: Any) -> int:
        return int(obj.people_count)

    @display(description=_("managers"))
    def managed_by(self, obj: Department) -> str:
        return ", ".join(manager.name for manager in obj.managers.all()) or "–"


class ChoiceFilter(admin.SimpleListFilter):
    """Two answers, each a condition on the employee."""

    answers: ClassVar[dict[str, tuple[Any, Q]]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, label) for value, (label, _condition) in self.answers.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.answers.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class ConsentFilter(ChoiceFilter):
    title = _("consent")
    parameter_name = "consent"
    answers: ClassVar[dict[str, tuple[Any, Q]]] = {
        "yes": (_("Given"), Q(has_consent=True)),
        "no": (_("Missing or withdrawn"), Q(has_consent=False)),
    }


class FaceFilter(ChoiceFilter):
    title = _("face")
    parameter_name = "face"
    answers: ClassVar[dict[str, tuple[Any, Q]]] = {
        "yes": (_("Enrolled"), Q(accepted__gt=0)),
        "no": (_("Not enrolled"), Q(accepted=0)),
    }


class EmployedFilter(admin.SimpleListFilter):
    title = _("employed")
    parameter_name = "employed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Employed")), ("no", _("Left"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        if self.value() == "no":
            return queryset.filter(left_on__lt=today)
        return queryset.filter(Q(left_on=None) | Q(left_on__gte=today)) if self.value() == "yes" else queryset


@admin.register(Employee)
class EmployeeAdmin(ImportingAdmin, KeptAdmin):
    resource_classes = [EmployeeResource]
    form = EmployeeForm
    list_display = ("person", "department", "consent", "face", "pin_state", "employed")
    list_filter = ("department", ConsentFilter, FaceFilter, EmployedFilter)
    list_filter_submit = False
    search_fields = ("number", "first_name", "last_name", "email")
    autocomplete_fields = ("department", "manager", "user")
    list_select_related = ("department",)
    actions_row = ("enrol",)
    actions_detail = ("enrol", "badge", "unlock")
    fieldsets = (
        (None, {"fields": (("number", "email"), ("first_name", "last_name"))}),
        (_("Work"), {"fields": (("department", "manager"), ("hired_on", "left_on"), ("time_zone", "language"))}),
        (_("Access"), {"fields": (("user", "pin"),), "description": _(
            "The user reads their own attendance; the PIN clocks in at a kiosk where the face cannot."
        )}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employee]:
        rows: QuerySet[Employee] = super().get_queryset(request)
        accepted = Count("photos", filter=Q(photos__state=EnrolmentPhoto.State.ACCEPTED))
        given = Consent.objects.filter(employee=OuterRef("pk"), withdrawn_at=None)
        return rows.annotate(accepted=accepted, has_consent=Exists(given))

    def save_model(self, request: HttpRequest, obj: Employee, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("pin"):
            pin_set(employee=obj, pin=form.cleaned_data["pin"])
        if change and GALLERY_FIELDS & set(form.changed_data):
            roster.bump()

    def response_post_save_add(self, request: HttpRequest, obj: Employee) -> HttpResponse:
        """The next step with a new person is the face."""
        return redirect("enrol", obj.number)

    @action(description=_("Enrol face"), url_path="enrol", icon="photo_camera", variant=ActionVariant.PRIMARY)
    def enrol(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the enrolment page."""
        return redirect("enrol", get_object_or_404(Employee, pk=object_id).number)

    @action(description=_("Badge"), url_path="badge", icon="qr_code_2", permissions=["badge"])
    def badge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a badge, whose code is shown once, or revoke the one that is out."""
        employee = get_object_or_404(Employee, pk=object_id)
        context = {
            **self.admin_site.each_context(request), "title": gettext("Badge of %(name)s") % {"name": employee.name},
            "employee": employee, "back": reverse("admin:employees_employee_change", args=[employee.pk]),
        }  # fmt: skip
        if request.method == "POST" and request.POST.get("do") == "revoke":
            badge_revoke(employee=employee)
            messages.success(request, gettext("The badge of %(name)s no longer works.") % {"name": employee.name})
            return redirect(context["back"])
        if request.method == "POST":
            code = badge_issue(employee=employee)
            context.update(code=code, qr=qr_svg(code))
        response = TemplateResponse(request, "admin/employee_badge.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def has_badge_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """HR alone hands out badges."""
        return is_hr(request.user)

    def has_unlock_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only a locked PIN can be unlocked."""
        locked = Employee.objects.filter(pk=object_id, pin_locked_until__gt=timezone.now())
        return is_hr(request.user) and locked.exists()

    @action(
        description=_("Unlock the PIN"), url_path="unlock", icon="lock_open", permissions=["unlock"],
        variant=ActionVariant.PRIMARY,
    )  # fmt: skip
    def unlock(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then let the person try the PIN again."""
        employee = get_object_or_404(Employee, pk=object_id)
        back = reverse("admin:employees_employee_change", args=[employee.pk])
        if request.method == "POST":
            pin_unlock(employee=employee)
            messages.success(request, gettext("%(name)s may use the PIN again.") % {"name": employee.name})
            return redirect(back)
        return confirm(
            request, back=back, button=gettext("Unlock the PIN"),
            title=gettext("Unlock the PIN of %(name)s?") % {"name": employee.name},
            text=gettext("It was typed wrong several times. Make sure that it was this person."),
        )  # fmt: skip

    @display(description=_("person"), ordering="last_name", header=True)
    def person(self, obj: Employee) -> list[str]:
        return [obj.name, obj.number, (obj.first_name[:1] + obj.last_name[:1]).upper()]

    @display(description=_("consent"), label={"yes": "success", "no": "warning"})
    def consent(self, obj: Any) -> tuple[str, str]:
        return ("yes", gettext("Given")) if obj.has_consent else ("no", gettext("Missing"))

    @display(description=_("face"), ordering="accepted", label={"yes": "success", "no": "default"})
    def face(self, obj: Any) -> tuple[str, str]:
        if not obj.accepted:
            return "no", gettext("Not enrolled")
        return "yes", gettext("%(count)s photos") % {"count": obj.accepted}

    @display(description=_("PIN"), label={"yes": "success", "no": "default", "locked": "danger"})
    def pin_state(self, obj: Employee) -> tuple[str, str]:
        if obj.pin_locked_until and obj.pin_locked_until > timezone.now():
            return "locked", gettext("Locked")
        return ("yes", gettext("Set")) if obj.pin_hash else ("no", gettext("Not set"))

    @display(description=_("employed"), ordering="left_on", boolean=True)
    def employed(self, obj: Employee) -> bool:
        return obj.left_on is None or obj.left_on >= timezone.localdate()


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    form = ConsentForm
    list_display = ("employee", "state", "policy_version", "method", "given_at", "recorded_by", "withdrawn_at")
    list_filter = ("method", "policy_version", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("employee__number", "employee__first_name", "employee__last_name")
    list_select_related = ("employee", "recorded_by")
    autocomplete_fields = ("employee",)
    date_hierarchy = "given_at"
    actions_detail = ("withdraw",)
    fieldsets = (
        (None, {"fields": ("employee", "policy_version", "method", "note", "refresh")}),
        (_("Given"), {"fields": (("given_at", "recorded_by"),)}),
        (_("Withdrawn"), {"fields": (("withdrawn_at", "withdrawn_by"),)}),
    )
    add_fieldsets = ((None, {"fields": ("employee", "method", "note", "refresh"), "description": _(
        "Record that this person agreed to be recognised by their face. Without it no photo is processed."
    )}),)  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_hr(request.user)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        """Only an open consent can be withdrawn."""
        return is_hr(request.user) and Consent.objects.filter(pk=object_id, withdrawn_at=None).exists()

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"author": request.user})

    def save_model(self, request: HttpRequest, obj: Consent, form: Any, change: bool) -> None:
        """Nothing: the form's service has stored it."""

    @display(description=_("state"), label={"open": "success", "withdrawn": "danger"})
    def state(self, obj: Consent) -> tuple[str, str]:
        return ("withdrawn", gettext("Withdrawn")) if obj.withdrawn_at else ("open", gettext("Given"))

    @action(
        description=_("Withdraw"), url_path="withdraw", icon="block", permissions=["withdraw"],
        variant=ActionVariant.DANGER,
    )  # fmt: skip
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then end the consent: the face is not recognised from the next picture on."""
        consent = get_object_or_404(Consent.objects.select_related("employee"), pk=object_id)
        back = reverse("admin:employees_consent_change", args=[consent.pk])
        if request.method == "POST" and isinstance(request.user, User):
            consent_withdraw(employee=consent.employee, by=request.user)
            done = gettext("The consent of %(name)s is withdrawn.") % {"name": consent.employee.name}
            messages.success(request, done)
            return redirect(back)
        return confirm(
            request, back=back, button=gettext("Withdraw the consent"),
            title=gettext("Withdraw the consent of %(name)s?") % {"name": consent.employee.name},
            text=gettext("From now on this face is not recognised. The PIN still works; a new consent can be given."),
        )  # fmt: skip


@admin.register(EnrolmentPhoto)
class EnrolmentPhotoAdmin(ReadOnlyAdmin):
    list_display = ("chip", "employee", "state_label", "why", "source", "created_at", "enrol_link")
    list_filter = ("state", "source", "employee__department")
    search_fields = ("employee__number", "employee__first_name", "employee__last_name", "file_name")
    list_select_related = ("employee", "resembles")
    ordering = ("-created_at",)
    fields = (
        "chip", "employee", "state", "why", "file_name", "source", "uploaded_by", "created_at", "finished_at",
        "resembles", "resembles_distance", "override_reason", "override_by", "quality",
    )  # fmt: skip
    readonly_fields = ("chip", "why")

    @display(description=_("face"))
    def chip(self, obj: EnrolmentPhoto) -> SafeString | str:
        if obj.box is None:
            return "–"
        picture = '<img class="admin-chip" src="{}" alt="" width="40" height="40" loading="lazy">'
        return format_html(picture, reverse("photo_chip", args=[obj.pk]))

    @display(description=_("state"), ordering="state", label={
        "accepted": "success", "rejected": "danger", "queued": "warning", "processing": "info", "held": "warning",
    })  # fmt: skip
    def state_label(self, obj: EnrolmentPhoto) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("reasons"))
    def why(self, obj: EnrolmentPhoto) -> str:
        return ", ".join(str(reason.get("code", "")).replace("_", " ") for reason in obj.reasons) or "–"

    @display(description="")
    def enrol_link(self, obj: EnrolmentPhoto) -> SafeString:
        link = '<a class="text-link font-medium" href="{}">{}</a>'
        return format_html(link, reverse("enrol", args=[obj.employee.number]), gettext("Open"))


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

    @display(description=pgettext_lazy("what a key opens", "may"))
    def scope_list(self, obj: ApiKey) -> str:
        labels = dict(ApiKey.Scope.choices)
        return ", ".join(str(labels.get(scope, scope)) for scope in obj.scopes) or "–"

    @display(description=_("state"), label={"valid": "success", "revoked": "danger", "expired": "warning"})
    def state(self, obj: ApiKey) -> tuple[str, str]:
        if obj.revoked:
            return "revoked", gettext("Revoked")
        return ("expired", gettext("Expired")) if obj.has_expired else ("valid", gettext("Valid"))
