"""How the supervisor's processes are: it writes a file, which the doctor, /readyz and HR's first page read."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

EVERY_SECONDS = 5.0
"""How often the supervisor renews the file."""
STALE_SECONDS = 30.0
"""A file older than this was left by a supervisor that is gone."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process. ``since``: when it was started last. ``failures``: how often it has ended since it last ran well;
    ``restarts``: how often in all. ``ended``: how it ended last ("was killed by SIGKILL"), and when."""

    running: bool
    pid: int | None
    since: float
    restarts: int = 0
    failures: int = 0
    ended: str = ""
    ended_at: float | None = None

    @property
    def steady(self) -> bool:
        """It runs, and has run well since it last ended."""
        return self.running and self.failures == 0


def path(data: Path) -> Path:
    return data / "supervisor.json"


def write(data: Path, states: dict[str, ProcessState]) -> None:
    """Store the states at once: a reader sees the old file or the new one."""
    draft = path(data).with_suffix(".new")
    content = {"pid": os.getpid(), "processes": {name: asdict(state) for name, state in states.items()}}
    draft.write_text(json.dumps(content, indent=1))
    draft.replace(path(data))


def remove(data: Path) -> None:
    path(data).unlink(missing_ok=True)


def read(data: Path) -> dict[str, ProcessState] | None:
    """The processes by name; None where no supervisor runs on this data folder (as with docker compose)."""
    try:
        if time.time() - path(data).stat().st_mtime > STALE_SECONDS:
            return None
        content = json.loads(path(data).read_text())
        return {name: ProcessState(**state) for name, state in content["processes"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
