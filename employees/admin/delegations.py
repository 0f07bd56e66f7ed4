"""HR's list of who acts for whom: named there for anybody, ended early, never changed."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from employees.access import is_hr
from employees.admin.base import ReadOnlyAdmin, confirm
from employees.models import Delegation, User
from employees.services.delegations import DelegationRefused, delegation_add, delegation_check, delegation_end, name_of


class DelegationForm(forms.ModelForm[Delegation]):
    """What the service would refuse is said beside its field."""

    class Meta:
        model = Delegation
        fields = ("principal", "delegate", "first", "last")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                delegation_check(Delegation(**{name: found[name] for name in self.Meta.fields}))
            except DelegationRefused as refused:
                self.add_error(refused.field or None, refused.message)
        return found


@admin.register(Delegation)
class DelegationAdmin(ReadOnlyAdmin):
    form = DelegationForm
    list_display = ("principal", "delegate", "first", "last", "set_by", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    search_fields = ("principal__searched", "delegate__searched")
    list_select_related = ("principal", "delegate", "set_by")
    autocomplete_fields = ("principal", "delegate")
    actions_detail = ("end",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        asked = ("principal", "delegate", "first", "last")
        return asked if obj is None else (*asked, "set_by", "set_at", "ended_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_hr(request.user)

    def save_model(self, request: HttpRequest, obj: Delegation, form: Any, change: bool) -> None:
        """By the service, which asks once more under a lock."""
        assert isinstance(request.user, User)
        made = delegation_add(
            principal=obj.principal, delegate=obj.delegate, first=obj.first, last=obj.last, by=request.user
        )
        obj.pk = made.pk

    def has_end_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        """Only what is not ended yet."""
        return is_hr(request.user) and Delegation.objects.filter(pk=object_id, ended_at=None).exists()

    @action(description=_("End"), url_path="end", icon="block", permissions=["end"], variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then let the delegate act no more."""
        found = get_object_or_404(Delegation.objects.select_related("principal", "delegate"), pk=object_id)
        back = reverse("admin:employees_delegation_change", args=[found.pk])
        if request.method == "POST" and isinstance(request.user, User):
            delegation_end(delegation=found, by=request.user)
            messages.success(request, gettext("Ended. The delegate decides no more."))
            return redirect(back)
        return confirm(
            request,
            back=back,
            ends=True,
            button=gettext("End"),
            title=gettext("End this early?"),
            text=gettext("%(name)s decides no more from now on.") % {"name": name_of(found.delegate)},
        )
