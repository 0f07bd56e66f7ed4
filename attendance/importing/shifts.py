"""Files of shifts and of who works them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.importing.weekdays import read_weekdays
from attendance.models import Shift, ShiftAssignment
from attendance.refusals import AttendanceRefused
from attendance.selectors.unpunched import unpunched_text
from common.spreadsheets import fold
from employees.importing.columns import Column, Table
from employees.importing.dates import Order, in_words, read_time
from employees.importing.people_columns import EMPLOYEE
from employees.importing.plan import Asking, Change, Fate, Importer, People, Plan, Row, begin, day_of, text_of
from employees.models import Employee, User

SHIFT_FIELDS = (
    "name",
    "kind",
    "starts_at",
    "ends_at",
    "resumes_at",
    "finishes_at",
    "core_starts_at",
    "core_ends_at",
    "target_minutes",
    "pause_minutes",
    "weekdays",
    "grace_minutes",
    "grace_out_minutes",
    "earliest_minutes",
    "latest_minutes",
    "works_holidays",
    "bounds",
    "call_out_minutes",
)
"""What HR says of a shift, in the admin's form and in a file."""
SPANISH = {
    "name": "Nombre",
    "kind": "Tipo",
    "starts_at": "Empieza a las",
    "ends_at": "Termina a las",
    "resumes_at": "Se reanuda a las",
    "finishes_at": "Finaliza a las",
    "core_starts_at": "Inicio del núcleo",
    "core_ends_at": "Fin del núcleo",
    "target_minutes": "Minutos pedidos",
    "pause_minutes": "Pausa en minutos",
    "weekdays": "Días de la semana",
    "grace_minutes": "Tolerancia en minutos",
    "grace_out_minutes": "Tolerancia al final en minutos",
    "earliest_minutes": "Marcación más temprana, minutos antes",
    "latest_minutes": "Marcación más tardía, minutos después",
    "works_holidays": "Se trabaja en feriados",
    "bounds": "El marco limita",
    "call_out_minutes": "Mínimo de una llamada, minutos",
}
ALSO = {
    "name": "turno,horario,nome",
    "starts_at": "inicio,hora de entrada,entrada",
    "ends_at": "fin,fim,hora de salida,salida,saida",
    "weekdays": "dias,dias da semana",
}
ENGLISH = {"name": "shift", "starts_at": "start", "ends_at": "end", "weekdays": "days"}
YES, NO = {"1", "true", "yes", "si", "x", "verdadero"}, {"0", "false", "no", "falso"}
KINDS = {
    "fijo": "fixed",
    "partido": "split",
    "flexible": "flexible",
    "abierto": "open",
    "de guardia": "on_call",
    "on call": "on_call",
}


class ShiftImporter(Importer):
    """Shifts by their names."""

    name = "shifts"
    title = gettext_lazy("Shifts")
    columns = tuple(
        Column(
            name,
            name.replace("_", " ").capitalize(),
            SPANISH[name],
            ALSO.get(name, ""),
            ENGLISH.get(name, ""),
            needed=name == "name",
        )
        for name in SHIFT_FIELDS
    )

    def plan(self, table: Table, *, order: Order, answers: dict[str, str], user: User | None) -> Plan:
        """What would become of each line: a known shift is changed, another one made."""
        known = {shift.name: shift for shift in Shift.objects.all()}
        rows = begin(table)
        lines: dict[str, Row] = {}
        for row in rows:
            name = text_of(row, "name")
            row.title = name
            row.data["fields"] = {}
            if (before := lines.setdefault(name, row)) is not row:
                message = _("Lines %(first)d and %(second)d are both about “%(name)s”. Keep one of them.")
                row.refuse("name", message % {"first": before.line, "second": row.line, "name": name})
            shift = known.get(name)
            self._read(row, shift or Shift(), new=shift is None)
            row.settle(new=shift is None)
        return Plan(rows)

    def store(self, row: Row, *, user: User | None) -> None:
        """Make or change the shift."""
        fields = row.data["fields"]
        shift = Shift.objects.select_for_update().filter(name=text_of(row, "name")).first() or Shift()
        for name, value in fields.items():
            setattr(shift, name, value)
        shift.full_clean()
        shift.save()

    def _read(self, row: Row, shift: Shift, *, new: bool) -> None:
        for name in SHIFT_FIELDS:
            if name not in row.entry.cells:
                continue
            try:
                value = _reader(name)(row, name)
            except (ValueError, ValidationError) as error:
                row.refuse(name, " ".join(getattr(error, "messages", [str(error)])))
                continue
            before = getattr(shift, name)
            if new or before != value:
                row.data["fields"][name] = value
                row.changes.append(Change(name, "" if new else _shown(before), _shown(value)))
                setattr(shift, name, value)
        try:
            shift.full_clean()
        except ValidationError as error:
            for field, said in error.message_dict.items():
                row.refuse("" if field == "__all__" else field, " ".join(said))


