"""HR's first page: who is here, what waits, how recognition does, and what to do next on an empty installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, Kiosk, Period, Shift, ShiftAssignment
from attendance.selectors.current import everybody_now, shown_lists
from attendance.selectors.late import late_changes
from attendance.server_clock import server_clock
from common.company import zone_chosen
from common.own_address import address_trouble
from employees.models import Department, Employee, EnrolmentPhoto
from employees.pins import pins_guessed
from kiosk.models import QueuedPunch
from kiosk.selectors import kiosk_troubles
from leave.models import LeaveRule
from presente import health, process_state
from recognition.models import Decision

DAYS = 7
LATEST = 8
NAMED = 6
PARTS = {"present": "in", "late": "late", "absent": "absent", "later": "later"}
WAITING_AFTER = timedelta(seconds=10)
TOP, BOTTOM, COLUMN, GAP = 16, 200, 44, 32
"""The chart in its own units: where the columns end and stand, how wide they are and how far apart."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One outcome's part of a column."""

    outcome: str
    label: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day of the chart."""

    day: date
    x: int
    total: int
    top: float
    segments: Sequence[Segment]

    @property
    def middle(self) -> float:
        return self.x + COLUMN / 2

    @property
    def counts(self) -> list[int]:
        return [segment.count for segment in self.segments]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do before the first person clocks in."""

    title: str
    text: str
    url: str
    label: str
    done: bool
    other_url: str = ""
    """Another way to the same, with its button."""
    other_label: str = ""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of templates/admin/index.html."""
    now = everybody_now(employees=Employee.objects.all())
    steps = next_steps()
    context.update(
        **dict(zip(PARTS, shown_lists([now.of(part)[:NAMED] for part in PARTS.values()]), strict=True)),
        counts={name: now.count(part) for name, part in PARTS.items()},
        anybody_due=now.anybody_due,
        named=NAMED,
        people=len(now.people),
        enrolment=enrolment_state(),
        columns=recognition_week(),
        outcomes=Decision.Outcome.choices,
        steps=steps,
        steps_done=sum(step.done for step in steps),
        all_done=all(step.done for step in steps),
        latest=latest_events(),
        kiosk_troubles=kiosk_troubles(),
        address_trouble=address_trouble(request),
        late_changes=len(late_changes(employees=Employee.objects.all())),
        chart={"width": DAYS * (COLUMN + GAP) + GAP, "height": BOTTOM + 40, "base": BOTTOM, "column": COLUMN},
    )
    context["clock"] = server_clock()
    context["zone_chosen"] = zone_chosen()
    context["guessed"] = pins_guessed()
    context["interrupted"] = interrupted()
    context["unsettled"] = QueuedPunch.objects.filter(state=QueuedPunch.State.WAITING).count()
    context["decisions"] = sum(column.total for column in context["columns"])
    return context


def interrupted() -> list[str]:
    """What people have to wait for, in their words: the work of each background process that does not run."""
    work = {
        "broker": _("everything that is done in the background"),
        "scheduler": _("scheduled tasks"),
        "worker": _("new photos"),
        "reports": _("reports and messages"),
        "training": _("model training"),
    }
    parts = health.process_parts()
    broker = (process_state.read(Path(settings.DATA_DIR)) or {}).get("broker")
    names = [name for name, part in parts.items() if not part["ok"]]
    if broker is not None and not broker.steady:
        names.insert(0, "broker")
    return [work[name] for name in names]


def enrolment_state() -> dict[str, Any]:
    """How many photos wait, whether the worker seems to be missing, and who agreed but has no face yet."""
    states = EnrolmentPhoto.State
    row = EnrolmentPhoto.objects.filter(state__in=[states.QUEUED, states.PROCESSING]).aggregate(
        waiting=Count("pk"), oldest=Min("created_at")
    )
    late = row["oldest"] is not None and timezone.now() - row["oldest"] > WAITING_AFTER
    accepted = EnrolmentPhoto.objects.filter(state=states.ACCEPTED).values("employee")
    faceless = Employee.objects.recognisable().exclude(pk__in=accepted)
    return {"waiting": row["waiting"], "worker_missing": late, "faceless": list(faceless.distinct()[:NAMED])}


def recognition_week(today: date | None = None) -> list[Column]:
    """The outcomes of the last seven days, as columns of a stacked bar chart; one query."""
    last = today or timezone.localdate()
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    rows = (
        Decision.objects.filter(at__gte=timezone.now() - timedelta(days=DAYS + 1))
        .annotate(day=TruncDate("at"))
        .order_by()
        .values_list("day", "outcome")
        .annotate(count=Count("pk"))
    )
    counts = {(day, outcome): count for day, outcome, count in rows if day in days}
    totals = {day: sum(count for (of, _outcome), count in counts.items() if of == day) for day in days}
    scale = (BOTTOM - TOP) / max(1, *totals.values())
    return [_column(index, day, totals[day], counts, scale) for index, day in enumerate(days)]


def _column(index: int, day: date, total: int, counts: dict[tuple[date, str], int], scale: float) -> Column:
    foot, segments = float(BOTTOM), []
    for outcome, label in Decision.Outcome.choices:
        count = counts.get((day, outcome), 0)
        height = round(count * scale, 2)
        foot = round(foot - height, 2)
        segments.append(Segment(outcome, str(label), count, foot, height))
    return Column(day, GAP + index * (COLUMN + GAP), total, foot, segments)


def latest_events() -> list[ClockEvent]:
    """The last punches, newest first."""
    return list(ClockEvent.objects.select_related("employee", "kiosk").order_by("-at")[:LATEST])


def next_steps() -> list[Step]:
    """What leads from an empty installation to the first punch, and what of it is done."""
    accepted = EnrolmentPhoto.objects.filter(state=EnrolmentPhoto.State.ACCEPTED).exists()
    someone = Employee.objects.order_by("created_at").first()
    enrol = reverse("enrol", args=[someone.number]) if someone else reverse("admin:employees_employee_add")
    kiosks = list(Kiosk.objects.order_by("created_at"))
    paired = any(one.revoked_at is None and one.token_hash for one in kiosks)
    add = reverse("admin:attendance_kiosk_add")
    pair = reverse("admin:attendance_kiosk_pair", args=[kiosks[0].pk]) if kiosks else add
    return [
        Step(
            _("Make a department"),
            _("Managers read the attendance of their departments."),
            reverse("admin:employees_department_add"),
            _("Add a department"),
            Department.objects.exists(),
        ),
        Step(
            _("Add the first person"),
            _("With a number and a PIN: the PIN always works, whatever the camera sees."),
            reverse("admin:employees_employee_add"),
            _("Add a person"),
            someone is not None,
            f"{reverse('imports')}?kind=people",
            _("Import from a spreadsheet"),
        ),
        Step(
            _("Enrol a face"),
            _("Record the consent, then take about five photos. It takes two minutes."),
            enrol,
            _("Enrol a face"),
            accepted,
        ),
        Step(
            _("Put a kiosk at the door"),
            _("Any tablet or computer with a camera and a browser."),
            pair,
            _("Pair a kiosk"),
            paired,
        ),
        Step(
            _("Say who works when"),
            *_shift_step(),
            ShiftAssignment.objects.exists(),
        ),
        Step(
            _("Say how much leave people have"),
            _("By the law of your country, which you then adapt: until then nobody's vacation is counted."),
            reverse("admin:leave_leaverule_from_pack"),
            _("Choose the country's rules"),
            LeaveRule.objects.exists(),
        ),
        Step(
            _("Make the first period"),
            _("The days that are paid together, such as this month: people and managers approve them, then you close."),
            reverse("attendance_periods"),
            _("Make a period"),
            Period.objects.exists(),
        ),
    ]


def _shift_step() -> tuple[str, str, str]:
    """What to read, where to go and its button: to make a shift, then to give it to many at once."""
    if not Shift.objects.exists():
        said = _("First the shift, with its days and hours; then its people.")
        return said, reverse("admin:attendance_shift_add"), _("Add a shift")
    said = _("Tick people in the list, choose “Assign a shift…” and run it: the reports then show who is late.")
    return said, reverse("admin:employees_employee_changelist"), _("Give people their shift")
