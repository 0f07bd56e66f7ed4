"""The words for what the rules say: states, and the reason of each figure.

The numbers R1 to R35 are those of docs/attendance-rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from attendance.rules.expected import State
from attendance.rules.policy import Counted, Scope
from attendance.rules.shapes import Explanation, Status

FIGURES = {
    "planned": gettext_lazy("Planned"),
    "required": gettext_lazy("Scheduled hours"),
    "leave": gettext_lazy("Leave"),
    "worked": gettext_lazy("Worked"),
    "taken_break": gettext_lazy("Break"),
    "paid_break": gettext_lazy("Paid break"),
    "auto_break": gettext_lazy("Automatic break"),
    "night": gettext_lazy("Night"),
    "on_holiday": gettext_lazy("On holidays"),
    "late": gettext_lazy("Late"),
    "early": gettext_lazy("Early"),
    "absent": gettext_lazy("Absent"),
    "short_rest": gettext_lazy("Short rest"),
    "missing_in": gettext_lazy("No check-in"),
    "missing_out": gettext_lazy("No check-out"),
    "unpaid_leave": gettext_lazy("Unpaid leave"),
    "on_call": gettext_lazy("On call"),
    "surcharges": gettext_lazy("Paid beside"),
    "allowances": gettext_lazy("Allowances"),
    "flags": gettext_lazy("Limits"),
    "overtime": gettext_lazy("Overtime"),
    "balance": gettext_lazy("Balance"),
    "ignored": gettext_lazy("Left out"),
}
_NUMBERS = {
    ("worked", "interval"): "R2",
    ("worked", "rounding"): "R9",
    ("worked", "before_shift"): "R10",
    ("worked", "after_shift"): "R10",
    ("taken_break", "gap"): "R11",
    ("paid_break", "allowance"): "R12",
    ("auto_break", "after"): "R13",
    ("night", "window"): "R14",
    ("on_holiday", "calendar"): "R19",
    ("late", "after_grace"): "R15",
    ("early", "before_end"): "R16",
    ("absent", "block_missed"): "R17",
    ("absent", "no_punch"): "R17",
    ("short_rest", "minimum"): "R23",
    ("planned", "shift"): "R24",
    ("required", "holiday"): "R19",
    ("leave", "absence"): "R18",
    ("missing_out", "no_out"): "R6",
    ("missing_in", "no_in"): "R6",
    ("ignored", "double"): "R7",
    ("ignored", "passage"): "R8",
    ("overtime", "day"): "R20",
    ("overtime", "weekend"): "R20",
    ("overtime", "holiday"): "R20",
    ("overtime", "sunday"): "R20",
    ("overtime", "rest_day"): "R20",
    ("overtime", "night"): "R20",
    ("overtime", "seventh_day"): "R21",
    ("overtime", "week"): "R21",
    ("overtime", "period"): "R22",
    ("overtime", "limit"): "R21",
    ("worked", "cut"): "R31",
    ("worked", "nearest"): "R31",
    ("worked", "several"): "R31",
    ("worked", "tolerance"): "R28",
    ("worked", "tolerance_day"): "R28",
    ("worked", "call_out"): "R32",
    ("worked", "night_hour"): "R14",
    ("paid_break", "short"): "R12",
    ("auto_break", "pause"): "R29",
    ("on_call", "block"): "R32",
    ("unpaid_leave", "absence"): "R18",
    ("flags", "break_lacking"): "R13",
    ("flags", "break_late"): "R13",
    ("flags", "longest_day"): "R34",
    ("flags", "longest_week"): "R34",
    ("flags", "weekly_rest"): "R34",
    ("flags", "cap_day"): "R34",
    ("flags", "cap_week"): "R34",
    **{("surcharges", scope.value): "R20" for scope in Scope},
    **{("allowances", counted.value): "R33" for counted in Counted},
}


_STATES = {
    State.IN: gettext_lazy("In now"),
    State.OUT: pgettext_lazy("presence", "Left"),
    State.PRESENT: gettext_lazy("Present"),
    State.ABSENT: gettext_lazy("Absent"),
    State.EXPECTED: gettext_lazy("Expected"),
    State.LEAVE: gettext_lazy("On leave"),
    State.OFF: gettext_lazy("No shift"),
}
_STATUSES = {
    Status.OFF: gettext_lazy("No shift"),
    Status.HOLIDAY: gettext_lazy("Holiday"),
    Status.LEAVE: gettext_lazy("On leave"),
    Status.EXPECTED: gettext_lazy("Expected"),
    Status.WORKING: gettext_lazy("In now"),
    Status.PRESENT: gettext_lazy("Present"),
    Status.ABSENT: gettext_lazy("Absent"),
    Status.NOT_EMPLOYED: gettext_lazy("Not employed"),
}
_MISSING = {"in": gettext_lazy("no check-in"), "out": gettext_lazy("no check-out")}


def state_label(state: str) -> str:
    """The words for what somebody is at this moment."""
    return str(_STATES[State(state)])


def status_label(status: str) -> str:
    """The words for what a person's day was."""
    return str(_STATUSES[Status(status)])


