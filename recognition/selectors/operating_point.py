"""Read what the page of the operating point shows: the curve, and what each choice means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from recognition import gallery
from recognition import operating as current
from recognition.engine import operating
from recognition.engine.calibrate import logit
from recognition.engine.drift import Drift
from recognition.engine.operating import Curve
from recognition.engine.prior import GRID
from recognition.engine.types import ModelUnavailable
from recognition.models import ModelVersion, OperatingPoint, ThresholdCurve
from recognition.models.operating import Use

STEPS = tuple(1 / one for one in (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000))
"""The shares of strangers to choose from."""
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 280, 70, 36, 14, 16
HISTORY = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the chart's grid: where it lies and what stands beside it."""

    at: float
    text: str


def operating_page() -> dict[str, Any]:
    """The context of ``admin/operating_point.html``; without a model only the history."""
    points = list(OperatingPoint.objects.select_related("chosen_by")[:HISTORY])
    history = [{"point": point, "share": share_words(point.target)} for point in points]
    try:
        view = gallery.current()
    except ModelUnavailable as error:
        return {"history": history, "unavailable": error.message}
    row = ThresholdCurve.objects.filter(version__name=view.engine.version).first()
    curve = current.current_curve(view.engine, view.gallery, view.coefficients)
    live = row.live if row is not None and row.measured_at is not None else {}
    chart = _Chart(curve)
    return {
        "history": history,
        "version": view.engine.version,
        "measured": row if row is not None and row.measured_at is not None else None,
        "waiting": row is not None and row.requested_at is not None,
        "own_percent": _percent(curve.own_share, 0),
        "few": curve.own_share < 0.5,
        "people": curve.people,
        "live_attempts": live.get("attempts", 0),
        "look_alikes": live.get("look_alikes", 0),
        "look_alike_people": len(view.look_alikes),
        "drift": drift_found(live),
        "spread_percent": _percent(
            1 - view.engine.calibration.coefficients.spread_pairs / view.coefficients.spread_pairs, 0
        ),
        "chart": chart,
        "uses": [_panel(use, curve, chart, live) for use in Use],
        "least": _percent(current.LEAST_ACCEPTANCE, 0),
        "default_acceptance": _percent(0.85, 0),
        "now": timezone.now(),
    }


def drift_found(live: dict[str, Any]) -> Drift | None:
    """What the last measurement found of unknown faces at the kiosks, where they are not what was measured."""
    found = Drift(**live["drift"]) if live.get("drift") else None
    return found if found is not None and found.found else None


def drift_now() -> Drift | None:
    """``drift_found`` of the version that serves."""
    row = ThresholdCurve.objects.filter(version__state=ModelVersion.State.ACTIVE, measured_at__isnull=False).first()
    return drift_found(row.live) if row is not None else None


def share_words(share: float) -> str:
    """``1 in 1,000``."""
    return _("1 in %(number)s") % {"number": number_format(round(1 / share), force_grouping=True)}


class _Chart:
    """Places in the chart: across, how often a stranger passes (1 in 10 to 1 in 1,000,000); up, honest refusals."""

    width, height, left, right, top = WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, TOP
    bottom = HEIGHT - BOTTOM

    def __init__(self, curve: Curve) -> None:
        limits = [operating.threshold(curve, share) for share in STEPS]
        highest = operating.at(curve.honest, max(limits))[0]
        self.most = next((most for most in (0.02, 0.05, 0.1, 0.2, 0.5) if highest <= most), 1.0)
        seen = (curve.strangers.rate <= 0.1) & (curve.strangers.rate >= 1e-6)
        places = [
            (self.x(float(s)), self.y(float(h)))
            for s, h in zip(curve.strangers.rate[seen], curve.honest.rate[seen], strict=True)
        ]
        self.path = " ".join(f"{'M' if not index else 'L'}{x:.1f} {y:.1f}" for index, (x, y) in enumerate(places))
        self.columns = [
            Mark(self.x(10.0**-power), number_format(10**power, force_grouping=True)) for power in range(1, 7)
        ]
        self.rows = [Mark(self.y(self.most * part / 4), _percent(self.most * part / 4)) for part in range(5)]

    def x(self, share: float) -> float:
        """Where a share of strangers lies."""
        power = float(np.clip(-np.log10(max(share, 1e-12)), 1, 6))
        return round(self.left + (power - 1) / 5 * (self.right - self.left), 1)

    def y(self, share: float) -> float:
        """Where a share of honest people lies."""
        return round(self.bottom - min(share / self.most, 1) * (self.bottom - self.top), 1)


def _panel(use: Use, curve: Curve, chart: _Chart, live: dict[str, Any]) -> dict[str, Any]:
    target = current.target(use.value)
    chosen = int(np.argmin([abs(np.log(share / target)) for share in STEPS]))
    steps = [_step(share, curve, chart, live) for share in STEPS]
    return {
        "use": use.value,
        "name": use.label,
        "chosen": chosen,
        "steps": steps,
        "now": steps[chosen],
        "last": len(STEPS) - 1,
        "default": share_words(current.DEFAULT_TARGETS[use.value]),
    }


def _step(share: float, curve: Curve, chart: _Chart, live: dict[str, Any]) -> dict[str, Any]:
    """Everything that is said at one place of the handle, in the reader's language."""
    accepted = current.acceptance(curve, share)
    limit = logit(accepted) if accepted < 1 else float(GRID[-1])
    passes, refused = operating.at(curve.strangers, limit), operating.at(curve.honest, limit)
    return {
        "share": share_words(share),
        "strangers": _of(
            passes,
            max(1000, round(1 / share)),
            _(
                "Of %(total)s strangers who try, about %(about)s will be taken for an employee"
                " (between %(low)s and %(high)s)."
            ),
        ),
        "honest": _of(
            refused,
            1000,
            _("About %(about)s of %(total)s honest attempts will be sent to the PIN (between %(low)s and %(high)s)."),
        ),
        "confidence": _("A name is given from a confidence of %(confidence)s.") % {"confidence": _percent(accepted, 3)},
        "live": _live(limit, live),
        "x": chart.x(passes[0]),
        "y": chart.y(refused[0]),
        "x_low": chart.x(passes[2]),
        "x_high": chart.x(passes[1]),
        "y_low": chart.y(refused[1]),
        "y_high": chart.y(refused[2]),
    }


def _of(rate: tuple[float, float, float], total: int, sentence: str) -> str:
    about, low, high = (number_format(_count(one * total), force_grouping=True) for one in rate)
    return sentence % {"total": number_format(total, force_grouping=True), "about": about, "low": low, "high": high}


def _count(value: float) -> float | int:
    """Whole numbers, but one digit after the point below ten."""
    return round(value) if value >= 9.95 or round(value, 1) == round(value) else round(value, 1)


def _live(limit: float, live: dict[str, Any]) -> str:
    attempts = live.get("attempts", 0)
    if not attempts:
        return ""
    reached = float(np.interp(limit, GRID, live["reached"]))
    return _(
        "Of %(attempts)s attempts at a kiosk in the 30 days before it was measured, %(share)s reached this threshold."
    ) % {"attempts": number_format(attempts, force_grouping=True), "share": _percent(reached / attempts)}


def _percent(share: float, digits: int = 1) -> str:
    """``97.5 %`` with a non-breaking space, without zeros at the end."""
    text = f"{100 * share:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    places = len(text.partition(".")[2])
    return f"{number_format(text, places)}\N{NO-BREAK SPACE}%"
