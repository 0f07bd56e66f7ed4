"""HR's page about departments and who manages them."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from employees.models import Department
from employees.services.accounts import raised_text, roles_raise


def raise_roles(request: HttpRequest, people: Iterable[int | None]) -> None:
    """Give the accounts of these people, by their keys, the role that they need now, and say so."""
    if raised := roles_raise(key for key in people if key is not None):
        messages.info(request, raised_text(raised))


@admin.register(Department)
class DepartmentAdmin(ModelAdmin):
    list_display = ("name", "people", "managed_by")
    search_fields = ("name",)
    autocomplete_fields = ("managers",)
    readonly_fields = ("accounts",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Their accounts, where there is a department already."""
        return ("name", "managers", "accounts") if obj is not None else ("name", "managers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        rows: QuerySet[Department] = super().get_queryset(request)
        return rows.annotate(people_count=Count("employees", distinct=True)).prefetch_related("managers")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Whoever manages it sees its people from now on."""
        super().save_related(request, form, formsets, change)
        raise_roles(request, form.instance.managers.values_list("pk", flat=True))

    @display(description=_("people"), ordering="people_count")
    def people(self, obj: Any) -> int:
        return int(obj.people_count)

    @display(description=_("managers"))
    def managed_by(self, obj: Department) -> str:
        return ", ".join(manager.name for manager in obj.managers.all()) or "–"

    @display(description=_("accounts of the managers"))
    def accounts(self, obj: Department) -> str:
        """Each with its role: whoever is named here and is an employee becomes a manager, and nothing takes that."""
        rows = (
            (one.name, one.user.get_role_display() if one.user else gettext("no login yet"))
            for one in obj.managers.select_related("user")
        )
        return format_html_join(", ", "{}: {}", rows) or "–"
