"""Two machines with one PostgreSQL and one Valkey: what the one changes, the other knows (bench/machines.py)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from common.testing import skip_or_fail

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "DATABASE_URL" in os.environ, reason="it makes a database of its own, which the run on SQLite has tried"
    ),
]


def test_who_is_enrolled_on_one_machine_is_known_on_the_other_and_who_withdrew_on_none() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "machines", "--fake", "--changes", "2", "--json"],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if not name.startswith("PRESENTE_")},
        capture_output=True,
        text=True,
        check=False,
    )

    if done.returncode == 2:
        skip_or_fail(done.stderr.strip())
    assert done.stdout, done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    # How long each took is for `python -m bench machines` to say, on a machine that does nothing else.
    assert report["never"] == []
    assert (len(report["recognised_s"]), len(report["stranger_s"])) == (2, 2)
