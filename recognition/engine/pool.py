"""A bounded, lazily grown pool of things that only one thread may use at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Pool(Generic[T]):
    """At most ``size`` items, each made by ``create`` when it is first needed; the most recently used goes out first.

    Neither LiteRT's interpreters nor OpenCV's detectors may be called from two threads at once, and each holds its
    own working memory: the bound is what keeps memory flat under many threads.
    """

    def __init__(self, create: Callable[[], T], size: int) -> None:
        self._create = create
        self._free: list[T] = [create()]
        self._room = threading.Semaphore(max(1, size))
        self._lock = threading.Lock()

    @contextmanager
    def borrow(self) -> Iterator[T]:
        """An item for this thread alone, waiting for one while all are out."""
        with self._room:
            with self._lock:
                item = self._free.pop() if self._free else None
            if item is None:
                item = self._create()
            try:
                yield item
            finally:
                with self._lock:
                    self._free.append(item)
