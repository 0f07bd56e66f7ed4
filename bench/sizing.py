"""`python -m bench sizing [--templates N …] [--json]`: how much machine so many people, kiosks and looks a second need.

Measures on this machine, each in a process of its own, what a web process answers (`identify`) and what galleries of
several sizes take (`gallery`), and makes the table of docs/sizing.md from that.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from bench.home import ROOT
from bench.table import heading, table

COMPANIES = ((50, 1), (250, 3), (1_000, 10), (5_000, 50), (20_000, 150), (50_000, 400))
"""People and kiosks."""
TEMPLATES_EACH, LOOKS_EACH = 5, 2
MORNING_SECONDS = 900
"""Everybody comes within a quarter of an hour, and is looked at twice."""
BUSY = 0.5
"""Of what a core can answer: above it those who come together wait for each other."""
MACHINE_CORES = 8
BESIDE_MB = 1500
"""The scheduler, the worker of reports and the system; training takes up to 3 GB more on one machine."""
SIZES = (10_000, 50_000, 250_000)


@dataclass(frozen=True, slots=True)
class Measured:
    """What this machine does: ``galleries`` has match_ms, start_s and rss_mb by the number of templates."""

    cores: int
    looks_a_second: float
    web_mb: float
    galleries: dict[int, dict[str, float]]

    def of(self, name: str, templates: int) -> float:
        """A figure of a gallery of that size, on the line through the two sizes that lie nearest."""
        known = sorted(self.galleries)
        if len(known) == 1:
            return self.galleries[known[0]][name]
        above = next((size for size in known[1:] if size >= templates), known[-1])
        below = known[known.index(above) - 1]
        low, high = self.galleries[below][name], self.galleries[above][name]
        return max(low, low + (high - low) * (templates - below) / (above - below)) if templates > below else low


@dataclass(frozen=True, slots=True)
class Row:
    """What a company needs. ``memory_mb`` and ``start_s`` are each machine's."""

    people: int
    kiosks: int
    looks_a_second: float
    cores: int
    machines: int
    memory_mb: int
    start_s: float


def rows(measured: Measured) -> list[Row]:
    """The table, from what was measured."""
    made = []
    smallest = min(measured.galleries)
    for people, kiosks in COMPANIES:
        templates, looks = people * TEMPLATES_EACH, people * LOOKS_EACH / MORNING_SECONDS
        # A search takes all cores for its time; what was measured has that of the smallest gallery in it.
        search = measured.of("match_ms", templates) - measured.galleries[smallest]["match_ms"]
        seconds = measured.cores / measured.looks_a_second + search / 1000 * measured.cores
        cores = max(2, math.ceil(looks * seconds / BUSY))
        gallery = measured.of("rss_mb", templates) - measured.galleries[smallest]["rss_mb"]
        # A web process and a worker of photos have the gallery each.
        memory = 2 * (measured.web_mb + gallery) + BESIDE_MB
        start = round(measured.of("start_s", templates), 1)
        machines = math.ceil(cores / MACHINE_CORES)
        made.append(Row(people, kiosks, round(looks, 1), cores, machines, math.ceil(memory / 500) * 500, start))
    return made


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where there are no photos to measure with."""
    parser = argparse.ArgumentParser(prog="python -m bench sizing", description=__doc__)
    parser.add_argument("--templates", type=int, nargs="+", default=list(SIZES), help="sizes of galleries to measure")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    asked = _bench("identify", "--json")
    if not asked:
        print("left out: there are no photos to ask with", file=sys.stderr)
        return 1
    galleries = {size: _bench("gallery", "--templates", str(size), "--json") for size in sorted(given.templates)}
    best = max(float(one["per_second"]) for one in asked["clients"].values())
    measured = Measured(os.cpu_count() or 1, best, float(asked["rss_mb_after"]), galleries)
    found = rows(measured)
    if given.json:
        print(json.dumps({"measured": asdict(measured), "rows": [asdict(row) for row in found]}))
        return 0
    heading(f"Sizing, from {best:.1f} looks a second on {measured.cores} cores ({platform.machine()})")
    table(
        ["people", "kiosks", "looks a second", "cores", "machines of 8 cores", "memory of each", "start s"],
        [
            [
                f"{row.people:,}",
                str(row.kiosks),
                f"{row.looks_a_second:.1f}",
                str(row.cores),
                str(row.machines),
                f"{row.memory_mb / 1000:.1f} GB",
                f"{row.start_s:.1f}",
            ]
            for row in found
        ],
    )
    return 0


def _bench(*arguments: str) -> dict[str, Any]:
    """The last object that a section of the bench prints."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        env={**os.environ, "BENCH_REQUESTS": "1000"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) if lines else {}
