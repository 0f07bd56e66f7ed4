"""Choose how often a stranger may pass, and measure the threshold for that on the company's gallery."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict
from datetime import timedelta
from time import perf_counter
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.jobs import enqueue
from common.refusals import Refusal
from employees import gallery_revision
from employees.models import User
from recognition import gallery
from recognition import operating as current
from recognition.engine import drift, operating
from recognition.engine.operating import Curve
from recognition.engine.prior import GRID
from recognition.models import Decision, ModelVersion, OperatingPoint, ThresholdCurve
from recognition.models.operating import Use

log = logging.getLogger(__name__)

LOOSEST, STRICTEST = 0.1, 1e-6
LIVE_DAYS = 30
# Enrolling ten people changes the gallery for minutes: it is measured when it holds still, or after this at the latest.
PATIENCE = timedelta(minutes=10)
CHECK_EVERY = timedelta(days=1)
ALIKE = "look_alike"


class OperatingError(Refusal):
    """A choice of strictness that cannot be."""


def point_choose(*, use: str, target: float, by: User, reason: str = "") -> OperatingPoint:
    """From now on at most ``target`` (a share, 0.000001 to 0.1) of strangers may be taken for somebody in ``use``.

    Every process follows with its next identification. Raises ``OperatingError``: ``unknown_use``, ``target_range``.
    """
    if use not in Use.values:
        raise OperatingError("unknown_use", _("Choose clocking or doors."), field="use")
    if not STRICTEST <= target <= LOOSEST:
        raise OperatingError("target_range", _("Choose between 1 in 10 and 1 in 1,000,000."), field="target")
    with transaction.atomic():
        point = OperatingPoint.objects.create(use=use, target=target, reason=reason.strip()[:300], chosen_by=by)
        gallery_revision.advance([])
    return point


def curve_measure(*, version: ModelVersion) -> ThresholdCurve | None:
    """Leave each person out in turn and store what came of it; None when another version serves.

    Bounded: a gallery whose square passes ``engine.operating.MOST_PRODUCTS`` is measured on people drawn at random.
    Running it twice, or in two workers at once, stores the same. Raises ``ModelUnavailable``.
    """
    view = gallery.current()
    if view.engine.version != version.name:
        return None
    began, started = perf_counter(), timezone.now()
    found = operating.curve(view.gallery.dense(), view.coefficients, view.engine.calibration.prior)
    values = {
        "strangers": current.table(found.strangers),
        "honest": current.table(found.honest),
        "people": found.people,
        "templates": found.templates,
        "own_share": found.own_share,
        "fingerprint": _fingerprint(view),
        "milliseconds": round((perf_counter() - began) * 1000, 1),
        "live": live_check(view.engine.version, found),
        "live_at": started,
        "measured_at": started,
        "settled_revision": view.revision,
        "seen_revision": view.revision,
    }
    with transaction.atomic():
        row, _created = ThresholdCurve.objects.update_or_create(version=version, defaults=values)
        ThresholdCurve.objects.filter(pk=row.pk, requested_at__lte=started).update(requested_at=None)
        gallery_revision.advance([])
    return row


def curve_request() -> ThresholdCurve | None:
    """Measure as soon as a worker is free; None when no version is active. Asked for in the row, so it is not lost."""
    version = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).first()
    if version is None:
        return None
    with transaction.atomic():
        row, _created = ThresholdCurve.objects.update_or_create(
            version=version, defaults={"requested_at": timezone.now()}
        )
        enqueue("recognition.curve_measure", version.pk)
    return row


def curve_sweep() -> bool:
    """Measure again what has changed and holds still, what was asked for, and once a day; whether something was queued.

    Raises ``ModelUnavailable``.
    """
    view, now = gallery.current(), timezone.now()
    version = ModelVersion.objects.get(name=view.engine.version)
    row, _created = ThresholdCurve.objects.get_or_create(version=version)
    due = row.requested_at is not None or row.measured_at is None or row.measured_at < now - CHECK_EVERY
    if not due and row.settled_revision != view.revision:
        if row.fingerprint == _fingerprint(view):
            ThresholdCurve.objects.filter(pk=row.pk).update(settled_revision=view.revision, seen_since=None)
            return False
        since = row.seen_since or now
        due = row.seen_revision == view.revision or now - since > PATIENCE
        ThresholdCurve.objects.filter(pk=row.pk).update(seen_revision=view.revision, seen_since=None if due else since)
    if due:
        enqueue("recognition.curve_measure", version.pk)
    return due


def live_check(version: str, curve: Curve) -> dict[str, Any]:
    """What the kiosks saw lately: ``attempts`` that showed a face, how many ``reached`` each threshold (g,), how many
    were sent to the PIN because two ``look_alikes`` are enrolled, and whether unknown faces are what ``curve`` says
    (``drift``)."""
    since = timezone.now() - timedelta(days=LIVE_DAYS)
    looks = Decision.objects.filter(
        asker=Decision.Asker.KIOSK,
        at__gte=since,
        version=version,
        outcome__in=(Decision.Outcome.IDENTIFIED, Decision.Outcome.UNKNOWN),
    )
    rows = list(looks.values_list("at", "asker_id", "confidence", "outcome", "reason"))
    said = np.clip(np.array([confidence for _at, _asker, confidence, *_ in rows], float), 1e-15, 1 - 1e-15)
    log_odds = np.log(said / (1 - said))
    rising = np.sort(log_odds)
    reached = len(rows) - np.searchsorted(rising, GRID, side="left")
    seen = [
        # Of two who look alike the name alone was withheld.
        drift.Look(at.timestamp(), asker, float(score), outcome == Decision.Outcome.IDENTIFIED or reason == ALIKE)
        for (at, asker, _confidence, outcome, reason), score in zip(rows, log_odds, strict=True)
    ]
    return {
        "since": since.isoformat(),
        "attempts": len(rows),
        "reached": [int(count) for count in reached],
        "look_alikes": sum(1 for *_rest, reason in rows if reason == ALIKE),
        "drift": asdict(drift.measure(seen, curve, target=current.target(Use.CLOCKING))),
    }


def _fingerprint(view: gallery.GalleryView) -> str:
    return hashlib.sha256(view.engine.version.encode() + view.gallery.ids.tobytes()).hexdigest()
