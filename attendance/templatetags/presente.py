"""What the pages need beyond Django's own tags: roles, times on the right wall clock, durations and chips."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext as _

from attendance.door_wording import listed
from attendance.exports import missing_label, state_label
from attendance.rules.expected import State
from attendance.rules.worked import Punch
from attendance.services.doors import opens_any
from employees import access

register = template.Library()

register.filter("is_hr", access.is_hr)
register.filter("is_manager", access.is_manager)
register.filter("opens_doors", opens_any)
register.filter("access_words", listed)


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
    minutes = int(value.total_seconds()) // 60 if value else 0
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word of a name."""
    words = [word for word in name.split() if word[0].isalpha()] or name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def other_zone(punch: Punch | None, own: str) -> str:
    """The punch's zone where it is not the person's own."""
    return punch.zone.replace("_", " ") if punch and punch.zone != own else ""


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
