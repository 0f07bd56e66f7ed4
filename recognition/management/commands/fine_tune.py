"""Make a candidate from everybody's photos, test it, and release it or say why not: what happens after a hire."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import CommandError

from recognition.management.base import RecognitionCommand
from recognition.models import TrainingRun
from recognition.services.training import training_request
from recognition.wording_training import finding_texts, reason_text

State = TrainingRun.State


class Command(RecognitionCommand):
    help = (
        "Fine-tune the active version on everybody's photos; promote the candidate if it is better, else say why not."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--epochs", type=int)
        parser.add_argument("--learning-rate", type=float)
        parser.add_argument("--margin", type=float, help="CosFace's m")
        parser.add_argument("--rehearsal", type=int, help="photos of each person known before that are learnt again")
        parser.add_argument("--distillation", type=float, help="how strongly vectors are held where they are")
        parser.add_argument("--l2sp", type=float, help="how strongly weights are held where they are")
        parser.add_argument("--seed", type=int)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        from recognition.training.fine_tune import Recipe
        from recognition.training.job import run_training

        recipe = {name: options[name] for name in Recipe.__slots__ if options.get(name) is not None}
        try:
            Recipe.of(recipe)
        except ValueError as error:
            raise CommandError(str(error)) from error
        run = run_training(training_request(at_once=True, options=recipe).pk, here=True)
        if run is None:
            raise CommandError("Another run is being worked on. Wait for it, or cancel it in the admin.")
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(run)))
        else:
            self._say(run)
        if run.state == State.FAILED:
            raise CommandError(run.error)

    def _say(self, run: TrainingRun) -> None:
        self.stdout.write(f"{run.candidate.name if run.candidate else 'no candidate'}: {run.get_state_display()}")
        for line in finding_texts(run.findings):
            self.stdout.write(f"  left out: {line}")
        for group, row in (run.report.get("groups") or {}).items():
            before, after = row["parent"]["value"], row["candidate"]["value"]
            self.stdout.write(
                f"  {group}: {row['people']} people, {row['probes']} photos, TPIR {before:.4f} before, "
                f"{after:.4f} after"
            )
        for reason in run.report.get("reasons") or ():
            self.stdout.write(f"  {reason_text(reason)}")


def _as_dict(run: TrainingRun) -> dict[str, Any]:
    return {
        "run": str(run.pk),
        "state": run.state,
        "parent": run.parent.name if run.parent else None,
        "candidate": run.candidate.name if run.candidate else None,
        "findings": run.findings,
        "history": run.history,
        "report": run.report,
        "error": run.error,
    }
