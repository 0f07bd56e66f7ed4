"""`manage.py doctor`: examine the installation and say how to mend what is wrong."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand

from presente.checks import examine
from presente.checks_around import Finding


class Command(BaseCommand):
    help = "Examine the installation. Exit code 1 when something has to be mended; warnings alone leave it 0."
    # The doctor has to come even where the checks before every command would turn everybody else away.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        failed = any(finding.status == "fail" for finding in findings)
        if options["json"]:
            content = {"ok": not failed, "checks": [finding.as_dict() for finding in findings]}
            self.stdout.write(json.dumps(content, ensure_ascii=False))
        else:
            self._print(findings)
        if failed:
            raise SystemExit(1)

    def _print(self, findings: list[Finding]) -> None:
        styles = {"ok": self.style.SUCCESS, "warn": self.style.WARNING, "fail": self.style.ERROR}
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = styles[finding.status](f"{finding.status:<4}")
            self.stdout.write(f"{mark}  {finding.id}  {finding.name:<{width}}  {finding.detail}")
            if finding.remedy:
                self.stdout.write(f"{'':<{width + 23}}→ {finding.remedy}")
        bad = sum(finding.status == "fail" for finding in findings)
        warned = sum(finding.status == "warn" for finding in findings)
        self.stdout.write(f"{len(findings)} checks: {bad} to mend, {warned} to look at")
