"""A pytest plugin that loads the tests once, and then tries one mutant after another in processes of their own.

Starting Django, collecting and making a database costs more than most tests. So the server does this once, with
unchanged code, and forks for each mutant; the child exchanges the code of the functions that differ. What differs
outside a function (a constant, a default, a decorator) cannot be exchanged so: then the answer is ``cold``, and
``scripts.mutation`` starts pytest anew.
"""

from __future__ import annotations

import functools
import gc
import inspect
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from scripts.structure import APPS

ASKS, ANSWERS = "MUTATION_ASKS", "MUTATION_ANSWERS"
TEMPLATE = "template.sqlite3"
PATIENCE = 10
"""On a busy machine a child may take so many times its seconds of computing; one that only waits ends then too."""


def codes(code: CodeType) -> Iterator[CodeType]:
    """A piece of code and all that is defined within it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from codes(const)


def content(code: CodeType) -> tuple[Any, ...]:
    """What a piece of code does, without what is defined within it and without line numbers."""
    consts = [one.co_qualname if isinstance(one, CodeType) else (type(one), one) for one in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, tuple(consts)


def exchange(functions: list[FunctionType], path: str, before: str, after: str) -> bool:
    """Give the functions of a loaded module their changed code; False where that is not possible."""
    old, new = (list(codes(compile(source, path, "exec", dont_inherit=True))) for source in (before, after))
    if [one.co_qualname for one in old] != [one.co_qualname for one in new]:
        return False
    replacing: dict[tuple[str, int], CodeType] = {}
    for was, becomes in zip(old, new, strict=True):
        if was.co_flags & inspect.CO_OPTIMIZED:
            if any(content(a) != content(b) for a, b in zip(codes(was), codes(becomes), strict=True)):
                replacing[was.co_qualname, was.co_firstlineno] = becomes
        elif content(was) != content(becomes):
            return False
    live = [one for one in functions if (one.__code__.co_qualname, one.__code__.co_firstlineno) in replacing]
    try:
        for function in live:
            function.__code__ = replacing[function.__code__.co_qualname, function.__code__.co_firstlineno]
    except ValueError:
        return False
    return bool(live)


class Server:
    """Answers each line of JSON with one: how the tests of a mutant ended, and which of them failed first."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        self.failed: list[str] = []
        self.items: dict[str, list[pytest.Item]] = {}  # by file, and each by its own name
        for item in session.items:
            self.items.setdefault(item.nodeid.split("::")[0], []).append(item)
            self.items[item.nodeid] = [item]
        self.functions: dict[str, list[FunctionType]] = {}
        self.caches: list[Any] = []

    def run_one(self, item: pytest.Item, following: Any) -> bool:
        """Run a test; whether it passed, or was skipped."""
        self.failed.clear()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a test that failed."""
        if report.failed:
            self.failed.append(report.nodeid)

    def child(self, seconds: int, tests: list[str], path: str, before: str, after: str) -> str:
        """In the child: exchange the code, run the tests; the first that failed, "" for none, "cold" if it cannot."""
        if after != before and not exchange(self.functions.get(path, []), path, before, after):
            return "cold"
        for cached in self.caches:
            cached.cache_clear()
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        chosen = [item for name in tests for item in self.items.get(name, [])]
        for item, following in zip(chosen, [*chosen[1:], self.session], strict=True):
            if not self.run_one(item, following):
                return self.failed[0]
        return ""

    def fork(self, seconds: int, database: Path, tests: list[str], path: str, before: str, after: str) -> str | None:
        """Run tests in a child with a fresh database; None when the time was up."""
        for left in database.parent.glob(f"{database.name}*"):
            left.unlink()
        shutil.copy(database.parent / TEMPLATE, database)
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.setsid()
            try:
                os.write(writing, self.child(seconds, tests, path, before, after).encode())
            except BaseException as error:  # a mutant may do anything, and the child must never return
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os.write(writing, b"cold")
            finally:
                os._exit(0)
        os.close(writing)
        end = time.monotonic() + PATIENCE * seconds
        ended, status = os.waitpid(pid, os.WNOHANG)
        while not ended and time.monotonic() < end:
            time.sleep(0.02)
            ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        answered = os.read(reading, 10_000).decode() if ended and not os.WIFSIGNALED(status) else None
        os.close(reading)
        return answered

    def remember(self) -> None:
        """Know our functions and caches once, so that no child has to go through all objects."""
        for one in gc.get_objects():
            if isinstance(one, FunctionType):
                self.functions.setdefault(one.__code__.co_filename, []).append(one)
            elif isinstance(one, functools._lru_cache_wrapper) and one.__module__.split(".")[0] in APPS:
                self.caches.append(one)
        gc.freeze()

    def serve(self) -> None:
        """Set up what all tests share by running one of them, then answer until nobody asks any more."""
        from django.db import connections

        first = next(
            item
            for item in self.session.items
            if item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ())
        )
        assert self.run_one(first, self.session), self.failed
        database = Path(connections["default"].settings_dict["NAME"])
        connections.close_all()
        shutil.copy(database, database.parent / TEMPLATE)
        self.remember()
        with os.fdopen(int(os.environ[ASKS])) as asks, os.fdopen(int(os.environ[ANSWERS]), "w") as answers:
            print(json.dumps("ready"), file=answers, flush=True)
            for line in asks:
                ask = json.loads(line)
                given = (ask["tests"], ask["path"], ask["before"], ask["after"])
                said = self.fork(ask["seconds"], database, *given)
                print(json.dumps(said), file=answers, flush=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Serve instead of running what was collected."""
    import cv2

    cv2.setNumThreads(0)  # its threads would not be there in a child
    server = Server(session)
    session.config.pluginmanager.register(server)
    server.serve()
    sys.stdout.flush()
    return True
