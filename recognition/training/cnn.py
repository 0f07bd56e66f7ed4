"""Train a network that names a closed group of people."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import RGB
from recognition.training import heads, runs
from recognition.training.augment import augment
from recognition.training.closed_set import closed_set
from recognition.training.dataset import Dataset, Ints, batches, split
from recognition.training.runs import Phase, Run, RunError, Say

Architecture = Literal["thesis", "sface"]
Progress = Callable[[int, int], None]
Floats = NDArray[np.float32]

CHIP = 112
BATCH = 32
EPOCHS: dict[str, int] = {"thesis": 20, "sface": 10}
# The thesis trains its 20 epochs to the end; SFace's stage stops when other photos of the same people gain nothing.
PATIENCE: dict[str, int | None] = {"thesis": None, "sface": 3}
HEAD_RATE = 1e-3
STAGE_RATE = 1e-4
VALIDATION = 0.1
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless")


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may choose; the rest is the recipe."""

    architecture: Architecture
    epochs: int
    size: int
    seed: int = 0
    test: float = 0.2
    patience: int | None = None
    batch: int = BATCH

    @classmethod
    def of(
        cls,
        architecture: Architecture,
        *,
        epochs: int | None = None,
        size: int | None = None,
        seed: int = 0,
        patience: int | None = None,
        batch: int | None = None,
    ) -> Options:
        """With the architecture's own values where nothing was chosen. Raises ``RunError`` for a size it has not."""
        if architecture == "sface" and size not in (None, CHIP):
            raise RunError(f"SFace takes pictures of {CHIP} pixels; leave --size out.")
        standard = CHIP if architecture == "sface" else heads.THESIS_SIZE
        return cls(
            architecture,
            epochs or EPOCHS[architecture],
            size or standard,
            seed,
            patience=PATIENCE[architecture] if patience is None else patience,
            batch=batch or BATCH,
        )


@dataclass(frozen=True, slots=True)
class Sface:
    """What the architecture ``sface`` starts from: the serving engine (detects, aligns), its network in Keras, its
    version's name."""

    engine: Engine
    backbone: Any
    version: str
    stage: tuple[str, ...] = heads.LAST_STAGE


def prepare(data: Dataset, options: Options, *, base: str = "") -> Run:
    """The run that training ``data`` with ``options`` will be: its split is decided here."""
    train, test = split(data.labels, data.groups, test=options.test, seed=options.seed)
    digests = [photo.digest for photo in data.photos]
    return Run(
        architecture=options.architecture,
        size=options.size,
        epochs=options.epochs,
        seed=options.seed,
        data=str(data.folder),
        fingerprint=data.fingerprint,
        people=list(data.people),
        train=sorted(digests[index] for index in train),
        test=sorted(digests[index] for index in test),
        options={"test": options.test, "patience": options.patience, "batch": options.batch},
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        base=base,
    )


def train(
    folder: Path,
    run: Run,
    data: Dataset,
    *,
    sface: Sface | None = None,
    say: Say,
    progress: Progress | None = None,
) -> Run:
    """Train what is left of ``run`` in ``folder`` and test it once on the photos held out; returns the run.

    ``sface`` is needed for that architecture. Raises ``RunError`` when the data are not those the run began with.
    """
    import keras
    import tensorflow as tf

    if run.fingerprint != data.fingerprint:
        raise RunError(f"{data.folder} has changed since this run began. Start a new one without --resume.")
    keras.utils.set_random_seed(run.seed)
    tf.config.experimental.enable_op_determinism()
    held = set(run.test)
    inside = np.array([photo.digest in held for photo in data.photos])
    train_part, test_part = np.flatnonzero(~inside), np.flatnonzero(inside)
    if run.architecture == "thesis":
        load = picture_reader(data, run.size)
        phases = _thesis(run, data, load, train_part, test_part)
    else:
        assert sface is not None
        chips, found = align_all(sface.engine, data, progress=progress)
        run.options["no_face"] = sorted(data.photos[index].path.name for index in np.flatnonzero(~found))
        load = chips.__getitem__
        phases = _sface(run, data, sface, chips, train_part)
    runs.fit(folder, run, phases, patience=run.options["patience"], say=say)
    model = phases[-1].model
    said = predict(model, [load(int(index)) for index in test_part], mirror=run.architecture == "sface")
    figures = closed_set(data.labels[test_part], said.argmax(axis=1), len(data.people))
    runs.finish(folder, run, model, {"photos": len(test_part), **figures.summary()})
    return run


def picture_reader(data: Dataset, size: int) -> Callable[[int], RGB]:
    """A function from a photo's index to its pixels at (size, size, 3)."""

    def load(index: int) -> RGB:
        image = decode(data.photos[index].path.read_bytes())
        way = cv2.INTER_AREA if min(image.shape[:2]) >= size else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, (size, size), interpolation=way), np.uint8)

    return load


