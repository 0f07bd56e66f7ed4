"""Django's cache on Redis or Valkey that does without it while it is away: nothing is found, nothing is kept.

What it holds may be lost at any time anyhow: counts of tries, a file between an import's preview and confirmation, the
last heartbeat. No page has to fail for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

T = TypeVar("T")
logger = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0
"""How long nobody asks a server that did not answer in time, so that a page waits for it once."""


class TolerantClient(RedisCacheClient):
    """Answers as an empty cache would while the server is away, and logs once that it went."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._away = False
        self._ask_again = 0.0

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return self._tolerate(super().add, key, value, timeout, otherwise=True)

    def get(self, key: Any, default: Any) -> Any:
        return self._tolerate(super().get, key, default, otherwise=default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._tolerate(super().set, key, value, timeout, otherwise=None)

    def touch(self, key: Any, timeout: Any) -> bool:
        return self._tolerate(super().touch, key, timeout, otherwise=False)

    def delete(self, key: Any) -> bool:
        return self._tolerate(super().delete, key, otherwise=False)

    def get_many(self, keys: Any) -> dict[Any, Any]:
        return self._tolerate(super().get_many, keys, otherwise={})

    def has_key(self, key: Any) -> bool:
        return self._tolerate(super().has_key, key, otherwise=False)

    def incr(self, key: Any, delta: int) -> int:
        """Raises ValueError for a key that is not there, as every cache does."""
        counted: int | None = self._tolerate(super().incr, key, delta, otherwise=None)
        if counted is None:
            raise ValueError(f"Key {key!r} not found.")
        return counted

    def set_many(self, data: Any, timeout: Any) -> None:
        self._tolerate(super().set_many, data, timeout, otherwise=None)

    def delete_many(self, keys: Any) -> None:
        self._tolerate(super().delete_many, keys, otherwise=None)

    def _tolerate(self, ask: Callable[..., T], *arguments: Any, otherwise: T) -> T:
        if time.monotonic() < self._ask_again:
            return otherwise
        try:
            answer = ask(*arguments)
        except (redis.RedisError, OSError) as error:
            if isinstance(error, (redis.TimeoutError, TimeoutError)):
                self._ask_again = time.monotonic() + PAUSE_SECONDS
            if not self._away:
                logger.warning("the cache is done without until it answers again: %s", error)
            self._away = True
            return otherwise
        self._away = False
        return answer


class TolerantCache(RedisCache):
    """Django's Redis cache with that client. ``clear`` alone fails while the server is away."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = TolerantClient
