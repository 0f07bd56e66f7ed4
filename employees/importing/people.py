"""A file of people: those whose number is known are changed, the others hired. Managers may stand further down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.company import zone_name
from employees.importing.columns import Table
from employees.importing.dates import Order
from employees.importing.people_columns import COLUMNS
from employees.importing.people_plan import TEXTS, PeoplePlanning
from employees.importing.plan import Fate, Importer, Plan, Row
from employees.models import Department, Employee, User
from employees.services import EmployeeError, employment_dates, pin_hash, pin_set
from employees.services.accounts import roles_raise


class PeopleImporter(Importer):
    """One line for each person."""

    name = "people"
    title = gettext_lazy("People")
    columns = COLUMNS
    days = ("hired_on", "left_on")
    later = ("manager",)

    def plan(self, table: Table, *, order: Order, answers: dict[str, str], user: User | None) -> Plan:
        """What would become of each line."""
        return PeoplePlanning(table, order, answers).plan()

    def before(self, plan: Plan) -> None:
        """Make the departments that are new."""
        made = {key: Department.objects.get_or_create(name=name)[0] for key, name in plan.extra["departments"].items()}
        for row in plan.rows:
            if row.data.get("department") in made:
                row.data["department"] = made[row.data["department"]]

    def slow(self, row: Row) -> None:
        """Hash the PIN: that is slow on purpose, and nobody could clock in while it was done in a transaction."""
        if row.data.get("pin") and "hashed" not in row.data:
            row.data["hashed"] = pin_hash(row.data["pin"])

    def store(self, row: Row, *, user: User | None) -> None:
        """Hire or change the person; who had the number before keeps everything but the number."""
        data = row.data
        if data.get("frees"):
            earlier = Employee.objects.select_for_update().get(pk=data["person"])
            earlier.number = data["frees"]
            earlier.save(update_fields=["number"])
        if data["person"] is None or data.get("frees"):
            person = Employee(number=data["number"], time_zone=zone_name())
        else:
            person = Employee.objects.select_for_update().get(pk=data["person"])
        for name in (*TEXTS, "department", "site", "contract", "time_zone"):
            if name in data:
                setattr(person, name, data[name])
        person.full_clean(exclude=["user"])
        person.save()
        employment_dates(employee=person, hired_on=data.get("hired_on"), left_on=data.get("left_on"))
        if data.get("pin"):
            pin_set(employee=person, pin=data["pin"], hashed=data.get("hashed", ""))

    def people(self, rows: Iterable[Row]) -> list[int]:
        """Those who are new or were changed."""
        numbers = [row.data["number"] for row in rows if row.fate in (Fate.NEW, Fate.CHANGED)]
        return list(Employee.objects.filter(number__in=numbers).values_list("pk", flat=True))

    def after(self, rows: Iterable[Row]) -> Iterable[tuple[Row, Callable[[], None]]]:
        """Managers, when everybody is there."""
        return [
            (row, partial(_manage, row.data["number"], row.data["manager"])) for row in rows if "manager" in row.data
        ]


def _manage(number: str, manager: str) -> None:
    found = {one.number: one for one in Employee.objects.select_for_update().filter(number__in=[number, manager])}
    if number in found and manager not in found:
        message = _("Nobody has the number %(number)s: that line was refused. Give this person's manager by hand.")
        raise EmployeeError("no_manager", message % {"number": manager}, field="manager")
    if number in found:
        found[number].manager = found[manager]
        found[number].save(update_fields=["manager"])
        roles_raise([found[manager].pk])
