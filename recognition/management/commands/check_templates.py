"""Are the templates in the gallery still what their photos show? Those of upside-down photos are not."""

from __future__ import annotations

import argparse
from typing import Any

from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar
from recognition.models import ModelVersion
from recognition.services.templates import templates_quarantine, templates_unlike_photos


class Command(RecognitionCommand):
    help = (
        "Make each template of the active version again from its photo, and list those that come out otherwise: so do "
        "the templates of photos that stood on their head or lay on their side."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--quarantine",
            action="store_true",
            help="take them out of the gallery; a worker then turns their photos, or refuses them with the reason",
        )

    def handle(self, *args: Any, quarantine: bool = False, **options: Any) -> None:
        version = ModelVersion.objects.get(state=ModelVersion.State.ACTIVE)
        with progress_bar("template") as advance:
            found = templates_unlike_photos(version=version, progress=advance)
        for template in found:
            photo = template.photo
            self.stdout.write(f"{template.employee.number} {template.employee.name}: {photo.file_name or photo.pk}")
        if not found:
            self.stdout.write("Every template is what its photo shows.")
        elif quarantine:
            count = templates_quarantine(found)
            self.stdout.write(f"{count} taken out of the gallery; a worker looks at their photos anew.")
        else:
            self.stdout.write(f"{len(found)} to look at: --quarantine takes them out of the gallery.")
