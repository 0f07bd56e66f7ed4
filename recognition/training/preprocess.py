"""Cut the faces out of a folder of photos; what was done is recorded and not repeated."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from recognition.engine.images import decode
from recognition.engine.scaling import shrink
from recognition.engine.types import RGB, Box, ImageRejected

Find = Callable[[RGB], list[Box]]
Progress = Callable[[int, int], None]
DetectorName = Literal["yunet", "haar"]

REPORT = "report.json"
# The thesis's own: haarcascade_frontalface_default with a scale step of 1.3 and five neighbours.
HAAR_FILE = "haarcascade_frontalface_default.xml"
HAAR_SCALE = 1.3
HAAR_NEIGHBOURS = 5
# YuNet's box ends at brow and chin; with this much around it the face is found again in the crop.
MARGIN = 1.3
# A face whose square would take this much of the picture's shorter side: the picture is a crop of it.
WHOLE = 0.8
QUALITY = 95
SAVE_EVERY = 200
NO_FACE = "No face was found. Take a photo that shows the face from the front, or leave this one out."


@dataclass(frozen=True, slots=True)
class Job:
    """One source file: its place below the source, and where its face goes below the destination."""

    source: str
    target: str


def haar() -> Find:
    """The thesis's detector: every face of an RGB picture, the largest first."""
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / HAAR_FILE))

    def find(image: RGB) -> list[Box]:
        rows = cascade.detectMultiScale(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), HAAR_SCALE, HAAR_NEIGHBOURS)
        boxes = [Box(*(int(value) for value in row)) for row in rows]
        return sorted(boxes, key=lambda box: -box.w * box.h)

    return find


def crop(image: RGB, box: Box, *, size: int, margin: float) -> RGB:
    """The square around the face, ``margin`` times its longer side, at (size, size, 3).

    Beyond the picture's edges its last pixels go on: black bars would be something to learn.
    """
    side = max(1, round(max(box.w, box.h) * margin))
    left, top = round(box.x + box.w / 2 - side / 2), round(box.y + box.h / 2 - side / 2)
    height, width = image.shape[:2]
    before = max(0, -left), max(0, -top)
    after = max(0, left + side - width), max(0, top + side - height)
    if any(before + after):
        image = np.asarray(
            cv2.copyMakeBorder(image, before[1], after[1], before[0], after[0], cv2.BORDER_REPLICATE), np.uint8
        )
    square = image[top + before[1] : top + before[1] + side, left + before[0] : left + before[0] + side]
    if side >= size:
        return shrink(square, size, size)
    return np.asarray(cv2.resize(square, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)


def face_crop(image: RGB, box: Box, *, size: int) -> RGB:
    """What ``preprocess`` would have cut out of the picture; a picture that is such a crop already is taken whole."""
    whole = min(image.shape[:2])
    if max(box.w, box.h) * MARGIN >= WHOLE * whole:
        return crop(image, Box(0, 0, image.shape[1], image.shape[0]), size=size, margin=1.0)
    return crop(image, box, size=size, margin=MARGIN)


def preprocess(
    source: Path,
    destination: Path,
    find: Find,
    *,
    detector: DetectorName,
    size: int,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the largest face of each photo of ``source`` (one folder a person) to ``destination``; return the report.

    The report lies in ``destination`` as ``report.json``: what was written, what was skipped and why. A photo whose
    bytes, detector and size stand there already is not looked at again. An interruption keeps what is done. Raises
    ``ValueError`` when the source is no folder of people, or the destination lies in it.
    """
    if not source.is_dir():
        raise ValueError(f"{source} is not a folder. Give a folder with one folder of photos a person.")
    if destination.resolve().is_relative_to(source.resolve()):
        raise ValueError(f"{destination} lies inside {source}: its crops would be taken for people. Choose another.")
    jobs = list(_jobs(source))
    if not jobs:
        raise ValueError(f"{source} holds no folders with photos. Make one folder a person, with the photos inside.")
    destination.mkdir(parents=True, exist_ok=True)
    options = {"detector": detector, "size": size}
    before, done = _read(destination, options), {}
    written = kept = 0
    try:
        for number, job in enumerate(jobs, start=1):
            content = (source / job.source).read_bytes()
            entry = before.get(job.source)
            digest = hashlib.sha256(content).hexdigest()
            if entry and entry["sha256"] == digest and ("code" in entry or (destination / entry["face"]).is_file()):
                done[job.source] = entry
                kept += 1
            else:
                done[job.source] = {"sha256": digest, **_one(content, destination / job.target, job, find, options)}
                written += "code" not in done[job.source]
            if number % SAVE_EVERY == 0:
                _write(destination, {**options, "photos": {**before, **done}})
            if progress:
                progress(number, len(jobs))
    finally:
        _write(destination, {**options, "photos": {**before, **done} if len(done) < len(jobs) else done})
    skipped = [{"file": name, **entry} for name, entry in done.items() if "code" in entry]
    for entry in skipped:
        del entry["sha256"]
    loose = sorted(path.name for path in source.iterdir() if path.is_file() and not path.name.startswith("."))
    return {
        "source": str(source),
        "destination": str(destination),
        **options,
        "photos": len(jobs),
        "written": written,
        "kept": kept,
        "skipped": skipped,
        "loose": loose,
    }


def _jobs(source: Path) -> Iterator[Job]:
    for person in sorted(source.iterdir()):
        if not person.is_dir() or person.name.startswith("."):
            continue
        names = sorted(path.name for path in person.iterdir() if path.is_file() and not path.name.startswith("."))
        stems = [Path(name).stem for name in names]
        for name, stem in zip(names, stems, strict=True):
            # a.jpg and a.png of one person are two photos.
            target = stem if stems.count(stem) == 1 else name
            yield Job(f"{person.name}/{name}", f"{person.name}/{target}.jpg")


def _one(content: bytes, target: Path, job: Job, find: Find, options: dict[str, Any]) -> dict[str, Any]:
    try:
        image = decode(content)
    except ImageRejected as error:
        return {"code": error.code, "reason": error.message}
    boxes = [box for box in find(image) if box.w > 0 and box.h > 0]
    if not boxes:
        return {"code": "no_face", "reason": NO_FACE}
    face = crop(image, boxes[0], size=options["size"], margin=MARGIN if options["detector"] == "yunet" else 1.0)
    target.parent.mkdir(parents=True, exist_ok=True)
    _done, encoded = cv2.imencode(".jpg", face[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    _replace(target, np.asarray(encoded).tobytes())
    return {"face": job.target, "faces": len(boxes), "box": boxes[0].as_list()}


def _read(destination: Path, options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What an earlier run with the same options did; nothing when there is none or it cannot be read."""
    try:
        report = json.loads((destination / REPORT).read_text(encoding="utf-8"))
        if {name: report[name] for name in options} != options:
            return {}
        return {str(name): dict(entry) for name, entry in report["photos"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def _write(destination: Path, report: dict[str, Any]) -> None:
    _replace(destination / REPORT, (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())


def _replace(target: Path, content: bytes) -> None:
    """Whole or not at all: an interruption leaves no half of a file."""
    temporary = target.with_name(f".{target.name}.part")
    temporary.write_bytes(content)
    os.replace(temporary, target)
