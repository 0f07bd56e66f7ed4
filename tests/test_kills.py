"""The training worker of a whole running Presente is killed, twice, and nobody at the door notices (bench/kills.py)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recognition.tests.conftest import REPO, faces_dir, models_dir, version_folder

__all__ = ["faces_dir", "models_dir", "version_folder"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.last,
    pytest.mark.skipif(
        "DATABASE_URL" in os.environ, reason="it makes a database of its own, which the run on SQLite has tried"
    ),
]


def test_a_killed_training_worker_leaves_everybody_answered_and_every_run_ended(
    faces_dir: Path, models_dir: Path, version_folder: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.kills", "--kills", "2", "--seed", "4", "--at-once", "--json"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-4000:])
    report = json.loads(done.stdout.splitlines()[-1])
    assert [kill["run"] for kill in report["killed"]] == ["release", "fine_tune"]
    assert {"far-1", "sface-2021dec-2"} == set(report["answers"])
    assert (report["wrong"], report["inconsistent"], report["unsure"]) == ([], [], {})
    assert report["rollback_seconds"] < 5
