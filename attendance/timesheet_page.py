"""A person's days as the timesheet's page shows them: each figure with its reasons and the punches behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.charts import Axis, Piece, day_bar, month_axis
from attendance.rules.shapes import DayResult, Explanation, Figures, PeriodDay, Status
from attendance.selectors.audit_trail import AuditEntry, AuditTrail
from attendance.selectors.exceptions import missing_punch
from attendance.selectors.timesheets import Timesheet
from attendance.selectors.waiting import WaitingDay
from attendance.wording import figure_label, missing_label, reason, rule_number, span_text, status_label

ORDER = (
    "worked",
    "taken_break",
    "paid_break",
    "auto_break",
    "night",
    "on_holiday",
    "on_call",
    "overtime",
    "surcharges",
    "allowances",
    "late",
    "early",
    "absent",
    "short_rest",
    "flags",
    "missing_in",
    "missing_out",
    "leave",
    "unpaid_leave",
    "planned",
    "required",
    "ignored",
)
TILES = ("worked", "required", "balance")


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of an explanation."""

    text: str
    rule: str
    punches: Sequence[AuditEntry]


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure with its reasons; ``amount`` is empty where the figure is no span of time."""

    label: str
    amount: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Approval:
    """What became of a day's overtime where it needs an approval: in words, and what a form decides about."""

    words: str
    waiting: WaitingDay

    @property
    def pending(self) -> int:
        """Seconds."""
        return sum(self.waiting.split.pending.values())

    @property
    def days(self) -> Sequence[WaitingDay]:
        """For the form."""
        return [self.waiting]


@dataclass(frozen=True, slots=True)
class DayView:
    """One day of the page; ``moved`` are seconds of its overtime that were moved into leave.

    ``missing`` is the punch that it lacks, and ``proposed`` when its shift expected that (see ``missing_punch``).
    """

    figures: Figures
    overtime: int
    bar: Sequence[Piece]
    bar_label: str
    kinds: Sequence[tuple[str, str]]
    explained: Sequence[Explained]
    corrections: Sequence[AuditEntry]
    locked: bool
    punches: Sequence[AuditEntry] = ()
    approval: Approval | None = None
    moved: int = 0
    future: bool = False
    running_since: datetime | None = None
    missing: str = ""
    proposed: datetime | None = None

    @property
    def day(self) -> date:
        return self.figures.day

    @property
    def blank(self) -> bool:
        """Nothing was asked and nothing done."""
        return not (self.explained or self.bar or self.corrections or self.kinds)


@dataclass(frozen=True, slots=True)
class MonthView:
    """The whole page."""

    sheet: Timesheet
    axis: Axis
    days: Sequence[DayView]

    def total(self, figure: str) -> int:
        """Seconds of the month."""
        return self.sheet.result.total(figure)

    @property
    def tiers(self) -> list[tuple[int, int]]:
        """Overtime as (tier, seconds)."""
        return list(self.sheet.result.overtime.items())

    @property
    def missing(self) -> int:
        return self.total("missing_in") + self.total("missing_out")

    @property
    def late_days(self) -> int:
        return sum(day.figures.late > 0 for day in self.sheet.result.days)


def month_view(*, sheet: Timesheet, trail: AuditTrail, now: datetime) -> MonthView:
    """Everything that the page needs, without a query."""
    axis = month_axis(sheet.days)
    counted = {one.figures.day: one for one in sheet.result.days}
    days = [
        _day(day, counted[day.figures.day], axis, trail, now, sheet) for day in sheet.days if day.figures.day in counted
    ]
    return MonthView(sheet, axis, days)


def _day(day: DayResult, counted: PeriodDay, axis: Axis, trail: AuditTrail, now: datetime, sheet: Timesheet) -> DayView:
    figures = counted.figures
    approval = _approval(day, sheet)
    split = sheet.overtime.days.get(figures.day)
    moved = sum(split.moved.values()) if split else 0
    missing, proposed = missing_punch(day)
    return DayView(
        figures=figures,
        overtime=sum(counted.overtime.values()),
        bar=day_bar(day, axis, now),
        bar_label=_said(day, figures),
        kinds=[
            *_kinds(day, figures, counted.flags),
            *([("expected", _("Overtime pending"))] if approval and approval.pending else []),
            *([("leave", _("Overtime moved into leave"))] if moved else []),
        ],
        explained=_explained([*day.explanations, *counted.explanations], figures, counted, day, trail),
        corrections=trail.corrections.get(figures.day, ()),
        punches=_punches(day, trail),
        locked=figures.day in sheet.locked,
        approval=approval,
        moved=moved,
        running_since=day.running_since,
        missing=missing,
        proposed=proposed,
    )


