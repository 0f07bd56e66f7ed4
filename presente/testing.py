"""What every test suite here shares: how a test says that it cannot run here, and where its database is."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import connection

from presente import broker
from presente.supervisor import DIE_WITH_PARENT

BROKER_SECONDS = 30.0


def skip_or_fail(reason: str) -> NoReturn:
    """Skip with ``reason``; fail instead where PRESENTE_REQUIRE_ALL=1 says that this machine must run everything."""
    if os.environ.get("PRESENTE_REQUIRE_ALL") == "1":
        pytest.fail(f"PRESENTE_REQUIRE_ALL=1 forbids this skip: {reason}", pytrace=False)
    pytest.skip(reason)


def database_url() -> str:
    """DATABASE_URL for another process that is to work on this test's database."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    place = f"{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"
    return f"postgres://{quote(given['USER'])}:{quote(given['PASSWORD'])}@{place}"


@contextlib.contextmanager
def embedded_broker(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The embedded broker of the data folder ``data``, until the block ends."""
    log = data / "broker.log"
    with log.open("ab") as output:
        process = subprocess.Popen([*DIE_WITH_PARENT, *broker.command(data)], stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + BROKER_SECONDS
        while (reason := broker.silent(data)) is not None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{reason}: {log.read_text()[-2000:]}")
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(30)
        broker.remove_socket(data)


def clear_cache() -> None:
    """Forget what is cached under our prefix: on a shared Redis the rest, messages among it, is somebody else's."""
    backend = caches["default"]
    assert isinstance(backend, RedisCache)
    client = backend._cache.get_client(write=True)
    if keys := list(client.scan_iter(match=backend.make_key("*"))):
        client.delete(*keys)
