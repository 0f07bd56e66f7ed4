"""The pictures of a report, as PNG files. Matplotlib is imported inside the functions, with no window."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

INK, GRID = "#1f2937", "#d1d5db"
COLOURS = ("#2563eb", "#c2410c", "#047857", "#7c3aed")
DPI = 110
MOST_NAMES = 40


@contextmanager
def _figure(path: Path, *, width: float = 6.4, height: float = 4.4) -> Iterator[Any]:
    """Axes to draw on; written to ``path`` at the end, whatever happened to the figure before."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.grid(color=GRID, linewidth=0.6)
    axes.tick_params(colors=INK, labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    yield axes
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def learning_curves(path: Path, history: Sequence[dict[str, Any]]) -> None:
    """Accuracy by epoch, trained on and watched, from the rows of a run's history; a line where the phase changes."""
    epochs = [row["epoch"] for row in history]
    with _figure(path) as axes:
        axes.plot(epochs, [row["accuracy"] for row in history], color=COLOURS[0], marker="o", label="trained on")
        if history and "val_accuracy" in history[0]:
            watched = [row["val_accuracy"] for row in history]
            axes.plot(epochs, watched, color=COLOURS[1], marker="s", label="not trained on")
        for before, after in itertools.pairwise(history):
            if before["phase"] != after["phase"]:
                axes.axvline(before["epoch"] + 0.5, color=INK, linestyle=":", label=f"{after['phase']} begins")
        axes.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(fontsize=9)


def confusion(path: Path, matrix: NDArray[np.int64], people: Sequence[str]) -> None:
    """Whose photo (rows) was named whom (columns; the last: no face found), as shares of the row."""
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    columns = [*people, "no face"]
    if not matrix[:, -1].any():
        shares, columns = shares[:, :-1], columns[:-1]
    side = min(12.0, max(4.5, 0.32 * len(columns) + 2.4))
    with _figure(path, width=side, height=side * 0.92) as axes:
        axes.grid(visible=False)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        if len(people) <= MOST_NAMES:
            axes.set_xticks(range(len(columns)), columns, rotation=90, fontsize=8)
            axes.set_yticks(range(len(people)), people, fontsize=8)
            for row, column in zip(*np.nonzero(shares > 0), strict=True):
                ink = "white" if shares[row, column] > 0.5 else INK
                axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color=ink, fontsize=7)
        axes.set(xlabel="named", ylabel="photo of")


def det(path: Path, curves: Sequence[tuple[str, Floats, Floats]]) -> None:
    """FNIR against FPIR, both logarithmic; ``curves``: a name, FPIR, FNIR. A rate of 0 is drawn at the bottom."""
    with _figure(path) as axes:
        least = min((float(missed[missed > 0].min()) for _n, _p, missed in curves if (missed > 0).any()), default=1e-3)
        floor = least / 2
        for (name, passed, missed), colour in zip(curves, COLOURS, strict=False):
            label = name if (missed > 0).any() else f"{name}: none missed"
            axes.plot(passed, np.maximum(missed, floor), color=colour, label=label)
        axes.set(xscale="log", yscale="log", xlabel="strangers who pass (FPIR)", ylabel="enrolled people missed (FNIR)")
        axes.set_ylim(bottom=floor * 0.8)
        axes.legend(fontsize=9)


def reliability(path: Path, bins: Sequence[dict[str, float]], ece: float) -> None:
    """Confidence said against the share that came true; the area of a dot is its share of the probes."""
    with _figure(path, width=5.2, height=5.0) as axes:
        axes.plot([0, 1], [0, 1], color=INK, linestyle=":", label="perfect")
        sizes = [30 + 600 * one["share"] ** 0.5 for one in bins]
        axes.scatter(
            [one["said"] for one in bins], [one["right"] for one in bins], s=sizes, color=COLOURS[0], alpha=0.7
        )
        axes.set(xlabel="confidence said", ylabel="share that came true", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
        axes.set_title(f"ECE {ece:.4f}", fontsize=10, color=INK)
        axes.legend(fontsize=9, loc="upper left")


def roc(path: Path, accepted_different: Floats, accepted_same: Floats) -> None:
    """Same pairs recognised against different pairs taken for one person, the latter logarithmic."""
    with _figure(path) as axes:
        shown = accepted_different > 0
        axes.plot(accepted_different[shown], accepted_same[shown], color=COLOURS[0])
        axes.set(
            xscale="log", ylim=(0, 1.02), xlabel="different pairs taken for one person", ylabel="same pairs recognised"
        )


def distances(path: Path, values: Floats, truth: NDArray[np.bool_], limit: float) -> None:
    """How far same and different pairs lie apart, as shares of each kind, and the distance of equal errors."""
    with _figure(path) as axes:
        found = np.isfinite(values)
        edges = np.linspace(0, 2, 61)
        for kind, name, colour in ((truth, "one person", COLOURS[0]), (~truth, "two people", COLOURS[1])):
            mine = values[found & kind]
            weights = np.full(len(mine), 1 / max(len(mine), 1))
            axes.hist(mine, bins=edges, weights=weights, color=colour, alpha=0.6, label=name)
        axes.axvline(limit, color=INK, linestyle=":", label="equal errors")
        axes.set(xlabel="distance", ylabel="share of pairs")
        axes.legend(fontsize=9)
