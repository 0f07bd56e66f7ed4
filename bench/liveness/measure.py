"""`make bench-liveness`: films of honest people and of attacks, judged, and the shares that went wrong by kind.

As ISO/IEC 30107-3 names them: APCER is the share of an attack's presentations that were taken for a person, BPCER the
share of honest ones that were taken for an attack; both with Wilson's 95 % interval. A film without a face is no
success of an attack, and counts as a failure of an honest one.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from bench import photos
from bench.liveness.films import real_bursts
from bench.liveness.heads import Head
from bench.liveness.kinds import ATTACKS, HELD_ASIDE, HONEST, OF_TWO, Film, Subject
from bench.table import heading, quantile, table
from common.shares import wilson
from recognition.engine.liveness.challenge import Cue, draw, length, verify
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Gathered, Likeness, gather
from recognition.engine.liveness.network import LivenessNetwork, load_network
from recognition.engine.liveness.network_store import active
from recognition.engine.liveness.passive import Layers, judge
from recognition.engine.loaded import load_engine
from recognition.engine.protocol import Engine
from recognition.engine.types import RGB, Face, Vector

BURST = tuple(index * 0.12 for index in range(5))
PACE = 6
"""Frames a second of a film, as the page takes them."""
LAYERS = {
    "picture": Layers(motion=False, repeats=False),
    "motion": Layers(picture=False, repeats=False),
    "repeats": Layers(picture=False, motion=False),
}

Person = tuple[Head, list[Head]]
"""Somebody's head, and other people's."""


@dataclass(slots=True)
class Tally:
    """What became of one kind: ``codes`` counts outcomes, ``layers`` what each layer alone suspected."""

    count: int = 0
    accepted: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    layers: Counter[str] = field(default_factory=Counter)
    spent: list[float] = field(default_factory=list)
    apart: list[float] = field(default_factory=list)


def run(models: Path, *, bursts: int, films: int, seed: int = 0, only: str = "") -> None:
    """Measure and print. ``bursts`` and ``films``: how many of each kind, passive and with a request.

    ``only``: a part of a group's title ("honest", "developed", "aside") or of a kind's name; all by default.
    """
    reason = photos.missing()
    if reason:
        print(f"  left out: {reason}")
        return
    engine = load_engine(models)
    network = _network(models.parent / "liveness")
    heads = {name: head for name in photos.names() if (head := Head.of(engine, photos.read(name)))}
    print(f"  {len(heads)} photos have one face to the front; each kind takes them in turn", flush=True)
    people = _people(heads)
    if bursts:
        _passive(engine, network, people, bursts, seed, only)
        if only in "honest people":
            _real(engine, network)
    if films:
        _active(engine, people, films, seed, only)


def _network(networks: Path) -> LivenessNetwork | None:
    folder = active(networks)
    print(f"  {'with ' + folder.name if folder else 'without a liveness network'}", flush=True)
    return load_network(folder, size=1) if folder else None


def _people(heads: dict[str, Head]) -> list[Person]:
    """Each head with those that are known to be somebody else's, of which some have none."""
    strangers = photos.strangers()
    return [(head, [heads[other] for other in strangers[name] if other in heads]) for name, head in heads.items()]


def _passive(
    engine: Engine, network: LivenessNetwork | None, people: Sequence[Person], count: int, seed: int, only: str
) -> None:
    groups = _groups(only)
    tallies = {
        name: _judged(engine, network, _films(name, film, people, count, seed, asked=False))
        for _title, kinds in groups
        for name, film in kinds.items()
    }
    for title, kinds in groups:
        honest = kinds.keys() <= HONEST.keys()
        heading(f"Passive, {len(BURST)} frames in {BURST[-1]:.2f} s: {title}")
        rows, together = [], []
        for name in kinds:
            tally = tallies[name]
            wrong = tally.count - tally.accepted if honest else tally.accepted
            by_layer = [f"{tally.layers[layer] / tally.count:.0%}" for layer in LAYERS]
            alive = [f"{tally.codes[outcome] / tally.count:.0%}" for outcome in ("live", "unsure")]
            rows.append([name, str(tally.count), _share(wrong, tally.count), *by_layer, *alive, _most(tally)])
            together.append((wrong, tally.count))
        rows.append(["all of these", *_together(together), *[""] * (len(LAYERS) + 3)])
        rate = "BPCER" if honest else "APCER"
        table(["kind", "n", rate, *LAYERS, "live", "unsure", "apart"], rows)
    spent = [one for tally in tallies.values() for one in tally.spent]
    print(
        f"\n  a burst's check takes {quantile(spent, 0.5):.1f} ms (p95 {quantile(spent, 0.95):.1f}) beyond the meshes"
    )


def _real(engine: Engine, network: LivenessNetwork | None) -> None:
    heading("Passive: real films of three people")
    bursts, reason = real_bursts(BURST)
    if reason:
        print(f"  left out: {reason}")
        return
    rows = []
    for name, films in bursts.items():
        tally = _judged(engine, network, (([], film, BURST) for film in films))
        row = [name, str(tally.count), _share(tally.count - tally.accepted, tally.count)]
        rows.append(
            [
                *row,
                f"{tally.codes['live'] / tally.count:.0%}",
                f"{tally.codes['unsure'] / tally.count:.0%}",
                _most(tally),
            ]
        )
    table(["film", "n", "BPCER", "live", "unsure", "apart"], rows)


