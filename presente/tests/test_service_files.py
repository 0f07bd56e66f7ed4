"""The unit files let the program write where it has to and nowhere else, and start what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from common.testing import skip_or_fail


@pytest.fixture
def units(settings: Settings, tmp_path: Path) -> dict[str, str]:
    settings.DATA_DIR, settings.KEYS_DIR = tmp_path / "data", tmp_path / "keys"
    settings.MODELS_DIR, settings.BROWSER_DIR = tmp_path / "data" / "models", tmp_path / "data" / "browser"
    said = StringIO()
    options = ["--user", "presente", "--backup", str(tmp_path / "backups"), "--port", "8100"]
    call_command("install_service", "--print", *options, stdout=said)
    parts = re.split(r"^# \S*/(presente\S*)\n", said.getvalue(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def values(unit: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit, flags=re.MULTILINE)


def test_they_may_write_to_their_own_folders_alone(units: dict[str, str], tmp_path: Path) -> None:
    service, backup = units["presente.service"], units["presente-backup.service"]

    assert values(service, "ReadWritePaths") == [f"{tmp_path}/data {tmp_path}/keys"]
    assert values(backup, "ReadWritePaths") == [
        f"{tmp_path}/data {tmp_path}/keys {tmp_path}/backups {tmp_path}/backups-keys"
    ]
    for unit in (service, backup):
        assert values(unit, "ProtectSystem") == ["strict"]
        assert values(unit, "NoNewPrivileges") == ["yes"]
        assert values(unit, "UMask") == ["0077"]
        assert values(unit, "CapabilityBoundingSet") == [""]
        assert values(unit, "User") == ["presente"]
        # attendance/server_clock.py asks the kernel.
        assert "adjtimex clock_adjtime" in values(unit, "SystemCallFilter")


def test_they_start_commands_that_exist(units: dict[str, str]) -> None:
    for name in ("presente.service", "presente-backup.service"):
        python, manage, *arguments = values(units[name], "ExecStart")[0].split()
        assert (python, manage) == (sys.executable, "manage.py")
        with pytest.raises(SystemExit) as ended:
            call_command(arguments[0], "--help")
        assert ended.value.code == 0
    assert "--port 8100" in units["presente.service"]
    assert values(units["presente-backup.timer"], "OnCalendar")


def test_systemd_finds_no_fault(units: dict[str, str], tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        skip_or_fail("systemd is not installed here")
    for name, content in units.items():
        (tmp_path / name).write_text(content.replace("User=presente", "User=root"))
    done = subprocess.run(
        [program, "verify", *(str(tmp_path / name) for name in units)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_they_are_written_where_that_is_asked(tmp_path: Path) -> None:
    said = StringIO()
    call_command("install_service", "--folder", str(tmp_path), stdout=said)

    assert {path.name for path in tmp_path.iterdir()} == {
        "presente.service",
        "presente-backup.service",
        "presente-backup.timer",
    }
    assert "systemctl enable --now" in said.getvalue()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("install_service", "--folder", str(tmp_path / "missing"))
