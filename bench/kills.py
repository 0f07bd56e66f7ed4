"""`python -m bench.kills [--kills 10] [--seed 0] [--json]`: the training worker killed while people stand at the door.

On real faces, by the workers of `manage.py serve`: SFace is released over a version that sees each face small
(tested, everybody embedded anew, promoted), then fine-tuned. At moments drawn by the seed, half of them in the
promotion and half in the fine-tune, SIGKILL ends the worker, the process that works for it, or both. All the while
somebody asks over HTTP who this is, and every answer is looked at.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import office
from bench.asker import Asker, Probe
from bench.home import throwaway
from bench.worn import NAME, far
from presente.supervisor import StopRequested, stoppable

if TYPE_CHECKING:
    from recognition.engine.types import Vector
    from recognition.models import TrainingRun

PEOPLE, PHOTOS = 8, 6
EPOCHS = 4
LEASE_SECONDS = 10
"""Instead of the 60 of an installation: how long a dead worker's run waits for the next one."""
TARGETS = ("main", "child", "all")
ORDER = ("waiting", "preparing", "training", "testing", "embedding")
SURE = 0.99
APART = 1.25
"""The distance from which two photos show, to the published version, two people who do not look alike."""
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 0.1
LOOK_ENDS_SECONDS = 10.0
ENDS = {"release": "promoted", "fine_tune": "refused"}
"""What becomes of each kind of run: SFace is better than what it replaces, and fine-tuning it gains nothing here."""
GUESSED = {
    "release": {"preparing": 2.0, "testing": 8.0, "embedding": 6.0},
    "fine_tune": {"preparing": 2.0, "training": 30.0, "testing": 8.0},
}
"""Seconds that a run is in each state, where no undisturbed run was looked at."""


@dataclass(slots=True)
class Report:
    """``killed``: in which run's which state, which process. ``states``: the seconds of runs that nobody disturbs.
    ``wrong``: every answer that was none, was another person's, or was of a version that never served; ``unsure``:
    answers without a name, by version."""

    seed: int
    killed: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, dict[str, float]] = field(default_factory=dict)
    runs: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    unsure: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    inconsistent: list[str] = field(default_factory=list)
    longest_answer: float = 0.0
    templates: int = 0
    rollback_seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether everybody was answered rightly, the rows always agreed, and every run ended as it should."""
        return not self.wrong and not self.inconsistent


def main() -> int:
    """Measure in a data folder that is thrown away; 1 when something went wrong in between."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="another one kills at other moments")
    parser.add_argument("--at-once", action="store_true", help="without a first run that nobody disturbs")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    reason = office.missing()
    if reason:
        print(f"  left out: {reason}")
        return 1
    wanted = {"PRESENTE_TRAINING_LEASE": str(LEASE_SECONDS), "PRESENTE_FINE_TUNE": "0"}
    say = (lambda _line: None) if given.json else _say
    try:
        with throwaway(own_models=True, **wanted) as data, stoppable():
            report = measure(data, kills=given.kills, seed=given.seed, look_first=not given.at_once, say=say)
    except StopRequested:
        print("\nstopped")
        return 130
    if given.json:
        print(office.as_json({**asdict(report), "good": report.good}))
    else:
        _tell(report)
    return 0 if report.good else 1


