"""The kinds of presentation: honest people, and the attacks of the suite, each as a film made for a set of moments.

``HELD_ASIDE`` was written down before the first figure of each was looked at: no limit of the detector was chosen by
these. "Frames of two people" was one of them until its figure asked for a check of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.liveness import acts
from bench.liveness.heads import Head, Pose
from bench.liveness.surfaces import Glass, Held, Paper, Room, Surface, lobby, show
from recognition.engine.liveness import geometry
from recognition.engine.liveness.challenge import Cue, draw
from recognition.engine.types import RGB

Random = np.random.Generator
Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose face it is, somebody else's for the kinds ``OF_TWO``, and the request (() for a passive burst)."""

    head: Head
    other: Head
    cues: tuple[Cue, ...]


Film = Callable[[Subject, Sequence[float], Random], list[RGB]]
HELD_ASIDE = frozenset(
    {"print bent", "replay, glow without a grid", "mask round the head, eyes cut out", "two people by turns"}
)

OF_TWO = frozenset({"frames of two people", "two people by turns"})


def _answering(subject: Subject, rng: Random) -> acts.Act:
    return acts.answers(subject.cues, rng) if subject.cues else acts.sway(rng)


def _honest(room: Callable[[RGB, Random], Room], act: Callable[[Subject, Random], acts.Act] = _answering) -> Film:
    def film(subject: Subject, moments: Sequence[float], rng: Random) -> list[RGB]:
        place, moves = room(subject.head.frame, rng), act(subject, rng)
        return [place.shoot(subject.head.draw(moves(at)).astype(np.float64), rng) for at in moments]

    return film


def _good(frame: RGB, rng: Random) -> Room:
    return Room(
        frame, gain=float(rng.uniform(0.85, 1.1)), noise=float(rng.uniform(1, 3)), blur=float(rng.uniform(0.4, 0.9))
    )


def _dim(frame: RGB, rng: Random) -> Room:
    tint = (1.12, 1.0, 0.82) if rng.random() < 0.5 else (0.92, 1.0, 1.1)
    return Room(
        frame, float(rng.uniform(0.3, 0.5)), float(rng.uniform(4, 7)), tint, float(rng.uniform(-0.4, 0.4)), 0.9, 80
    )


