"""What the pages need beyond Django's own tags: roles, times on the right wall clock, durations and chips."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from attendance.hours import to_the_second
from attendance.models import ClockEvent, CorrectionRequest
from attendance.rules.expected import State
from attendance.rules.worked import Punch
from attendance.wording import missing_label, span_text, state_label
from common.places import zone_text
from employees import access
from employees.services.delegations import name_of

register = template.Library()

register.filter("is_hr", access.is_hr)
register.filter("is_manager", access.is_manager)
register.filter("reads_reports", access.reads_reports)
register.filter("opens_admin", access.opens_admin)
register.filter("person_name", name_of)
register.filter("zone_text", zone_text)


@register.simple_tag(takes_context=True)
def page_link(context: Any, number: int, query: str = "") -> str:
    """The address of a list's page, all else as it was asked for; a list with a query of its own is jumped to."""
    asked = context["request"].GET.copy()
    asked[query or "page"] = str(number)
    return f"?{asked.urlencode()}{f'#{query}' if query else ''}"


@register.filter
def clock_time(value: Punch | datetime | None) -> str:
    """Hours and minutes on the wall clock of the place; never converted to the viewer's zone."""
    if value is None:
        return ""
    local = value.local if isinstance(value, Punch) else value
    return f"{local:%H:%M}"


@register.filter
def in_zone(value: datetime, zone: str) -> str:
    """Hours and minutes of an instant on the wall clock of ``zone``."""
    return f"{value.astimezone(ZoneInfo(zone)):%H:%M}"


@register.filter
def iso(value: Punch | None) -> str:
    """The instant with its offset, for ``<time datetime>``."""
    return value.local.isoformat(timespec="seconds") if value else ""


@register.filter
def duration(value: timedelta | None) -> str:
    """``7 h 45 min``; less than an hour in minutes alone."""
    return span_text(int(value.total_seconds()) if value else 0)


@register.filter
def span(seconds: int | None) -> str:
    """Seconds as ``7 h 45 min``."""
    return span_text(seconds or 0)


@register.filter
def span_or_dash(seconds: int | None) -> str:
    """Seconds as ``7:45``, or ``7:45:10`` where there are some, for tables that add up; a dash for nothing."""
    # A page has the minus sign of typography everywhere; a file the one that a program reads.
    return to_the_second(timedelta(seconds=seconds), always=False).replace("-", "−") if seconds else "–"


@register.filter
def percent(value: float) -> str:
    """A place in a chart, whatever sign the language has between whole and part."""
    return f"{value:.2f}%"


@register.filter
def share(value: float) -> str:
    """A share from 0 to 1 in per cent, to be read."""
    return f"{round(100 * value)}%"


@register.filter
def times(value: int, factor: int) -> int:
    """A place in a drawing: so many steps of so many units."""
    return value * factor


@register.filter
def day_of(value: datetime) -> date:
    """The day on the value's own wall clock; ``date`` would move it to the server's zone."""
    return value.date()


@register.filter
def local_moment(value: ClockEvent | CorrectionRequest) -> str:
    """Day and time on the wall clock of the place."""
    local = value.at.astimezone(ZoneInfo(value.zone)) if value.at else None
    return f"{formats.date_format(local.date(), 'SHORT_DATE_FORMAT')} {local:%H:%M}" if local else ""


@register.filter
def direction_label(value: str) -> str:
    """In, Out; nothing for none."""
    return str(dict(ClockEvent.Direction.choices).get(value, ""))


@register.filter
def other_zone(punch: Punch | None, own: str) -> str:
    """The punch's zone in words where it is not the person's own."""
    return zone_text(punch.zone) if punch and punch.zone != own else ""


@register.inclusion_tag("attendance/_chip.html")
def chip(kind: str, span: timedelta | None = None) -> dict[str, Any]:
    """A state with its icon and its words, never by colour alone. ``kind`` is a State, ``late``, ``missing-in`` or
    ``missing-out``."""
    if kind == "late":
        return {"kind": kind, "text": _("Late by %(time)s") % {"time": duration(span)} if span else _("Late")}
    if kind.startswith("missing-"):
        return {"kind": "missing", "text": missing_label(kind.removeprefix("missing-")).capitalize()}
    return {"kind": State(kind).value, "text": state_label(kind)}


@register.inclusion_tag("attendance/_icon.html")
def icon(name: str) -> dict[str, str]:
    """A decorative icon; the words beside it carry the meaning."""
    return {"name": name}
