"""Enrol a folder of people in this process: no worker is needed, and it can be interrupted and run again."""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from tqdm import tqdm

from common.company import zone_name
from employees import services as people
from employees.models import Consent, Employee, EnrolmentPhoto
from recognition import wording
from recognition.engine.types import ImageRejected, ModelUnavailable
from recognition.management.base import RecognitionCommand
from recognition.services import photo_add, photo_process

State = EnrolmentPhoto.State


class Command(RecognitionCommand):
    help = "Enrol people from FOLDER: one folder a person, named by employee number or name, with photos inside."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--consent", metavar="NOTE", help="you attest that each person agreed, and where that is kept"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, folder: Path, consent: str | None = None, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder. Give a folder with one folder of photos a person.")
        jobs = [
            (person, _files(person)) for person in sorted(folder.iterdir()) if person.is_dir() and person.name[0] != "."
        ]
        if not jobs:
            raise CommandError(f"{folder} holds no folders. Make one folder a person, named by number or name.")
        total = sum(len(files) for _person, files in jobs)
        with tqdm(total=total, unit="photo", disable=None if not options["json"] else True) as bar:
            try:
                report = [_enrol(person, files, consent, bar) for person, files in jobs]
            except ModelUnavailable as error:
                raise CommandError(error.message) from error
            except KeyboardInterrupt:
                raise CommandError("Interrupted. What is done is kept; run the same command again to go on.") from None
        summary = {
            "people": report,
            "accepted": sum(row["accepted"] for row in report),
            "known": sum(row["known"] for row in report),
            "rejected": sum(len(row["rejected"]) for row in report),
            "refused": [row["folder"] for row in report if row["refused"]],
        }
        self.stdout.write(json.dumps(summary, ensure_ascii=False) if options["json"] else _table(summary))
        if summary["refused"]:
            raise CommandError(
                f"Refused: {', '.join(summary['refused'])}. "
                + "; ".join(sorted({row["refused"] for row in report if row["refused"]}))
            )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _enrol(folder: Path, files: list[Path], consent: str | None, bar: tqdm[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "folder": folder.name,
        "number": None,
        "name": None,
        "accepted": 0,
        "known": 0,
        "rejected": [],
        "refused": "",
    }
    bar.set_description(folder.name[:20].ljust(20))
    employee = _find(folder.name)
    if employee is None and consent is not None:
        try:
            employee = _create(folder.name)
        except ValidationError as error:
            row["refused"] = f"{folder.name} cannot be an employee: {'; '.join(error.messages)}"
    if employee is not None:
        row["number"], row["name"] = employee.number, employee.name
        if consent is not None:
            people.consent_give(employee=employee, method=Consent.Method.ATTESTED, note=consent[:300])
    if not row["refused"] and (employee is None or not people.has_consent(employee)):
        row["refused"] = "there is no consent: record it in the admin, or attest it with --consent NOTE"
    if employee is None or row["refused"]:
        bar.update(len(files))
        return row
    for path in files:
        _one(employee, path, row)
        bar.update()
    return row


def _one(employee: Employee, path: Path, row: dict[str, Any]) -> None:
    content = path.read_bytes()
    try:
        photo = photo_add(
            employee=employee, content=content, source=EnrolmentPhoto.Source.FOLDER, file_name=path.name, queue=False
        )
    except ImageRejected as error:
        row["rejected"].append({"file": path.name, "code": error.code, "message": error.message})
        return
    except people.EmployeeError as error:
        if error.code != "photo_known":
            raise CommandError(f"{path}: {error.message}") from error
        photo = people.photo_find(employee=employee, content=content)
        if photo.state in {State.ACCEPTED, State.REJECTED}:
            row["known"] += 1
            return
    photo = photo_process(photo.pk)
    if photo.state == State.ACCEPTED:
        row["accepted"] += 1
    for entry in photo.reasons:
        other = f" ({photo.resembles}, distance {photo.resembles_distance:.2f})" if photo.resembles else ""
        message = f"{wording.message(entry['code'])}{other} {wording.remedy(entry['code'])}"
        row["rejected"].append({"file": path.name, "code": entry["code"], "message": message})


def _find(name: str) -> Employee | None:
    by_number = Employee.objects.filter(number__iexact=name).first()
    if by_number is not None:
        return by_number
    wanted = _plain(name)
    matches = [employee for employee in Employee.objects.all() if _plain(employee.name) == wanted]
    if len(matches) > 1:
        numbers = ", ".join(employee.number for employee in matches)
        raise CommandError(f"{name} is the name of {len(matches)} employees. Name the folder by number: {numbers}.")
    return matches[0] if matches else None


def _create(name: str) -> Employee:
    words = re.sub(r"[_\s]+", " ", name).strip()
    first, _space, last = (words.title() if words.islower() else words).partition(" ")
    number = re.sub(r"[^A-Za-z0-9._-]+", "_", _ascii(name)).strip("_")
    return people.employee_create(number=number, first_name=first, last_name=last, time_zone=zone_name())


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


def _table(summary: dict[str, Any]) -> str:
    width = max(len(row["folder"]) for row in summary["people"])
    lines = [f"{'person'.ljust(width)}  accepted  rejected  known"]
    for row in summary["people"]:
        figures = f"{row['accepted']:>8}  {len(row['rejected']):>8}  {row['known']:>5}"
        lines.append(f"{row['folder'].ljust(width)}  {figures}{'  refused' if row['refused'] else ''}")
        lines += [f"{'':{width}}    {entry['file']}: {entry['message']}" for entry in row["rejected"]]
    lines.append(f"{summary['accepted']} accepted, {summary['rejected']} rejected, {summary['known']} known before")
    return "\n".join(lines)
