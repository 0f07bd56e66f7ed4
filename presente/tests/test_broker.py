"""The embedded Valkey: one address for every process of a data folder, kept messages, a cache that all share."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.cache import caches

from common.limits import may_try
from common.testing import clear_cache
from presente import broker
from presente.cache import TolerantCache
from presente.testing import embedded_broker

COUNT = """
import json
from common.limits import may_try
print(json.dumps([may_try("shared", most=3, seconds=60) for _ in range(2)]))
"""


@pytest.fixture
def long_data(tmp_path: Path) -> Path:
    """A data folder whose path is too long for a socket."""
    folder = tmp_path / ("x" * 60) / ("y" * 60)
    folder.mkdir(parents=True)
    return folder


def test_the_socket_lies_in_the_data_folder() -> None:
    assert broker.socket_path(Path("/srv/presente/var")) == Path("/srv/presente/var/broker/valkey.sock")
    assert broker.message_url(Path("/srv/a b")) == "redis+socket:///srv/a%20b/broker/valkey.sock?virtual_host=0"
    assert broker.cache_url(Path("/srv/a b")) == "unix:///srv/a%20b/broker/valkey.sock?db=1"


def test_a_data_folder_with_a_long_path_has_a_private_folder_for_its_socket(
    long_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = broker.socket_path(long_data)
    monkeypatch.setenv("TMPDIR", "/elsewhere")

    with embedded_broker(long_data):
        assert broker.socket_path(long_data) == place
        assert broker.socket_path(long_data / "another") != place
        assert place.parent.stat().st_mode & 0o777 == 0o700
        assert broker.silent(long_data) is None
        assert list(broker.folder(long_data).glob("appendonlydir/*.aof"))

    assert not place.parent.exists()
    assert broker.silent(long_data)


def test_a_folder_that_somebody_else_made_before_is_refused(long_data: Path) -> None:
    place = broker.socket_path(long_data).parent
    target = long_data / "theirs"
    target.mkdir()
    place.symlink_to(target)
    try:
        with pytest.raises(broker.BrokerError, match="belongs to somebody else"):
            broker.command(long_data)
    finally:
        place.unlink()


def test_what_was_queued_is_there_again_after_a_kill(tmp_path: Path) -> None:
    with (
        embedded_broker(tmp_path) as process,
        redis.Redis(unix_socket_path=str(broker.socket_path(tmp_path))) as client,
    ):
        client.lpush("faces", "one", "two")
        # Answered once it is in the file: the server writes it each second, and this waits for it.
        assert client.execute_command("WAITAOF", 1, 0, 10_000)[0] == 1
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert broker.silent(tmp_path)

    with embedded_broker(tmp_path), redis.Redis(unix_socket_path=str(broker.socket_path(tmp_path))) as client:
        assert client.lrange("faces", 0, -1) == [b"two", b"one"]


def test_tries_are_counted_across_processes() -> None:
    assert may_try("shared", most=3, seconds=60)

    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", COUNT],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout.splitlines()[-1]) == [True, True]
    assert not may_try("shared", most=3, seconds=60)


def test_clearing_the_cache_leaves_messages_alone() -> None:
    from presente.celery import app

    caches["default"].set("kept", 1)
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("presente-test")
        queue.put("message")
        clear_cache()
        assert caches["default"].get("kept") is None
        assert queue.get(timeout=10).payload == "message"
        queue.clear()


def test_a_cache_that_is_away_finds_and_keeps_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    away = TolerantCache(broker.cache_url(tmp_path), {})

    away.set("key", 1)
    away.set_many({"key": 1})
    away.delete_many(["key"])
    assert away.add("key", 1)
    assert away.get("key", "default") == "default"
    assert away.get_many(["key"]) == {}
    assert not away.touch("key")
    assert not away.delete("key")
    assert "key" not in away
    with pytest.raises(ValueError, match="not found"):
        away.incr("key")
    assert len(caplog.records) == 1

    with embedded_broker(tmp_path):
        away.set("key", 1)
        assert away.incr("key") == 2
