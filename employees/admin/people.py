"""HR's pages about employees and contracts."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from common.qr import qr_svg
from employees import gallery_revision
from employees.access import is_hr, may_enrol
from employees.admin.base import ImportsFiles, KeptAdmin, SaysWhatChanges, confirm
from employees.admin.departments import raise_roles
from employees.bulk import change_people
from employees.forms import ContractForm, EmployeeForm
from employees.models import Consent, Contract, Employee, EnrolmentPhoto, PinTries
from employees.portraits import portrait_address, portraits_show
from employees.refusals import EmployeeError
from employees.services import access_end, badge_issue, badge_revoke, employee_remove, pin_set, pin_unlock

GALLERY_FIELDS = {"number", "first_name", "last_name"}
"""A change of these changes who may be recognised, or under which name."""


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
        if self.value() == "no":
            return queryset.left()  # type: ignore[attr-defined, no-any-return]
        return queryset.active() if self.value() == "yes" else queryset  # type: ignore[attr-defined]


@admin.register(Contract)
class ContractAdmin(ModelAdmin):
    form = ContractForm
    list_display = ("name", "hours")
    search_fields = ("name",)

    @display(description=_("hours a week"), ordering="weekly_minutes")
    def hours(self, obj: Contract) -> str:
        return f"{obj.weekly_minutes // 60}:{obj.weekly_minutes % 60:02d}"


@admin.register(Employee)
class EmployeeAdmin(ImportsFiles, SaysWhatChanges, KeptAdmin):
    import_kind = "people"
    list_per_page = 50
    form = EmployeeForm
    list_display = ("person", "department", "consent", "face", "pin_state", "employed")
    list_filter = ("department", ConsentFilter, FaceFilter, EmployedFilter)
    list_filter_submit = False
    search_fields = ("searched", "email")
    autocomplete_fields = ("department", "manager", "user")
    list_select_related = ("department",)
    change_form_before_template = "presente/_person_tabs_admin.html"
    actions = ("give_logins", "give_pins", "assign_shift", "change_many")
    actions_row = ("enrol",)
    actions_detail = (
        "enrol",
        "badge",
        "unlock",
        # What ends something stands apart from what is done every day.
        {"title": _("More actions"), "items": ["end_access", "remove"]},
    )
    fieldsets = (
        (None, {"fields": (("number", "email"), ("first_name", "last_name"))}),
        (
            _("Work"),
            {
                "fields": (
                    ("department", "manager"),
                    ("site", "contract"),
                    ("hired_on", "left_on"),
                    ("time_zone", "language"),
                )
            },
        ),
        (
            _("Access"),
            {
                "fields": (("user", "pin"),),
                "description": _(
                    "The user reads their own attendance; the PIN clocks in at a kiosk where the face cannot."
                ),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An account is given by HR alone: with it goes what its role may do."""
        fields: tuple[str, ...] = tuple(super().get_readonly_fields(request, obj))
        return fields if is_hr(request.user) else (*fields, "user")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employee]:
        rows: QuerySet[Employee] = super().get_queryset(request)
        accepted = Count("photos", filter=Q(photos__state=EnrolmentPhoto.State.ACCEPTED))
        given = Consent.objects.filter(employee=OuterRef("pk"), withdrawn_at=None)
        tried = PinTries.objects.filter(number=OuterRef("number"), until__gt=timezone.now())
        rows = rows.annotate(accepted=accepted, has_consent=Exists(given), pin_waits=Exists(tried))
        return rows.prefetch_related("employment")

    def save_model(self, request: HttpRequest, obj: Employee, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.save_employment()
        if {"manager", "user"} & set(form.changed_data):
            # Whoever leads somebody now, and whose account is new.
            raise_roles(request, [obj.pk, obj.manager_id])
        if form.cleaned_data.get("pin"):
            pin_set(employee=obj, pin=form.cleaned_data["pin"])
        if change and GALLERY_FIELDS & set(form.changed_data):
            gallery_revision.advance([obj.pk])

    def response_post_save_add(self, request: HttpRequest, obj: Employee) -> HttpResponse:
        """The next step with a new person is the face."""
        return redirect("enrol", obj.number)

    def has_enrol_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Whoever takes photos of this person."""
        return may_enrol(request.user)

    @action(
        description=_("Enrol face"),
        url_path="enrol",
        icon="photo_camera",
        permissions=["enrol"],
        variant=ActionVariant.PRIMARY,
    )
    def enrol(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the enrolment page."""
        return redirect("enrol", get_object_or_404(Employee, pk=object_id).number)

    def has_give_logins_permission(self, request: HttpRequest) -> bool:
        """An account is given by HR alone."""
        return is_hr(request.user)

    @admin.action(description=_("Give logins (by e-mail or on printed slips)"), permissions=["give_logins"])
    def give_logins(self, request: HttpRequest, queryset: QuerySet[Employee]) -> HttpResponse:
        """Show who of those selected would be invited, and how."""
        request.session["invite_people"] = list(queryset.order_by().values_list("pk", flat=True))
        return redirect("invite")

    @admin.action(description=_("Give PINs (on printed slips)"), permissions=["give_logins"])
    def give_pins(self, request: HttpRequest, queryset: QuerySet[Employee]) -> HttpResponse:
        """Show who of those selected would get a PIN."""
        request.session["pin_people"] = list(queryset.order_by().values_list("pk", flat=True))
        return redirect("pins_give")

    @admin.action(description=_("Assign a shift…"), permissions=["give_logins"])
    def assign_shift(self, request: HttpRequest, queryset: QuerySet[Employee]) -> HttpResponse:
        """Ask which shift those selected work from a day on."""
        return change_people(request, queryset.order_by().values_list("pk", flat=True))

    @admin.action(description=_("Change department, site or manager…"), permissions=["give_logins"])
    def change_many(self, request: HttpRequest, queryset: QuerySet[Employee]) -> HttpResponse:
        """Ask what is different from a day on for those selected."""
        return change_people(request, queryset.order_by().values_list("pk", flat=True), shift=False)

    @action(description=_("Badge"), url_path="badge", icon="qr_code_2", permissions=["badge"])
    def badge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a badge, whose code is shown once, or revoke the one that is out."""
        employee = get_object_or_404(Employee, pk=object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Badge of %(name)s") % {"name": employee.name},
            "employee": employee,
            "back": reverse("admin:employees_employee_change", args=[employee.pk]),
        }
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
        """Whoever looks after the person hands out badges."""
        return may_enrol(request.user)

    def has_unlock_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """Only a locked PIN can be unlocked."""
        tried = PinTries.objects.filter(until__gt=timezone.now()).values("number")
        return may_enrol(request.user) and Employee.objects.filter(pk=object_id, number__in=tried).exists()

    @action(
        description=_("Unlock the PIN"),
        url_path="unlock",
        icon="lock_open",
        permissions=["unlock"],
        variant=ActionVariant.PRIMARY,
    )
    def unlock(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then let the person try the PIN again."""
        employee = get_object_or_404(Employee, pk=object_id)
        back = reverse("admin:employees_employee_change", args=[employee.pk])
        if request.method == "POST":
            pin_unlock(employee=employee)
            messages.success(request, gettext("%(name)s may use the PIN again.") % {"name": employee.name})
            return redirect(back)
        return confirm(
            request,
            back=back,
            button=gettext("Unlock the PIN"),
            title=gettext("Unlock the PIN of %(name)s?") % {"name": employee.name},
            text=gettext("It was typed wrong several times. Make sure that it was this person."),
        )

    def has_end_access_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """HR ends anybody's access but their own."""
        return is_hr(request.user) and not Employee.objects.filter(pk=object_id, user__pk=request.user.pk or 0).exists()

    @action(
        description=_("End access now"),
        url_path="end-access",
        icon="block",
        permissions=["end_access"],
        variant=ActionVariant.DANGER,
    )
    def end_access(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then close login, PIN and badge."""
        employee = get_object_or_404(Employee, pk=object_id)
        back = reverse("admin:employees_employee_change", args=[employee.pk])
        if request.method == "POST":
            access_end(employee=employee)
            self.log_change(request, employee, gettext("Access ended"))
            messages.success(request, gettext("%(name)s can no longer log in.") % {"name": employee.name})
            return redirect(back)
        return confirm(
            request,
            back=back,
            button=gettext("End access now"),
            title=gettext("End the access of %(name)s now?") % {"name": employee.name},
            text=gettext("Login, PIN and badge stop working at once. A last day at work ends them the day after."),
        )

    def has_remove_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """HR alone."""
        return is_hr(request.user)

    @action(
        description=_("Remove"),
        url_path="remove",
        icon="delete",
        permissions=["remove"],
        variant=ActionVariant.DANGER,
    )
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then delete somebody who was entered by mistake."""
        employee = get_object_or_404(Employee, pk=object_id)
        back = reverse("admin:employees_employee_change", args=[employee.pk])
        if request.method == "POST":
            try:
                self.log_change(request, employee, gettext("Removed"))
                employee_remove(employee=employee)
            except EmployeeError as refused:
                messages.error(request, refused.message)
                return redirect(back)
            messages.success(request, gettext("%(name)s was removed.") % {"name": employee.name})
            return redirect("admin:employees_employee_changelist")
        return confirm(
            request,
            back=back,
            button=gettext("Remove"),
            title=gettext("Remove %(name)s?") % {"name": employee.name},
            text=gettext("For somebody who was entered by mistake. Who has punches or a consent cannot be removed."),
            ends=True,
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list; which of its people have a portrait is asked once for all of them."""
        found = super().get_changelist_instance(request)
        if request.method == "GET":
            shown = portraits_show(request, found.result_list)
            for one in found.result_list:
                one.pictured = one.pk in shown
        return found

    @display(description=_("person"), ordering="sort_key")
    def person(self, obj: Any) -> SafeString:
        address = portrait_address(obj.number) if getattr(obj, "pictured", False) else ""
        return render_to_string("employees/_admin_person.html", {"person": obj, "address": address})

    @display(description=_("consent"), label={"yes": "success", "no": "warning"})
    def consent(self, obj: Any) -> tuple[str, str]:
        return ("yes", gettext("Given")) if obj.has_consent else ("no", gettext("Missing"))

    @display(description=_("face"), ordering="accepted", label={"yes": "success", "no": "default"})
    def face(self, obj: Any) -> tuple[str, str]:
        if not obj.accepted:
            return "no", gettext("Not enrolled")
        return "yes", ngettext("%(count)s photo", "%(count)s photos", obj.accepted) % {"count": obj.accepted}

    @display(description=_("PIN"), label={"yes": "success", "no": "default", "locked": "danger"})
    def pin_state(self, obj: Any) -> tuple[str, str]:
        if obj.pin_waits:
            return "locked", gettext("Locked")
        return ("yes", gettext("Set")) if obj.pin_hash else ("no", gettext("Not set"))

    @display(description=_("employed"), boolean=True)
    def employed(self, obj: Employee) -> bool:
        return not obj.has_left
