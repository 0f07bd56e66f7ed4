"""Fit the confidence: which mean face to take off, and how distance, margin and gallery size become a probability."""

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
    help = "Fit the confidence on FOLDER (one folder a person) and print, or write with --out, the calibration."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--centre-from", type=Path, metavar="PHOTOS",
            help="measure the mean face on this folder of photos of other people (by default on FOLDER's people)",
        )  # fmt: skip
        parser.add_argument("--out", type=Path, help="where to write the calibration as JSON")

    def handle(
        self, *args: Any, folder: Path, out: Path | None = None, centre_from: Path | None = None, **options: Any
    ) -> None:
        from recognition.evaluation.calibrate_fit import fit_folder

        try:
            with progress_bar("photo") as advance:
                fitted = fit_folder(engine(), folder, centre_from=centre_from, progress=advance)
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(f"{folder}: {error}") from error
        text = NUMBERS.sub(_on_lines, json.dumps(fitted, indent=2))
        if out is not None:
            out.write_text(text + "\n")
        self.stdout.write(text)
