"""The page of delegates: who acts for me, and for whom I act; HR names anybody's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from employees.access import acting_for, acting_users, is_hr, login_needed, names_delegate, user_today
from employees.models import Delegation, User
from employees.services.delegations import (
    DelegationRefused,
    delegates_for,
    delegation_add,
    delegation_end,
    name_of,
)

MOST_ROWS = 50


class UserChoice(forms.ModelChoiceField):  # type: ignore[type-arg, unused-ignore]
    """An account, shown by the person's name."""

    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


def _a_day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DelegationForm(forms.Form):
    """Who acts, for whom, when. Only HR is asked for whom."""

    principal = UserChoice(label=gettext_lazy("Who is away"), queryset=User.objects.none())
    delegate = UserChoice(label=gettext_lazy("Delegate"), queryset=User.objects.none())
    first = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who, whom = self.fields["principal"], self.fields["delegate"]
        assert isinstance(who, UserChoice)
        assert isinstance(whom, UserChoice)
        if is_hr(user):
            roles = (User.Role.MANAGER, User.Role.BRANCH, User.Role.HR)
            who.queryset = acting_users().filter(role__in=roles).select_related("employee").order_by("username")
            whom.queryset = acting_users().select_related("employee").order_by("sort_key", "username")
        else:
            del self.fields["principal"]
            whom.queryset = delegates_for(user)


@require_http_methods(["GET", "HEAD", "POST"])
@login_needed
@cache_control(private=True, no_store=True)
def delegates(request: HttpRequest) -> HttpResponse:
    """Name a delegate, see for whom one acts."""
    user = _user(request)
    form = None
    if names_delegate(user):
        today = user_today(user)
        form = DelegationForm(request.POST or None, user=user, initial={"first": today, "principal": user.pk})
    elif request.method == "POST":
        raise PermissionDenied
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            made = delegation_add(by=user, **{"principal": user, **form.cleaned_data})
        except DelegationRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Saved. %(name)s decides in these days.") % {"name": name_of(made.delegate)})
            return redirect("delegates")
    context = {
        "form": form,
        "rows": [_row(one) for one in _rows(user)[:MOST_ROWS]],
        "acting": [_row(one) for one in acting_for(user)],
        "hr": is_hr(user),
    }
    return render(request, "employees/delegates.html", context)


@require_POST
@login_needed
def delegate_end(request: HttpRequest, key: int) -> HttpResponse:
    """End it early."""
    user = _user(request)
    try:
        delegation_end(delegation=get_object_or_404(_rows(user), pk=key), by=user)
    except DelegationRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Ended. The delegate decides no more."))
    return redirect("delegates")


def _rows(user: User) -> Any:
    """One's own; HR has everybody's."""
    rows = Delegation.objects.select_related("principal__employee", "delegate__employee")
    return rows if is_hr(user) else rows.filter(principal=user)


def _row(one: Delegation) -> dict[str, Any]:
    today = user_today(one.principal)
    state = "ended" if one.ended_at else "over" if one.last < today else "runs" if one.holds(today) else "comes"
    return {"one": one, "principal": name_of(one.principal), "delegate": name_of(one.delegate), "state": state}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
