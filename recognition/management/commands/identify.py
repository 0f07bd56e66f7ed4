"""Name every face in the given pictures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.images import decode
from recognition.engine.types import RGB, ImageRejected, ModelUnavailable
from recognition.management.base import RecognitionCommand
from recognition.management.drawing import Label, annotated
from recognition.models import Decision
from recognition.models.operating import Use
from recognition.services import FaceAnswer, SearchOff, identify_each


def probability(text: str) -> float:
    """An argparse type: 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


class Command(RecognitionCommand):
    help = "Name every face of each image, or say that it is unknown."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
        parser.add_argument("--threshold", type=probability, help="the confidence from which a name is given (0.85)")
        parser.add_argument(
            "--use", choices=Use.values, default="", help="take the threshold that HR chose for this in place of 0.85"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--save", type=Path, metavar="DIR", help="write each picture with boxes and names")

    def handle(self, *args: Any, images: list[Path], threshold: float | None = None, **options: Any) -> None:
        if threshold is not None and options["use"]:
            raise CommandError("Give --threshold or --use, not both.")
        failed = 0
        for path in images:
            try:
                content = path.read_bytes()
                answers = identify_each(
                    image=content, asker=Decision.Asker.COMMAND, acceptance=threshold, use=options["use"]
                )
            except (ModelUnavailable, SearchOff) as error:
                raise CommandError(error.message) from error
            except (ImageRejected, OSError) as error:
                failed += 1
                self._say_error(path, error, as_json=options["json"])
                continue
            self._say(path, answers, as_json=options["json"])
            if options["save"] and answers:
                _save(options["save"], path, decode(content), answers)
        if failed:
            raise CommandError(f"{failed} of {len(images)} could not be read.")

    def _say(self, path: Path, answers: list[FaceAnswer], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"image": str(path), "faces": [_row(answer) for answer in answers]}))
            return
        for answer in answers:
            who = f"{answer.employee.name} ({answer.employee.number})" if answer.employee else answer.outcome
            self.stdout.write(f"{path}: {who}, confidence {answer.confidence:.3f}, box {answer.box}")
        if not answers:
            self.stdout.write(f"{path}: no face")

    def _say_error(self, path: Path, error: ImageRejected | OSError, *, as_json: bool) -> None:
        code = error.code if isinstance(error, ImageRejected) else "unreadable"
        message = error.message if isinstance(error, ImageRejected) else str(error)
        if as_json:
            entry = {"image": str(path), "faces": [], "error": {"code": code, "message": message}}
            self.stdout.write(json.dumps(entry))
        else:
            self.stderr.write(f"{path}: {message}")


def _row(answer: FaceAnswer) -> dict[str, Any]:
    return {
        "box": answer.box,
        "person": answer.employee.number if answer.employee else None,
        "name": answer.employee.name if answer.employee else None,
        "confidence": round(answer.confidence, 4),
        "outcome": answer.outcome,
        "reason": answer.reason,
    }


def _save(folder: Path, path: Path, picture: RGB, answers: list[FaceAnswer]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    labels = [
        Label(
            answer.box,
            answer.employee.name if answer.employee else answer.outcome,
            answer.confidence,
            known=answer.employee is not None,
        )
        for answer in answers
    ]
    (folder / f"{path.stem}.jpg").write_bytes(annotated(picture, labels))
