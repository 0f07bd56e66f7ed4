"""Fit the confidence: the mean face to start from, and how a cosine and the size of a gallery become a probability."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import engine
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar

# A list of numbers, one a line as json writes it.
NUMBERS = re.compile(r"\[\s*-?\d[-+.\deE,\s]*\]")


def _on_lines(found: re.Match[str]) -> str:
    """The same numbers, ten on a line."""
    numbers = found[0].strip("[] \n").replace("\n", " ").split(",")
    lines = [", ".join(one.strip() for one in numbers[at : at + 10]) for at in range(0, len(numbers), 10)]
    return "[" + ",\n      ".join(lines) + "]"


class Command(RecognitionCommand):
    help = (
        "Fit the confidence on each FOLDER's people (a population each; one folder a person, sessions below it) "
        "and print, or write with --out, the calibration."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
        parser.add_argument(
            "--centre-from",
            type=Path,
            metavar="PHOTOS",
            help="one more population for the mean face alone: a folder of photos of other people, in any order",
        )
        parser.add_argument("--out", type=Path, help="where to write the calibration as JSON")

    def handle(
        self, *args: Any, folders: list[Path], out: Path | None = None, centre_from: Path | None = None, **options: Any
    ) -> None:
        from recognition.evaluation.calibrate_fit import fit_folders

        try:
            with progress_bar("photo") as advance:
                fitted = fit_folders(engine(), folders, centre_from=centre_from, progress=advance)
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        text = NUMBERS.sub(_on_lines, json.dumps(fitted, indent=2))
        if out is not None:
            out.write_text(text + "\n")
        self.stdout.write(text)
