"""What each step towards a faster embedding costs and gains: time side by side in one run, accuracy on the same chips.

The first row is the way before: float32 weights, picture and mirror image in one batch. Every chip is found and aligned
once. Seconds are the processor's, which a busy machine changes least; all ways take turns on each chip.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import photos
from bench.faces import their_way
from bench.table import heading, quantile, table
from recognition.engine import store
from recognition.engine.calibrate import shipped
from recognition.engine.detector import Detector
from recognition.engine.embedder import Embedder, unit
from recognition.engine.gallery import centred
from recognition.engine.images import decode
from recognition.engine.landmarks import FaceMesh
from recognition.engine.litert import LiteRT
from recognition.engine.loaded import THREADS_PER_PICTURE, LoadedEngine, load_engine
from recognition.engine.types import RGB
from recognition.evaluation import protocols
from recognition.evaluation.embedded import Embedded
from recognition.training.dataset import Dataset, read_dataset
from recognition.training.export import to_litert
from recognition.training.quantise import int8_weights

Chips = NDArray[np.uint8]
Rows = NDArray[np.float32]
TIMED = 60
FACES = photos.RAW.parent
# The folder, whether its people have sessions, and of how many photos one is taken.
SETS = (("aligned112", FACES / "aligned112", False), ("webcam, other days", FACES / "webcam" / "live", True))
ENROLLED = (1, 5)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make a vector: the network's bytes and whether the mirror image goes through as well."""

    name: str
    network: Path
    mirror: bool = True
    accuracy: bool = True


def run(version: Path) -> None:
    """Measure and print."""
    heading("Steps of the embedding: before (float32), and after each")
    if photos.missing():
        print(f"  left out: {photos.missing()}")
        return
    engine = load_engine(version, cores=1)
    sets = [(name, _read(engine, folder, by_session=sessions)) for name, folder, sessions in SETS if folder.is_dir()]
    pairs = _raw(engine)
    with tempfile.TemporaryDirectory(prefix="presente-bench-") as scratch:
        ways = list(_ways(version, Path(scratch), sets[0][1][1]))
        _times(ways, sets[-1][1][1])
        _frames(version, ways)
        for name, (data, chips, weights) in sets:
            _accuracy(name, data, chips, weights, [way for way in ways if way.accuracy])
        _pairs(*pairs, [way for way in ways if way.accuracy])


