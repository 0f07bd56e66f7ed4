"""Faces that were backed up, lost and restored are recognised by the real networks, through the commands alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from common.testing import skip_or_fail

REPO = Path(__file__).resolve().parents[2]
KNOWN, PHOTOS = 3, 3


def manage(data: Path, *arguments: object) -> str:
    """One of our commands in a process of its own, on SQLite in the folder ``data``."""
    ours = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRESENTE_") and name not in ours}
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=REPO,
        env={**kept, "PRESENTE_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_restored_faces_are_recognised(faces_dir: Path, version_folder: Path, tmp_path: Path) -> None:
    folder = faces_dir / "aligned112"
    if not folder.is_dir():
        skip_or_fail(f"no faces to restore at {folder}")
    people = sorted(path for path in folder.iterdir() if path.is_dir())[: KNOWN + 1]
    for person in people[:KNOWN]:
        (tmp_path / "photos" / person.name).mkdir(parents=True)
        for photo in sorted(person.iterdir())[:PHOTOS]:
            shutil.copy(photo, tmp_path / "photos" / person.name)
    probes = [sorted(person.iterdir())[PHOTOS] for person in people]
    old, new, backup = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    shutil.copytree(version_folder, old / "models" / version_folder.name)
    manage(old, "migrate", "-v0")
    manage(old, "build_models")
    manage(old, "enroll", tmp_path / "photos", "--consent", "public figures, development set")
    before = manage(old, "identify", *probes, "--json")

    manage(old, "backup", backup)
    shutil.rmtree(old)
    said = manage(new, "restore", backup)

    after = manage(new, "identify", *probes, "--json")
    rows = [[json.loads(line)["faces"][0]["person"] for line in text.splitlines()] for text in (before, after)]
    assert rows[0] == rows[1] == [*(person.name for person in people[:KNOWN]), None]
    assert "0 findings" in said
