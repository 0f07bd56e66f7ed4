"""The face library: who is enrolled and how well, who looks like whom, and photos that belong to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from common.refusals import Refusal
from employees.access import enroller_required, may_manage, visible_employees
from employees.models import Department, Employee, EnrolmentPhoto, Site, User
from employees.portraits import portraits_show
from employees.services import EmployeeError
from recognition.selectors.library import (
    GOOD_NUMBER,
    SHOWN,
    library_counts,
    library_people,
    look_alikes,
    shelves,
)
from recognition.services import people_merge, photo_verdict, photos_move

PAGE_ROWS = 50
SURE = "sure"
"""In the form of the preview: it has been read."""

private = cache_control(private=True, no_store=True)


class LibraryFilter(forms.Form):
    """Whom to show."""

    q = forms.CharField(label=gettext_lazy("Name or number"), required=False, max_length=80)
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=gettext_lazy("All departments"),
    )
    site = forms.ModelChoiceField(
        label=gettext_lazy("Site"), queryset=Site.objects.none(), required=False, empty_label=gettext_lazy("All sites")
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("Faces"),
        choices=lambda: [("", _("All people")), *((name, label) for name, (label, _rows) in SHOWN.items())],
        required=False,
    )

    def __init__(self, data: Any, *, employees: Any) -> None:
        super().__init__(data, auto_id="filter-%s")
        keys = employees.order_by()
        choices: dict[str, Any] = {
            "department": Department.objects.filter(pk__in=keys.values("department")),
            "site": Site.objects.filter(pk__in=keys.values("site")),
        }
        for name, rows in choices.items():
            field: Any = self.fields[name]
            field.queryset = rows
        self.is_valid()

    def people(self, employees: Any) -> Any:
        """The people who pass."""
        chosen = self.cleaned_data
        for name in ("department", "site"):
            if chosen.get(name):
                employees = employees.filter(**{name: chosen[name]})
        return library_people(employees, words=chosen.get("q") or "", shown=chosen.get("shown") or "")


@require_safe
@enroller_required
@private
def library(request: HttpRequest) -> HttpResponse:
    """Everybody whom the viewer looks after, with what there is of their faces."""
    visible = visible_employees(request.user)
    form = LibraryFilter(request.GET, employees=visible)
    page = Paginator(form.people(visible), PAGE_ROWS).get_page(request.GET.get("page"))
    people = list(page.object_list)
    portraits_show(request, people)
    counts = library_counts(visible)
    context = {
        "form": form,
        "page": page,
        "rows": shelves(people),
        "pairs": look_alikes(visible) if page.number == 1 else [],
        "count": counts.pop("all"),
        "counts": [(name, SHOWN[name][0], number) for name, number in counts.items()],
        "good": GOOD_NUMBER,
    }
    return render(request, "recognition/library.html", context)


@require_safe
@enroller_required
@private
def person(request: HttpRequest, number: str) -> HttpResponse:
    """One person's photos, to tick those that are somebody else's; and whose photos look like them."""
    assert isinstance(request.user, User)
    employee = _managed(request, number)
    photos = employee.photos.select_related("resembles", "refreshment").order_by("-created_at")
    context = {
        "employee": employee,
        "photos": [{**photo_verdict(photo, reader=request.user), "movable": _movable(photo)} for photo in photos],
        "pairs": look_alikes(visible_employees(request.user), of=employee),
    }
    return render(request, "recognition/library_person.html", context)


@require_POST
@enroller_required
@private
def move(request: HttpRequest, number: str) -> HttpResponse:
    """File the ticked photos under somebody else, after a preview."""
    employee = _managed(request, number)
    ticked = [key for key in request.POST.getlist("photo") if _is_key(key)]
    photos = list(EnrolmentPhoto.objects.filter(employee=employee, pk__in=ticked))
    if not photos:
        messages.error(request, _("Tick the photos that belong to somebody else."))
        return redirect("face_person", number=number)

    def said(to: Employee) -> str:
        words = ngettext(
            "%(count)d photo to %(name)s (%(number)s)", "%(count)d photos to %(name)s (%(number)s)", len(photos)
        )
        return words % {"count": len(photos), "name": to.name, "number": to.number}

    return _filed(
        request,
        employee,
        title=_("Move photos to another person"),
        said=said,
        note=_("Each photo is checked again there. What kiosks recognised before stays as it was recorded."),
        act=lambda to, by: photos_move(photos=photos, to=to, by=by),
    )


@require_POST
@enroller_required
@private
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Two records are one person: all photos of this one become the other's, after a preview."""
    employee = _managed(request, number)
    return _filed(
        request,
        employee,
        title=_("Merge two records of one person"),
        said=lambda to: _("All photos to %(name)s (%(number)s)") % {"name": to.name, "number": to.number},
        note=_(
            "Punches, hours and consents stay with their records. Afterwards remove the empty record, or, where it has"
            " any of these, end its employment."
        ),
        act=lambda to, by: people_merge(employee=employee, into=to, by=by),
    )


def _filed(
    request: HttpRequest,
    employee: Employee,
    *,
    title: str,
    said: Callable[[Employee], str],
    note: str,
    act: Callable[[Employee, User], list[EnrolmentPhoto]],
) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        to = _target(request)
        if to.pk == employee.pk:
            raise EmployeeError("same_person", _("These are the same record. Choose another one."), field="to")
        if request.POST.get(SURE) != "yes":
            sent = [(name, value) for name, values in request.POST.lists() for value in values]
            context = {
                "title": title,
                "rows": [{"who": employee, "said": said(to)}],
                "note": note,
                "back": reverse("face_person", args=[employee.number]),
                "sent": [one for one in sent if one[0] not in ("csrfmiddlewaretoken", SURE)],
            }
            return render(request, "employees/bulk_preview.html", context)
        made = act(to, request.user)
    except Refusal as refused:
        messages.error(request, refused.message)
        return redirect("face_person", number=employee.number)
    words = ngettext("%(count)d photo is now with %(name)s.", "%(count)d photos are now with %(name)s.", len(made))
    messages.success(request, words % {"count": len(made), "name": to.name})
    return redirect("face_person", number=to.number)


def _target(request: HttpRequest) -> Employee:
    """Who is meant: by the number, or by words that only one name has."""
    words = request.POST.get("to", "").strip()[:80]
    people = visible_employees(request.user).order_by()
    found = list(people.filter(number=words)[:1]) or (list(people.named(words)[:2]) if words else [])
    if len(found) != 1 or not may_manage(request.user, found[0]):
        message = (
            _("Several people fit. Type the number.") if len(found) > 1 else _("Nobody fits. Type a number or a name.")
        )
        raise EmployeeError("nobody", message, field="to")
    return Employee.objects.get(pk=found[0].pk)


def _movable(photo: EnrolmentPhoto) -> bool:
    states = EnrolmentPhoto.State
    return photo.state in (states.ACCEPTED, states.REJECTED) and photo.source != EnrolmentPhoto.Source.REFRESH


def _managed(request: HttpRequest, number: str) -> Employee:
    employee = get_object_or_404(Employee.objects.select_related("department"), number=number)
    if not may_manage(request.user, employee):
        raise Http404
    return employee


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
