"""Decide for each pair of a list whether both photos show one person, at the default threshold."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import engine
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar


class Command(RecognitionCommand):
    help = "Decide each pair of CSV (file_x,file_y,Decision with Yes or No) and print how many were right, and the EER."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("csv", type=Path)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, csv: Path, **options: Any) -> None:
        from recognition.evaluation.pairs import evaluate_pairs

        try:
            with progress_bar("photo", silent=options["json"]) as advance:
                report = evaluate_pairs(engine(), csv, progress=advance)
        except (EngineError, OSError, ValueError, KeyError) as error:
            raise CommandError(f"{csv}: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            self.stdout.write(str(report))
