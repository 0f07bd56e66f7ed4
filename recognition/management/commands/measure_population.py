"""Measure whether a company would gain by learning its population's transform, with the release gate as the judge."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import engine
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar


class Command(RecognitionCommand):
    help = (
        "Learn the within-class whitening of the people of each FOLDER (a folder a person) from some of them, and ask "
        "the release gate whether a version with it would be promoted. Nothing is stored."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="+")
        parser.add_argument("--photos", type=int, default=20, help="photos of each person, as a fine-tune takes (20)")
        parser.add_argument("--splits", type=int, default=8, help="how often people and photos are held out anew (8)")
        parser.add_argument("--target", type=float, default=0.001, help="share of strangers that may pass (0.001)")
        parser.add_argument(
            "--size",
            type=float,
            default=1.0,
            help="how large faces are in their chips; below 1: a badly matched network",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, folder: list[Path], **options: Any) -> None:
        from recognition.engine.loaded import LoadedEngine
        from recognition.evaluation import population

        loaded = engine()
        if not isinstance(loaded, LoadedEngine):
            raise CommandError("This needs the real engine: unset PRESENTE_ENGINE.")
        if not 0 < options["target"] < 1 or not 0.2 <= options["size"] <= 1:
            raise CommandError("--target lies between 0 and 1, --size between 0.2 and 1.")
        rows: list[dict[str, Any]] = []
        for one in folder:
            try:
                with progress_bar("photo") as advance:
                    vectors, people = population.read(
                        loaded, one, most=options["photos"], size=options["size"], progress=advance
                    )
            except (EngineError, OSError, ValueError) as error:
                raise CommandError(str(error)) from error
            found = [
                population.trial(vectors, people, loaded.calibration, target=options["target"], seed=seed)
                for seed in range(options["splits"])
            ]
            shares = {
                f"{group}_{side}": population.mean_share(found, group, side)
                for group in ("new", "unseen")
                for side in ("parent", "candidate")
            }
            reasons = Counter(reason for verdict in found for reason in verdict.reasons)
            rows.append(
                {
                    "folder": str(one),
                    "people": len(set(people.tolist())),
                    "photos": len(people),
                    "promoted": sum(verdict.passed for verdict in found),
                    "splits": len(found),
                    **shares,
                    "reasons": dict(reasons.most_common()),
                }
            )
        if options["json"]:
            self.stdout.write(json.dumps(rows))
            return
        self.stdout.write(
            "| folder | people | photos | promoted | learnt people, before and after | people held out | reasons |\n"
            "| --- | --- | --- | --- | --- | --- | --- |"
        )
        for row in rows:
            told = ", ".join(f"{reason} {count}" for reason, count in row["reasons"].items())
            self.stdout.write(
                f"| {Path(row['folder']).name} | {row['people']} | {row['photos']} | {row['promoted']} of "
                f"{row['splits']} | {_change(row, 'new')} | {_change(row, 'unseen')} | {told} |"
            )


def _change(row: dict[str, Any], group: str) -> str:
    before, after = row[f"{group}_parent"], row[f"{group}_candidate"]
    return "–" if before is None else f"{before:.4f} → {after:.4f}"
