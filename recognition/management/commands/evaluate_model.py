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
from recognition.evaluation import face_cache, report_files
from recognition.management.base import RecognitionCommand
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
        parser.add_argument("data", type=Path)
        parser.add_argument("--protocol", choices=reports.PROTOCOLS, required=True)
        parser.add_argument("--model", metavar="VERSION|DIR", help="the version that serves, unless another is named")
        parser.add_argument("--enroll", type=count, default=5, metavar="K", help="photos enrolled a person (5)")
        parser.add_argument("--known", type=share, default=0.5, help="the share of people who are enrolled (0.5)")
        parser.add_argument("--repeats", type=count, default=10, help="choices of people at random (10)")
        parser.add_argument(
            "--by-session", action="store_true",
            help="DATA holds a folder a session for each person (open protocol): people are enrolled with photos of "
            "their first one and asked for in the others, at the thresholds that the program itself would use",
        )  # fmt: skip
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

    def handle(self, *args: Any, data: Path, **options: Any) -> None:
        from recognition.training.runs import RunError

        if options["by_session"] and options["protocol"] != "open":
            raise CommandError("--by-session is for --protocol open.")
        try:
            subject = resolve(options["model"])
            folder = options["report"] or _folder(subject, options["protocol"])
            measure = {"closed": _closed, "open": _open, "pairs": _pairs}[options["protocol"]]
            with progress_bar("photo", silent=options["json"]) as advance:
                figures = measure(subject, data, folder, {**options, "progress": advance})
        except (EngineError, OSError, ValueError, RunError) as error:
            raise CommandError(f"{data}: {error}") from error
        figures = {"protocol": options["protocol"], "model": subject.name, "data": str(data), **figures,
                   "seed": options["seed"], "measured": timezone.now().isoformat(timespec="seconds"),
                   "report": str(folder)}  # fmt: skip
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


def _data(data: Path, *, by_session: bool = False) -> Dataset:
    from recognition.training.dataset import read_dataset

    return read_dataset(data, by_session=by_session)


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


def _embed(subject: Subject, people: Dataset, options: dict[str, Any]) -> tuple[Engine, Embedded]:
    from recognition.evaluation.embedded import embed

    engine = _embedding_engine(subject)
    seen = {} if options["no_cache"] else face_cache.load(engine, people.folder)
    before = len(seen)
    embedded = embed(engine, people, seen=seen, progress=options["progress"])
    if len(seen) > before and not options["no_cache"]:
        face_cache.save(engine, people.folder, seen)
    return engine, embedded


def _about(people: Dataset, no_face: int) -> dict[str, Any]:
    return {
        "people": len(people.people),
        "photos": len(people.photos),
        "no_face": no_face,
        "copies": len(people.photos) - len(np.unique(people.groups)),
        "fingerprint": people.fingerprint,
        "two_names": [list(pair) for pair in people.shared()],
    }


def _open(subject: Subject, data: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    from recognition.evaluation import charts, protocols

    people = _data(data, by_session=options["by_session"])
    engine, embedded = _embed(subject, people, options)
    wanted = {name: options[name] for name in ("enroll", "known", "repeats", "seed")}
    found = protocols.open_set(people, embedded, engine.calibration, **wanted)
    calibration = found.calibration.as_dict()
    # A few strangers of a few sessions choose no threshold: there it is the program's own that is measured.
    one, three = (found.chosen, found.chosen_burst) if options["by_session"] else (found.single, found.burst)
    curves = [(name, *curve) for name, curve in (("one photo", found.det), ("three photos", found.burst_det))]
    charts.det(folder / "det.png", curves)
    charts.reliability(folder / "reliability.png", calibration["bins"], calibration["ece"])
    return {
        **_about(people, int((~embedded.found).sum())),
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
    }


def _closed(subject: Subject, data: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    from recognition.evaluation import charts, closed
    from recognition.training.closed_set import UNKNOWN

    people = _data(data)
    if subject.run is None:
        engine, embedded = _embed(subject, people, options)
        named = closed.by_gallery(people, embedded, engine.calibration, seed=options["seed"])
        no_face = int((~embedded.found).sum())
    else:
        assert subject.folder is not None
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
        people = _data(data)
        engine, embedded = _embed(subject, people, options)
        distances, truth = protocols.pairs_of_people(people, embedded, engine.calibration, seed=options["seed"])
        about = _about(people, int((~embedded.found).sum()))
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
