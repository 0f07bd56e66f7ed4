"""The open protocol's figures by group of people, at the thresholds that hold for all: whom the program serves worse.

Which groups there are is the company's matter and comes from a file; no group is guessed from a face.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recognition.training.dataset import Dataset
from recognition.training.openset import Estimate, Trial, measure_at

FEWEST = 20
"""A figure of fewer people would tell of single ones, and says nothing of the group."""
COLUMNS = ("number", "group")


def read_groups(path: Path) -> dict[str, str]:
    """The group of each person by number, from a CSV with the columns ``number`` and ``group``.

    Raises ``ValueError`` when a column is missing, a number has no group, or has two.
    """
    found: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = set(COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise ValueError(f"{path} has no column {', '.join(sorted(missing))}; its first line is number,group")
        for row in rows:
            number, group = ((row[name] or "").strip() for name in COLUMNS)
            if not number or not group:
                raise ValueError(f"{path}, line {rows.line_num}: a number and a group are needed")
            if found.setdefault(number, group) != group:
                raise ValueError(f"{path}, line {rows.line_num}: {number} is in two groups")
    return found


def by_group(
    data: Dataset, groups: dict[str, str], trials: Sequence[Trial], limits: Sequence[Sequence[float]], *, seed: int
) -> dict[str, Any]:
    """``cells``: by group TPIR and FPIR by rate, each with its interval and number of people, None where fewer than
    ``FEWEST`` people make it; ``not_shown``: how many groups have no figure at all."""
    names = np.array([groups.get(person, "") for person in data.people])
    cells = {}
    for group in sorted(set(names) - {""}):
        inside = np.flatnonzero(names == group)
        cell = {
            "tpir": _figures(trials, limits, inside, known=True, seed=seed),
            "fpir": _figures(trials, limits, inside, known=False, seed=seed),
        }
        if any(cell.values()):
            cells[group] = {"people": len(inside), **cell}
    return {"cells": cells, "not_shown": len(set(names) - {""}) - len(cells), "fewest": FEWEST}


def _figures(
    trials: Sequence[Trial], limits: Sequence[Sequence[float]], inside: Any, *, known: bool, seed: int
) -> dict[str, Any] | None:
    """The share accepted (and, of the known, named rightly) among one group's probes of one kind."""
    parts, used = [], []
    for trial, row in zip(trials, limits, strict=True):
        mask = np.isin(trial.people, inside) & (trial.known == known)
        if mask.any():
            # What counts of a stranger is being accepted: as if any name were right.
            right = trial.right[mask] if known else np.ones(int(mask.sum()), np.bool_)
            parts.append(Trial.of(trial.scores[mask], right, np.ones(len(right), np.bool_), trial.people[mask]))
            used.append(row)
    people = np.unique(np.concatenate([part.people for part in parts])) if parts else np.empty(0)
    if len(people) < FEWEST:
        return None
    found = measure_at(parts, used, seed=seed)
    return {"people": len(people), **{f"{at.fpir:g}": _interval(at.tpir) for at in found.at}}


def _interval(found: Estimate) -> list[float]:
    return [found.value, found.low, found.high]
