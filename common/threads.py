"""Computing that steps aside for whoever waits for an answer."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
NICENESS = 5
"""A third of the turns of those who do not step aside, and all that nobody else wants."""


def stepping_aside(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread that comes after everybody else's; gives back what it returned, raises what it raised.

    Whatever touches the database stays outside: who gets few turns must hold no lock.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="aside", initializer=_step_aside) as pool:
        return pool.submit(work).result()


def _step_aside() -> None:
    # Elsewhere the call would speak of the whole process.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