def missing_label(direction: str) -> str:
    """The words for a forgotten punch; empty where none is missing."""
    return str(_MISSING.get(direction, ""))


def figure_label(figure: str) -> str:
    """The words for a figure of a day."""
    return str(FIGURES[figure])


def span_text(seconds: int) -> str:
    """``7 h 45 min``; less than an hour in minutes alone; a minus sign in front of what is owed."""
    minutes = abs(seconds) // 60
    hours, minutes = divmod(minutes, 60)
    sign = "−" if seconds <= -60 else ""
    if hours:
        return sign + _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    return sign + _("%(minutes)d min") % {"minutes": minutes}


def rule_number(why: Explanation) -> str:
    """``R15``: where docs/attendance-rules.md states the rule."""
    return _NUMBERS.get((why.figure, why.rule), "")


def reason(why: Explanation, zone: ZoneInfo) -> str:
    """One step of the calculation as a sentence; instants on the wall clock of ``zone``."""
    return _TEMPLATES[(why.figure, why.rule)]() % _words(why, zone)


def _words(why: Explanation, zone: ZoneInfo) -> Mapping[str, Any]:
    facts = {name: _fact(name, value, zone) for name, value in why.facts.items()}
    return {"span": span_text(why.seconds), **facts}


def _fact(name: str, value: Any, zone: ZoneInfo) -> str:
    if name == "day":
        return formats.date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
    if name == "half":
        halves = {"whole": _("the whole day"), "first": _("the first half"), "second": _("the second half")}
        return halves[str(value)]
    if name == "kind" and value in _KINDS:
        return str(_KINDS[value])
    if isinstance(value, int) and name != "tier":
        return span_text(value)
    if name in _INSTANTS and isinstance(value, str) and "T" in value:
        return f"{datetime.fromisoformat(value).astimezone(zone):%H:%M}"
    return str(value)


