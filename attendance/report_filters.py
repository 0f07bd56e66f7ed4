"""The filters of the reports, read from the address bar."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from attendance.selectors import narrow
from attendance.selectors.locked import people_between
from attendance.selectors.people import departments_of
from employees.models import Department, Employee

FIRST_DAY = datetime.date(2000, 1, 1)
LAST_DAY = datetime.date(2099, 12, 31)


class PeopleFilter(forms.Form):
    """Whom to show. What cannot be read is said on the page and otherwise left out."""

    q = forms.CharField(label=_("Name or number"), required=False, max_length=80)
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), required=False, empty_label=_("All departments")
    )

    def __init__(self, data: Any, *, employees: QuerySet[Employee]) -> None:
        super().__init__(data, auto_id="filter-%s")
        choice = self.fields["department"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = departments_of(employees)
        self._employees = employees
        self.is_valid()

    @property
    def chosen(self) -> Department | None:
        """The chosen department."""
        found: Department | None = self.cleaned_data.get("department")
        return found

    def people(self, first: datetime.date | None = None, last: datetime.date | None = None) -> QuerySet[Employee]:
        """The employees that pass the filters; their department is that of those days, without any that of today."""
        search = self.cleaned_data.get("q") or ""
        return narrow(self._employees, department=self.chosen, search=search, first=first, last=last)

    def people_between(self, first: datetime.date, last: datetime.date) -> QuerySet[Employee]:
        """Those of a period that pass the filters: of a locked one by the names and departments of then."""
        return people_between(
            self._employees,
            first,
            last,
            department=self.cleaned_data.get("department"),
            search=self.cleaned_data.get("q") or "",
        )

    @property
    def query(self) -> str:
        """The filters for another address, without what was left empty or could not be read."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return urlencode({name: getattr(value, "pk", value) for name, value in chosen.items()})


class DayFilter(PeopleFilter):
    """Whom to show, and which day."""

    date = forms.DateField(
        label=_("Date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )
    field_order = ("date", "department", "q")

    def day(self, default: datetime.date) -> datetime.date:
        """The chosen day, or the default."""
        chosen: datetime.date | None = self.cleaned_data.get("date")
        return chosen or default
