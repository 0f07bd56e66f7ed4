"""Model versions as rows: what is registered, what serves."""

from __future__ import annotations

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from employees import roster
from recognition.models import ModelVersion


def version_register(folder: Path) -> ModelVersion:
    """Record a built version folder; the first version of an installation becomes the active one."""
    manifest = json.loads((folder / "manifest.json").read_text())
    with transaction.atomic():
        version, _created = ModelVersion.objects.update_or_create(name=folder.name, defaults={"manifest": manifest})
        if not ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).exists():
            version.state, version.activated_at = ModelVersion.State.ACTIVE, timezone.now()
            version.save(update_fields=["state", "activated_at"])
            roster.bump()
    return version
