"""Merged cells of a worksheet: what somebody sees beside several rows stands in each of them."""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl.utils.cell import range_boundaries

MOST_FILLED = 400_000
"""Cells of one file that are filled so: ranges that overlap, as no program makes them, would fill them without end."""
_RANGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_OVERLAP = 2**10


def merged_ranges(content: bytes, part: str) -> set[str]:
    """Those of one part of an XLSX file, such as ``E3:E5``."""
    found: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open(part.lstrip("/")) as file:
        rest = b""
        while piece := file.read(2**20):
            rest = rest[-_OVERLAP:] + piece
            found.update(one.decode() for one in _RANGE.findall(rest))
    return found


def fill_down(rows: Sequence[tuple[int, list[Any]]], ranges: Iterable[str]) -> None:
    """Put the value of each merged cell into its column's cells of the rows below; ``rows`` are numbers with cells."""
    numbers = [number for number, _cells in rows]
    filled = 0
    for one in sorted(ranges):
        left, top, _right, bottom = (edge or 0 for edge in range_boundaries(one))
        begin = bisect_right(numbers, top)
        if not left or not begin or numbers[begin - 1] != top or len(rows[begin - 1][1]) < left:
            continue
        value = rows[begin - 1][1][left - 1]
        for _number, cells in rows[begin : bisect_right(numbers, bottom)]:
            filled += 1
            if filled > MOST_FILLED:
                return
            cells.extend([""] * (left - len(cells)))
            if cells[left - 1] == "":
                cells[left - 1] = value
