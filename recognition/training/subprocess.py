"""Run a training task in a process of its own: its memory goes with it, and a kill reaches nothing else.

See docs/decisions/0014-a-process-for-each-training-task.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings

from common.subprocesses import DIE_WITH_PARENT

SECONDS = 2 * 3600
"""Work that takes longer is ended by force; a run is taken up again where it stood."""


def run_in_subprocess(run_id: str) -> None:
    """Work on a training run. Raises ``subprocess.SubprocessError`` when the process was killed, failed, or took
    longer than ``SECONDS``."""
    _run("run", run_id)


def embed_in_subprocess(run_id: str, photo_ids: Sequence[str]) -> None:
    """Embed a share of the photos under a run's candidate. Raises as ``run_in_subprocess`` does."""
    _run("embed", run_id, *photo_ids)


def _run(*arguments: str) -> None:
    command = [*DIE_WITH_PARENT, sys.executable, "-m", "recognition.training.subprocess", *arguments]
    # It gives way as a whole session (``job.step_aside``): in ours, everything that was started here would with it.
    subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=SECONDS,
        start_new_session=bool(DIE_WITH_PARENT),
    )


def _main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
    django.setup()

    from recognition.services.promotion import promotion_step
    from recognition.training.job import run_training, step_aside

    step_aside()
    work, run_id, *photo_ids = sys.argv[1:]
    if work == "run":
        run_training(run_id, idle=True)
    else:
        promotion_step(run_id=run_id, photo_ids=photo_ids)


if __name__ == "__main__":
    _main()
