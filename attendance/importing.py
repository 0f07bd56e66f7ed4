"""Past punches and shift assignments from CSV files."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import tablib
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.results import RowResult
from import_export.widgets import Widget

from attendance.models import ClockEvent, Shift, ShiftAssignment
from attendance.refusals import AttendanceRefused
from attendance.rules.wall_clock import in_order
from attendance.services.clock import clock
from employees.importing.base import CheckedResource, Named
from employees.models import Employee

OLDEST = timedelta(days=3660)
"""How far back imported punches may lie: the years that a company has to keep, and some."""
# Which column a refusal of the clock is about.
COLUMNS = {
    "not_employed": "at", "in_the_future": "at", "too_old": "at", "direction_unknown": "direction",
    "zone_unknown": "zone", "reason_too_long": "reason",
}  # fmt: skip


class Weekdays(Widget):  # type: ignore[misc]
    """Numbers from 0, Monday, to 6, with blanks between them."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[int]:
        """The days in order; raises ValueError."""
        days = sorted({int(one) for one in str(value or "").split() if one in set("0123456")})
        if len(days) != len(set(str(value or "").split())):
            raise ValueError(_("Write weekdays as 0 1 2 3 4: 0 is Monday, 6 is Sunday."))
        return days

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """As they are read."""
        return " ".join(str(one) for one in value or ())


