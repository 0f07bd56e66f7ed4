"""Bring a liveness network of your own: its limits are fitted on some people's bursts and tried on other people's."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import shared_folders
from recognition.engine.liveness.network import load_network
from recognition.engine.liveness.network_store import CHANNELS, OUTPUTS, Limits, activate
from recognition.engine.types import EngineError
from recognition.engine_holder import engine
from recognition.liveness_network import SHARED, network, networks_folder


class Command(BaseCommand):
    help = (
        "Register an ONNX network that tells faces from pictures. FOLDER/<kind>/<person>/… holds bursts as for "
        "evaluate_liveness: every other person's are for fitting its limits, the others' for the test. It serves "
        "from then on where it is no worse than what serves now."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("onnx", type=Path)
        parser.add_argument("folder", type=Path)
        parser.add_argument("--name", required=True)
        parser.add_argument("--scale", type=float, default=2.7, help="the square, in sizes of the face's box (2.7)")
        parser.add_argument("--side", type=int, default=80, help="pixels of the network's input (80)")
        parser.add_argument("--mean", type=float, default=0.0, help="taken from each channel (0)")
        parser.add_argument("--factor", type=float, default=1.0, help="then multiplied by this (1)")
        parser.add_argument("--channels", choices=CHANNELS, default="rgb")
        parser.add_argument("--output", choices=OUTPUTS, default="probabilities")
        parser.add_argument("--live", type=int, default=1, help="which of its numbers is a living face's (1)")

    def handle(self, *args: Any, onnx: Path, folder: Path, name: str, **options: Any) -> None:
        from recognition.evaluation.liveness import evaluate_bursts
        from recognition.evaluation.liveness_fit import fit_limits, halves, worse
        from recognition.training.liveness_model import build_own_folder

        part = {key: options[key] for key in ("scale", "side", "mean", "factor", "channels", "output", "live")}
        try:
            chosen, loaded = halves(folder), engine()
            with tempfile.TemporaryDirectory(prefix="presente-liveness-") as scratch:
                draft = build_own_folder(Path(scratch), name, onnx, part, Limits(1.0, -1.0))
                limits = fit_limits(loaded, load_network(draft, size=1), chosen.fit)
                draft = build_own_folder(Path(scratch), name, onnx, part, limits)
                found = evaluate_bursts(loaded, chosen.test, load_network(draft, size=1))
            serving = evaluate_bursts(loaded, chosen.test, network())
            target = build_own_folder(networks_folder(), name, onnx, part, limits, found.as_dict())
        except (EngineError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        for title, report in ((name, found), ("serving", serving)):
            self.stdout.write(f"{title}: {report.as_dict()}")
        lost = worse(found, serving)
        if lost:
            raise CommandError(f"{name} is registered and not put to use: it is worse in {', '.join(lost)}.")
        activate(target)
        shared_folders.share(SHARED, networks_folder())
        self.stdout.write(f"{name} serves from now on.")
