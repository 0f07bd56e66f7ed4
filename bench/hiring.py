"""`python -m bench.hiring [--start 5] [--step 2] [--json]`: hire people, have Celery fine-tune, and see who is known.

The photos go the way that HR's page sends them: queued for the worker that checks and embeds them, which asks for a
fine-tune; the sweep hands it to the training worker, the gate decides. After each step the networks are asked for the
same photos, none of which was enrolled: the one that serves, the candidate, and the thesis's recipe beside them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench import office
from bench.home import throwaway
from presente.supervisor import StopRequested, stoppable

if TYPE_CHECKING:
    from recognition.evaluation.incremental import Photos, Row
    from recognition.models import TrainingRun
    from recognition.training.gate import Side

PEOPLE = 13
DELAY_SECONDS = 5
"""Instead of the ten minutes of an installation: photos that come within it make one run."""
PATIENCE_SECONDS = 3600.0
LOOK_SECONDS = 0.5


def main() -> int:
    """Measure in a data folder that is thrown away."""
    parser = argparse.ArgumentParser(prog="python -m bench.hiring", description=__doc__)
    parser.add_argument("--start", type=int, default=5, help="people at the beginning (5)")
    parser.add_argument("--step", type=int, default=2, help="people hired at a time (2)")
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"at the end ({PEOPLE})")
    parser.add_argument("--enroll", type=int, default=12, help="photos of each that are enrolled (12)")
    parser.add_argument("--probes", type=int, default=30, help="photos of each that are asked for (30)")
    parser.add_argument("--fpir", type=float, default=0.01, help="share of strangers that may pass (0.01)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    reason = office.missing()
    if reason:
        print(f"  left out: {reason}")
        return 1
    say = (lambda _line: None) if given.json else _say
    try:
        with throwaway(own_models=True, PRESENTE_TRAINING_DELAY=str(DELAY_SECONDS)) as data, stoppable():
            rows = measure(data, given, say)
    except StopRequested:
        print("\nstopped")
        return 130
    if given.json:
        print(office.as_json([asdict(row) for row in rows]))
    return 0


def measure(data: Path, given: argparse.Namespace, say: office.Say) -> list[Row]:
    """Every row of the table; ``say`` gets each as it is known."""
    from django.core.management import call_command

    from recognition.engine.loaded import load_engine
    from recognition.engine_holder import version_folder
    from recognition.evaluation import incremental
    from recognition.models import ModelVersion

    call_command("migrate", interactive=False, verbosity=0)
    call_command("build_models", verbosity=0)
    engine = load_engine(version_folder(ModelVersion.objects.get().name))
    photos = incremental.read_photos(
        engine, office.FACES / "aligned112", office.FACES / "raw", enroll=given.enroll, probes=given.probes
    )
    known = {engine.version: _side(engine.version, photos)}
    rows: list[Row] = []
    say(incremental.HEADER)
    hires = [range(given.start), *(range(begin, begin + given.step) for begin in range(given.start, given.people, 2))]
    hired: list[int] = []
    with office.serving(data):
        for new in map(list, hires):
            hired += new
            run = _hire(new, given.enroll)
            rows += _rows(run, known, photos, hired, new, given, say)
    return rows


def _hire(people: Sequence[int], enroll: int) -> TrainingRun:
    """As HR does it; returns the run that came of it, when it and all that was queued have ended."""
    from employees.models import EnrolmentPhoto
    from recognition.models import TrainingRun
    from recognition.services import photo_add

    for person in people:
        employee = office.hire(f"P{person:02}")
        for content in office.photos_of(person)[:enroll]:
            photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD)
    states = EnrolmentPhoto.State
    waiting = EnrolmentPhoto.objects.filter(state__in=(states.QUEUED, states.PROCESSING))
    before = set(TrainingRun.objects.exclude(state__in=TrainingRun.OPEN).values_list("pk", flat=True))
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        # In this order: a photo that is done has asked for its run.
        if waiting.exists() or TrainingRun.objects.filter(state__in=TrainingRun.OPEN).exists():
            continue
        run = TrainingRun.objects.exclude(pk__in=before).first()
        if run is not None:
            return run
    raise RuntimeError("no training run ended")


def _rows(
    run: TrainingRun,
    known: dict[str, Side],
    photos: Photos,
    hired: Sequence[int],
    new: Sequence[int],
    given: argparse.Namespace,
    say: office.Say,
) -> list[Row]:
    from recognition.evaluation import incremental
    from recognition.models import ModelVersion

    untouched = next(iter(known.values()))
    serving = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE).name
    limit = incremental.limit_of(untouched, photos, hired, given.fpir)
    names = {"untouched": next(iter(known))}
    if serving != names["untouched"]:
        names["serves"] = serving
    if run.candidate is not None:
        names["candidate"] = run.candidate.name
    found = []
    for what, version in names.items():
        if version not in known:
            known[version] = _side(version, photos)
        row = incremental.score(
            what, known[version], photos, hired, new, first=given.start, fpir=given.fpir, limit=limit
        )
        told = incremental.verdict_of(bool(run.report.get("passed")), run.report.get("reasons") or [])
        found.append(replace(row, verdict=told) if what == "candidate" else row)
    found.append(incremental.thesis_row(untouched, photos, hired, new, first=given.start, fpir=given.fpir))
    for row in found:
        say(str(row))
    return found


def _side(version: str, photos: Photos) -> Side:
    """The version's vectors (photos, d), as its own engine makes them, and its calibration."""
    from recognition.engine.loaded import load_engine
    from recognition.engine_holder import version_folder
    from recognition.training.gate import Side

    engine = load_engine(version_folder(version))
    return Side(np.stack([engine.embed_chip(chip) for chip in photos.chips]), engine.calibration)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
