"""Train a network that names a closed group of people: the thesis's, or SFace with a head on top."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandError

from recognition.engine import store
from recognition.engine.types import EngineError
from recognition.engine_holder import engine, version_folder
from recognition.management.base import RecognitionCommand
from recognition.management.embedding import embedded
from recognition.management.progress import progress_bar

if TYPE_CHECKING:
    from recognition.training.cnn import Options, Sface
    from recognition.training.dataset import Dataset
    from recognition.training.runs import Run


def positive(text: str) -> int:
    """An argparse type: 1 or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


class Command(RecognitionCommand):
    help = "Train on DATA (one folder a person), test on a fifth of the photos, and write a folder for the others."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("data", type=Path)
        parser.add_argument("--architecture", choices=("thesis", "sface"), required=True)
        parser.add_argument("--epochs", type=positive, help="thesis 20; sface 10, half for the head alone")
        parser.add_argument("--size", type=positive, help="pixels of a side: thesis 64, sface always 112")
        parser.add_argument("--seed", type=int, default=0, help="decides the split and everything random (0)")
        parser.add_argument("--patience", type=positive, help="stop after so many epochs without gain (sface 3)")
        parser.add_argument("--batch", type=positive, help="photos a step (32)")
        parser.add_argument("--output", type=Path, help="the folder to write (var/training/ARCHITECTURE-NUMBER)")
        parser.add_argument(
            "--resume", action="store_true", help="go on with the newest run of this architecture, or with --output's"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object at the end, nothing else")

    def handle(self, *args: Any, data: Path, output: Path | None = None, **options: Any) -> None:
        from recognition.training import cnn, runs
        from recognition.training.dataset import read_dataset

        say: Callable[[str], None] = (lambda _line: None) if options["json"] else self.stdout.write
        run: Run | None = None
        try:
            wanted = cnn.Options.of(
                options["architecture"],
                epochs=options["epochs"],
                size=options["size"],
                seed=options["seed"],
                patience=options["patience"],
                batch=options["batch"],
            )
            with progress_bar("photo", silent=options["json"]) as advance:
                people = read_dataset(data, progress=advance)
            # The thesis's network begins with nothing; which photos are copies of one another the engine says.
            with progress_bar("face", silent=options["json"]) as advance:
                people, _seen = embedded(engine(), people, progress=advance)
            for one, other in people.shared():
                self.stderr.write(f"{one} and {other} are one photo under two names: one of them is wrong.")
            sface = self._sface() if wanted.architecture == "sface" else None
            folder, run = _folder_and_run(output, people, wanted, sface, resume=options["resume"])
            say(f"{folder}: {len(run.train)} photos of {len(run.people)} people to train on, {len(run.test)} to test")
            if not run.finished:
                with progress_bar("face", silent=options["json"]) as advance:
                    tell = lambda row: say(epoch_line(row, run.epochs))  # noqa: E731
                    run = cnn.train(folder, run, people, sface=sface, say=tell, progress=advance)
        except (EngineError, OSError, ValueError, runs.RunError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            done = f" after epoch {run.epoch} of {run.epochs}; --resume goes on from there" if run else ""
            raise CommandError(f"Interrupted{done}.") from None
        curves = _curves(folder, run)
        if options["json"]:
            self.stdout.write(json.dumps(summary(folder, run), ensure_ascii=False))
            return
        stopped = run.options.get("stopped")
        say(f"epoch {run.best} of {run.epochs} is kept" + (f": {stopped}" if stopped else ""))
        say(f"on {run.result['photos']} photos it never saw: " + figures(run.result))
        say(f"{folder}: {runs.MODEL}, {runs.LABELS}, {runs.STATE}, {curves.name}")

    def _sface(self) -> Sface:
        from recognition.training.cnn import Sface

        serving = engine()
        folder = version_folder(serving.version)
        store.verify(folder, (store.EMBEDDER_KERAS,))
        import keras

        return Sface(serving, keras.models.load_model(folder / store.EMBEDDER_KERAS), serving.version)


def _folder_and_run(
    output: Path | None, people: Dataset, wanted: Options, sface: Sface | None, *, resume: bool
) -> tuple[Path, Run]:
    from recognition.training import cnn, runs

    base = Path(settings.DATA_DIR) / "training"
    if resume:
        folder = output or newest(base, wanted.architecture)
        run = runs.read(folder)
        if run.architecture != wanted.architecture:
            raise runs.RunError(f"{folder} is a run of {run.architecture}, not of {wanted.architecture}.")
        if run.base and sface is not None and run.base != sface.version:
            raise runs.RunError(f"{folder} began with {run.base}; {sface.version} serves now. Start a new run.")
        return folder, run
    folder = output or _next(base, wanted.architecture)
    run = cnn.prepare(people, wanted, base=sface.version if sface else "")
    runs.begin(folder, run)
    return folder, run


def newest(base: Path, architecture: str) -> Path:
    """The newest run of an architecture; raises ``RunError`` when there is none."""
    from recognition.training.runs import RunError

    number = _numbers(base, architecture)
    if not number:
        raise RunError(f"There is no run of {architecture} in {base} to go on with; leave --resume out.")
    return base / f"{architecture}-{max(number)}"


def _next(base: Path, architecture: str) -> Path:
    return base / f"{architecture}-{max(_numbers(base, architecture), default=0) + 1}"


def _numbers(base: Path, architecture: str) -> list[int]:
    endings = [path.name.removeprefix(f"{architecture}-") for path in base.glob(f"{architecture}-*")]
    return [int(ending) for ending in endings if ending.isdecimal()]


def epoch_line(row: dict[str, Any], epochs: int) -> str:
    """An epoch as a line."""
    watched = f", watched {row['val_accuracy']:.3f} (loss {row['val_loss']:.3f})" if "val_loss" in row else ""
    return (
        f"epoch {row['epoch']:>3}/{epochs} {row['phase']}: accuracy {row['accuracy']:.3f} (loss {row['loss']:.3f})"
        f"{watched}, {row['seconds']:.1f} s"
    )


def figures(result: dict[str, float]) -> str:
    """The closed protocol's four figures as a line."""
    return (
        f"accuracy {result['accuracy']:.4f}, macro precision {result['macro_precision']:.4f}, "
        f"recall {result['macro_recall']:.4f}, F1 {result['macro_f1']:.4f}"
    )


def summary(folder: Path, run: Run) -> dict[str, Any]:
    """A finished run, for JSON."""
    return {
        "folder": str(folder),
        "architecture": run.architecture,
        "size": run.size,
        "people": len(run.people),
        "train_photos": len(run.train),
        "test_photos": len(run.test),
        "epochs": run.epoch,
        "best_epoch": run.best,
        "seed": run.seed,
        "history": run.history,
        **{name: value for name, value in run.result.items() if name != "photos"},
    }


def _curves(folder: Path, run: Run) -> Path:
    from recognition.evaluation.charts import learning_curves

    path = folder / "curves.png"
    learning_curves(path, run.history)
    return path
