"""What steps aside gives back what it computed, or raises what stood in its way."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from common.threads import stepping_aside


def test_what_was_computed_comes_back() -> None:
    assert stepping_aside(lambda: 6 * 7) == 42


def test_an_error_reaches_who_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        stepping_aside(lambda: 1 // 0)


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own on Linux alone")
def test_only_the_computing_thread_steps_aside() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    inside = stepping_aside(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    after = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert (inside > before, after) == (before < 19, before)
