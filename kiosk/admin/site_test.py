"""HR's pages about tests of kiosks: start one, and read its report."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from attendance.models import Kiosk
from employees.admin import ReadOnlyAdmin
from employees.models import Employee, User
from kiosk.errors import KioskError
from kiosk.models import KioskTest
from kiosk.services.site_test import site_test_end, site_test_of, site_test_start
from kiosk.services.site_test_choices import site_test_apply
from kiosk.site_test.plan import MOST_PEOPLE
from kiosk.site_test.report import report_of
from recognition.services import ModelUnavailable, enrolled_people


class StartForm(forms.Form):
    """Who stands before the kiosk in its test."""

    employees = forms.ModelMultipleChoiceField(
        label=_("Employees at the door"),
        queryset=Employee.objects.none(),
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=_("One to three people whose face is enrolled, and who are there now."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["employees"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        people = Employee.objects.recognisable().filter(pk__in=enrolled_people()).distinct()
        field.queryset = people


def test_page(admin_site: admin.AdminSite, request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """What the test is, and who is to stand there; POST ``employees`` starts it and leads to its report."""
    running = site_test_of(kiosk=kiosk)
    if running is not None:
        return redirect("admin:kiosk_kiosktest_change", running.pk)
    form = StartForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and isinstance(request.user, User):
        try:
            test = site_test_start(kiosk=kiosk, employees=list(form.cleaned_data["employees"]), by=request.user)
        except (KioskError, ModelUnavailable) as error:
            form.add_error(None, error.message)
        else:
            return redirect("admin:kiosk_kiosktest_change", test.pk)
    context = {
        **admin_site.each_context(request),
        "title": gettext("Test %(name)s") % {"name": kiosk.name},
        "kiosk": kiosk,
        "form": form,
        "most": MOST_PEOPLE,
        "earlier": kiosk.tests.all()[:10],
        "back": reverse("admin:attendance_kiosk_change", args=[kiosk.pk]),
    }
    return TemplateResponse(request, "admin/kiosk_test_start.html", context)


@admin.register(KioskTest)
class KioskTestAdmin(ReadOnlyAdmin):
    list_display = ("kiosk", "started_at", "started_by", "how")
    list_filter = ("kiosk",)
    list_select_related = ("kiosk", "started_by")

    @display(description=_("result"))
    def how(self, obj: KioskTest) -> str:
        if obj.ended_at is None:
            return gettext("In progress") if obj.is_going_on else gettext("Abandoned")
        return obj.get_ending_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The report in the place of a form; POST ``end`` ends the test, POST ``apply`` chooses what it proposes."""
        if not self.has_view_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        test = get_object_or_404(KioskTest.objects.select_related("kiosk"), pk=object_id)
        if request.method == "POST":
            self._done(request, test, request.user)
            return redirect("admin:kiosk_kiosktest_change", test.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Test of %(name)s") % {"name": test.kiosk.name},
            "again": reverse("admin:attendance_kiosk_test", args=[test.kiosk_id]),
            "may_change": request.user.has_perm("attendance.change_kiosk"),
            **report_of(test),
        }
        return TemplateResponse(request, "admin/kiosk_test.html", context)

    def _done(self, request: HttpRequest, test: KioskTest, user: User) -> None:
        if "end" in request.POST:
            site_test_end(kiosk=test.kiosk)
            messages.success(request, gettext("The test is over. The kiosk works as before."))
            return
        try:
            proposed = site_test_apply(test=test, setting=request.POST.get("apply", ""), by=user)
        except KioskError as error:
            messages.error(request, error.message)
        else:
            self.log_change(request, test, f"{proposed.setting}: {proposed.proposed}")
            messages.success(request, gettext("Saved. It counts from now on."))
