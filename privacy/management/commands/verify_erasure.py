"""``manage.py verify_erasure RECEIPT``: does what a receipt says still hold?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common.commands import CheckedCommand
from privacy.receipts import ReceiptUnreadable, receipt_problems, receipt_read


class Command(CheckedCommand):
    help = (
        "Check a receipt of an erasure: that it was not changed, and that nothing it names is there again (after an "
        "older backup was restored, for example). Exits with 1 where something is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """RECEIPT."""
        parser.add_argument("receipt", type=Path, help="the file that erase_biometrics --json wrote")

    def handle(self, *args: Any, receipt: Path, **options: Any) -> None:
        try:
            content = receipt_read(receipt.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{receipt} cannot be read ({error.strerror}).") from error
        except (UnicodeDecodeError, ReceiptUnreadable) as error:
            raise CommandError(f"{receipt}: {error}") from error
        found = receipt_problems(content)
        for line in found:
            self.stdout.write(f"  {line}")
        number = content["person"]["number"]
        if found and all(line.startswith("the receipt was") for line in found):
            raise CommandError(
                "This receipt proves nothing. Take the one that the program keeps: the person's privacy page, Receipt "
                "(JSON)."
            )
        if found:
            raise CommandError(f"The erasure of {number} does not hold. Run `manage.py erase_biometrics {number}`.")
        self.stdout.write(f"The receipt is whole, and nothing of the face of {number} that it names is left.")
