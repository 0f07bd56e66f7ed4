"""Links that open something are in no log; the access log is its owner's alone and does not grow without end."""

from __future__ import annotations

import http.client
import logging
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from gunicorn.config import Config

from common.redaction import RedactTokens, redact
from presente import access_log, web
from tests.test_every_address import patterns

TOKEN = "s3cr3t-T0ken_of-somebody"
PATHS = [f"/c/{TOKEN}/", f"/calendar/{TOKEN}.ics", f"/kiosk/pair/{TOKEN}/", f"/password/set/MQ/{TOKEN}/"]
PATHS += [f"/invitation/MQ/{TOKEN}/", f"/consent/{TOKEN}/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_secret_address_is_cut(path: str) -> None:
    assert TOKEN not in redact(f'"GET {path}?x=1 HTTP/1.1" 200')
    assert redact(path).startswith(path.partition(TOKEN)[0])


def test_every_address_that_has_a_token_is_cut() -> None:
    named = {name: pattern for name, pattern in patterns() if "token" in pattern.pattern.converters}
    assert {"invitation", "password_set", "kiosk_pair"} <= set(named)
    for name, pattern in named.items():
        given = {key: TOKEN if key == "token" else "MQ" for key in pattern.pattern.converters}
        assert TOKEN not in redact(f"Not Found: {reverse(name, kwargs=given)}"), name


@pytest.mark.parametrize("path", ["/kiosk/identify", "/attendance/people/1001/2026-11/", "/password/forgotten/"])
def test_any_other_address_stays(path: str) -> None:
    assert redact(path) == path


def test_what_the_program_logs_is_cut_as_well(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.makeLogRecord({"msg": "Not Found: %s", "args": (PATHS[0],)})
    assert RedactTokens().filter(record)
    assert TOKEN not in record.getMessage()
    handlers: Any = settings.LOGGING["handlers"]
    assert "tokens" in handlers["console"]["filters"]


def test_the_server_writes_no_token_and_for_its_owner_alone(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        port = listener.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "presente.tests.slow_app:application",
            "--chdir",
            str(settings.BASE_DIR),
            "--bind",
            f"fd://{listener.fileno()}",
            "--worker-class",
            web.worker_class,
            "--logger-class",
            web.logger_class,
            "--access-logfile",
            str(log),
            "--no-control-socket",
        ]
        server = subprocess.Popen(command, pass_fds=[listener.fileno()], umask=0o077, env=os.environ)
    try:
        for path in PATHS:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path, headers={"Referer": f"http://x{path}"})
            assert connection.getresponse().status == 200
            connection.close()
    finally:
        server.terminate()
        server.wait(30)
    text = log.read_text()
    assert text.count("/kiosk/pair/") >= 1
    assert TOKEN not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_full_log_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "BYTES", 1000)
    config = Config()
    config.set("accesslog", str(tmp_path / "access.log"))
    logger = access_log.AccessLog(config)
    try:
        for number in range(200):
            logger.access_log.info("line %d %s", number, "x" * 50)
        files = sorted(path.name for path in tmp_path.iterdir())
        assert files == ["access.log", *(f"access.log.{number}" for number in range(1, access_log.KEPT + 1))]
        assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    finally:
        for handler in list(logger.access_log.handlers):
            logger.access_log.removeHandler(handler)
            handler.close()