def align_all(
    engine: Engine, data: Dataset, *, only: Ints | None = None, progress: Progress | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Every photo's largest face, aligned: (photos, 112, 112, 3), and whether one was found.

    Where none was found the whole picture stands for it: in a folder of faces that is what it shows. ``only``: the
    photos that are wanted; the others stay black.
    """
    chips = np.zeros((len(data.photos), CHIP, CHIP, 3), np.uint8)
    found = np.zeros(len(data.photos), np.bool_)
    wanted = range(len(data.photos)) if only is None else only.tolist()
    for number, index in enumerate(wanted, start=1):
        image = decode(data.photos[index].path.read_bytes())
        faces = engine.detect(image)
        found[index] = bool(faces)
        chips[index] = engine.align(image, faces[0]) if faces else cv2.resize(image, (CHIP, CHIP))
        if progress:
            progress(number, len(wanted))
    return chips, found


def predict(model: Any, pictures: Sequence[RGB] | NDArray[np.uint8], *, mirror: bool, batch: int = BATCH) -> Floats:
    """Probabilities (n, classes) for pictures (n, size, size, 3).

    ``mirror``: the mean of picture and mirror image, as the engine joins them; the thesis looked once.
    """
    stacked = np.asarray(pictures, np.float32)
    rows = []
    for begin in range(0, len(stacked), batch):
        block = stacked[begin : begin + batch]
        said = np.asarray(model.predict_on_batch(block), np.float32)
        rows.append((said + model.predict_on_batch(block[:, :, ::-1])) / 2 if mirror else said)
    return np.concatenate(rows)


def embed_chips(backbone: Any, chips: NDArray[np.uint8], *, batch: int = BATCH) -> Floats:
    """Unit vectors (n, d) as the engine makes them: picture and mirror image summed, brought to length 1."""
    rows = []
    for begin in range(0, len(chips), batch):
        block = chips[begin : begin + batch].astype(np.float32)
        both = np.asarray(backbone.predict_on_batch(block) + backbone.predict_on_batch(block[:, :, ::-1]), np.float32)
        rows.append(both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12))
    return np.asarray(np.concatenate(rows), np.float32)


def _thesis(run: Run, data: Dataset, load: Callable[[int], RGB], train_part: Ints, test_part: Ints) -> list[Phase]:
    """The thesis's recipe: Adam, 20 epochs, the held-out fifth watched but, without patience, nothing chosen by it."""
    shape, labels = (run.size, run.size, 3), data.labels
    fitted, watched = train_part, test_part
    if run.options["patience"] is not None:
        # Whoever chooses an epoch by the test set has no test set.
        fitted, watched = _held_within(data, train_part, run.seed)
    model = heads.thesis(len(data.people), size=run.size)
    _compile(model, HEAD_RATE)
    pictures = {int(index): load(int(index)) for index in (*fitted, *watched)}

    def epoch_data(epoch: int) -> Any:
        return _batches(run, pictures.__getitem__, labels, fitted, shape, epoch)

    seen = _batches(run, pictures.__getitem__, labels, watched, shape, None)
    return [Phase("whole", run.epochs, model, epoch_data, seen)]


def _sface(run: Run, data: Dataset, sface: Sface, chips: NDArray[np.uint8], train_part: Ints) -> list[Phase]:
    """First the head on the frozen network's vectors, then the last stage with it at 1e-4 on augmented faces."""
    fitted, watched = _held_within(data, train_part, run.seed)
    labels = data.labels
    vectors = embed_chips(sface.backbone, chips)
    centres = np.stack([vectors[fitted][labels[fitted] == person].mean(axis=0) for person in range(len(data.people))])
    top = heads.head(centres.astype(np.float32))
    _compile(top, HEAD_RATE)
    heads.unfreeze(sface.backbone, sface.stage)
    whole = heads.classifier(sface.backbone, top)
    _compile(whole, STAGE_RATE)
    wide, square = (vectors.shape[1],), (CHIP, CHIP, 3)

    def head_data(epoch: int) -> Any:
        return _batches(run, vectors.__getitem__, labels, fitted, wide, epoch)

    def stage_data(epoch: int) -> Any:
        def load(index: int) -> RGB:
            return augment(chips[index], np.random.default_rng((run.seed, epoch, index)))

        return _batches(run, load, labels, fitted, square, epoch)

    first = (run.epochs + 1) // 2
    seen = [
        _batches(run, load, labels, watched, shape, None)
        for load, shape in ((vectors.__getitem__, wide), (chips.__getitem__, square))
    ]
    return [
        Phase("head", first, top, head_data, seen[0]),
        Phase("stage", run.epochs - first, whole, stage_data, seen[1]),
    ]


def _batches(
    run: Run, load: Callable[[int], NDArray[Any]], labels: Ints, part: Ints, shape: tuple[int, ...], epoch: int | None
) -> Any:
    """The photos of ``part`` in an order that belongs to seed and epoch; without an epoch in their own order."""
    order = None if epoch is None else int(np.random.SeedSequence((run.seed, epoch)).generate_state(1)[0])
    return batches(load, labels, part, shape=shape, batch=run.options["batch"], order_seed=order)


def _held_within(data: Dataset, part: Ints, seed: int) -> tuple[Ints, Ints]:
    """A tenth of the training photos, groups whole, to watch while training; the test photos stay unseen."""
    fitted, watched = split(data.labels[part], data.groups[part], test=VALIDATION, seed=seed + 1)
    return part[fitted], part[watched]


def _compile(model: Any, rate: float) -> None:
    import keras

    # The labels are numbers, not one-hot rows: the loss is the same categorical cross-entropy.
    model.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
