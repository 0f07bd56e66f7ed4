"""The check of the containers sees what it is there to see, and ours pass it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from scripts import containers


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what the check reads."""
    shutil.copy(containers.ROOT / "docker-compose.yml", tmp_path)
    for folder in ("presente", "recognition", "kiosk"):
        target = tmp_path / folder / "management" / "commands"
        target.mkdir(parents=True)
        for path in (containers.ROOT / folder / "management" / "commands").glob("*.py"):
            shutil.copy(path, target)
    shutil.copy(containers.ROOT / "presente" / "processes.py", tmp_path / "presente")
    return tmp_path


def change(root: Path, service: str, **values: object) -> list[str]:
    path = root / "docker-compose.yml"
    content = yaml.safe_load(path.read_text())
    content["services"][service].update(values)
    path.write_text(yaml.safe_dump(content))
    return containers.broken(root)


def test_ours_pass() -> None:
    assert containers.broken() == []


@pytest.mark.parametrize(
    ("service", "values", "said"),
    [
        ("web", {"read_only": False}, "web: its file system can be written"),
        ("redis", {"cap_drop": []}, "redis: it keeps capabilities"),
        ("proxy", {"security_opt": []}, "proxy: it may gain rights"),
        ("worker", {"privileged": True}, "worker: it shares the host's rights"),
        ("postgres", {"cap_add": ["SYS_ADMIN"]}, "postgres: it is given SYS_ADMIN"),
        ("web", {"cap_add": ["CHOWN"]}, "web: it is given CHOWN"),
        ("redis", {"image": "redis"}, "redis: its image names no version"),
        ("web", {"volumes": ["elsewhere:/data"]}, "web: its volume elsewhere is not declared"),
        ("proxy", {"volumes": ["/var/run/docker.sock:/d"]}, "proxy: it is given the engine itself"),
        ("worker", {"command": ["python", "manage.py", "run", "wroker"]}, "worker: there is no process 'wroker'"),
        ("prepare", {"command": "python manage.py mirgate"}, "prepare: there is no `manage.py mirgate`"),
    ],
)
def test_a_fault_is_named(root: Path, service: str, values: dict[str, object], said: str) -> None:
    assert [line for line in change(root, service, **values) if line.startswith(said)]
