"""A drawing of a rule's area, and of the last punches near it, without any map."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from phone.geo import Circle, Fence, Point, flat

SIDE, MARGIN = 320, 24
STEPS = (1, 2, 5)
Flat = tuple[float, float]


def drawing(fence: Fence, punches: Sequence[tuple[Point, bool]] = ()) -> SafeString:
    """The area with north above, a bar for its scale, and the punches, each as (place, whether it was inside)."""
    origin = fence.centre if isinstance(fence, Circle) else fence.corners[0]
    outline = _outline(fence, origin)
    xs, ys = [x for x, _y in outline], [y for _x, y in outline]
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    half = max(max(xs) - min(xs), max(ys) - min(ys), 1.0) / 2
    scale = (SIDE / 2 - MARGIN * 2) / half

    def on_paper(place: Flat) -> Flat:
        return (SIDE / 2 + (place[0] - middle[0]) * scale, SIDE / 2 - (place[1] - middle[1]) * scale)

    dots = [(on_paper(flat(origin, point)), inside) for point, inside in punches]
    shown = [(x, y, inside) for (x, y), inside in dots if 0 <= x <= SIDE and 0 <= y <= SIDE]
    length = _bar(half)
    return format_html(
        '<svg class="admin-fence" viewBox="0 0 {side} {side}" role="img" aria-label="{label}">'
        '<polygon class="admin-fence__area" points="{points}" />{dots}'
        '<path class="admin-fence__bar" d="M{left} {low}h{wide}" />'
        '<text x="{left}" y="{above}">{length}</text><text x="{right}" y="20">{north}</text></svg>',
        side=SIDE,
        label=_("The area, with the last punches"),
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in map(on_paper, outline)),
        dots=format_html_join(
            "",
            '<circle class="admin-fence__{}" cx="{}" cy="{}" r="4" />',
            (("in" if inside else "out", f"{x:.1f}", f"{y:.1f}") for x, y, inside in shown),
        ),
        left=MARGIN,
        low=SIDE - MARGIN,
        wide=f"{length * scale:.1f}",
        above=SIDE - MARGIN - 6,
        length=_("%(metres)s m") % {"metres": length},
        right=SIDE - MARGIN,
        north=_("N ↑"),
    )


def _outline(fence: Fence, origin: Point) -> list[Flat]:
    if isinstance(fence, Circle):
        angles = (math.tau * step / 72 for step in range(72))
        return [(fence.radius * math.cos(angle), fence.radius * math.sin(angle)) for angle in angles]
    return [flat(origin, corner) for corner in fence.corners]


def _bar(half: float) -> int:
    """A round length, about a third of the drawing's width."""
    wanted = half * 2 / 3
    power = 10 ** math.floor(math.log10(max(wanted, 1.0)))
    return int(max(step * power for step in STEPS if step * power <= max(wanted, 1.0)))
