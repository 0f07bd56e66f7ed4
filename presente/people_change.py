"""HR changes many people at once from a day on: department, site, manager, contract or shift; with preview and undo."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance.models import Shift, ShiftAssignment
from attendance.selectors.unpunched import unpunched_text
from attendance.services.many import shift_assign, shift_assign_undo
from common.refusals import Refusal
from employees import bulk
from employees.access import hr_required, is_hr
from employees.bulk import CHOSEN, Item, Kind, Row
from employees.forms import day_field
from employees.models import Contract, Department, Employee, Site, User
from employees.services import move_do, move_undo

PEOPLE = "people"
LIST = "admin:employees_employee_changelist"


class ChangeForm(forms.Form):
    """What is different from a day on; what is left empty stays as it is for each person."""

    valid_from = day_field(gettext_lazy("From"), help_text=gettext_lazy("What you leave empty does not change."))
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"), queryset=Department.objects.all(), required=False
    )
    site = forms.ModelChoiceField(label=gettext_lazy("Site"), queryset=Site.objects.all(), required=False)
    manager = forms.CharField(
        label=pgettext_lazy("of a person", "Manager"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("The number of the manager."),
    )
    contract = forms.ModelChoiceField(label=gettext_lazy("Contract"), queryset=Contract.objects.all(), required=False)
    shift = forms.ModelChoiceField(
        label=gettext_lazy("Shift"),
        queryset=Shift.objects.all(),
        required=False,
        help_text=gettext_lazy("The shifts assigned until then end the day before."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not Shift.objects.exists():
            address = reverse("admin:attendance_shift_add")
            said = _("There is no shift yet, so none can be assigned.")
            self.fields["shift"].help_text = format_html('{} <a href="{}">{}</a>', said, address, _("Add a shift"))

    def clean_manager(self) -> Employee | None:
        """The person with that number."""
        number = self.cleaned_data["manager"].strip()
        found = Employee.objects.filter(number=number).first() if number else None
        if number and found is None:
            raise forms.ValidationError(_("Nobody has this number."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not self.changes() and not data.get("shift"):
            raise forms.ValidationError(_("Nothing is changed. Choose what is different from that day on."))
        return data

    def changes(self) -> dict[str, Any]:
        """Where the people belong from then on."""
        names = ("department", "site", "manager", "contract")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@hr_required
def people_change(request: HttpRequest) -> HttpResponse:
    """Ask what changes, show for whom, do it."""
    people = _chosen(request)
    form = ChangeForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        items = [_item(person, chosen["valid_from"], form.changes(), chosen.get("shift")) for person in people]
        warning = _warning(people, chosen["valid_from"], chosen.get("shift"))
        return bulk.bulk(request, kind=PEOPLE, items=items, back="/admin/employees/employee/", warning=warning)
    if not people:
        return redirect(LIST)
    said = ngettext("%(count)d person is selected.", "%(count)d people are selected.", len(people))
    context = {"form": form, "lead": said % {"count": len(people)}}
    return render(request, "presente/people_change.html", context, status=422 if form.errors else 200)


def _warning(people: list[Employee], day: date, shift: Shift | None) -> str:
    """What a shift from a past day on makes of the days since then."""
    if shift is None:
        return ""
    return unpunched_text([ShiftAssignment(employee=one, shift=shift, valid_from=day) for one in people])


def _item(person: Employee, day: date, changes: dict[str, Any], shift: Shift | None) -> Item:
    before = {name: getattr(person, name) for name in changes}
    parts = [f"{_name(before[name])} → {_name(value)}" for name, value in changes.items() if before[name] != value]
    parts += [shift.name] if shift is not None else []
    said = _("from %(day)s: %(what)s")
    words = {"day": formats.date_format(day, "SHORT_DATE_FORMAT"), "what": ", ".join(parts) or _("as it is")}
    return Item(person, said % words, partial(_change, person, day, changes, shift))


def _change(person: Employee, day: date, changes: dict[str, Any], shift: Shift | None) -> Row:
    row: Row = {}
    if changes:
        row["move"] = move_do(employee=person, valid_from=day, changes=changes)
    if shift is not None:
        row["shift"] = shift_assign(employee=person, shift=shift, start=day)
    return row


def _undo(by: User, row: Row) -> None:
    """The shift first: it was changed last."""
    if not is_hr(by):
        raise Refusal("not_allowed", _("Only HR can do this."), status=403)
    if "shift" in row:
        shift_assign_undo(row["shift"])
    if "move" in row:
        move_undo(employee=Employee.objects.get(pk=row["person"]), row=row["move"])


def _name(value: Any) -> str:
    return "–" if value is None else value.name if isinstance(value, Employee) else str(value)


def _chosen(request: HttpRequest) -> list[Employee]:
    """Those selected in the admin's list."""
    keys = request.session.get(CHOSEN, [])[: bulk.MOST]
    people = Employee.objects.active().filter(pk__in=keys)
    return list(people.select_related("department", "site", "manager", "contract"))


bulk.KINDS[PEOPLE] = Kind(gettext_lazy("Change people from a day on"), _undo)
