"""Training gives way to everybody else, and holds no lock of the database meanwhile."""

from __future__ import annotations

import threading

import pytest

from common.leases import LeaseLost
from recognition.training.job import Waiting, compute_when_idle


def test_what_touches_the_database_runs_in_the_thread_that_waits() -> None:
    seen: list[str] = []

    def work(waiting: Waiting) -> None:
        seen.append(threading.current_thread().name)
        seen.append(waiting(lambda: threading.current_thread().name))

    compute_when_idle(work)

    assert seen == ["training-compute", threading.current_thread().name]


def test_an_error_on_either_side_reaches_whoever_waits() -> None:
    def refuse() -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        compute_when_idle(lambda waiting: waiting(refuse))
    with pytest.raises(LeaseLost):
        compute_when_idle(lambda _waiting: refuse())
