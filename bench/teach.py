"""`python -m bench.teach FOLDER`: fine-tune on made-up chips until somebody ends it; a line an epoch."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np


def main() -> None:
    """Ten people with twenty chips each, as the training worker would learn them."""
    from recognition.training.fine_tune import Lesson, Recipe, load_network, teach
    from recognition.training.job import only_when_idle, step_aside

    step_aside()
    only_when_idle()
    chips = np.random.default_rng(0).integers(0, 256, (200, 112, 112, 3), np.uint8)
    lesson = Lesson(chips, np.repeat(np.arange(10), 20).astype(np.int64), np.zeros(200, np.bool_))
    network = load_network(Path(sys.argv[1]))
    teach(network, lesson, Recipe(epochs=10_000), on_epoch=lambda row: print("epoch", row["epoch"], flush=True))


if __name__ == "__main__":
    import django

    django.setup()
    main()
