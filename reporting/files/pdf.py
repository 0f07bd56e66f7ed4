"""A person's timesheet as PDF, to be signed on paper.

Fonts are embedded in part; ``reporting.files.fonts`` says which letters they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from attendance.hours import hours_and_minutes, to_the_second
from attendance.models import Adjustment
from attendance.rules.shapes import DayResult, PeriodDay, WorkInterval
from attendance.selectors.timesheets import Timesheet
from attendance.wording import missing_label, status_label
from common.places import zone_text
from reporting.files.fonts import ROBOTO, add_fonts
from reporting.files.tables import tiers_text

WIDTHS = (23, 21, 44, 16, 17, 17, 15, 37)
"""Millimetres: date, required, punches, break, worked, overtime, night, note."""
FONT = ROBOTO
GREY, INK, LINE = (90, 100, 110), (20, 30, 40), (200, 208, 215)


class _Paper(FPDF):
    """A4 with a page number and the moment of printing at the foot."""

    def __init__(self, printed: str, names: str) -> None:
        super().__init__(format="A4")
        self._printed = printed
        add_fonts(self, names)
        self.set_margins(10, 12)
        self.set_auto_page_break(True, margin=16)
        self.set_draw_color(*LINE)

    def footer(self) -> None:
        """Page and moment."""
        self.set_y(-12)
        self.set_font(FONT, "", 7.5)
        self.set_text_color(*GREY)
        self.cell(0, 5, self._printed)
        page = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(0, 5, page, align="R", new_x=XPos.RIGHT)


def timesheet_pdf(sheet: Timesheet, *, printed_at: datetime) -> bytes:
    """The sheet of one person and period, in the language that is active."""
    moment = formats.date_format(printed_at.astimezone(sheet.employee.zone), "SHORT_DATETIME_FORMAT")
    department = sheet.employee.department.name if sheet.employee.department else ""
    typed = [sheet.employee.name, department, *(f"{one.reason} {one.author}" for one in sheet.adjustments)]
    typed += [absence.kind for day in sheet.days for absence in day.plan.absences]
    typed += [day.plan.holiday for day in sheet.days]
    paper = _Paper(_("Printed on %(moment)s from Presente") % {"moment": moment}, "".join(typed))
    paper.set_title(_("Timesheet"))
    paper.set_creation_date(printed_at)
    paper.add_page()
    _heading(paper, sheet)
    _days(paper, sheet)
    _sums(paper, sheet)
    _signatures(paper)
    return bytes(paper.output())


def headings() -> list[str]:
    """What stands above the columns of the days."""
    return [
        _("Date"),
        _("Scheduled hours"),
        _("Punches"),
        _("Break"),
        _("Worked"),
        _("Overtime"),
        _("Night"),
        _("Note"),
    ]


def _heading(paper: FPDF, sheet: Timesheet) -> None:
    person = sheet.employee
    paper.set_text_color(*INK)
    paper.set_font(FONT, "B", 16)
    paper.cell(0, 9, _("Timesheet"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_font(FONT, "B", 11)
    paper.cell(0, 6, f"{person.name} · {person.number}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_font(FONT, "", 9)
    paper.set_text_color(*GREY)
    first, last = (formats.date_format(one, "DATE_FORMAT") for one in (sheet.result.first, sheet.result.last))
    place = sheet.place
    department = f"{place.department_name} · " if place.department else ""
    paper.cell(
        0, 5, f"{department}{first} – {last} · {zone_text(place.time_zone)}", new_x=XPos.LMARGIN, new_y=YPos.NEXT
    )
    paper.ln(3)


def _days(paper: FPDF, sheet: Timesheet) -> None:
    head = FontFace(emphasis="BOLD", color=INK, fill_color=(227, 238, 238))
    paper.set_font(FONT, "", 7.5)
    paper.set_text_color(*INK)
    aligns = ("LEFT", "RIGHT", "LEFT", "RIGHT", "RIGHT", "RIGHT", "RIGHT", "LEFT")
    with paper.table(
        col_widths=WIDTHS,
        text_align=aligns,
        headings_style=head,
        line_height=4.1,
        width=sum(WIDTHS),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        repeat_headings=1,
    ) as table:
        table.row(headings())
        for day, counted in zip(sheet.days, sheet.result.days, strict=False):
            table.row(_day_cells(day, counted))


def _day_cells(day: DayResult, counted: PeriodDay) -> Sequence[str]:
    figures = day.figures
    return (
        f"{formats.date_format(figures.day, 'D')[:3]} {formats.date_format(figures.day, 'SHORT_DATE_FORMAT')}",
        _span(figures.required),
        "  ".join(_interval(one, day) for one in day.intervals),
        _span(figures.taken_break + figures.auto_break),
        _span(figures.worked),
        _span(sum(counted.overtime.values())),
        _span(figures.night),
        _note(day),
    )


def _interval(one: WorkInterval, day: DayResult) -> str:
    zone = day.plan.zone
    return "–".join(f"{at.astimezone(zone):%H:%M}" if at else "?" for at in (one.begins, one.ends))


def _note(day: DayResult) -> str:
    figures, words = day.figures, []
    if figures.missing_in or figures.missing_out:
        words += [missing_label("in")] * bool(figures.missing_in) + [missing_label("out")] * bool(figures.missing_out)
    words += [absence.kind for absence in day.plan.absences]
    if day.plan.holiday:
        words.append(day.plan.holiday)
    if not day.intervals and not words:
        words.append(status_label(figures.status))
    if figures.late:
        words.append(_("late %(span)s") % {"span": _span(figures.late)})
    if figures.early:
        words.append(_("early %(span)s") % {"span": _span(figures.early)})
    return ", ".join(words)


def _sums(paper: FPDF, sheet: Timesheet) -> None:
    result = sheet.result
    lines = [
        (_("Scheduled hours"), _sum(result.total("required"))),
        (_("Worked"), _sum(result.total("worked"))),
        (_("Balance"), to_the_second(timedelta(seconds=result.total("balance")), always=False)),
        (_("Overtime"), tiers_text(result.overtime)),
        (_("Pending"), tiers_text(sheet.overtime.pending)),
        (_("Moved into leave"), tiers_text(sheet.overtime.moved)),
        (_("Night"), _sum(result.total("night"))),
        (_("Leave"), _sum(result.total("leave"))),
        *(
            (
                _("Adjustment for %(day)s") % {"day": formats.date_format(one.about_day, "SHORT_DATE_FORMAT")},
                f"{_adjusted(one)} · {one.reason} · {one.author}",
            )
            for one in sheet.adjustments
        ),
    ]
    paper.ln(2)
    paper.set_font(FONT, "", 7.5)
    paper.set_text_color(*GREY)
    notes = [_("Days are shown without their seconds; the sums count them.")]
    if later := result.total("not_due"):
        notes.append(_("Not in the balance yet: %(time)s of today’s shift, which is not over.") % {"time": _sum(later)})
    for note in notes:
        paper.cell(0, 5, note, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(1)
    for label, value in lines:
        if not value:
            continue
        paper.set_font(FONT, "", 9)
        paper.set_text_color(*GREY)
        paper.cell(38, 5.2, label)
        paper.set_font(FONT, "B", 9)
        paper.set_text_color(*INK)
        paper.cell(0, 5.2, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _adjusted(one: Adjustment) -> str:
    time = to_the_second(timedelta(seconds=one.seconds), always=False)
    return f"{one.tier} %: {time}" if one.tier else time


def _signatures(paper: FPDF) -> None:
    if paper.get_y() > paper.h - 52:
        paper.add_page()
    paper.ln(16)
    top, wide = paper.get_y(), 84
    paper.set_font(FONT, "", 8)
    paper.set_text_color(*GREY)
    for left, label in ((10, _("Date and signature of the employee")), (110, _("Date and signature of the manager"))):
        paper.line(left, top, left + wide, top)
        paper.set_xy(left, top + 1.5)
        paper.cell(wide, 4, label)


def _sum(seconds: int) -> str:
    return to_the_second(timedelta(seconds=seconds), always=False) if seconds else ""


def _span(seconds: int) -> str:
    return hours_and_minutes(timedelta(seconds=seconds)) if seconds else ""