def _glasses(film: Film) -> Film:
    """The same people with drawn spectacles: dark rims that move with the head, and a little shine on the glass."""

    def wearing(subject: Subject, moments: Sequence[float], rng: Random) -> list[RGB]:
        frame = subject.head.frame.copy()
        points = subject.head.solid[:, :2]
        radius = round(subject.head.eyes * 0.36)
        middles = []
        for corners in (geometry.LEFT_EYE, geometry.RIGHT_EYE):
            middle = tuple(int(value) for value in np.rint(points[list(corners)].mean(axis=0)))
            middles.append(middle)
            shine = frame.copy()
            cv2.line(
                shine,
                (middle[0] - radius // 2, middle[1] + radius // 3),
                (middle[0] - radius // 4, middle[1] - radius // 2),
                (250, 250, 250),
                3,
            )
            frame = np.asarray(cv2.addWeighted(shine, 0.35, frame, 0.65, 0), np.uint8)
            cv2.circle(frame, middle, radius, (40, 30, 28), max(2, radius // 9), cv2.LINE_AA)
        cv2.line(
            frame, (middles[0][0] + radius, middles[0][1]), (middles[1][0] - radius, middles[1][1]), (40, 30, 28), 3
        )
        return film(replace(subject, head=replace(subject.head, frame=frame)), moments, rng)

    return wearing


def _slow(subject: Subject, rng: Random) -> acts.Act:
    return _answering(subject, rng) if subject.cues else acts.slowly(rng)


Hold = Callable[[Random], Callable[[float], Held]]


def stand(rng: Random) -> Callable[[float], Held]:
    """On a stand: nothing moves."""
    held = Held(Pose(yaw=float(rng.uniform(-4, 4)), pitch=float(rng.uniform(-4, 4))), float(rng.uniform(0.62, 0.95)))
    return lambda _at: held


def hand(rng: Random) -> Callable[[float], Held]:
    """In a hand that holds as still as hands do."""
    base, size = acts.sway(rng, 0.8), float(rng.uniform(0.62, 0.95))
    lean = Pose(yaw=float(rng.uniform(-5, 5)), pitch=float(rng.uniform(-5, 5)))
    return lambda at: Held(replace(base(at), blink=0.0).plus(lean), size)


def moved(rng: Random) -> Callable[[float], Held]:
    """Moved to and fro, as by somebody who hopes to look alive."""
    base = hand(rng)
    pace, start = rng.uniform(0.3, 0.8, 2), rng.uniform(0, 6.28, 2)
    reach = rng.uniform(0.15, 0.4, 2)

    def held(at: float) -> Held:
        way = reach * np.sin(2 * np.pi * pace * at + start)
        here = base(at)
        return replace(here, pose=here.pose.plus(Pose(x=float(way[0]), y=float(way[1]))))

    return held


def rotated(rng: Random) -> Callable[[float], Held]:
    """Turned about both axes by up to 35 degrees."""
    base, pace, start = hand(rng), rng.uniform(0.25, 0.6, 2), rng.uniform(0, 6.28, 2)

    def held(at: float) -> Held:
        yaw, pitch = np.array([rng_yaw, rng_pitch]) * np.sin(2 * np.pi * pace * at + start)
        here = base(at)
        return replace(here, pose=here.pose.plus(Pose(yaw=float(yaw), pitch=float(pitch))))

    rng_yaw, rng_pitch = float(rng.uniform(15, 35)), float(rng.uniform(5, 20))
    return held


def bent(rng: Random) -> Callable[[float], Held]:
    """Turned, and bent across by up to a quarter of a circle and back."""
    base, pace = rotated(rng), float(rng.uniform(0.3, 0.6))
    depth = float(rng.uniform(0.6, 1.5))
    return lambda at: replace(base(at), bend=depth * float(np.sin(2 * np.pi * pace * at)) or 1e-6)


def worn(rng: Random) -> Callable[[float], Held]:
    """A print bent round somebody's head, who turns it as a head turns."""
    base, pace = hand(rng), float(rng.uniform(0.25, 0.5))
    size, start = float(rng.uniform(0.7, 0.95)), float(rng.uniform(0, 6.28))

    def held(at: float) -> Held:
        here = base(at)
        yaw = 30 * float(np.sin(2 * np.pi * pace * at + start))
        return Held(here.pose.plus(Pose(yaw=yaw)), size, bend=-1.6)

    return held


def _paper(rng: Random) -> Surface:
    return Paper(
        float(rng.choice([0.0, 0.03, 0.06])),
        float(rng.uniform(1, 5)),
        float(rng.choice([0.0, 0.0, 0.6])),
        float(rng.uniform(0.7, 1)),
    )


def _telephone(rng: Random) -> Surface:
    return Glass(
        float(rng.uniform(0.8, 2.2)),
        float(rng.uniform(0.06, 0.3)),
        float(rng.uniform(1.0, 1.4)),
        0.05,
        float(rng.choice([0.0, 0.5, 0.9])),
    )


def _fine(rng: Random) -> Surface:
    """A screen too fine for the camera to see its grid, brighter than the room, without a bezel in view."""
    return Glass(0.25, 0.0, float(rng.uniform(1.3, 1.7)), 0.0, 0.0)


def _shown(
    hold: Hold, surface: Callable[[Random], Surface], content: Callable[[Subject, Random], Callable[[float], RGB]]
) -> Film:
    """A surface with a content, held before a lobby."""

    def film(subject: Subject, moments: Sequence[float], rng: Random) -> list[RGB]:
        room, thing, held = _good(lobby(rng), rng), surface(rng), hold(rng)
        picture = content(subject, rng)
        frames, sheet, last = [], None, None
        grain = int(rng.integers(1 << 30))
        for at in moments:
            now = picture(at)
            if sheet is None or now is not last:
                # The sheet's own grain stays where it is: it is the sheet that moves.
                sheet, last = thing.surface(now, np.random.default_rng(grain)), now
            frames.append(room.shoot(show(sheet, thing, held(at), room.scene, rng), rng))
        return frames

    return film


def photo(subject: Subject, _rng: Random) -> Callable[[float], RGB]:
    """One still picture."""
    return lambda _at: subject.head.frame


def cut_out(subject: Subject, rng: Random) -> Callable[[float], RGB]:
    """A picture whose eyes are holes: behind them somebody blinks when asked, or now and then."""
    act = _answering(subject, rng)
    return lambda at: subject.head.draw(Pose(blink=act(at).blink))


def film_of(act: Callable[[Subject, Random], acts.Act]) -> Callable[[Subject, Random], Callable[[float], RGB]]:
    """A recorded film of the person."""

    def content(subject: Subject, rng: Random) -> Callable[[float], RGB]:
        moves = act(subject, rng)
        return lambda at: subject.head.draw(moves(at))

    return content


def _idle(_subject: Subject, rng: Random) -> acts.Act:
    return acts.sway(rng, 1.5)


def _wrong(subject: Subject, rng: Random) -> acts.Act:
    """A recorded answer to some other request, started with this one's first word."""
    chance = _chance(rng)
    cues = draw(chance)
    while subject.cues and [cue.action for cue in cues] == [cue.action for cue in subject.cues]:
        cues = draw(chance)
    return acts.answers(cues, rng)


def _old(_subject: Subject, rng: Random) -> acts.Act:
    """A recorded answer to an earlier request: by chance it may be the same one."""
    return acts.answers(draw(_chance(rng)), rng)


def _chance(rng: Random) -> random.Random:
    return random.Random(int(rng.integers(1 << 62)))


def _looped(subject: Subject, moments: Sequence[float], rng: Random) -> list[RGB]:
    """A virtual camera that plays a short honest film again and again."""
    place, moves = _good(subject.head.frame, rng), _answering(subject, rng)
    count = max(2, min(len(moments) - 2, int(rng.integers(3, 12))))
    loop = [place.shoot(subject.head.draw(moves(at)).astype(np.float64), rng) for at in moments[:count]]
    return [loop[index % count] for index in range(len(moments))]


def _frozen(subject: Subject, moments: Sequence[float], rng: Random) -> list[RGB]:
    """A virtual camera that shows one picture."""
    frame = _good(subject.head.frame, rng).shoot(subject.head.frame.astype(np.float64), rng)
    return [frame] * len(moments)


def _two(subject: Subject, moments: Sequence[float], rng: Random) -> list[RGB]:
    """The victim's picture first, then the attacker's own face, who does what is asked."""
    place = _good(subject.head.frame, rng)
    mine, yours = acts.sway(rng), _answering(subject, rng)
    swap = subject.cues[0].at + 0.1 if subject.cues else moments[len(moments) // 2]
    return [
        place.shoot(
            (subject.head.draw(mine(at)) if at < swap else subject.other.draw(yours(at))).astype(np.float64), rng
        )
        for at in moments
    ]


def _by_turns(subject: Subject, moments: Sequence[float], rng: Random) -> list[RGB]:
    """A virtual camera that puts the victim's picture into every second frame of the attacker's own film."""
    place = _good(subject.head.frame, rng)
    mine, yours = acts.sway(rng), _answering(subject, rng)
    return [
        place.shoot(
            (subject.other.draw(yours(at)) if index % 2 else subject.head.draw(mine(at))).astype(np.float64), rng
        )
        for index, at in enumerate(moments)
    ]


HONEST: dict[str, Film] = {
    "good light": _honest(_good),
    "dim or tinted light": _honest(_dim),
    "glasses": _glasses(_honest(_good)),
    "turning slowly": _honest(_good, _slow),
}
ATTACKS: dict[str, Film] = {
    "print on a stand": _shown(stand, _paper, photo),
    "print in a hand": _shown(hand, _paper, photo),
    "print moved": _shown(moved, _paper, photo),
    "print rotated": _shown(rotated, _paper, photo),
    "print bent": _shown(bent, _paper, photo),
    "print, eyes cut out": _shown(rotated, _paper, cut_out),
    "mask round the head, eyes cut out": _shown(worn, _paper, cut_out),
    "photo on a telephone": _shown(hand, _telephone, photo),
    "replay on a telephone, person idle": _shown(hand, _telephone, film_of(_idle)),
    "replay, another request's answer": _shown(hand, _telephone, film_of(_wrong)),
    "replay, an old answer": _shown(hand, _telephone, film_of(_old)),
    "replay, glow without a grid": _shown(hand, _fine, film_of(_old)),
    "replay on a stand, an old answer": _shown(stand, _telephone, film_of(_old)),
    "virtual camera, an old answer": _honest(_good, _old),
    "virtual camera, looped film": _looped,
    "virtual camera, one picture": _frozen,
    "frames of two people": _two,
    "two people by turns": _by_turns,
}
