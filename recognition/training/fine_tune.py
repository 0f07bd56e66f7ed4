"""Fine-tuning a version's embedding network: its last stage, at a small step, kept from forgetting.

The network up to ``CUT`` is frozen and looks at each chip once; its features stay in memory (never on disk: they are
biometric) and only the stages behind it are trained on them, which is what brings a run down from hours to a minute.

The loss is CosFace's large margin cosine loss (Wang et al., CVPR 2018) over the people learnt from, each class's weight
starting at the mean of its person's vectors, so that the first step finds nothing to tear down. Three guards against
forgetting can be used alone or together: *rehearsal* (photos of people known before are learnt again), *L2-SP* (the
weights are drawn back to the parent's; Li et al., ICML 2018) and *distillation* (so are the vectors of photos).
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from employees import vault
from recognition.engine import store
from recognition.engine.types import RGB, ModelUnavailable
from recognition.training.augment import augment

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
OnEpoch = Callable[[dict[str, float]], None]

# What lies behind this layer is trained: one separable block of 1,024 channels and the dense layer of 128.
CUT = "conv_13_relu"
FEATURE_BATCH = 32
# Features a run may hold: 50,176 half-precision numbers each, 100 KB.
MAX_FEATURES = 6000
CHECKPOINT = "checkpoint.sealed"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fine-tune. ``rehearsal``: photos of each person known before (0: none). ``copies``: damaged pictures made
    of each photo beside itself and its mirror image. ``margin`` and ``scale`` are CosFace's m and s."""

    epochs: int = 8
    batch: int = 32
    learning_rate: float = 1e-4
    margin: float = 0.2
    scale: float = 32.0
    rehearsal: int = 20
    l2sp: float = 0.0
    distillation: float = 10.0
    copies: int = 1
    seed: int = 0

    @classmethod
    def of(cls, options: dict[str, Any]) -> Recipe:
        """From a run's options; raises ``ValueError`` for a name it does not know or a value out of range."""
        unknown = set(options) - set(cls.__slots__)
        if unknown:
            raise ValueError(f"a recipe has no {', '.join(sorted(unknown))}; it has {', '.join(cls.__slots__)}")
        recipe = cls(**options)
        if recipe.epochs < 1 or recipe.batch < 1 or recipe.learning_rate <= 0:
            raise ValueError("epochs and batch are at least 1, learning_rate is above 0")
        return recipe


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What to learn from: ``chips`` (n, 112, 112, 3) uint8, ``labels`` (n,) 0 to people − 1, ``known`` (n,) True for
    photos of people the parent was made with (rehearsal)."""

    chips: NDArray[np.uint8]
    labels: Ints
    known: NDArray[np.bool_]


def load_network(version_folder: Path) -> Any:
    """The version's Keras network, its hash checked. Raises ``ModelUnavailable``."""
    import keras

    store.verify(version_folder, [store.EMBEDDER_KERAS])
    try:
        return keras.models.load_model(version_folder / store.EMBEDDER_KERAS, compile=False)
    except (ValueError, OSError) as error:
        raise ModelUnavailable(
            f"Keras cannot load {version_folder / store.EMBEDDER_KERAS} ({error}); {store.REMEDY}.",
            code="model_corrupt",
        ) from error


def halves(network: Any, cut: str = CUT) -> tuple[Any, Any]:
    """(frozen, trained): the network up to the layer ``cut``, and the layers behind it, which share its weights."""
    import keras

    frozen = keras.Model(network.input, network.get_layer(cut).output)
    names = [layer.name for layer in network.layers]
    inputs = keras.Input(frozen.output.shape[1:])
    x = inputs
    for layer in network.layers[names.index(cut) + 1 :]:
        x = layer(x)
    return frozen, keras.Model(inputs, x)


def teach(
    network: Any, lesson: Lesson, recipe: Recipe, *, folder: Path | None = None, on_epoch: OnEpoch | None = None
) -> list[dict[str, float]]:
    """Train ``network``'s last stage in place; a row of figures an epoch.

    With ``folder`` each epoch leaves a checkpoint there and a later call with the same lesson and recipe goes on from
    it. Deterministic for a seed on one thread. Raises ``ValueError`` when the lesson has fewer than two people.
    """
    people = int(lesson.labels.max()) + 1 if len(lesson.labels) else 0
    if people < 2:
        raise ValueError(f"a margin needs two people to tell apart, the lesson has {people}")
    frozen, trained = halves(network)
    source, shown = zip(*pictures(lesson, recipe), strict=True)
    session = Practice(trained, look(frozen, shown), lesson, np.array(source, np.int64), recipe)
    history = session.restore(folder) if folder else []
    for epoch in range(len(history), recipe.epochs):
        history.append({"epoch": epoch + 1, **session.epoch(epoch)})
        if folder:
            session.save(folder, history)
        if on_epoch:
            on_epoch(history[-1])
    return history


