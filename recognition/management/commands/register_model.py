"""Bring an embedding network of your own: registered here, tested against what serves, released if it is better."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognition.engine.types import ModelUnavailable
from recognition.engine_holder import active_name, version_folder
from recognition.management.base import RecognitionCommand
from recognition.models import ModelVersion, TrainingRun
from recognition.services.training import RunRefused, release_request
from recognition.services.versions import version_register
from recognition.wording_training import reason_text


class Command(RecognitionCommand):
    help = "Register an ONNX embedding network as a candidate; with --release test it and release it if it is better."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("onnx", type=Path)
        parser.add_argument("--name", required=True, help="the version's name")
        parser.add_argument("--size", type=int, default=112, help="pixels of the chip's side (112)")
        parser.add_argument("--mean", type=float, default=127.5, help="taken from each channel (127.5)")
        parser.add_argument("--scale", type=float, default=1 / 128, help="then multiplied by this (1/128)")
        parser.add_argument("--channels", choices=("rgb", "bgr"), default="rgb")
        parser.add_argument("--points", type=json.loads, help="where the landmarks lie: JSON, five [x, y]")
        parser.add_argument("--release", action="store_true")

    def handle(self, *args: Any, onnx: Path, name: str, points: object = None, **options: Any) -> None:
        from recognition.training.register import check_name, register_network, spec_of

        given = {key: options[key] for key in ("size", "mean", "scale", "channels")}
        try:
            check_name(name)
            if ModelVersion.objects.filter(name=name).exists():
                # Its folder may be gone: that of one whose weights were erased.
                raise ValueError(f"There is a version {name} already. Choose another name.")
            spec = spec_of(points=points, **given)
            register_network(onnx, version_folder(name), spec=spec, serving=version_folder(active_name()))
        except (ModelUnavailable, ValueError) as error:
            raise CommandError(str(error)) from error
        version = version_register(version_folder(name))
        self.stdout.write(f"{version.name}: {version.get_state_display()}")
        if options["release"]:
            self._release(version)

    def _release(self, version: ModelVersion) -> None:
        from recognition.training.job import run_training

        try:
            run = run_training(release_request(version=version).pk, here=True)
        except RunRefused as error:
            raise CommandError(error.message) from error
        if run is None:
            raise CommandError("Another run is being worked on; this one waits for it.")
        self.stdout.write(f"{version.name}: {run.get_state_display()}")
        for reason in run.report.get("reasons") or ():
            self.stdout.write(f"  {reason_text(reason)}")
        if run.state == TrainingRun.State.FAILED:
            raise CommandError(run.error)
