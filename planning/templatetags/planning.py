"""What the plan's pages need beyond Django's own tags."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import get_template

from planning.selectors import Cell

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: dict[str, Any], cell: Cell) -> str:
    """What a day's cell says. Most cells of a board say the same: each text is made once for ``slots`` of the page."""
    made: dict[tuple[object, ...], str] = context["slots"]
    said = cell.said
    if said not in made:
        made[said] = get_template("planning/_slot.html").render({"cell": cell})
    return made[said]