def _punches(day: DayResult, trail: AuditTrail) -> list[AuditEntry]:
    """The punches that were counted for the day, and those left out as doubles, in their order."""
    ends = [end for one in day.intervals for end in (one.came, one.left) if end is not None]
    found = {punch.key: punch.at for punch in (*ends, *day.ignored)}
    return [trail.by_key[key] for key in sorted(found, key=found.__getitem__) if key in trail.by_key]


def _approval(day: DayResult, sheet: Timesheet) -> Approval | None:
    """None where the day has no overtime, or its overtime needs nobody."""
    date_, split = day.figures.day, sheet.overtime.days.get(day.figures.day)
    if split is None or not day.plan.policy.approve_overtime:
        return None
    row = sheet.decisions.get(date_)
    facts = {"by": row.by, "day": formats.date_format(row.at.date(), "SHORT_DATE_FORMAT")} if row else {}
    if row is None:
        words = _("It waits for the manager's approval and is in no payroll until then.")
    elif split.stale:
        words = _("%(by)s decided on %(day)s about another overtime: it waits for a new approval.") % facts
    else:
        spans = {"approved": span_text(row.approved_total), "found": span_text(sum(row.found.values()))}
        words = _("%(by)s approved %(approved)s of %(found)s on %(day)s.") % (facts | spans)
    if row is not None and row.reason:
        words += f" “{row.reason}”"
    return Approval(words, WaitingDay(date_, split))


def _kinds(day: DayResult, figures: Figures, flags: Mapping[str, int]) -> list[tuple[str, str]]:
    """What the day's chips say: (kind, words)."""
    chips: list[tuple[str, str]] = []
    if figures.status not in (Status.OFF, Status.PRESENT, Status.NOT_EMPLOYED):
        words = status_label(figures.status)
        if figures.status is Status.HOLIDAY:
            words = day.plan.holiday or words
        if figures.status is Status.LEAVE and day.plan.absences:
            words = day.plan.absences[0].kind
        chips.append((_CHIPS.get(figures.status, figures.status.value), words))
    if figures.late:
        chips.append(("late", _("Late by %(time)s") % {"time": span_text(figures.late)}))
    if figures.early:
        chips.append(("early", _("Left %(time)s early") % {"time": span_text(figures.early)}))
    if figures.missing_in:
        chips.append(("missing", missing_label("in").capitalize()))
    if figures.missing_out:
        chips.append(("missing", missing_label("out").capitalize()))
    if flags:
        chips.append(("expected", _("Over a limit")))
    return chips


_CHIPS = {Status.WORKING: "in", Status.HOLIDAY: "leave"}


def _said(day: DayResult, figures: Figures) -> str:
    """The bar in words, for who does not see it."""
    zone = day.plan.zone
    spans = [
        f"{one.begins.astimezone(zone):%H:%M}–{one.ends.astimezone(zone):%H:%M}"
        for one in day.intervals
        if one.begins is not None and one.ends is not None
    ]
    planned = [f"{one.start.astimezone(zone):%H:%M}–{one.end.astimezone(zone):%H:%M}" for one in day.planned]
    parts = [_("Worked %(spans)s") % {"spans": ", ".join(spans)}] if spans else [status_label(figures.status)]
    if planned:
        parts.append(_("planned %(spans)s") % {"spans": ", ".join(planned)})
    count = figures.missing_in + figures.missing_out
    if count:
        parts.append(ngettext("%(count)d punch is missing", "%(count)d punches are missing", count) % {"count": count})
    return "; ".join(parts)


def _explained(
    why: Iterable[Explanation], figures: Figures, counted: PeriodDay, day: DayResult, trail: AuditTrail
) -> list[Explained]:
    by_figure: dict[str, list[Explanation]] = {}
    for one in why:
        by_figure.setdefault(one.figure, []).append(one)
    found = []
    for figure in ORDER:
        if figure not in by_figure:
            continue
        steps = [
            Step(
                reason(one, day.plan.zone),
                rule_number(one),
                [trail.by_key[key] for key in one.punches if key in trail.by_key],
            )
            for one in by_figure[figure]
        ]
        found.append(Explained(figure_label(figure), _amount(figure, figures, counted), steps))
    return found


def _amount(figure: str, figures: Figures, counted: PeriodDay) -> str:
    if figure in ("missing_in", "missing_out", "ignored", "surcharges", "allowances", "flags"):
        return ""
    if figure == "overtime":
        return span_text(sum(counted.overtime.values()))
    return span_text(getattr(figures, figure))
