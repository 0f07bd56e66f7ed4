"""Measure what photo updates gain, and how far somebody can steer them (docs/appendix/photo-updates.md)."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from recognition.engine.types import EngineError
from recognition.engine_holder import version_folder
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar

if TYPE_CHECKING:
    from recognition.evaluation.ageing import Honest
    from recognition.evaluation.ageing_attack import Attack


class Command(RecognitionCommand):
    help = (
        "On the people of DATA (a folder a person): what refreshing templates does to held-out photos, and how far "
        "somebody comes who feeds it chosen pictures, with all guards and with each taken away."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("data", type=Path)
        parser.add_argument("--model", default="sface-2021dec-2", help="the version whose vectors are compared")
        parser.add_argument("--enroll", type=int, nargs="+", default=[2, 3, 5], metavar="K", help="HR's photos (2 3 5)")
        parser.add_argument("--repeats", type=int, default=20, help="draws of the honest measurement (20)")
        parser.add_argument("--attempts", type=int, default=200, help="pictures that each attacker offers (200)")
        parser.add_argument("--blends", type=int, default=8, help="pairs of photos that are mixed for each two people")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", action="store_true")

    def needs_model(self, **options: Any) -> bool:
        """It reads the version that --model names from its folder."""
        return False

    def handle(self, *args: Any, data: Path, **options: Any) -> None:
        from recognition.engine.loaded import load_engine
        from recognition.evaluation import ageing, ageing_attack

        silent, seed = options["json"], options["seed"]
        try:
            engine = load_engine(version_folder(options["model"]))
            with progress_bar("photo", silent=silent) as advance:
                people = ageing.read(engine, data, progress=advance)
            figures = engine.calibration
            uses = [
                ageing.honest(people, figures, enroll=enroll, repeats=options["repeats"], seed=seed)
                for enroll in options["enroll"]
            ]
            if not silent:
                self._say_honest(uses)
            with progress_bar("pair", silent=silent) as advance:
                blended = ageing_attack.morphs(engine, people, blends=options["blends"], seed=seed, progress=advance)
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        found = []
        for material in ("pictures", "any vector"):
            for stranger in (True, False):
                tried = list(
                    ageing_attack.pairs(
                        people,
                        blended,
                        figures,
                        enroll=max(options["enroll"]),
                        stranger=stranger,
                        vectors=material != "pictures",
                        seed=seed,
                    )
                )
                for way, rules in ageing.WAYS.items():
                    found.append(
                        ageing_attack.attack(
                            way, rules, tried, attempts=options["attempts"], material=material, stranger=stranger
                        )
                    )
                if not silent:
                    self._say_attacks(found[-len(ageing.WAYS) :])
        if silent:
            self.stdout.write(json.dumps({"honest": list(map(asdict, uses)), "attacks": list(map(asdict, found))}))

    def _say_honest(self, uses: list[Honest]) -> None:
        self.stdout.write(
            "| HR's photos | added | FPIR | before | refreshed | difference | as many more by HR | observed FPIR |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |"
        )
        for use in uses:
            for place, at in enumerate(use.before.at):
                after, gain = use.after.at[place], use.gain[place]
                self.stdout.write(
                    f"| {use.enrolled} | {use.added:.2f} | {at.fpir:g} | {at.tpir.value:.4f} | {after.tpir.value:.4f} "
                    f"| {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}] | {use.by_hr.at[place].tpir.value:.4f} "
                    f"| {at.observed_fpir.value:.4f} → {after.observed_fpir.value:.4f} |"
                )

    def _say_attacks(self, rows: list[Attack]) -> None:
        first = rows[0]
        who = "a stranger" if first.stranger else "a colleague"
        self.stdout.write(
            f"\nThe attacker is {who}, tries with {first.material}; {first.pairs} pairs, {first.tried} attempts each\n"
            "| guards | joined | kiosk before → after (worst) | doors before → after (worst) | pairs raised | moved "
            "| victim's own |\n| --- | --- | --- | --- | --- | --- | --- |"
        )
        for row in rows:
            uses = " | ".join(f"{row.before[use]:.4f} → {row.after[use]:.4f} ({row.worst[use]:.3f})" for use in (0, 1))
            self.stdout.write(
                f"| {row.way} | {row.joined:.1f} | {uses} | {row.raised} | {row.moved:.3f} "
                f"| {row.own[0]:.4f} → {row.own[1]:.4f} |"
            )
