"""A bar for work that reports (done, total)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from tqdm import tqdm


@contextlib.contextmanager
def progress_bar(unit: str, *, silent: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Draws on a terminal only; yields what the work calls with how many are done, and of how many."""
    with tqdm(unit=unit, disable=silent or None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance
