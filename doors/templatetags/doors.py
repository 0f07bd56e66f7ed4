"""What pages say about doors."""

from __future__ import annotations

from django import template

from doors.services import opens_any
from doors.wording import listed

register = template.Library()

register.filter("opens_doors", opens_any)
register.filter("access_words", listed)