class AssignmentResource(CheckedResource):
    """Who works which shift, from when until when."""

    needed = ("employee", "shift", "valid_from")
    known = ("employee", "shift", "valid_from", "valid_to", "pattern", "anchor", "run_days")

    employee = Field("employee", "employee", widget=Named(Employee, "number"))
    shift = Field("shift", "shift", widget=Named(Shift, "name"))

    class Meta(CheckedResource.Meta):
        model = ShiftAssignment
        import_id_fields = ("employee", "valid_from")
        fields = ("employee", "shift", "valid_from", "valid_to", "pattern", "anchor", "run_days")

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Turns last a day where the file says nothing else."""
        if row.get("run_days") == "":
            row["run_days"] = "1"


class ShiftResource(CheckedResource):
    """Shifts by their names; weekdays as ``0 1 2 3 4``, 0 being Monday."""

    needed = ("name",)
    known = (
        "name", "kind", "starts_at", "ends_at", "resumes_at", "finishes_at", "core_starts_at", "core_ends_at",
        "target_minutes", "pause_minutes", "weekdays", "grace_minutes", "grace_out_minutes", "earliest_minutes",
        "latest_minutes", "works_holidays", "bounds", "call_out_minutes",
    )  # fmt: skip

    weekdays = Field("weekdays", "weekdays", widget=Weekdays())

    class Meta(CheckedResource.Meta):
        model = Shift
        import_id_fields = ("name",)
        fields = (
            "name", "kind", "starts_at", "ends_at", "resumes_at", "finishes_at", "core_starts_at", "core_ends_at",
            "target_minutes", "pause_minutes", "weekdays", "grace_minutes", "grace_out_minutes", "earliest_minutes",
            "latest_minutes", "works_holidays", "bounds", "call_out_minutes",
        )  # fmt: skip

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """An empty cell of a number or a choice is what the form would offer."""
        for name in ("kind", *(one for one in self.known if one.endswith("_minutes")), "works_holidays", "bounds"):
            if row.get(name) == "":
                row[name] = str(getattr(Shift(), name))


class PunchResource(CheckedResource):
    """Punches that another system has recorded: each goes through the clock, which stores it once."""

    needed = ("employee", "direction", "at")
    known = ("employee", "direction", "at", "zone", "reason")

    class Meta(CheckedResource.Meta):
        model = ClockEvent
        clean_model_instances = False
        skip_unchanged = False
        skip_diff = True
        import_id_fields = ()
        fields = ()

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """The people of the whole file at once."""
        super().before_import(dataset, **kwargs)
        numbers = set(dataset["employee"])
        self._people = {person.number: person for person in Employee.objects.filter(number__in=numbers)}
        self._write_offsets(dataset)
        self._note = ""

    def _write_offsets(self, dataset: tablib.Dataset) -> None:
        """Of times within the hour that comes twice, the order of a person's lines tells which is meant."""
        lines: dict[tuple[str, str], list[int]] = defaultdict(list)
        cells = list(dataset["at"])
        zones = list(dataset["zone"]) if "zone" in dataset.headers else [""] * len(cells)
        for number, (employee, zone) in enumerate(zip(dataset["employee"], zones, strict=True)):
            person = self._people.get(employee)
            zone = zone or (person.time_zone if person else "")
            if zone in available_timezones() and _shown(cells[number]) is not None:
                lines[employee, zone].append(number)
        for (_employee, zone), numbers in lines.items():
            shown = [moment for number in numbers if (moment := _shown(cells[number])) is not None]
            for number, moment, instant in zip(numbers, shown, in_order(shown, ZoneInfo(zone)), strict=True):
                local = instant.astimezone(ZoneInfo(zone))
                if local.fold and local.replace(tzinfo=None) == moment:
                    cells[number] = local.isoformat(sep=" ")
        column = dataset.headers.index("at")
        rows = [(*row[:column], cell, *row[column + 1 :]) for row, cell in zip(dataset, cells, strict=True)]
        headers = dataset.headers
        dataset.wipe()
        dataset.headers = headers
        dataset.extend(rows)

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[ClockEvent, bool]:
        """Always a new one: a stored punch is never changed."""
        return ClockEvent(), True

    def import_instance(self, instance: ClockEvent, row: dict[str, Any], **kwargs: Any) -> None:
        """Nothing yet: the service makes the event."""

    def save_instance(self, instance: ClockEvent, is_create: bool, row: dict[str, Any], **kwargs: Any) -> None:
        """Clock it, in the name of whoever imports; raises ``ValidationError`` at the cell that is wrong."""
        person = self._people.get(row["employee"])
        if person is None:
            raise ValidationError({"employee": _("Nobody has this number. Import the person first.")})
        zone = row.get("zone") or person.time_zone
        if zone not in available_timezones():
            raise ValidationError({"zone": _("The time zone must be a name such as Europe/Madrid.")})
        at = _instant(row["at"], zone)
        direction = row["direction"].lower()
        try:
            result = clock(
                employee=person, direction=direction, at=at, zone=zone, method=ClockEvent.Method.MANUAL,
                idempotency_key=_key(person, direction, at), author=kwargs["user"],
                reason=row.get("reason") or _("Imported"), oldest=OLDEST,
            )  # fmt: skip
        except AttendanceRefused as refused:
            raise ValidationError({COLUMNS.get(refused.code, "at"): refused.message}, code=refused.code) from refused
        if result.replayed:
            self._note = _("It is already saved.")
        elif result.already:
            self._note = _("There is a punch less than a minute from it.")

    def after_import_row(self, row: dict[str, Any], row_result: Any, **kwargs: Any) -> None:
        """What stored nothing was skipped, and the page says why."""
        if self._note:
            row_result.import_type, row_result.note = RowResult.IMPORT_TYPE_SKIP, self._note
            self._note = ""


def _shown(text: str) -> datetime | None:
    """The time that a cell without an offset shows; None for any other cell."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is None and "T" in text.replace(" ", "T") else None


def _instant(text: str, zone: str) -> datetime:
    """With an offset as it stands, without one on the zone's wall clock."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or "T" not in text.replace(" ", "T"):
        raise ValidationError({"at": _("Write the instant as 2026-03-02 08:59 or 2026-03-02T08:59:00+01:00.")})
    if moment.tzinfo is not None:
        return moment
    local = moment.replace(tzinfo=ZoneInfo(zone))
    if local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment:
        raise ValidationError({"at": _("The clocks went forward over this time: it did not exist.")})
    return local


def _key(person: Employee, direction: str, at: datetime) -> str:
    """The same for the same punch: a file that is imported twice stores nothing twice."""
    content = f"{person.number}\n{direction}\n{at.astimezone(UTC).isoformat()}"
    return f"import:{hashlib.sha256(content.encode()).hexdigest()}"