def measure(data: Path, *, kills: int, seed: int, look_first: bool, say: office.Say) -> Report:
    """The company, the runs, the kills, and what those at the door were told."""
    from recognition.models import VersionSwitch

    report, rng = Report(seed), random.Random(seed)
    say("making the company")
    probes = _company(report)
    say(f"{PEOPLE} people, {report.templates} photos; {len(probes)} photos to ask with")
    with office.serving(data) as place:
        asker = Asker(place.port, office.api_key(), probes)
        asker.start()
        try:
            for kind, share in (("release", kills // 2), ("fine_tune", kills - kills // 2)):
                if look_first:
                    report.states[kind] = _undisturbed(kind, report, say)
                moments = _moments(report.states.get(kind) or GUESSED[kind], share, rng)
                _disturbed(place, kind, moments, rng, report, say)
            report.rollback_seconds = _rollback()
        finally:
            asker.stop()
    report.answers, report.unsure, report.longest_answer = (
        dict(asker.answers),
        dict(asker.unsure),
        round(asker.longest, 3),
    )
    served = set(VersionSwitch.objects.values_list("version__name", flat=True))
    report.wrong = [
        *asker.wrong,
        *(f"{name} answered and never served" for name in asker.answers if name not in served),
    ]
    return report


def _company(report: Report) -> list[Probe]:
    """People with some photos and people with one, which is what is asked with: whatever a version makes of a face, it
    knows the very photo that was enrolled, and another answer is a mistake of ours."""
    from django.core.management import call_command

    from recognition.models import Decision, FaceTemplate
    from recognition.services import identify
    from recognition.services.versions import version_register

    call_command("migrate", interactive=False, verbosity=0)
    folders = far(Path(os.environ["PRESENTE_MODELS"]))
    for folder in folders:
        version_register(folder)
    company = [office.photos_of(person)[:PHOTOS] for person in range(PEOPLE)]
    for person, photos in enumerate(company):
        office.enrol(office.hire(f"P{person:02}"), photos)
    others = _apart(folders[1], [photo for photos in company for photo in photos], office.singles())
    asked = [Probe(f"S{number:02}", photo) for number, photo in enumerate(others)]
    for probe in asked:
        office.enrol(office.hire(probe.number), [probe.photo], overrule=False)
    report.templates = FaceTemplate.objects.count()
    found = []
    for probe in asked:
        answer = identify(images=[probe.photo], asker=Decision.Asker.API)
        if answer.employee is not None and answer.employee.number == probe.number and answer.confidence >= SURE:
            found.append(probe)
    if not found:
        raise RuntimeError("the first version is sure of nobody")
    return found


def _apart(published: Path, enrolled: Sequence[bytes], offered: Sequence[bytes]) -> list[bytes]:
    """Those of the offered photos that show, to the published version, neither anybody enrolled nor one another's
    person: two names with one face would be sent to the PIN, and rightly."""
    from recognition.engine import gallery
    from recognition.engine.images import decode
    from recognition.engine.loaded import load_engine

    engine = load_engine(published)

    def seen(photo: bytes) -> list[Vector]:
        picture = decode(photo)
        return [engine.embed(picture, face) for face in engine.detect(picture)]

    known, kept = [vector for photo in enrolled for vector in seen(photo)], []
    for photo in offered:
        own = seen(photo)
        far_off = min((gallery.distance(own[0], one, centre=engine.calibration.centre) for one in known), default=0)
        if len(own) == 1 and far_off > APART:
            kept.append(photo)
            known += own
    return kept


def _undisturbed(kind: str, report: Report, say: office.Say) -> dict[str, float]:
    """The seconds of each state of a run that is left alone."""
    run = _ask_for_a_run(kind)
    entered: dict[str, float] = {}
    until = time.monotonic() + PATIENCE_SECONDS
    while run.state in ORDER and time.monotonic() < until:
        entered.setdefault(run.state, time.monotonic())
        time.sleep(LOOK_SECONDS)
        run.refresh_from_db(fields=["state", "error", "report"])
    times = [*entered.items(), ("", time.monotonic())]
    seconds = {state: round(times[place + 1][1] - begun, 2) for place, (state, begun) in enumerate(times[:-1])}
    say(f"{kind} left alone: " + ", ".join(f"{state} {value} s" for state, value in seconds.items()) + f", {run.state}")
    _ended(run, report)
    return seconds


def _moments(seconds: dict[str, float], kills: int, rng: random.Random) -> list[tuple[str, float]]:
    """(state, seconds after the work in it began or went on): the states take turns, the last one first, and within
    each the moment is drawn from the time that it takes."""
    states = [state for state in ORDER[1:] if state in seconds]
    chosen = [states[-1 - number % len(states)] for number in range(kills)]
    drawn = [(state, rng.uniform(0, seconds[state])) for state in chosen]
    return sorted(drawn, key=lambda moment: (states.index(moment[0]), moment[1]))


def _disturbed(
    place: office.Office,
    kind: str,
    moments: Sequence[tuple[str, float]],
    rng: random.Random,
    report: Report,
    say: office.Say,
) -> None:
    """Kill at each moment; when a run ends before all were had, another one is asked for."""
    run, before = _ask_for_a_run(kind), None
    for state, after in moments:
        while not (_at_work(run, state, before) and _still(run, state, after)):
            _ended(run, report)
            run, before, after = _ask_for_a_run(kind), None, after / 2
        target = _kill(place, rng.choice(TARGETS))
        run.refresh_from_db()
        before = _progress(run)
        report.killed.append({"run": kind, "state": run.state, "process": target})
        report.inconsistent += _inconsistent(run)
        say(f"killed {len(report.killed)}: {target} while {kind} is {run.state}, {run.done} of {run.total}")
    _at_work(run, "", before)
    _ended(run, report)


def _still(run: TrainingRun, state: str, after: float) -> bool:
    """Wait ``after`` seconds, or until the run leaves ``state``; False when it has ended by then."""
    until = time.monotonic() + after
    while time.monotonic() < until and run.state == state:
        time.sleep(LOOK_SECONDS)
        run.refresh_from_db()
    return run.state in ORDER


def _ask_for_a_run(kind: str) -> TrainingRun:
    """As HR's buttons do. A version that was released before is taken back first, and knows nobody."""
    from recognition.models import FaceTemplate, ModelVersion
    from recognition.services.training import release_request, training_request

    if kind == "fine_tune":
        return training_request(at_once=True, by=office.hr(), options={"epochs": EPOCHS})
    good = ModelVersion.objects.exclude(name=NAME).get()
    if good.state == ModelVersion.State.ACTIVE:
        _rollback()
        # A look under way ends with the version it began with.
        time.sleep(LOOK_ENDS_SECONDS)
        FaceTemplate.objects.filter(version=good).delete()
        good.refresh_from_db()
    return release_request(version=good, by=office.hr())


def _at_work(run: TrainingRun, state: str, before: object) -> bool:
    """Wait until something has happened in ``run`` since ``before`` and it stands in ``state`` or beyond; False when
    it ends instead. Raises ``RuntimeError`` when nothing happens."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        run.refresh_from_db()
        if run.state not in ORDER:
            return False
        if state and ORDER.index(run.state) >= ORDER.index(state) and _progress(run) != before:
            return True
        time.sleep(LOOK_SECONDS)
    raise RuntimeError(f"the run stands in {run.state} and nobody works on it")


def _progress(run: TrainingRun) -> tuple[object, ...]:
    return run.state, run.lease_token, run.done, len(run.history)


def _kill(place: office.Office, target: str) -> str:
    """SIGKILL; what it hit: between two tasks there is no process but the worker's own."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := place.training()) is None:
        if time.monotonic() > until:
            raise RuntimeError("the training worker does not come back")
        time.sleep(LOOK_SECONDS)
    main, children = found
    target = target if children else "main"
    for pid in {"main": [main], "child": children, "all": [main, *children]}[target]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return target


def _inconsistent(run: TrainingRun) -> list[str]:
    """What the database should never say, whenever one looks."""
    from recognition.models import ModelVersion
    from recognition.services.templates import templates_missing

    active = list(ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE))
    found = [] if len(active) == 1 else [f"{len(active)} versions are active"]
    return found + [
        f"{version.name} serves and lacks {lacking} templates"
        for version in active
        if (lacking := templates_missing(version).exclude(pk__in=run.unreadable).count())
    ]


def _ended(run: TrainingRun, report: Report) -> None:
    """Note the end; raises ``RuntimeError`` when it is another one than it should be."""
    report.runs.append((str(run.kind), str(run.state)))
    report.inconsistent += _inconsistent(run)
    if run.state != ENDS[run.kind]:
        raise RuntimeError(f"a {run.kind} ended as {run.state}: {run.error} {run.report.get('reasons')}")


def _rollback() -> float:
    """Back to the version that sees badly; the seconds it took."""
    from recognition.services.versions import version_rollback

    begun = time.perf_counter()
    version_rollback(by=office.hr())
    return round(time.perf_counter() - begun, 3)


def _tell(report: Report) -> None:
    print(f"  {len(report.killed)} kills; {', '.join(f'{kind} {state}' for kind, state in report.runs)}")
    print(
        f"  {sum(report.answers.values()):,} answers ({_by_version(report.answers)}), {len(report.wrong)} wrong or "
        f"missing, {sum(report.unsure.values())} without a name ({_by_version(report.unsure)}); the longest took "
        f"{report.longest_answer:.2f} s"
    )
    for line in [*report.wrong[:5], *report.inconsistent[:5]]:
        print(f"  {line}")
    print(f"  rollback with {report.templates} templates: {report.rollback_seconds:.2f} s")


def _by_version(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
