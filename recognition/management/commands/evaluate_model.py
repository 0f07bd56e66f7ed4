"""Measure a model on a folder of people: closed, open or by pairs, with pictures and a report."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.core.management.base import CommandError
from django.utils import timezone

from recognition.engine.protocol import Engine
from recognition.engine.types import EngineError
from recognition.evaluation import report_files
from recognition.management import stored
from recognition.management.base import RecognitionCommand
from recognition.management.embedding import embedded
from recognition.management.progress import progress_bar
from recognition.management.subjects import Subject, resolve
from recognition.selectors import reports

if TYPE_CHECKING:
    from recognition.evaluation.embedded import Embedded
    from recognition.training.dataset import Dataset

EVALUATION = "evaluation"


def share(text: str) -> float:
    """An argparse type: more than 0, less than 1."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def count(text: str) -> int:
    """An argparse type: 1 or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


class Command(RecognitionCommand):
    help = "Measure a model on DATA (one folder a person; for pairs also a list file_x,file_y,Decision)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("data", type=Path, nargs="?")
        parser.add_argument(
            "--stored",
            action="store_true",
            help="in place of DATA the photos that HR took of everybody who is enrolled, under the vectors they have",
        )
        parser.add_argument("--protocol", choices=reports.PROTOCOLS, required=True)
        parser.add_argument("--model", metavar="VERSION|DIR", help="the version that serves, unless another is named")
        parser.add_argument("--enroll", type=count, default=5, metavar="K", help="photos enrolled a person (5)")
        parser.add_argument("--known", type=share, default=0.5, help="the share of people who are enrolled (0.5)")
        parser.add_argument("--repeats", type=count, default=10, help="choices of people at random (10)")
        parser.add_argument(
            "--by-session",
            action="store_true",
            help="DATA holds a folder a session for each person, or photos that say when they were taken (open "
            "protocol): people are enrolled with photos of their first session or day and asked for in the others, at "
            "the thresholds that the program itself would use",
        )
        parser.add_argument(
            "--groups",
            type=Path,
            metavar="FILE.csv",
            help="columns number,group (open protocol): the figures of each group of 20 people or more; the number is "
            "the name of the person's folder",
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--report", type=Path, metavar="DIR", help="where pictures and pages are written")
        parser.add_argument("--no-cache", action="store_true", help="embed anew, and keep no (encrypted) vectors")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of the report")

    def needs_model(self, **options: Any) -> bool:
        """Without --model it measures the version that serves."""
        return not options["model"]

    def needs_tables(self, **options: Any) -> bool:
        """The database knows the versions by name."""
        return True

    def handle(self, *args: Any, data: Path | None = None, **options: Any) -> None:
        from recognition.training.runs import RunError

        if (data is None) != options["stored"]:
            raise CommandError("Give DATA, or --stored in its place.")
        data = data or stored.FOLDER
        if options["by_session"] and options["protocol"] != "open":
            raise CommandError("--by-session is for --protocol open.")
        if options["groups"] and options["protocol"] != "open":
            raise CommandError("--groups is for --protocol open.")
        try:
            subject = resolve(options["model"])
            if options["stored"] and not subject.released:
                raise CommandError("--stored is for a version of this installation.")
            folder = options["report"] or _folder(subject, options["protocol"])
            measure = {"closed": _closed, "open": _open, "pairs": _pairs}[options["protocol"]]
            with progress_bar("photo", silent=options["json"]) as advance:
                figures = measure(subject, data, folder, {**options, "progress": advance})
        except (EngineError, OSError, ValueError, RunError) as error:
            raise CommandError(f"{data}: {error}") from error
        figures = {
            "protocol": options["protocol"],
            "model": subject.name,
            "data": str(data),
            **figures,
            "seed": options["seed"],
            "measured": timezone.now().isoformat(timespec="seconds"),
            "report": str(folder),
        }
        report_files.write(folder, figures)
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        else:
            self.stdout.write(reports.markdown(reports.title(figures), reports.sections(figures)))
            self.stdout.write(f"Pictures and pages: {folder}")


def _folder(subject: Subject, protocol: str) -> Path:
    if subject.released:
        return reports.folder_of(subject.name) / protocol
    assert subject.folder is not None
    # A version's folder is never written to: what lies there is what was released.
    if subject.run is None:
        return subject.folder.with_name(f"{subject.name}-{EVALUATION}") / protocol
    return subject.folder / EVALUATION / protocol


def _people(subject: Subject, data: Path, options: dict[str, Any]) -> tuple[Engine, Dataset, Embedded]:
    """Who is in the photos to measure on, which are copies of one another, and how the model sees them."""
    from recognition.training.dataset import read_dataset

    if options["stored"]:
        return subject.engine, *stored.stored(subject.name, by_session=options["by_session"])
    return _embed(subject, read_dataset(data, by_session=options["by_session"]), options)


def _embedding_engine(subject: Subject) -> Engine:
    """What embeds; raises ``ValueError`` for a network that only names the people it was trained on."""
    if subject.run is None:
        return subject.engine
    if subject.run.architecture != "sface":
        raise ValueError(
            f"{subject.name} is a {subject.run.architecture} network: it names the people it was trained on and nobody "
            "else, so strangers and pairs mean nothing to it. Use --protocol closed."
        )
    import keras

    from recognition.evaluation.embedded import TrainedEngine
    from recognition.training import runs

    assert subject.folder is not None
    model = keras.models.load_model(subject.folder / runs.MODEL)
    name = f"{subject.name} {subject.run.fingerprint[:8]} {subject.run.history[-1]['loss']}"
    return TrainedEngine(name, subject.engine, model.get_layer("sface"))


def _embed(subject: Subject, people: Dataset, options: dict[str, Any]) -> tuple[Engine, Dataset, Embedded]:
    engine, cache = _embedding_engine(subject), not options["no_cache"]
    compared, found = embedded(engine, people, cache=cache, progress=options["progress"])
    if engine is not subject.engine:
        # To a network that learnt these people all photos of one may be alike: copies are told by what it began with.
        compared, _seen = embedded(subject.engine, people, cache=cache)
    return engine, compared, found


def _about(people: Dataset, no_face: int) -> dict[str, Any]:
    from recognition.training import copies

    return {
        "people": len(people.people),
        "photos": len(people.photos),
        "no_face": no_face,
        "copies": len(people.photos) - len(copies.apart(range(len(people.photos)), people.copies)),
        "fingerprint": people.fingerprint,
        "two_names": [list(pair) for pair in people.shared()],
    }


def _open(subject: Subject, data: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    from recognition.evaluation import charts, groups, protocols

    listed = groups.read_groups(options["groups"]) if options["groups"] else {}
    engine, people, seen = _people(subject, data, options)
    wanted = {name: options[name] for name in ("enroll", "known", "repeats", "seed")}
    found = protocols.open_set(people, seen, engine.calibration, **wanted)
    calibration, at_chosen = found.calibration.as_dict(), (found.trials, found.limits)
    # A few strangers of a few sessions choose no threshold: there it is the program's own that is measured.
    one, three = (found.chosen, found.chosen_burst) if options["by_session"] else (found.single, found.burst)
    curves = [(name, *curve) for name, curve in (("one photo", found.det), ("three photos", found.burst_det))]
    charts.det(folder / "det.png", curves)
    charts.reliability(folder / "reliability.png", calibration["bins"], calibration["ece"])
    return {
        **_about(people, int((~seen.found).sum())),
        "enroll": options["enroll"],
        "known": options["known"],
        "repeats": options["repeats"],
        "enrolled_people": found.enrolled_people,
        "by_session": options["by_session"],
        **protocols.as_open_dict(one),
        "burst": {"images": protocols.BURST, **protocols.as_open_dict(three)},
        "chosen": {
            **protocols.as_open_dict(found.chosen),
            "burst": {"images": protocols.BURST, **protocols.as_open_dict(found.chosen_burst)},
        },
        "det": {
            "one": [curve.round(6).tolist() for curve in found.det],
            "burst": [curve.round(6).tolist() for curve in found.burst_det],
        },
        "calibration": calibration,
        "ece": calibration["ece"],
        **({"groups": groups.by_group(people, listed, *at_chosen, seed=options["seed"])} if listed else {}),
    }


def _closed(subject: Subject, data: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    from recognition.evaluation import charts, closed
    from recognition.training.closed_set import UNKNOWN
    from recognition.training.dataset import read_dataset

    if subject.run is None:
        engine, people, seen = _people(subject, data, options)
        named = closed.by_gallery(people, seen, engine.calibration, seed=options["seed"])
        no_face = int((~seen.found).sum())
    else:
        assert subject.folder is not None
        people, _seen = embedded(subject.engine, read_dataset(data), cache=not options["no_cache"])
        named = closed.by_run(people, subject.run, subject.folder, subject.engine, progress=options["progress"])
        no_face = len(subject.run.options.get("no_face", []))
    figures = named.figures(people)
    charts.confusion(folder / "confusion.png", figures.confusion, people.people)
    wrong = np.flatnonzero(named.said != people.labels[named.tested])
    return {
        **_about(people, no_face),
        "tested": len(named.tested),
        "learnt": named.learnt,
        **figures.summary(),
        "confusion": {"people": list(people.people), "matrix": figures.confusion.tolist()},
        "mistakes": [
            {
                "file": _short(people, int(named.tested[index])),
                "named": None if named.said[index] == UNKNOWN else people.people[int(named.said[index])],
            }
            for index in wrong.tolist()
        ],
    }


def _pairs(subject: Subject, data: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    from recognition.evaluation import charts, protocols
    from recognition.evaluation.pairs import pair_distances

    listed = data if data.is_file() else data / "pairs.csv"
    if listed.is_file():
        distances, truth, about = pair_distances(_embedding_engine(subject), listed, progress=options["progress"])
    else:
        engine, people, seen = _people(subject, data, options)
        distances, truth = protocols.pairs_of_people(people, seen, engine.calibration, seed=options["seed"])
        about = _about(people, int((~seen.found).sum()))
    found = protocols.pairs(distances, truth, seed=options["seed"])
    charts.roc(folder / "roc.png", *found.roc)
    charts.distances(folder / "distances.png", found.distances, found.truth, found.eer_distance)
    return {
        **about,
        "pairs": found.pairs,
        "same": found.same,
        "accuracy": found.accuracy,
        "standard_error": found.error,
        "eer": found.eer,
        "eer_distance": found.eer_distance,
        "pairs_without_face": found.no_face,
        "roc": [curve.round(6).tolist() for curve in found.roc],
    }


def _short(people: Dataset, index: int) -> str:
    photo = people.photos[index]
    return f"{people.people[photo.person]}/{photo.path.name}"
