"""The closed protocol: photos of known people that the model has not seen, each named as one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recognition.engine.calibrate import Calibration
from recognition.engine.protocol import Engine
from recognition.evaluation.embedded import Embedded
from recognition.training import cnn, runs
from recognition.training.closed_set import UNKNOWN, ClosedSet, closed_set
from recognition.training.dataset import Dataset, Ints, split

Progress = Callable[[int, int], None]
TEST = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """``tested`` (n,): indices of photos; ``said`` (n,): the person each was named, −1 where no face was found;
    ``learnt``: how many photos the model knew."""

    tested: Ints
    said: Ints
    learnt: int

    def figures(self, data: Dataset) -> ClosedSet:
        """Accuracy and the rest."""
        return closed_set(data.labels[self.tested], self.said, len(data.people))


def by_gallery(data: Dataset, embedded: Embedded, calibration: Calibration, *, seed: int) -> Named:
    """Everybody enrolled with the training photos of the split that ``train_cnn`` makes with this seed; every test
    photo named by its nearest person."""
    train, held = split(data.labels, data.groups, test=TEST, seed=seed)
    enrolled = train[embedded.found[train]]
    gallery = calibration.gallery(enrolled, data.labels[enrolled], embedded.vectors[enrolled])
    distances = gallery.distances_of(embedded.vectors[held])
    nearest = gallery.people[distances.argmin(axis=1)]
    return Named(held, np.where(embedded.found[held], nearest, UNKNOWN).astype(np.int64), len(enrolled))


def by_run(data: Dataset, run: runs.Run, folder: Path, engine: Engine, *, progress: Progress | None = None) -> Named:
    """What a training run's network says of the photos it was not trained on, nor on a copy of them.

    Raises ``ValueError`` when a person of ``data`` was not among those it was trained on, or no photo is left.
    """
    import keras

    strangers = sorted(set(data.people) - set(run.people))
    if strangers:
        raise ValueError(f"{folder} does not know {', '.join(strangers[:5])}: it can name only whom it was trained on")
    learnt = np.array([photo.digest in set(run.train) for photo in data.photos])
    tested = np.flatnonzero(~np.isin(data.groups, data.groups[learnt]))
    if not len(tested):
        raise ValueError(f"{folder} was trained on every photo there, or on a copy of it")
    model = keras.models.load_model(folder / runs.MODEL)
    if run.architecture == "sface":
        pictures = cnn.align_all(engine, data, only=tested, progress=progress)[0][tested]
    else:
        load = cnn.picture_reader(data, run.size)
        pictures = np.stack([load(int(index)) for index in tested])
    said = cnn.predict(model, pictures, mirror=run.architecture == "sface").argmax(axis=1)
    places = np.array([data.people.index(name) if name in data.people else UNKNOWN for name in run.people])
    return Named(tested.astype(np.int64), places[said].astype(np.int64), int(learnt.sum()))
