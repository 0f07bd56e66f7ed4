"""/healthz and /readyz: without a login, without a secret, within two seconds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django.fixtures import Settings

from presente import health, heartbeat, process_state
from presente.process_state import ProcessState
from recognition import engine_holder
from recognition.engines import PUBLISHED


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.json()


@pytest.fixture
def _loaded(db: None) -> None:
    """The engine is in memory before the probes' threads ask for it."""
    engine_holder.engine()


@pytest.fixture
def data(settings: Settings, tmp_path: Path) -> Path:
    """A data folder in which no worker has worked and no supervisor runs."""
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_alive_asks_nobody(client: Client) -> None:
    # No database mark: a statement would fail this test.
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
def test_they_only_answer_reads(client: Client, url: str) -> None:
    assert client.post(url).status_code == 405


@pytest.mark.usefixtures("_loaded")
def test_ready_names_each_part(client: Client, data: Path) -> None:
    heartbeat.mark()

    status, content = ready(client)

    assert (status, content["status"]) == (200, "ready")
    assert {name: part["ok"] for name, part in content["parts"].items()} == {
        "database": True,
        "broker": True,
        "model": True,
        "key": True,
        "clock": True,
        "worker": True,
    }
    assert content["degraded"] == []
    assert content["parts"]["model"]["version"] == "fake-1"


def _assert_only(content: dict[str, Any], name: str, code: str) -> None:
    assert [part for part, state in content["parts"].items() if not state["ok"]] == [name]
    assert content["parts"][name]["code"] == code
    assert content["parts"][name]["remedy"]


@pytest.mark.usefixtures("_loaded")
@pytest.mark.parametrize(
    "url", ["redis://:hunter2@127.0.0.1:1/0", "redis+socket:///nowhere/hunter2.sock?virtual_host=0"]
)
def test_without_its_broker_it_is_ready_and_says_what_waits(
    client: Client, data: Path, settings: Settings, url: str
) -> None:
    heartbeat.mark()
    settings.CELERY_BROKER_URL = url

    status, content = ready(client)

    assert (status, content["status"], content["degraded"]) == (200, "ready", ["broker"])
    _assert_only(content, "broker", "unavailable")
    assert "hunter2" not in str(content)
    assert "127.0.0.1" not in str(content)


@pytest.mark.usefixtures("_loaded")
def test_a_silent_worker_is_named(client: Client, data: Path) -> None:
    status, content = ready(client)

    assert (status, content["status"], content["degraded"]) == (200, "ready", ["worker"])
    _assert_only(content, "worker", "silent")


@pytest.mark.usefixtures("_loaded")
@pytest.mark.parametrize(("running", "code"), [(False, "restarting"), (True, "restarted")])
def test_a_process_that_died_is_named_until_it_has_run_well(
    client: Client, data: Path, running: bool, code: str
) -> None:
    heartbeat.mark()
    died = ProcessState(running, 4242 if running else None, time.time(), 1, 1, "was killed by SIGKILL", time.time())
    well = ProcessState(True, 4243, time.time())
    process_state.write(data, {"web": well, "worker": well, "reports": died, "training": well, "scheduler": well})

    status, content = ready(client)

    assert (status, content["status"], content["degraded"]) == (200, "ready", ["reports"])
    _assert_only(content, "reports", code)
    assert content["parts"]["reports"]["restarts"] == 1
    assert {"worker", "training", "scheduler"} <= content["parts"].keys()
    assert "web" not in content["parts"]


def test_hr_sees_on_the_first_page_what_was_interrupted(hr_client: Client, data: Path) -> None:
    heartbeat.mark()
    well = ProcessState(True, 4243, time.time())
    died = ProcessState(False, None, time.time(), 1, 1, "was killed by SIGKILL", time.time())
    process_state.write(data, {"broker": well, "worker": well, "reports": died, "training": well, "scheduler": well})

    page = hr_client.get("/admin/").content.decode()

    assert "Part of the program was interrupted" in page
    assert "reports and messages" in page
    assert "new photos" not in page

    process_state.write(data, dict.fromkeys(("broker", "worker", "reports", "training", "scheduler"), well))

    assert "Part of the program was interrupted" not in hr_client.get("/admin/").content.decode()


@pytest.mark.usefixtures("_loaded")
def test_a_database_that_does_not_answer(
    client: Client, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat.mark()
    connection.ensure_connection()
    gone = str(tmp_path / "no" / "such.sqlite3") if connection.vendor == "sqlite" else "no_such_database"
    monkeypatch.setitem(connections.settings["default"], "NAME", gone)

    status, content = ready(client)

    assert (status, content["status"]) == (503, "not ready")
    _assert_only(content, "database", "unavailable")
    assert gone not in str(content)


def test_no_model(client: Client, db: None, data: Path, settings: Settings, tmp_path: Path) -> None:
    heartbeat.mark()
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path

    status, content = ready(client)

    assert (status, content["status"]) == (503, "not ready")
    _assert_only(content, "model", "model_missing")


def test_a_part_that_hangs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    release = threading.Event()
    monkeypatch.setattr(health, "CHECKS", {"broker": lambda: {"freed": release.wait(20)}})
    try:
        parts = health.check_parts(seconds=0.05)
    finally:
        release.set()

    assert parts["broker"]["ok"] is False
    assert parts["broker"]["code"] == "slow"
