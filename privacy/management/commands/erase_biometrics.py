"""``manage.py erase_biometrics NUMBER``: erase a person's face and print the receipt."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common.commands import CheckedCommand
from common.refusals import Refusal
from employees.models import Employee
from privacy.models import Erasure
from privacy.receipts import receipt_counts
from privacy.services.erasure import biometrics_erase


class Command(CheckedCommand):
    help = (
        "Erase a person's photos, aligned faces, templates, pictures, the weights that learnt from them, and their "
        "key. The consent ends; punches stay. Prints the receipt: keep it for verify_erasure."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """NUMBER, --reason and --json."""
        parser.add_argument("number", help="the employee's number")
        parser.add_argument("--reason", default="", help="why; it stands in the receipt")
        parser.add_argument("--json", action="store_true", help="print the receipt as JSON, which verify_erasure reads")

    def handle(self, *args: Any, number: str, reason: str, **options: Any) -> None:
        employee = Employee.objects.filter(number=number).first()
        if employee is None:
            raise CommandError(f"There is no employee with the number {number}.")
        try:
            done = biometrics_erase(employee=employee, cause=Erasure.Cause.COMMAND, reason=reason)
        except Refusal as refused:
            raise CommandError(refused.message) from refused
        if options["json"]:
            self.stdout.write(json.dumps(done.receipt, indent=1, ensure_ascii=False))
            return
        self.stdout.write(f"The face of {done.number} is erased ({done.finished_at:%Y-%m-%d %H:%M} UTC).")
        for words, count in receipt_counts(done.receipt):
            self.stdout.write(f"  {words}: {count}")
        if done.receipt["serving_instead"]:
            self.stdout.write(
                f"  in use instead of weights that had learnt from them: {done.receipt['serving_instead']}"
            )
        self.stdout.write(f"  receipt {done.pk}, SHA-256 {done.receipt['sha256']} (--json prints all of it)")
