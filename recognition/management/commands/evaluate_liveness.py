"""How well the passive liveness check does on folders of bursts, honest ones and attacks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import engine
from recognition.liveness_network import network
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar

OUTCOMES = ("live", "unsure", "suspect", "")


class Command(RecognitionCommand):
    help = (
        "Judge every burst in FOLDER/live/… and FOLDER/<kind of attack>/…; a folder of frames is a burst, and a "
        "frame's name ends in its index, 20 a second."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--without-network", action="store_true", help="as on a machine that has no network")

    def handle(self, *args: Any, folder: Path, without_network: bool = False, **options: Any) -> None:
        from recognition.evaluation.liveness import evaluate

        try:
            with progress_bar("burst", silent=options["json"]) as advance:
                report = evaluate(engine(), folder, None if without_network else network(), progress=advance)
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(f"{folder}: {error}") from error
        found = report.as_dict()
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        self.stdout.write(f"{'kind':<28}{'n':>5}  {'rate':>6}  {'95 % interval':>16}  live unsure suspect no face")
        for kind, tally in report.kinds.items():
            row = found[kind]
            low, high = row["interval"]
            rate = row.get("bpcer", row.get("apcer"))
            counts = " ".join(f"{tally.outcomes[outcome]:>6}" for outcome in OUTCOMES)
            self.stdout.write(f"{kind:<28}{tally.count:>5}  {rate:6.1%}  {low:7.1%} to {high:5.1%} {counts}")
        self.stdout.write(
            "live: BPCER, honest bursts that were stopped; attacks: APCER, those that were not. "
            + ("With the network." if report.network else "Without a network.")
        )