def _ways(version: Path, scratch: Path, chips: Chips) -> Iterator[Way]:
    import keras
    import tensorflow as tf

    model = keras.models.load_model(version / store.EMBEDDER_KERAS)
    plain = to_litert(model)

    def written(name: str, content: bytes) -> Path:
        (scratch / name).write_bytes(content)
        return scratch / name

    def converted(name: str, tune: Callable[[Any], None]) -> Path:
        folder = scratch / "saved"
        if not folder.exists():
            model.export(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        tune(converter)
        return written(name, bytes(converter.convert()))

    def half(converter: Any) -> None:
        converter.target_spec.supported_types = [tf.float16]

    def full(converter: Any) -> None:
        some = chips[:: max(1, len(chips) // 100)]
        converter.representative_dataset = lambda: ([one[None].astype(np.float32)] for one in some)

    before = written("float32", plain)
    yield Way("float32 (before)", before)
    yield Way("float32, no mirror image", before, mirror=False)
    yield Way("float16", converted("float16", half), accuracy=False)
    yield Way("int8 all through, calibrated on chips", converted("full", full), accuracy=False)
    yield Way("int8 weights, the converter's choice", converted("dynamic", lambda _converter: None), accuracy=False)
    after = written("int8", int8_weights(plain))
    yield Way("int8 weights (used)", after)
    yield Way("int8 weights, no mirror image", after, mirror=False, accuracy=False)


def _read(engine: LoadedEngine, folder: Path, *, by_session: bool) -> tuple[Dataset, Chips, NDArray[np.float64]]:
    """The photos in which a face is found, each as a chip and with its quality."""
    data = read_dataset(folder, by_session=by_session)
    chips, weights = np.zeros((len(data.photos), 112, 112, 3), np.uint8), np.zeros(len(data.photos))
    for place, photo in enumerate(data.photos):
        image = decode(photo.path.read_bytes())
        faces = engine.detect(image)
        if faces:
            chips[place] = engine.align(image, faces[0])
            weights[place] = max(0.05, engine.quality(image, faces[0], purpose="probe").score)
    return data, chips, weights


def _raw(engine: LoadedEngine) -> tuple[dict[str, int], Chips]:
    names = photos.names()
    chips = []
    for name in names:
        image = photos.read(name)
        chips.append(engine.align(image, engine.detect(image)[0]))
    return {name: place for place, name in enumerate(names)}, np.stack(chips)


def _vectors(way: Way, chips: Chips) -> Rows:
    network = LiteRT(way.network, batch=2 if way.mirror else 1, threads=1, size=1)
    return np.stack([_vector(way, network, chip) for chip in chips])


def _vector(way: Way, network: LiteRT, chip: Chips) -> Rows:
    picture = chip.astype(np.float32)
    batch = np.stack([picture, picture[:, ::-1]]) if way.mirror else picture[None]
    return unit(network.run(batch)[0].sum(axis=0))


def _times(ways: list[Way], chips: Chips) -> None:
    seen = [chip for chip in chips if chip.any()]
    chosen = seen[:: max(1, len(seen) // TIMED)][:TIMED]
    networks = [LiteRT(way.network, batch=2 if way.mirror else 1, threads=1, size=1) for way in ways]
    spent: list[list[float]] = [[] for _way in ways]
    cosines: list[list[float]] = [[] for _way in ways]
    for chip in chosen:
        first: Rows | None = None
        for way, network, into, near in zip(ways, networks, spent, cosines, strict=True):
            began = time.process_time()
            vector = _vector(way, network, chip)
            into.append(time.process_time() - began)
            first = vector if first is None else first
            near.append(float(first @ vector))
    rows = []
    for way, into, near in zip(ways, spent, cosines, strict=True):
        ratio = quantile([one / other for one, other in zip(spent[0], into, strict=True)], 0.5)
        size = f"{way.network.stat().st_size / 1e6:.1f}"
        middle = f"{quantile(into, 0.5) * 1000:.1f}"
        rows.append([way.name, size, middle, f"{ratio:.2f}×", f"{quantile(near, 0.5):.4f}", f"{min(near):.4f}"])
    table([f"{len(chosen)} chips, one thread", "MB", "ms", "faster", "cosine, median", "least"], rows)


def frame_ms(version: Path) -> float:
    """A whole frame of 640×480 by that version, from pixels to vector: the median of one after the other."""
    engine = load_engine(version)
    spent = []
    for number, name in enumerate(photos.names()):
        image = photos.frame(photos.read(name))
        if not number:
            _found(engine, image)
        began = time.perf_counter()
        _found(engine, image)
        spent.append((time.perf_counter() - began) * 1000)
    return quantile(spent, 0.5)


def _frames(version: Path, ways: list[Way]) -> None:
    """A whole frame of 640×480, from pixels to vector: before, after, and the face_recognition way."""
    before, after = (_engine(version, way.network) for way in ways if way.mirror and way.accuracy)
    whole: list[tuple[str, Callable[[RGB], object]]] = [
        ("before", lambda image: _found(before, image)),
        ("after", lambda image: _found(after, image)),
    ]
    try:
        theirs = their_way()
        whole.append(("face_recognition", theirs))
    except ImportError as error:
        print(f"\n  the face_recognition way is left out: {error.name} is not installed (requirements-bench.txt)")
    frames = [photos.frame(photos.read(name)) for name in photos.names()]
    # Two threads of LiteRT and OpenCV's as they serve: what is counted is what all of them spent.
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name, _way in whole}
    for image in [frames[0], *frames]:
        for name, way in whole:
            began, clock = time.process_time(), time.perf_counter()
            way(image)
            spent[name].append((time.process_time() - began, time.perf_counter() - clock))
    rows = []
    for name, _way in whole:
        # The first frame makes what is made when it is first needed.
        work, elapsed = ([one[place] for one in spent[name][1:]] for place in (0, 1))
        last = [one[0] for one in spent[whole[-1][0]][1:]]
        ratio = quantile([there / here for there, here in zip(last, work, strict=True)], 0.5)
        rows.append(
            [name, f"{quantile(work, 0.5) * 1000:.1f}", f"{quantile(elapsed, 0.5) * 1000:.1f}", f"{ratio:.1f}×"]
        )
    print()
    table([f"{len(frames)} frames of 640×480", "ms of processor", "ms elapsed", f"faster than {whole[-1][0]}"], rows)


def _engine(version: Path, network: Path) -> LoadedEngine:
    return LoadedEngine(
        version.name,
        Detector(version / store.DETECTOR, size=1),
        FaceMesh(version / store.LANDMARKS, threads=1, size=1),
        Embedder(network, threads=THREADS_PER_PICTURE, size=1),
        shipped(),
    )


def _found(engine: LoadedEngine, image: RGB) -> Rows | None:
    faces = engine.detect(image)
    return engine.embed(image, faces[0]) if faces else None


def _accuracy(name: str, data: Dataset, chips: Chips, weights: NDArray[np.float64], ways: list[Way]) -> None:
    found = np.asarray(chips.any(axis=(1, 2, 3)), np.bool_)
    calibration = shipped()
    rows = []
    copied: Dataset | None = None
    for way in ways:
        vectors = _vectors(way, chips) * found[:, None].astype(np.float32)
        # Of which photos are copies the first way decides for all: every way gets the same choices of photos.
        copied = copied or data.compared(centred(vectors, calibration.centre))
        cells = []
        for enroll in ENROLLED:
            seen = Embedded(vectors, weights)
            measured = protocols.open_set(
                copied, seen, calibration, enroll=enroll, known=0.5, repeats=10, seed=0, resamples=0
            ).single
            cells += [f"{at.tpir.value:.4f}" for at in measured.at[1:]]
        rows.append([way.name, *cells])
    heads = [f"K = {enroll}: TPIR at FPIR {rate}" for enroll in ENROLLED for rate in ("1 %", "0.1 %")]
    print()
    table([f"{name}: {int(found.sum())} photos", *heads], rows)


def _pairs(places: dict[str, int], chips: Chips, ways: list[Way]) -> None:
    rows = []
    listed = [(places[one], places[other], same) for one, other, same in photos.pairs()]
    truth = np.array([same for _one, _other, same in listed])
    for way in ways:
        vectors = centred(_vectors(way, chips), shipped().centre)
        apart = np.array([float(np.linalg.norm(vectors[one] - vectors[other])) for one, other, _same in listed])
        right = max(int(((apart <= limit) == truth).sum()) for limit in apart)
        rows.append([way.name, f"{right}/{len(listed)}", f"{apart[truth].max():.3f}", f"{apart[~truth].min():.3f}"])
    print()
    table(["raw/pairs.csv", "right at its best", "farthest same", "nearest different"], rows)
