"""Compare ways of matching faces: the table in docs/appendix/recognition-matching.md."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import engine
from recognition.evaluation import mean_face
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar


class Command(RecognitionCommand):
    help = "Try ways of comparing faces on FOLDER (one folder a person), with the mean face of the people in PHOTOS."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--centre-from",
            type=Path,
            required=True,
            metavar="PHOTOS",
            help="photos of other people for the mean face; those who are in FOLDER as well are left out",
        )
        parser.add_argument("--enroll", type=int, nargs="+", default=[1, 5], metavar="K")
        parser.add_argument("--repeats", type=int, default=20)
        parser.add_argument("--crops", action="store_true", help="also enrol over nine crops (nine times the work)")

    def handle(self, *args: Any, folder: Path, centre_from: Path, **options: Any) -> None:
        from recognition.engine.loaded import LoadedEngine
        from recognition.evaluation import matching

        loaded = engine()
        if not isinstance(loaded, LoadedEngine):
            raise CommandError("This needs the real engine: unset PRESENTE_ENGINE.")
        try:
            with progress_bar("photo") as advance:
                people = matching.read(loaded, folder, crops=options["crops"], progress=advance)
                faces = mean_face.read_faces(loaded, centre_from)
            seen = [person.vectors[person.vectors.any(axis=1)] for person in people]
            others = mean_face.apart_from(mean_face.grouped(faces), seen)
            centre = mean_face.measure(others)
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{len(people)} people; mean face of {len(others)} others, length {np.linalg.norm(centre):.3f}"
        )
        for first in options["enroll"]:
            self.stdout.write(f"\n| K = {first} | rank-1 | TPIR at FPIR 1 % | at 0.1 % |\n| --- | --- | --- | --- |")
            for name, found in matching.compare(people, centre, first=first, repeats=options["repeats"]):
                figures = " | ".join(f"{one.tpir.value:.4f}" for one in found.at)
                self.stdout.write(f"| {name} | {found.rank1.value:.4f} | {figures} |")
        for first in (1, 2):
            self.stdout.write(f"\n{matching.unlike_own(seen, centre, first=first)}")