def _reader(name: str) -> Callable[[Row, str], Any]:
    if name.endswith("_at"):
        return _time
    if name.endswith("_minutes"):
        return _whole
    return {"weekdays": _weekdays, "works_holidays": _yes, "bounds": _yes, "kind": _kind}.get(name, text_of)


def _time(row: Row, name: str) -> Any:
    try:
        return read_time(row.entry.cells[name])
    except ValueError as error:
        message = _("“%(value)s” is no time of day. Write it as 08:00.")
        raise ValueError(message % {"value": text_of(row, name)[:40]}) from error


def _whole(row: Row, name: str) -> int:
    text = text_of(row, name)
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ValueError(_("“%(value)s” is no number of minutes. Write it as 15.") % {"value": text[:40]})
    return int(text)


def _yes(row: Row, name: str) -> bool:
    word = fold(text_of(row, name))
    if word not in YES | NO:
        raise ValueError(_("Write yes or no (sí or no)."))
    return word in YES


def _kind(row: Row, name: str) -> str:
    text = text_of(row, name)
    found = KINDS.get(fold(text), text.lower())
    labels = {fold(str(label)): value for value, label in Shift.Kind.choices}
    found = labels.get(fold(text), found)
    if found not in Shift.Kind.values:
        message = _("“%(value)s” is no kind of shift. There are: %(known)s.")
        raise ValueError(message % {"value": text[:40], "known": ", ".join(Shift.Kind.values)})
    return found


def _weekdays(row: Row, name: str) -> list[int]:
    try:
        return read_weekdays(text_of(row, name))
    except ValueError as error:
        raise ValueError(_("Write weekdays as 0 1 2 3 4, or as lun-vie: 0 is Monday, 6 is Sunday.")) from error


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else f"{value:%H:%M}" if hasattr(value, "minute") else str(value)


class AssignmentImporter(Importer):
    """Who works which shift, from when until when."""

    name = "assignments"
    title = gettext_lazy("Shift assignments")
    columns = (
        EMPLOYEE,
        Column("shift", "Shift", "Turno", "horario", needed=True, example="Early"),
        Column(
            "valid_from",
            "Valid from",
            "Desde",
            "valido desde,fecha de inicio,inicio,fecha desde,data de inicio,valido a partir de",
            "from,start,start date",
            needed=True,
            example="2026-03-02",
        ),
        Column(
            "valid_to",
            "Valid to",
            "Hasta",
            "valido hasta,fecha de fin,fin,fecha hasta,fim,ate,data de fim,valido ate",
            "to,until,end,end date",
        ),
        Column("pattern", "Pattern", "Patrón", "rotacion"),
        Column("anchor", "Counted from", "Contado desde"),
        Column("run_days", "Days in a row", "Días seguidos"),
    )
    days = ("valid_from", "valid_to", "anchor")

    def plan(self, table: Table, *, order: Order, answers: dict[str, str], user: User | None) -> Plan:
        """What would become of each line: a known assignment is changed, another one made."""
        return _Assignments(table, order, answers).plan()

    def store(self, row: Row, *, user: User | None) -> None:
        """Make or change the assignment."""
        data = row.data
        known = ShiftAssignment.objects.select_for_update()
        found = known.filter(employee=data["person"], shift=data["shift"], valid_from=data["valid_from"]).first()
        if found is None and data.get("instead"):
            found = known.filter(pk=data["instead"]).first()
        if found is None:
            found = ShiftAssignment(employee=Employee.objects.get(pk=data["person"]), valid_from=data["valid_from"])
        found.shift = Shift.objects.get(pk=data["shift"])
        for name, value in data["fields"].items():
            setattr(found, name, value)
        if found.valid_to and found.valid_to < found.valid_from:
            message = _("The last day cannot be before the first.")
            raise AttendanceRefused("ends_before_start", message, field="valid_to")
        found.full_clean()
        found.save()


