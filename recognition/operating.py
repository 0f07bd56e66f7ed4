"""Which threshold is in force: HR's choice on the measured curve, or on the expected one until there is one."""

from __future__ import annotations

import numpy as np

from recognition.engine import operating
from recognition.engine.calibrate import Coefficients, sigmoid
from recognition.engine.gallery import Searched
from recognition.engine.operating import Curve, Rate
from recognition.engine.prior import GRID
from recognition.engine.protocol import Engine
from recognition.models import OperatingPoint, ThresholdCurve
from recognition.models.operating import Use

DEFAULT_TARGETS = {Use.CLOCKING.value: 0.001, Use.DOOR.value: 0.0001}
"""How often a stranger may be taken for somebody until HR chooses."""
LEAST_ACCEPTANCE = 0.5
"""Below it the nearest person is more likely somebody else: a looser threshold would let in strangers alone."""


def target(use: str) -> float:
    """The share of strangers, 0 to 1, that HR accepts for ``use``, or the default."""
    chosen = OperatingPoint.objects.filter(use=use).values_list("target", flat=True).first()
    return DEFAULT_TARGETS[use] if chosen is None else chosen


def acceptance(curve: Curve, share: float) -> float:
    """The confidence, 0 to 1, from which a name is given so that at most ``share`` of strangers get one."""
    return max(LEAST_ACCEPTANCE, sigmoid(operating.threshold(curve, share)))


def acceptances(curve: Curve) -> dict[str, float]:
    """The confidence from which a name is given, for each use."""
    return {use: acceptance(curve, target(use)) for use in Use.values}


def current_curve(engine: Engine, gallery: Searched, coefficients: Coefficients) -> Curve:
    """The version's last measurement, or what is known without one. ``coefficients``: those of the gallery."""
    row = ThresholdCurve.objects.filter(version__name=engine.version, measured_at__isnull=False).first()
    return stored(row) if row is not None else operating.of_prior(gallery, coefficients, engine.calibration.prior)


def stored(row: ThresholdCurve) -> Curve:
    """A row as the engine's curve."""
    strangers, honest = (
        Rate(*(np.array(table[name], float) for name in ("rate", "low", "high")))
        for table in (row.strangers, row.honest)
    )
    return Curve(strangers, honest, row.people, row.templates, row.own_share)


def table(rate: Rate) -> dict[str, list[float]]:
    """A rate as a row keeps it, four digits each."""
    named = (("rate", rate.rate), ("low", rate.low), ("high", rate.high))
    return {name: [float(f"{value:.4g}") for value in values] for name, values in named}


__all__ = ["GRID", "acceptance", "acceptances", "current_curve", "stored", "table", "target"]
