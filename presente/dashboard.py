"""HR's first page: attendance's figures, and which part of the program does not run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from attendance.dashboard import dashboard as attendance_dashboard
from presente import health, process_state


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of templates/admin/index.html."""
    return {**attendance_dashboard(request, context), "interrupted": interrupted()}


def interrupted() -> list[str]:
    """What people have to wait for, in their words: the work of each background process that does not run."""
    work = {
        "broker": _("everything that is done in the background"),
        "scheduler": _("scheduled tasks"),
        "worker": _("new photos"),
        "reports": _("reports and messages"),
        "training": _("model training"),
    }
    parts = health.process_parts()
    broker = (process_state.read(Path(settings.DATA_DIR)) or {}).get("broker")
    names = [name for name, part in parts.items() if not part["ok"]]
    if broker is not None and not broker.steady:
        names.insert(0, "broker")
    return [work[name] for name in names]