_INSTANTS = frozenset({"start", "end", "starts", "ends", "begins", "closes"})
_KINDS = {
    "fixed": gettext_lazy("fixed hours"),
    "split": gettext_lazy("split hours"),
    "flexible": gettext_lazy("flexible hours"),
    "open": gettext_lazy("open hours"),
    "on_call": gettext_lazy("on call"),
}
_TEMPLATES: dict[tuple[str, str], Callable[[], str]] = {
    ("worked", "interval"): lambda: _("%(span)s between check-in and check-out"),
    ("worked", "rounding"): lambda: _("%(span)s by rounding: counted from %(start)s to %(end)s"),
    ("worked", "before_shift"): lambda: _("%(span)s: time before the shift begins at %(begins)s does not count"),
    ("worked", "after_shift"): lambda: _("%(span)s: time after the shift ends at %(ends)s does not count"),
    ("taken_break", "gap"): lambda: _("%(span)s between check-out and the next check-in"),
    ("paid_break", "allowance"): lambda: _("%(span)s of the breaks are paid (up to %(allowance)s a day)"),
    ("auto_break", "after"): lambda: _(
        "%(span)s deducted: whoever works more than %(after)s has a break of %(length)s; %(taken)s were taken"
    ),
    ("night", "window"): lambda: _("%(span)s between %(starts)s and %(ends)s"),
    ("on_holiday", "calendar"): lambda: _("%(span)s on %(name)s, %(day)s"),
    ("late", "after_grace"): lambda: _("%(span)s after %(starts)s (grace: %(grace)s)"),
    ("early", "before_end"): lambda: _("%(span)s before %(ends)s (grace: %(grace)s)"),
    ("absent", "block_missed"): lambda: _("%(span)s of the shift in which nobody was seen"),
    ("absent", "no_punch"): lambda: _("%(span)s were scheduled, and there is no punch"),
    ("short_rest", "minimum"): lambda: _("%(span)s are lacking: %(rest)s of rest instead of %(minimum)s"),
    ("planned", "shift"): lambda: _("%(span)s by the shift “%(name)s” (%(kind)s)"),
    ("required", "holiday"): lambda: _("%(span)s scheduled: it is a holiday (%(name)s)"),
    ("leave", "absence"): lambda: _("%(kind)s, %(half)s: %(span)s are not scheduled"),
    ("missing_out", "no_out"): lambda: _("A check-in without a check-out: nothing is counted from it"),
    ("missing_in", "no_in"): lambda: _("A check-out without a check-in: nothing is counted to it"),
    ("ignored", "double"): lambda: _("A second punch of the same visit"),
    ("ignored", "passage"): lambda: _("A punch between the first and the last of the day"),
    ("overtime", "day"): lambda: _("%(span)s beyond %(after)s of the day, at %(tier)s %%"),
    ("overtime", "weekend"): lambda: _("%(span)s at a weekend beyond %(after)s, at %(tier)s %%"),
    ("overtime", "holiday"): lambda: _("%(span)s on a holiday beyond %(after)s, at %(tier)s %%"),
    ("overtime", "seventh_day"): lambda: _("%(span)s on the seventh day in a row beyond %(after)s, at %(tier)s %%"),
    ("overtime", "sunday"): lambda: _("%(span)s on a Sunday beyond %(after)s, at %(tier)s %%"),
    ("overtime", "rest_day"): lambda: _("%(span)s on a day of rest beyond %(after)s, at %(tier)s %%"),
    ("overtime", "night"): lambda: _("%(span)s of the night beyond %(after)s, at %(tier)s %%"),
    ("overtime", "limit"): lambda: _("%(span)s beyond the first %(after)s of the week, at %(tier)s %% instead"),
    ("overtime", "week"): lambda: _("%(span)s beyond %(after)s of the week, at %(tier)s %%"),
    ("overtime", "period"): lambda: _("%(span)s beyond %(after)s of the period, at %(tier)s %%"),
    ("worked", "cut"): lambda: _(
        "%(span)s of this day, from %(start)s to %(end)s: the shift of another day has the rest"
    ),
    ("worked", "nearest"): lambda: _(
        "Counted for “%(names)s”, with %(outside)s outside it; outside “%(other)s” it would be %(other_outside)s"
    ),
    ("worked", "several"): lambda: _("Counted for %(names)s, worked one after another"),
    ("worked", "tolerance"): lambda: _("%(span)s within the tolerance: counted from %(start)s to %(end)s"),
    ("worked", "tolerance_day"): lambda: _("%(span)s within the tolerance of the day: %(required)s count"),
    ("worked", "call_out"): lambda: _("%(span)s more, since a call-out counts at least %(least)s"),
    ("worked", "night_hour"): lambda: _("%(span)s more, since an hour of the night has %(hour)s minutes"),
    ("paid_break", "short"): lambda: _("%(span)s of breaks no longer than %(most)s are paid"),
    ("auto_break", "pause"): lambda: _(
        "%(span)s deducted: the shift has an unpaid pause of %(length)s; %(taken)s were taken"
    ),
    ("on_call", "block"): lambda: _("%(span)s on call without being called out"),
    ("unpaid_leave", "absence"): lambda: _("%(kind)s: %(span)s are not paid"),
    ("flags", "break_lacking"): lambda: _("%(span)s of break are lacking"),
    ("flags", "break_late"): lambda: _("Worked %(span)s beyond the moment by which a break had to begin"),
    ("flags", "longest_day"): lambda: _("%(span)s beyond the longest day of %(most)s"),
    ("flags", "longest_week"): lambda: _("%(span)s beyond the longest week"),
    ("flags", "cap_day"): lambda: _("%(span)s of overtime beyond the cap of a day"),
    ("flags", "cap_week"): lambda: _("%(span)s of overtime beyond the cap of a week"),
    ("flags", "weekly_rest"): lambda: _("%(span)s are lacking of the week's rest"),
    **{
        ("surcharges", scope.value): lambda: _("%(span)s are paid %(tier)s %% more, beside whatever else they are paid")
        for scope in Scope
    },
    **{("allowances", counted.value): lambda: _("%(code)s: %(units)s for %(span)s") for counted in Counted},
}


def amounts_text(amounts: Mapping[int, int]) -> str:
    """``worked +3:00, 150 %: −5:00``: what is paid more or less, by tier."""
    parts = []
    for tier, seconds in sorted(amounts.items()):
        span = f"{'+' if seconds > 0 else '−'}{span_text(abs(seconds))}"
        parts.append(f"{tier} %: {span}" if tier else f"{figure_label('worked')} {span}")
    return ", ".join(parts)


def changed_text(figures: Mapping[str, tuple[int, int]]) -> str:
    """``Worked 8:00 → 11:03, 150 %: 5:00 → 0:00``: the sums of a period then and now."""
    parts = []
    for name, (then, now) in figures.items():
        if name in ("missing_in", "missing_out"):
            parts.append(f"{missing_label(name.removeprefix('missing_'))}: {then} → {now}")
        elif name.isdigit():
            parts.append(f"{name} %: {span_text(then)} → {span_text(now)}")
        else:
            parts.append(f"{figure_label(name)} {span_text(then)} → {span_text(now)}")
    return ", ".join(parts)
