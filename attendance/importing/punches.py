"""A file of past punches: each goes through the clock, which stores it once."""

from __future__ import annotations

import bisect
import hashlib
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.importing.attlog import attlog
from attendance.models import ClockEvent, Period
from attendance.models.events import IMPORTED
from attendance.refusals import AttendanceRefused
from attendance.rules.wall_clock import times_meant
from attendance.services.clock import DOUBLE, clock
from common.refusals import Refusal
from common.spreadsheets import Sheet, fold, shown
from employees.employment import History, histories
from employees.importing.columns import Column, Table
from employees.importing.dates import DayUnclear, Order, at_time, in_words, read_day, read_moment
from employees.importing.people_columns import EMPLOYEE
from employees.importing.plan import Asking, Change, Importer, People, Plan, Row, begin, day_example, text_of
from employees.models import Employee, User

OLDEST = timedelta(days=3660)
"""How far back imported punches may lie: the years that a company has to keep, and some."""
DAY = timedelta(days=1)
DIRECTIONS = {
    "in": "in,overtime in,break in,check-in,checkin,c/in,entrada,ingreso,entra,e,i,0,entry,clock-in,punch-in,llegada",
    "out": "out,overtime out,break out,check-out,checkout,c/out,salida,saida,egreso,sale,s,o,1,exit,clock-out,"
    "punch-out",
    "any": "any",
}
_DIRECTION = {fold(word): name for name, words in DIRECTIONS.items() for word in words.split(",")}
# Which column a refusal of the clock is about.
FIELDS = {
    "not_employed": "at",
    "in_the_future": "at",
    "too_old": "at",
    "direction_unknown": "direction",
    "zone_unknown": "zone",
    "reason_too_long": "reason",
}
COLUMNS = (
    EMPLOYEE,
    Column(
        "at",
        "At",
        "Fecha y hora",
        "momento,marcacion,fecha/hora,data e hora,data/hora,marcacao",
        "moment,datetime,date time,date/time,timestamp,punch",
        example="2026-03-02 08:59",
    ),
    Column("date", "Date", "Fecha", "dia,data", "day"),
    Column("time", "Time", "Hora"),
    Column(
        "direction",
        "Direction",
        "Sentido",
        "tipo,movimiento,estado,direccion,entrada salida,evento,movimento,direcao",
        "type,state,status,in out",
        example="in",
    ),
    Column("zone", "Zone", "Zona horaria", "zona,fuso horario", "time zone,timezone"),
    Column("reason", "Reason", "Motivo", "nota,comentario,observacion,observacao", "note,comment"),
)


class PunchImporter(Importer):
    """Punches that another system has recorded."""

    name = "punches"
    title = gettext_lazy("Punches")
    columns = COLUMNS
    days = ("at", "date", "time")

    def sheet(self, content: bytes, file_name: str, choices: dict[str, Any]) -> Sheet | None:
        """The file of a ZKTeco device."""
        return attlog(content, choices)

    def plan(self, table: Table, *, order: Order, answers: dict[str, str], user: User | None) -> Plan:
        """What would become of each line, as far as it can be told without storing it."""
        if not {"at", "date", "time"} & set(table.present):
            message = _(
                "The file says no time of the punches: it needs the column at (fecha y hora), or date and time."
            )
            raise Refusal("column_missing", message, field="at")
        return _Planning(table, order, answers, user).plan()

    def store(self, row: Row, *, user: User | None) -> None:
        """Clock it, in the name of whoever imports."""
        data = row.data
        try:
            clock(
                employee=Employee.objects.get(pk=data["person"]),
                direction=data["direction"],
                at=data["at"],
                zone=data["zone"],
                method=ClockEvent.Method.MANUAL,
                idempotency_key=data["key"],
                author=user,
                reason=data["reason"],
                oldest=OLDEST,
            )
        except AttendanceRefused as refused:
            raise AttendanceRefused(
                refused.code, refused.message, field=FIELDS.get(refused.code, refused.field or "at")
            ) from refused


