"""/healthz and /readyz: without a login, without a secret, within two seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django.fixtures import Settings

from presente import health
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


def test_alive_asks_nobody(client: Client) -> None:
    # No database mark: a statement would fail this test.
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
def test_they_only_answer_reads(client: Client, url: str) -> None:
    assert client.post(url).status_code == 405


@pytest.mark.usefixtures("_loaded")
def test_ready_names_each_part(client: Client, settings: Settings, tmp_path: Path) -> None:
    _folder_broker(settings, tmp_path)

    status, content = ready(client)

    assert (status, content["status"]) == (200, "ready")
    assert {name: part["ok"] for name, part in content["parts"].items()} == {
        "database": True,
        "broker": True,
        "model": True,
    }
    assert content["parts"]["model"]["version"] == "fake-1"


def _folder_broker(settings: Settings, folder: Path) -> None:
    settings.CELERY_BROKER_URL, settings.BROKER_DIR = "filesystem://", folder
    (folder / "messages").mkdir()


def _assert_only(content: dict[str, Any], name: str, code: str) -> None:
    assert content["status"] == "not ready"
    assert [part for part, state in content["parts"].items() if not state["ok"]] == [name]
    assert content["parts"][name]["code"] == code
    assert content["parts"][name]["remedy"]


@pytest.mark.usefixtures("_loaded")
def test_a_broker_folder_that_is_gone(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.CELERY_BROKER_URL, settings.BROKER_DIR = "filesystem://", tmp_path / "gone"

    status, content = ready(client)

    assert status == 503
    _assert_only(content, "broker", "unavailable")
    assert str(tmp_path) not in str(content)


@pytest.mark.usefixtures("_loaded")
def test_a_broker_that_does_not_answer(client: Client, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://:hunter2@127.0.0.1:1/0"

    status, content = ready(client)

    assert status == 503
    _assert_only(content, "broker", "unavailable")
    assert "hunter2" not in str(content)
    assert "127.0.0.1" not in str(content)


@pytest.mark.usefixtures("_loaded")
def test_a_database_that_does_not_answer(
    client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _folder_broker(settings, tmp_path)
    connection.ensure_connection()
    gone = str(tmp_path / "no" / "such.sqlite3") if connection.vendor == "sqlite" else "no_such_database"
    monkeypatch.setitem(connections.settings["default"], "NAME", gone)

    status, content = ready(client)

    assert status == 503
    _assert_only(content, "database", "unavailable")
    assert gone not in str(content)


def test_no_model(client: Client, db: None, settings: Settings, tmp_path: Path) -> None:
    _folder_broker(settings, tmp_path)
    settings.ENGINE, settings.MODELS_DIR = PUBLISHED, tmp_path

    status, content = ready(client)

    assert status == 503
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
