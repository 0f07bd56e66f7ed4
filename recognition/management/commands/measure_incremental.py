"""Measure which people a network forgets when others are hired, for each way of fine-tuning."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import version_folder
from recognition.management.base import RecognitionCommand


class Command(RecognitionCommand):
    help = (
        "Hire the people of DATA (a folder a person) some at a time, fine-tune by every recipe at each step, and print "
        "the share of photos named rightly: of the first people, the newest, all; and of strangers accepted."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("data", type=Path)
        parser.add_argument("--strangers", type=Path, required=True, help="a folder of photos of other people")
        parser.add_argument("--model", default="sface-2021dec-2", help="the version to begin with")
        parser.add_argument("--start", type=int, default=5, help="people at the beginning (5)")
        parser.add_argument("--step", type=int, default=2, help="people hired at a time (2)")
        parser.add_argument("--enroll", type=int, default=10, help="photos of each that are enrolled and learnt (10)")
        parser.add_argument("--probes", type=int, default=30, help="photos of each that are asked for (30)")
        parser.add_argument("--fpir", type=float, default=0.01, help="share of strangers that may pass (0.01)")
        parser.add_argument("--json", action="store_true")

    def needs_model(self, **options: Any) -> bool:
        """It reads the version that --model names from its folder."""
        return False

    def handle(self, *args: Any, data: Path, strangers: Path, model: str, **options: Any) -> None:
        from recognition.engine.loaded import LoadedEngine, load_engine
        from recognition.evaluation import incremental

        folder = version_folder(model)
        as_json = options["json"]
        say = (lambda _line: None) if as_json else self.stdout.write
        try:
            engine: LoadedEngine = load_engine(folder)
            photos = incremental.read_photos(
                engine, data, strangers, enroll=options["enroll"], probes=options["probes"]
            )
            say(incremental.HEADER)
            rows = incremental.measure(
                engine, folder, photos, start=options["start"], step=options["step"], fpir=options["fpir"], say=say
            )
        except (EngineError, ValueError) as error:
            raise CommandError(str(error)) from error
        if as_json:
            self.stdout.write(json.dumps([asdict(row) for row in rows]))