class _Planning:
    """One file on its way to a plan."""

    def __init__(self, table: Table, order: Order, answers: dict[str, str], user: User | None) -> None:
        self._order = order
        self._asking = Asking(answers)
        self._people = People()
        self._own = getattr(user, "employee", None)
        self._rows = begin(table)
        self._locked = list(Period.objects.filter(state=Period.State.LOCKED).values_list("first", "last"))
        self._zones = {one.casefold(): one for one in available_timezones()}
        self._now = timezone.now()

    def plan(self) -> Plan:
        """The whole file: of times that come twice the order of a person's lines tells which is meant."""
        people = [self._who(row) for row in self._rows]
        self._histories = histories({one.pk: one for one in people if one is not None}.values())
        local = [self._read(row, person) for row, person in zip(self._rows, people, strict=True)]
        self._order_tells(people, local)
        self._check_known(people)
        for row in self._rows:
            self._finish(row)
        return Plan(self._rows, list(self._asking.found.values()))

    def _who(self, row: Row) -> Employee | None:
        row.title = text_of(row, "employee")
        person = self._people.find(
            row, "employee", self._asking, missing=_("Nobody has this number. Import the person first.")
        )
        if person is not None:
            row.title = str(person)
            row.data["person"] = person.pk
            if person == self._own:
                row.out = True
                row.notes.append(_("Nobody enters their own punches. Ask a colleague of HR to import this line."))
        return person

    def _read(self, row: Row, person: Employee | None) -> datetime | None:
        """The moment as the line shows it; an offset that it has is kept."""
        self._direction(row)
        reason = text_of(row, "reason") or _("Imported")
        if len(reason) > 300:
            row.refuse("reason", _("Give the reason in at most 300 characters."))
        row.data["reason"] = reason
        moment = self._moment(row)
        said = text_of(row, "zone")
        zone = self._zones.get(said.casefold(), "")
        row.data["zone"] = ""
        if said and not zone:
            row.refuse("zone", _("The time zone must be a name such as Europe/Madrid."))
            return None
        if not zone and person is not None and moment is not None:
            zone = self._histories[person.pk].place(moment.date()).time_zone
        row.data["zone"] = zone
        return moment if person is not None else None

    def _direction(self, row: Row) -> None:
        text = text_of(row, "direction")
        if text:
            row.data["direction"] = _DIRECTION.get(fold(text))
            if row.data["direction"] is None:
                message = _("“%(value)s” is no direction. Write in or out (entrada or salida).")
                row.refuse("direction", message % {"value": text[:40]})
                row.data["direction"] = "in"
            return
        row.data["direction"] = ClockEvent.Direction.ANY
        self._asking.ask(
            row,
            key="direction",
            group=_("Lines that do not say in or out"),
            text=_("These lines do not say whether somebody came or went."),
            options=[("turns", _("In and out by turns, as the day's other punches tell"))],
        )

    def _moment(self, row: Row) -> datetime | None:
        cells = row.entry.cells
        # A single column of either name has both: devices' programs call it so.
        column = next((name for name in ("at", "date", "time") if name in cells), "")
        if not column:
            row.refuse("at", _("The line says no day or no time. Give both."))
            return None
        try:
            if column != "date" or "time" not in cells:
                return read_moment(cells[column], self._order.said)
            day = read_day(cells["date"], self._order.said)
            column = "time"
            return at_time(day, cells["time"])
        except DayUnclear:
            row.asked = True
        except ValueError:
            message = _(
                "“%(value)s” is no instant. Write the instant as %(example)s 08:59 or 2026-03-02T08:59:00+01:00."
            )
            words = {"value": shown(cells[column])[:40], "example": day_example(self._order)}
            row.refuse(column, message % words)
        return None

    def _order_tells(self, people: list[Employee | None], local: list[datetime | None]) -> None:
        """Give each line its instant; where the order does not tell which of two it is, it is asked."""
        lines: dict[tuple[int, str], list[int]] = defaultdict(list)
        for index, (person, moment) in enumerate(zip(people, local, strict=True)):
            zone = self._rows[index].data["zone"]
            if person is None or moment is None or not zone:
                continue
            if moment.tzinfo is not None:
                self._rows[index].data["at"] = moment
            else:
                lines[person.pk, zone].append(index)
        for (_person, name), indexes in lines.items():
            zone = ZoneInfo(name)
            moments = [moment for index in indexes if (moment := local[index]) is not None]
            for index, moment, found in zip(indexes, moments, times_meant(moments, zone), strict=True):
                self._settle(self._rows[index], moment, found, zone)

    def _settle(self, row: Row, moment: datetime, meant: list[datetime], zone: ZoneInfo) -> None:
        if not meant:
            row.refuse("at", _("The clocks went forward over this time: it did not exist. Correct it."))
            return
        instant = meant[0]
        if len(meant) > 1:
            answer = self._asking.ask(
                row,
                key=f"twice:{row.line}",
                group=_("Times in the hour that comes twice"),
                text=_("%(who)s, %(day)s, %(time)s came twice, because the clocks went back. Which one is meant?")
                % {"who": row.title, "day": in_words(moment.date()), "time": time_format(moment.time(), "H:i:s")},
                options=[
                    ("first", _("The first time, before the clocks went back")),
                    ("second", _("The second time, after the clocks went back")),
                ],
            )
            instant = meant[1] if answer == "second" else instant
        row.data["at"] = instant.astimezone(zone)

    def _check_known(self, people: list[Employee | None]) -> None:
        """Which punches are stored already, and which lie less than a minute from another in the same direction."""
        for row, person in zip(self._rows, people, strict=True):
            if row.data.get("at") is not None and person is not None:
                row.data["key"] = _key(person, row.data["direction"], row.data["at"])
        keys = [row.data["key"] for row in self._rows if "key" in row.data]
        stored: set[str] = set()
        for begin_at in range(0, len(keys), 500):
            found = ClockEvent.objects.filter(idempotency_key__in=keys[begin_at : begin_at + 500])
            stored |= set(found.values_list("idempotency_key", flat=True))
        near = self._standing([row.data["at"] for row in self._rows if "key" in row.data])
        for row in self._rows:
            if (key := row.data.get("key")) is None:
                continue
            known = near[row.data["person"]]
            if key in stored:
                row.notes.append(_("It is already saved."))
                row.data["stored"] = True
            elif _repeats(known, row.data["at"], row.data["direction"]):
                row.notes.append(_("There is a punch less than a minute from it."))
                row.data["stored"] = True
            else:
                stored.add(key)
                bisect.insort(known, (row.data["at"].astimezone(UTC), row.data["direction"]))

    def _standing(self, moments: list[datetime]) -> dict[int, list[tuple[datetime, str]]]:
        known: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
        if moments:
            events = ClockEvent.objects.standing().filter(at__gte=min(moments) - DOUBLE, at__lte=max(moments) + DOUBLE)
            for person, at, direction in events.order_by("at").values_list("employee_id", "at", "direction"):
                known[person].append((at, direction))
        return known

    def _finish(self, row: Row) -> None:
        """What the clock would refuse, as far as it can be told; then what becomes of the line."""
        at = row.data.get("at")
        if at is not None and not row.data.get("stored"):
            local = at.astimezone(ZoneInfo(row.data["zone"]))
            self._check(row, local, self._histories[row.data["person"]])
            name = {"in": _("In"), "out": _("Out")}.get(row.data["direction"], _("by turns"))
            # The offset tells apart the two halves of an hour that comes twice; of any other time it says nothing.
            twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
            offset = f" ({local:%z})" if twice else ""
            said = f"{in_words(local.date())}, {local:%H:%M:%S}{offset}, {name}"
            row.changes.append(Change("at", "", said))
        row.settle(new=not row.data.get("stored"))

    def _check(self, row: Row, local: datetime, history: History) -> None:
        day = local.date()
        if local > self._now + timedelta(minutes=2):
            row.refuse("at", _("This time is in the future. Check the device's clock."))
        elif local < self._now - OLDEST:
            row.refuse("at", _("This time is too long ago."))
        elif not history.employed(day) and (row.data["direction"] == "in" or not history.employed(day - DAY)):
            row.refuse("at", _("This person is not employed on that day. Correct the line, or the employment first."))
        elif self._is_locked(day) and self._is_locked(day - DAY):
            row.refuse("at", _("That day is in a closed period. Leave the line out, and add an adjustment."))

    def _is_locked(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self._locked)


def _repeats(known: list[tuple[datetime, str]], at: datetime, direction: str) -> bool:
    """Whether the punch just before or after is in the same direction, and less than a minute away."""
    place = bisect.bisect_right(known, (at.astimezone(UTC), "~"))
    near = known[max(0, place - 1) : place + 1]
    return any(one == direction and abs(moment - at) < DOUBLE for moment, one in near)


def _key(person: Employee, direction: str, at: datetime) -> str:
    """The same for the same punch: a file that is imported twice stores nothing twice."""
    content = f"{person.number}\n{direction}\n{at.astimezone(UTC).isoformat()}"
    return f"{IMPORTED}{hashlib.sha256(content.encode()).hexdigest()}"
