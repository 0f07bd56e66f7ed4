"""The company's master key: from the environment or a file, made on the first use and never in a lost one's place."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings

from common.kept_secrets import secret_make, too_weak

MISSING = (
    "The master key is missing (PRESENTE_MASTER_KEY, or keys/master.key in the data folder), and people are enrolled "
    "with it. Restore it from the backup: a new one would open nothing that is stored."
)


class MasterKeyError(Exception):
    """There is no master key that could be used; the message says what to do."""


def master_key() -> str:
    """The key. Raises ``MasterKeyError`` where it was lost."""
    if settings.MASTER_KEY:
        return str(settings.MASTER_KEY)
    path = Path(settings.DATA_DIR) / "keys" / "master.key"
    if not path.exists() and _needed():
        raise MasterKeyError(MISSING)
    found = secret_make(path)
    if weakness := too_weak(found):
        raise MasterKeyError(f"{path} {weakness}. Restore it from the backup.")
    settings.MASTER_KEY = found
    return found


def _needed() -> bool:
    # By name: the models are built on this.
    return bool(apps.get_model("employees", "Employee")._default_manager.exclude(sealed_key=None).exists())
