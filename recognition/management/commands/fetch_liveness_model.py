"""Fetch the network that tells a living face from a picture, rebuild it in Keras, export it and put it to use."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from common import shared_folders
from recognition import liveness_assets
from recognition.engine.types import ModelUnavailable
from recognition.liveness_network import SHARED, networks_folder
from recognition.management.base import RecognitionCommand


class Command(RecognitionCommand):
    help = "Prepare the liveness network: fetch, check and convert it. Does nothing where it is whole already."

    def needs_model(self, **options: Any) -> bool:
        """It is built from its own files."""
        return False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, metavar="DIR", help="a folder with the project's two .pth files")

    def handle(self, *args: Any, file: Path | None = None, **options: Any) -> None:
        from recognition.training.liveness_model import NAME, build_minifasnet_folder, is_whole

        shared_folders.fetch(SHARED, networks_folder())
        sources = file or Path(settings.MODELS_DIR) / "sources"
        try:
            if file is not None:
                liveness_assets.given(file)
            elif not is_whole(networks_folder() / NAME):
                liveness_assets.fetch(sources, self.stdout.write)
            build_minifasnet_folder(networks_folder(), sources, progress=self.stdout.write)
        except ModelUnavailable as error:
            raise CommandError(error.message) from error
        shared_folders.share(SHARED, networks_folder())
