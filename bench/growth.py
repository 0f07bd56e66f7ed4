"""`python -m bench growth [--templates N …] [--threads N …] [--seconds S] [--json]`: looks of a growing gallery.

Made-up people of five photos each are put into the index that serves (no database, no pictures). At each size: how long
a look takes alone and a change of one person takes alone; then so many threads look without a pause, first alone, then
while ``ENROLMENTS_A_MINUTE`` people change. What a database, a snapshot and the following of changes take besides is
measured by `python -m bench gallery`, which also looks eight times a second while another process enrols.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bench.gallery import BATCH, EACH, ENROLMENTS_A_MINUTE, enrolling, faces
from bench.gallery import Rows as Vectors
from bench.table import heading, quantile, table

if TYPE_CHECKING:
    from recognition.engine.block import Rows
    from recognition.engine.index import Index

SIZES = (1_000, 10_000, 100_000, 250_000, 1_000_000)
THREADS = (1, 2, 4, 8, 16)
SECONDS = 5.0
ROUNDS = 30
STRANGERS = 20_000_000
"""From this number on made-up people are nobody of the gallery."""
Figures = dict[str, float]


class Serving:
    """The index in use: whoever looks takes the one that is there, whoever changes puts the next one in its place."""

    def __init__(self, templates: int) -> None:
        from recognition.engine.calibrate import shipped
        from recognition.engine.index import Index

        people = max(1, templates // EACH)
        calibration = shipped()
        parts = (_rows(first, min(BATCH, people - first)) for first in range(0, people, BATCH))
        empty = Index.empty(centre=calibration.centre, centre_people=calibration.centre_people)
        self.index: Index = empty.filled(parts)
        self.people = people
        self._turn = iter(range(STRANGERS, 2 * STRANGERS))

    def look(self, number: int) -> float:
        """Milliseconds of a look by somebody who is here, and by a stranger, in turn."""
        block = self.index.blocks[number % len(self.index.blocks)].rows.vectors
        probe = block[number * 31 % len(block)] if number % 2 else faces(STRANGERS + number, 1, 1)[0]
        began = time.perf_counter()
        self.index.match(probe)
        return (time.perf_counter() - began) * 1000

    def change(self) -> float:
        """Milliseconds until somebody's new photos are in the index that is in use."""
        number = next(self._turn)
        owner = number * 7 % self.people
        rows = _rows(owner, 1, faces(number, 1))
        began = time.perf_counter()
        self.index = self.index.changed([owner], rows)
        return (time.perf_counter() - began) * 1000

    def changing(self, spent: list[float]) -> AbstractContextManager[None]:
        """People change meanwhile; what each change takes is added to ``spent``."""
        return enrolling(lambda _number: spent.append(self.change()))


def main(argv: list[str]) -> int:
    """Measure each size by each number of threads, and print them."""
    parser = argparse.ArgumentParser(prog="python -m bench growth", description=__doc__)
    parser.add_argument("--templates", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--threads", type=int, nargs="+", default=list(THREADS))
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of looking, each time")
    parser.add_argument("--json", action="store_true", help="print one object a size and nothing else")
    given = parser.parse_args(argv)
    if not given.json:
        heading(f"Looks of a growing gallery: {ENROLMENTS_A_MINUTE} changes a minute")
    rows = []
    for size in given.templates:
        found = measured(size, given.threads, given.seconds)
        if given.json:
            print(json.dumps({name: round(value, 3) for name, value in found.items()}), flush=True)
        rows.append([f"{size:,}", *(f"{value:.1f}" for name, value in found.items() if name != "templates")])
    if not given.json:
        table(["templates", *(name for name in found if name != "templates")], rows)
    return 0


def measured(templates: int, threads: Sequence[int], seconds: float) -> Figures:
    """One size: a look and a change alone, and the looks of so many threads, alone and while people change."""
    serving = Serving(templates)
    figures = {
        "templates": float(templates),
        "match_ms": median(serving.look(number) for number in range(ROUNDS)),
        "change_ms": median(serving.change() for _round in range(ROUNDS)),
    }
    changes: list[float] = []
    for count in threads:
        quiet = _looks(serving, count, seconds)
        with serving.changing(changes):
            busy = _looks(serving, count, seconds)
        figures |= {
            f"looks_s_{count}": len(quiet) / seconds,
            f"p99_ms_{count}": quantile(quiet, 0.99),
            f"p99_changing_ms_{count}": quantile(busy, 0.99),
        }
    return figures | {"change_under_load_ms": quantile(changes or [0.0], 0.5)}


def _looks(serving: Serving, threads: int, seconds: float) -> list[float]:
    end = time.monotonic() + seconds

    def work(first: int) -> list[float]:
        spent: list[float] = []
        number = first
        while time.monotonic() < end or not spent:
            spent.append(serving.look(number))
            number += threads
        return spent

    with ThreadPoolExecutor(threads) as pool:
        return [one for spent in pool.map(work, range(threads)) for one in spent]


def _rows(first: int, count: int, vectors: Vectors | None = None) -> Rows:
    from recognition.engine.block import Rows

    owners = np.repeat(np.arange(first, first + count, dtype=np.int64), EACH)
    ids = owners * EACH + np.tile(np.arange(EACH, dtype=np.int64), count)
    found = faces(first, count) if vectors is None else vectors
    return Rows(owners, ids, found, np.zeros(len(owners), np.bool_))
