"""Fetch the published networks, rebuild the embedding in Keras, export it, and register the version."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError

from common import shared_folders
from recognition.engine import store
from recognition.engine.types import ModelUnavailable
from recognition.engine_holder import version_fetch
from recognition.engines import factory
from recognition.management.base import RecognitionCommand
from recognition.models import ModelVersion
from recognition.services.versions import version_record


class Command(RecognitionCommand):
    help = "Prepare the models: fetch, check, convert and register them. Does nothing where they are whole already."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--sface", type=Path, help="your own face_recognition_sface file of the OpenCV Zoo")

    def needs_model(self, **options: Any) -> bool:
        """It makes the first version, and says itself where the database cannot take it down."""
        return False

    def handle(self, *args: Any, sface: Path | None = None, **options: Any) -> None:
        try:
            _fetch()
            manifest = factory().build(Path(settings.MODELS_DIR), sface=sface, progress=self.stdout.write)
        except ModelUnavailable as error:
            raise CommandError(error.message) from error
        try:
            version = version_record(name=manifest.version, manifest=store.as_json(manifest))
        except DatabaseError as error:
            raise CommandError(
                f"{manifest.version} is built, but the database cannot take it down ({str(error).splitlines()[0]}). "
                "Run `manage.py migrate`, then this command again: what is built stays, it takes a second. Where that "
                "does not help, `manage.py doctor` says what is wrong with the database."
            ) from error
        self.stdout.write(f"{version.name}: {version.get_state_display()}")


def _fetch() -> None:
    """Where machines share their models, those that another one made are not made again."""
    if shared_folders.storage() is not None:
        with contextlib.suppress(DatabaseError):
            for name in ModelVersion.objects.exclude(state=ModelVersion.State.ERASED).values_list("name", flat=True):
                version_fetch(name)