class _Assignments:
    """One file on its way to a plan."""

    def __init__(self, table: Table, order: Order, answers: dict[str, str]) -> None:
        self._order = order
        self._asking = Asking(answers)
        self._people = People()
        self._shifts = {fold(shift.name): shift for shift in Shift.objects.all()}
        self._rows = begin(table)
        self._known: dict[tuple[int, date], list[ShiftAssignment]] = {}
        for one in ShiftAssignment.objects.select_related("shift"):
            self._known.setdefault((one.employee_id, one.valid_from), []).append(one)

    def plan(self) -> Plan:
        """The whole file, line by line; two of one person from one day are never made one."""
        lines: dict[tuple[int, date], list[Row]] = {}
        for row in self._rows:
            known = self._read(row)
            person, day = row.data.get("person"), row.data.get("valid_from")
            if person and day:
                earlier = lines.setdefault((person, day), [])
                self._beside(row, earlier)
                if not row.out:
                    earlier.append(row)
            row.settle(new=known is None)
        new = [row.data["new"] for row in self._rows if row.fate is Fate.NEW]
        warnings = [text for text in [unpunched_text(new)] if text]
        return Plan(self._rows, list(self._asking.found.values()), warnings=warnings)

    def _read(self, row: Row) -> ShiftAssignment | None:
        """The known assignment that the line is about; None for a new one."""
        row.title = text_of(row, "employee")
        row.data["fields"] = {}
        missing = _("Nobody has this number. Import the person first.")
        person = self._people.find(row, "employee", self._asking, missing=missing)
        shift = self._shifts.get(fold(text_of(row, "shift")))
        if shift is None:
            message = _("There is no shift “%(value)s”. Add it first, or correct the cell. There are: %(known)s.")
            names = ", ".join(one.name for one in list(self._shifts.values())[:8]) or "–"
            row.refuse("shift", message % {"value": text_of(row, "shift")[:80], "known": names})
        day = day_of(row, "valid_from", self._order)
        if "valid_from" not in row.entry.cells:
            row.refuse("valid_from", _("This cell is empty. Give the first day."))
        if person is None or shift is None or day is None:
            return None
        row.title = f"{person} · {shift}"
        row.data.update(person=person.pk, shift=shift.pk, valid_from=day)
        known = self._which(row, person, shift, day)
        if known is None:
            row.changes.append(Change("valid_from", "", in_words(day)))
        row.data["new"] = ShiftAssignment(employee=person, shift=shift, valid_from=day)
        self._fields(row, known or ShiftAssignment(valid_from=day), new=known is None)
        for name, value in row.data["fields"].items():
            setattr(row.data["new"], name, value)
        return known

    def _which(self, row: Row, person: Employee, shift: Shift, day: date) -> ShiftAssignment | None:
        there = self._known.get((person.pk, day), [])
        for one in there:
            if one.shift_id == shift.pk:
                return one
        if not there:
            return None
        answer = self._asking.ask(
            row,
            key=f"beside:{person.number}:{day}:{shift.name}",
            group=_("People who have another shift from that day"),
            text=_("%(name)s has the shift %(known)s from %(day)s. What about %(shift)s?")
            % {
                "name": person.name,
                "known": ", ".join(one.shift.name for one in there),
                "day": in_words(day),
                "shift": shift.name,
            },
            options=[("instead", _("It takes the other one's place")), ("both", _("Both are worked"))],
        )
        if answer != "instead":
            return None
        row.data["instead"] = there[0].pk
        row.changes.append(Change("shift", there[0].shift.name, shift.name))
        return there[0]

    def _beside(self, row: Row, earlier: list[Row]) -> None:
        """Another line of the same person from the same day: the same one, a contradiction, or a second shift?"""
        for other in earlier:
            if other.entry.cells == row.entry.cells:
                row.out = True
                row.notes.append(_("The same as line %(line)d.") % {"line": other.line})
                return
            if other.data["shift"] == row.data["shift"]:
                message = _("Lines %(first)d and %(second)d give the same shift from the same day. Keep one of them.")
                row.refuse("shift", message % {"first": other.line, "second": row.line})
                return
        if earlier:
            self._asking.ask(
                row,
                key=f"second:{row.title}:{row.data['valid_from']}",
                group=_("Two shifts of one person from one day"),
                text=_("%(who)s: line %(line)d gives another shift from the same day. Are both worked?")
                % {"who": row.title, "line": earlier[-1].line},
                options=[("both", _("Both are worked"))],
            )

    def _fields(self, row: Row, known: ShiftAssignment, *, new: bool) -> None:
        found: dict[str, Any] = {}
        for name in ("valid_to", "anchor"):
            if (day := day_of(row, name, self._order)) is not None:
                found[name] = day
        if text := text_of(row, "pattern"):
            found["pattern"] = text
        if text := text_of(row, "run_days"):
            if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 31:
                found["run_days"] = int(text)
            else:
                row.refuse("run_days", _("A turn lasts from 1 to 31 days."))
        for name, value in found.items():
            try:
                field: Any = ShiftAssignment._meta.get_field(name)
                field.clean(value, None)
            except ValidationError as error:
                row.refuse(name, " ".join(error.messages))
            before = getattr(known, name)
            if new or before != value:
                row.data["fields"][name] = value
                said = [in_words(one) if isinstance(one, date) else str(one or "") for one in (before, value)]
                row.changes.append(Change(name, "" if new else said[0], said[1]))
        last = found.get("valid_to", known.valid_to)
        if last and last < known.valid_from:
            row.refuse("valid_to", _("The last day cannot be before the first."))
