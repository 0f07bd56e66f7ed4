"""What every test suite here shares: the one way to say that a test cannot run on this machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """Skip with ``reason``; fail instead where PRESENTE_REQUIRE_ALL=1 says that this machine must run everything."""
    if os.environ.get("PRESENTE_REQUIRE_ALL") == "1":
        pytest.fail(f"PRESENTE_REQUIRE_ALL=1 forbids this skip: {reason}", pytrace=False)
    pytest.skip(reason)