def _active(engine: Engine, people: Sequence[Person], count: int, seed: int, only: str) -> None:
    for title, kinds in _groups(only):
        honest = kinds.keys() <= HONEST.keys()
        rows, together = [], []
        for name in kinds:
            tally = _asked(engine, _films(name, _kinds()[name], people, count, seed, asked=True))
            wrong = tally.count - tally.accepted if honest else tally.accepted
            why = ", ".join(f"{code} {many}" for code, many in tally.codes.most_common(3) if code)
            rows.append([name, str(tally.count), _share(wrong, tally.count), _most(tally), why])
            together.append((wrong, tally.count))
            print(f"  … {name}: {wrong} of {tally.count}", flush=True)
        rows.append(["all of these", *_together(together), "", ""])
        heading(f"With a request (three moves): {title}")
        table(["kind", "n", "BPCER" if honest else "APCER", "apart", "refused for"], rows)


Made = tuple[Sequence[Cue], list[RGB], Sequence[float]]


def _films(name: str, film: Film, people: Sequence[Person], count: int, seed: int, *, asked: bool) -> Iterator[Made]:
    """Each film has a random source of its own, so that one kind's number does not change another's."""
    chosen = [person for person in people if person[1]] if name in OF_TWO else people
    for index in range(count):
        source = f"{seed}/{name}/{index}/{asked}"
        start = int.from_bytes(hashlib.blake2b(source.encode(), digest_size=8).digest(), "big")
        cues = draw(random.Random(start)) if asked else ()
        moments = [step / PACE for step in range(int(length(cues) * PACE) + 1)] if asked else list(BURST)
        head, others = chosen[index if index < len(chosen) <= count else start % len(chosen)]
        subject = Subject(head, others[start // 64 % len(others)] if others else head, tuple(cues))
        yield cues, film(subject, moments, np.random.default_rng(start)), moments


def _judged(engine: Engine, network: LivenessNetwork | None, films: Iterator[Made]) -> Tally:
    tally = Tally()
    for _cues, pictures, moments in films:
        frames = _frames(engine, pictures, moments)
        together = _together_of(engine, frames)
        started = time.perf_counter()
        outcome = judge(frames, Layers(), network=network, together=together).outcome
        tally.apart.append(together.apart)
        tally.spent.append((time.perf_counter() - started) * 1000)
        tally.count += 1
        tally.accepted += outcome in {"live", "unsure"}
        tally.codes[outcome] += 1
        for name, layers in LAYERS.items():
            tally.layers[name] += judge(frames, layers, network=network).outcome == "suspect"
    return tally


def _together_of(engine: Engine, frames: Sequence[Frame]) -> Gathered:
    """The comparison of a burst's faces, as the server makes it."""
    qualities = [engine.quality(frame.image, frame.face, purpose="probe") if frame.face else None for frame in frames]
    scores = [one.score if one and one.worst() is None else 0.0 for one in qualities]
    return gather(frames, scores, partial(_embedded, engine), Likeness.of(engine.calibration))


def _embedded(engine: Engine, frame: Frame) -> Vector:
    assert frame.face is not None
    return engine.embed(frame.image, frame.face)


def _asked(engine: Engine, films: Iterator[Made]) -> Tally:
    tally, likeness = Tally(), Likeness.of(engine.calibration)
    for cues, pictures, moments in films:
        verdict = verify(_frames(engine, pictures, moments), cues, partial(_embedded, engine), likeness)
        tally.apart.append(verdict.identity)
        tally.count += 1
        tally.accepted += verdict.passed
        tally.codes[verdict.code] += 1
    return tally


def _frames(engine: Engine, pictures: Sequence[RGB], moments: Sequence[float]) -> list[Frame]:
    frames = []
    for at, picture in zip(moments, pictures, strict=True):
        found: list[Face] = engine.detect(picture)
        near = [face for face in found if face.box.w >= 0.5 * max(one.box.w for one in found)]
        frames.append(Frame(at, picture, near[0] if len(near) == 1 else None, len(near)))
    return frames


def _kinds() -> dict[str, Film]:
    return {**HONEST, **ATTACKS}


def _groups(only: str = "") -> list[tuple[str, dict[str, Film]]]:
    developed = {name: film for name, film in ATTACKS.items() if name not in HELD_ASIDE}
    aside = {name: film for name, film in ATTACKS.items() if name in HELD_ASIDE}
    groups = [("honest people", HONEST), ("attacks it was developed on", developed), ("attacks held aside", aside)]
    chosen = [
        (title, {name: film for name, film in kinds.items() if only in title or only in name})
        for title, kinds in groups
    ]
    return [group for group in chosen if group[1]]


def _together(counts: Sequence[tuple[int, int]]) -> tuple[str, str]:
    hits, count = (sum(column) for column in zip(*counts, strict=True))
    return str(count), _share(hits, count)


def _most(tally: Tally) -> str:
    """How far apart the faces of one film lay at most."""
    return f"{max(tally.apart, default=0.0):.2f}"


def _share(hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    return f"{hits / max(1, count):.1%} ({low:.1%} to {high:.1%})"
