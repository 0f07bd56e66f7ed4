"""Cut the faces out of a folder of photos."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import RGB, Box, EngineError
from recognition.engine_holder import engine
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar

LEAST, MOST = 16, 1024


def picture_size(text: str) -> int:
    """An argparse type: pixels, 16 to 1024."""
    value = int(text)
    if not LEAST <= value <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not between {LEAST} and {MOST}")
    return value


class Command(RecognitionCommand):
    help = (
        "Find the face in each photo of SRC (one folder a person), crop and resize it into DST. Run it again to go on."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("src", type=Path)
        parser.add_argument("dst", type=Path)
        parser.add_argument(
            "--detector", choices=("yunet", "haar"), default="yunet", help="haar: the thesis's cascade (1.3, 5)"
        )
        parser.add_argument("--size", type=picture_size, default=224, help="pixels of a side (224)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def needs_model(self, **options: Any) -> bool:
        """The cascade of the thesis comes with OpenCV."""
        return bool(options["detector"] != "haar")

    def handle(self, *args: Any, src: Path, dst: Path, **options: Any) -> None:
        from recognition.training import preprocess

        try:
            find = preprocess.haar() if options["detector"] == "haar" else _engine_boxes
            with progress_bar("photo", silent=options["json"]) as advance:
                report = preprocess.preprocess(
                    src, dst, find, detector=options["detector"], size=options["size"], progress=advance
                )
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted. What is done is kept; run the same command again to go on.") from None
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else _sentences(report))


def _engine_boxes(image: RGB) -> list[Box]:
    return [face.box for face in engine().detect(image)]


def _sentences(report: dict[str, Any]) -> str:
    lines = [f"{entry['file']}: {entry['reason']}" for entry in report["skipped"]]
    lines += [f"{name}: lies in no person's folder and was left alone" for name in report["loose"]]
    lines.append(
        f"{report['photos']} photos: {report['written']} faces written, {report['kept']} known from before, "
        f"{len(report['skipped'])} without a usable face. Details: {Path(report['destination']) / 'report.json'}"
    )
    return "\n".join(lines)
