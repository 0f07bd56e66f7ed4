"""Name the faces of one picture by a chosen model, and draw the names into it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from recognition.engine.calibrate import DEFAULT_ACCEPTANCE
from recognition.engine.images import decode
from recognition.engine.types import RGB, EngineError
from recognition.management.base import RecognitionCommand
from recognition.management.commands.identify import probability
from recognition.management.drawing import Label, annotated
from recognition.management.subjects import Subject, resolve
from recognition.models import Decision, FaceTemplate
from recognition.services import SearchOff, identify_each

UNKNOWN = "unknown"


class Command(RecognitionCommand):
    help = 'Name each face of IMAGE with the confidence, or say "unknown", and write the picture with boxes and names.'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("image", type=Path)
        parser.add_argument(
            "--threshold", type=probability, default=DEFAULT_ACCEPTANCE, help="confidence from which a name is given"
        )
        parser.add_argument("--model", metavar="VERSION|DIR", help="the version that serves, unless another is named")
        parser.add_argument("--output", type=Path, metavar="FILE", help="the picture (var/identified/IMAGE.jpg)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def needs_model(self, **options: Any) -> bool:
        """Without --model it asks the version that serves."""
        return not options["model"]

    def needs_tables(self, **options: Any) -> bool:
        """The database knows the versions by name."""
        return True

    def handle(self, *args: Any, image: Path, threshold: float, **options: Any) -> None:
        output = options["output"] or Path(settings.DATA_DIR) / "identified" / f"{image.stem}.jpg"
        if output.resolve() == image.resolve():
            raise CommandError(f"{output} is the picture itself; give another --output.")
        try:
            content = image.read_bytes()
            picture = decode(content)
            subject = resolve(options["model"])
            faces = _by_run(subject, picture, threshold) if subject.run else _by_version(subject, content, threshold)
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_bytes(annotated(picture, [_label(face) for face in faces]))
        except (EngineError, OSError, SearchOff) as error:
            raise CommandError(f"{image}: {error}") from error
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "image": str(image),
                        "model": subject.name,
                        "threshold": threshold,
                        "faces": faces,
                        "picture": str(output),
                    },
                    ensure_ascii=False,
                )
            )
            return
        for face in faces:
            self.stdout.write(f"{face['name'] or UNKNOWN}, confidence {face['confidence']:.3f}, box {face['box']}")
        if not faces:
            self.stdout.write("no face")
        self.stdout.write(f"{output}")


def _by_version(subject: Subject, content: bytes, threshold: float) -> list[dict[str, Any]]:
    if not subject.released:
        raise CommandError(f"{subject.folder} is no version of this installation: nobody is enrolled under it.")
    if not FaceTemplate.objects.filter(version__name=subject.name).exists():
        raise CommandError(f"Nobody is enrolled under {subject.name}. Run `manage.py enroll FOLDER` first.")
    answers = identify_each(image=content, asker=Decision.Asker.COMMAND, acceptance=threshold, version=subject.name)
    return [
        {
            "box": answer.box,
            "name": answer.employee.name if answer.employee else None,
            "person": answer.employee.number if answer.employee else None,
            "confidence": round(answer.confidence, 4),
            "outcome": answer.outcome,
        }
        for answer in answers
    ]


def _by_run(subject: Subject, picture: RGB, threshold: float) -> list[dict[str, Any]]:
    """A network that names a closed group calls everybody one of them; the threshold alone says unknown."""
    import keras

    from recognition.training import runs
    from recognition.training.cnn import predict
    from recognition.training.preprocess import face_crop

    assert subject.run is not None
    assert subject.folder is not None
    model = keras.models.load_model(subject.folder / runs.MODEL)
    sface = subject.run.architecture == "sface"
    rows = []
    for face in subject.engine.detect(picture):
        seen = subject.engine.align(picture, face) if sface else face_crop(picture, face.box, size=subject.run.size)
        said = predict(model, [seen], mirror=sface)[0]
        best, confidence = int(said.argmax()), float(said.max())
        name = subject.run.people[best] if confidence >= threshold else None
        rows.append(
            {
                "box": face.box.as_list(),
                "name": name,
                "person": name,
                "confidence": round(confidence, 4),
                "outcome": "identified" if name else UNKNOWN,
            }
        )
    return rows


def _label(face: dict[str, Any]) -> Label:
    return Label(face["box"], face["name"] or UNKNOWN, face["confidence"], known=face["name"] is not None)
