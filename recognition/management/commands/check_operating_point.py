"""Check on strangers that the interval on the page of the operating point holds."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import engine
from recognition.evaluation.calibrate_fit import read_folder
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar


class Command(RecognitionCommand):
    help = (
        "Split FOLDER's people at random into a company and strangers; derive the company's threshold for a share of "
        "strangers, and see whether what passes lies in the interval stated."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--target", type=float, default=0.01, help="the share of strangers to derive for (0.01)")
        parser.add_argument("--enroll", type=int, default=5, metavar="K")
        parser.add_argument("--repeats", type=int, default=20)
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        from recognition.evaluation.operating_check import checks

        asked = {name: options[name] for name in ("target", "enroll", "repeats", "seed")}
        holds = total = 0
        try:
            loaded = engine()
            with progress_bar("photo") as advance:
                people = [person.found() for person in read_folder(loaded, folder, progress=advance)]
            for check in checks([one for one in people if len(one)], loaded.calibration, **asked):
                total, holds = total + 1, holds + check.holds
                found = {name: f"{value:.4f}" for name, value in asdict(check).items() if isinstance(value, float)}
                self.stdout.write(
                    f"{total:3}: from a confidence of {found['confidence']} on: stated {found['stated']}, "
                    f"{found['low']} to {found['high']}; observed {found['observed']} of {check.strangers} photos"
                    f"{'' if check.holds else '  OUTSIDE'}"
                )
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"inside the interval in {holds} of {total} splits")
