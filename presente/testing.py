"""What every test suite here shares: how a test says that it cannot run here, and where its database is."""

from __future__ import annotations

import os
from typing import NoReturn
from urllib.parse import quote

import pytest
from django.db import connection


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