def pictures(lesson: Lesson, recipe: Recipe) -> Iterator[tuple[int, RGB]]:
    """(index of the photo, picture): each photo, its mirror image, and ``copies`` damaged ones, as far as fit."""
    rng = np.random.default_rng(recipe.seed)
    copies = min(recipe.copies, max(0, MAX_FEATURES // max(1, len(lesson.chips)) - 2))
    for index, chip in enumerate(lesson.chips):
        yield index, chip
        yield index, chip[:, ::-1]
        for _ in range(copies):
            yield index, augment(chip, rng)


def look(frozen: Any, shown: Sequence[RGB]) -> NDArray[np.float16]:
    """What the frozen part makes of each picture (112, 112, 3), in half precision."""
    import tensorflow as tf

    run = tf.function(lambda batch: frozen(batch, training=False), reduce_retracing=True)
    return np.concatenate(
        [
            run(np.stack(shown[start : start + FEATURE_BATCH]).astype(np.float32)).numpy().astype(np.float16)
            for start in range(0, len(shown), FEATURE_BATCH)
        ]
    )


def embed(trained: Any, features: NDArray[np.float16]) -> Floats:
    """Unit vectors (n, 128) of what the frozen part saw, each picture by itself."""
    import tensorflow as tf

    run = tf.function(lambda batch: tf.math.l2_normalize(trained(batch, training=False), axis=1), reduce_retracing=True)
    parts = [run(features[start : start + 256].astype(np.float32)).numpy() for start in range(0, len(features), 256)]
    return np.asarray(np.concatenate(parts), np.float32)


class Practice:
    """The loop itself: trained part, class weights, optimiser, and what they are drawn back to."""

    def __init__(
        self, trained: Any, features: NDArray[np.float16], lesson: Lesson, source: Ints, recipe: Recipe
    ) -> None:
        import keras
        import tensorflow as tf

        self._recipe, self._trained, self._features = recipe, trained, features
        self._labels, self._known = lesson.labels[source], lesson.known[source]
        # The running statistics and scales of normalisation stay the parent's: a few people are no population.
        for layer in trained.layers:
            layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
        self._before = embed(trained, features)
        means = np.stack(
            [self._before[self._labels == person].mean(axis=0) for person in range(int(lesson.labels.max()) + 1)]
        )
        self._classes = tf.Variable(means / np.linalg.norm(means, axis=1, keepdims=True), name="classes")
        self._weights = [weight.value for weight in trained.trainable_weights]
        self._start = [tf.constant(weight.numpy()) for weight in self._weights]
        self._optimiser = keras.optimizers.Adam(recipe.learning_rate)
        self._optimiser.build([*trained.trainable_weights, self._classes])
        self._step = tf.function(self._take_step, reduce_retracing=True)

    def epoch(self, number: int) -> dict[str, float]:
        """One pass in an order that belongs to the epoch's number, so that a resumed run takes the same steps."""
        order = np.random.default_rng((self._recipe.seed, number)).permutation(len(self._labels))
        sums = np.zeros(3)
        for start in range(0, len(order), self._recipe.batch):
            rows = order[start : start + self._recipe.batch]
            found = self._step(
                self._features[rows].astype(np.float32),
                self._labels[rows],
                self._before[rows],
                self._known[rows].astype(np.float32),
            )
            sums += np.array([float(value) for value in found]) * len(rows)
        loss, right, drift = sums / len(order)
        return {"loss": round(loss, 5), "right": round(right, 5), "drift": round(drift, 6)}

    def _take_step(self, features: Any, labels: Any, before: Any, known: Any) -> tuple[Any, Any, Any]:
        import tensorflow as tf

        recipe = self._recipe
        with tf.GradientTape() as tape:
            vectors = tf.math.l2_normalize(self._trained(features, training=False), axis=1)
            cosines = vectors @ tf.transpose(tf.math.l2_normalize(self._classes, axis=1))
            wanted = tf.one_hot(labels, self._classes.shape[0])
            logits = recipe.scale * (cosines - recipe.margin * wanted)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
            drift = tf.reduce_mean(tf.reduce_sum(tf.square(vectors - before), axis=1))
            total = loss + recipe.distillation * drift
            if recipe.l2sp:
                away = [
                    tf.reduce_sum(tf.square(weight - start))
                    for weight, start in zip(self._weights, self._start, strict=True)
                ]
                total += recipe.l2sp * tf.add_n(away)
        variables = [*self._trained.trainable_weights, self._classes]
        gradients = tape.gradient(total, [*self._weights, self._classes])
        self._optimiser.apply(gradients, variables)
        right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(cosines, axis=1), labels), tf.float32))
        return loss, right, drift

    def save(self, folder: Path, history: list[dict[str, float]]) -> None:
        """Everything the next epoch needs, sealed: a class's weight is nearly its person's template.

        Written aside and renamed, so that a reader finds the last whole one.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = [variable.numpy() for variable in self._variables()]
        plain = io.BytesIO()
        np.savez(plain, *state, history=json.dumps(history), recipe=json.dumps(asdict(self._recipe)))
        draft = folder / f".{CHECKPOINT}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(vault.wrap(plain.getvalue(), context=_context(folder), key=_key(folder)))
        draft.replace(folder / CHECKPOINT)

    def restore(self, folder: Path) -> list[dict[str, float]]:
        """The history of the checkpoint in ``folder``, whose state is taken over; empty where none fits."""
        variables = self._variables()
        try:
            sealed = (folder / CHECKPOINT).read_bytes()
            plain = vault.unwrap(sealed, context=_context(folder), key=_key(folder))
            with np.load(io.BytesIO(plain)) as found:
                values = [found[f"arr_{index}"] for index in range(len(variables))]
                fits = all(value.shape == tuple(one.shape) for value, one in zip(values, variables, strict=True))
                if not fits or json.loads(str(found["recipe"])) != asdict(self._recipe):
                    return []
                history: list[dict[str, float]] = json.loads(str(found["history"]))
        # A checkpoint that cannot be read is as good as none: the run starts again from the parent.
        except (OSError, ValueError, KeyError, EOFError, vault.VaultError):
            return []
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return history

    def _variables(self) -> list[Any]:
        return [*self._weights, self._classes, *(variable.value for variable in self._optimiser.variables)]


def _context(folder: Path) -> str:
    """What a checkpoint is sealed for: its run, which gives the folder its name."""
    return f"checkpoint:{folder.name}"


def _key(folder: Path) -> str:
    """The key that is destroyed with the checkpoint."""
    return f"checkpoints/{folder.name}"
