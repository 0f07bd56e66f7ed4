"""``manage.py access_request NUMBER FILE.zip``: everything that is kept about a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common.commands import CheckedCommand
from employees.models import Employee
from privacy.access_request import access_request


class Command(CheckedCommand):
    help = (
        "Write everything that is kept about a person into a zip: a page to read, the same as JSON, the pictures, and "
        "who looked at them. The file is not encrypted: hand it to the person and delete it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """NUMBER and FILE.zip."""
        parser.add_argument("number", help="the employee's number")
        parser.add_argument("file", type=Path, help="the zip to write; it must not exist yet")

    def handle(self, *args: Any, number: str, file: Path, **options: Any) -> None:
        employee = Employee.objects.select_related("user").filter(number=number).first()
        if employee is None:
            raise CommandError(f"There is no employee with the number {number}.")
        try:
            with file.open("xb") as target:
                file.chmod(0o600)
                written = access_request(employee=employee, target=target)
        except FileExistsError as error:
            raise CommandError(f"{file} is there already. Choose another name.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written ({error.strerror}).") from error
        self.stdout.write(f"{file}: {written['rows']} rows, {written['pictures']} pictures about {employee.name}")
