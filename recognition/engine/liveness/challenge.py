"""A random request (turn, nod, blink, smile), and whether the frames show it: in order, in time, by one person."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from recognition.engine.gallery import burst
from recognition.engine.liveness import eyes, geometry
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Embed, Likeness, leaps, unseen
from recognition.engine.liveness.repeats import repeated
from recognition.engine.types import Mesh

Action = Literal["turn_left", "turn_right", "nod", "blink", "smile"]
ACTIONS: tuple[Action, ...] = get_args(Action)
TURNS: tuple[Action, ...] = ("turn_left", "turn_right")

# Seconds. Three different actions of five, one of them a turn, make 54 sequences; what is recorded fits one of them.
STEPS = 3
REST = 0.8
LEAD = (0.3, 1.0)
WINDOW = 1.8
TAIL = 0.4
# Nobody reacts sooner: what moves before was under way before it was asked for.
REACTION = 0.15

# A turn by about 15 degrees; a print turned by 35 changes the nose's place by 0.13, a bent one by 0.22.
TURNED = 0.22
NODDED = 0.04
SMILED = 1.08
SOLID = 0.035
# A movement that was not asked for counts from here: people lean a little while they do something else.
STRAY_TURN = 0.2
STRAY_NOD = 0.07
GAP = 0.6
LEAST_FRAMES_A_SECOND = 4.0


@dataclass(frozen=True, slots=True)
class Cue:
    """At ``at`` seconds after the first frame the page asks for ``action``."""

    action: Action
    at: float


@dataclass(frozen=True, slots=True)
class ChallengeResult:
    """``code``: "" when all was shown, otherwise why not. ``figures``: each step's action, figure, residual."""

    passed: bool
    code: str
    figures: tuple[dict[str, float | str], ...] = ()
    identity: float = 0.0


def draw(chance: random.Random, *, steps: int = STEPS, but: Collection[Sequence[str]] = ()) -> tuple[Cue, ...]:
    """A request nobody can foresee: ``steps`` different actions, at least one a turn, at random moments.

    ``chance``: ``random.SystemRandom()`` for a real one. ``but``: orders of actions that are not asked for, such as
    those which the person was asked for lately and may have been filmed at; fewer than there are. A turn is always
    among them because a mask with holes can blink and smile, and because only a turn shows that the face is no plane.
    """
    avoided = {tuple(order) for order in but}
    while True:
        actions = chance.sample(ACTIONS, steps)
        if any(action in TURNS for action in actions) and tuple(actions) not in avoided:
            break
    cues, at = [], REST
    for action in actions:
        at += chance.uniform(*LEAD)
        cues.append(Cue(action, round(at, 2)))
        at += WINDOW
    return tuple(cues)


def length(cues: Sequence[Cue]) -> float:
    """For how many seconds the page records."""
    return cues[-1].at + WINDOW + TAIL


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """One frame's figures: ``turn``, ``nod``, ``mouth`` and ``eyes`` (how far they changed) against the rest's."""

    at: float
    frame: Frame
    mesh: Mesh
    turn: float
    nod: float
    mouth: float
    eyes: float

    @property
    def straight(self) -> bool:
        return abs(self.turn) < STRAY_TURN and abs(self.nod) < STRAY_NOD


def verify(frames: Sequence[Frame], cues: Sequence[Cue], embed: Embed, likeness: Likeness) -> ChallengeResult:
    """Do the frames show what was asked for? ``frames`` in the order of time, seconds since the first frame.

    ``embed`` gives a frame's vector; about ten are asked for. Codes: ``too_few_frames``, ``no_face``,
    ``several_faces``, ``frozen``, ``looped``, ``jumped``, ``not_shown``, ``too_early``, ``wrong_move``, ``flat``,
    ``two_people``.
    """
    code = _film(frames, cues)
    if code:
        return ChallengeResult(False, code)
    faces = _measured(frames, cues[0].at)
    shut = eyes.shut_from([face.eyes for face in faces if face.straight])
    figures: list[dict[str, float | str]] = []
    peaks: list[_Face] = []
    for index, cue in enumerate(cues):
        until = cues[index + 1].at if index + 1 < len(cues) else length(cues)
        step, peak = _step(faces, cue, until, shut=shut, before=cues[index - 1].action if index else None)
        figures.append(step)
        peaks.append(peak)
        code = code or str(step["code"])
    # Vectors cost the most: a film that shows something else is not compared.
    apart = 0.0 if code else _apart(frames, cues, _witnesses(faces, cues, peaks), embed, likeness)
    if apart > likeness.limit:
        code = "two_people"
    return ChallengeResult(not code, code, tuple(figures), apart)


def neutral(frames: Sequence[Frame], cues: Sequence[Cue]) -> list[Frame]:
    """The frames before the first request: the person looks at the camera, so these say best who it is."""
    rest = [frame for frame in frames if frame.face is not None and frame.at <= cues[0].at + REACTION]
    return rest[:: max(1, len(rest) // 3)][:3]


def _film(frames: Sequence[Frame], cues: Sequence[Cue]) -> str:
    """Is this one take of one face from the first request to the last?"""
    wanted = cues[-1].at + WINDOW
    if len(frames) < LEAST_FRAMES_A_SECOND * wanted or frames[-1].at < wanted:
        return "too_few_frames"
    if any(later.at <= earlier.at for earlier, later in pairwise(frames)):
        return "too_few_frames"
    if sum(frame.faces > 1 for frame in frames) > 0.1 * len(frames):
        return "several_faces"
    seen = [frame for frame in frames if frame.mesh is not None]
    starts = [frames[0].at, *(frame.at for frame in seen)]
    if any(later - earlier > GAP for earlier, later in zip(starts, [*starts[1:], frames[-1].at], strict=True)):
        return "no_face"
    return repeated(frames) or ("jumped" if leaps(seen) else "")


def _measured(frames: Sequence[Frame], first_cue: float) -> list[_Face]:
    """Each frame's figures against those of the rest before the first request."""
    seen = [(frame, frame.mesh) for frame in frames if frame.mesh is not None]
    rest = [(frame, mesh) for frame, mesh in seen if frame.at <= first_cue + REACTION] or seen[:3]
    turn = float(np.median([geometry.turn(mesh) for _frame, mesh in rest]))
    nod = float(np.median([geometry.nod(mesh) for _frame, mesh in rest]))
    mouth = float(np.median([geometry.mouth_width(mesh) for _frame, mesh in rest]))
    open_eyes = np.median([eyes.patches(frame.image, mesh) for frame, mesh in rest], axis=0).astype(np.float32)
    faces = []
    for frame, mesh in seen:
        changed = eyes.change(eyes.patches(frame.image, mesh), open_eyes)
        faces.append(
            _Face(
                frame.at,
                frame,
                mesh,
                geometry.turn(mesh) - turn,
                geometry.nod(mesh) - nod,
                geometry.mouth_width(mesh) / mouth,
                changed,
            )
        )
    return faces


def _step(
    faces: Sequence[_Face], cue: Cue, until: float, *, shut: float, before: Action | None
) -> tuple[dict[str, float | str], _Face]:
    """One request: the frame that shows it best, its figures, and why it does not count ("" when it does)."""
    window = [face for face in faces if cue.at + REACTION <= face.at <= until] or list(faces[-1:])
    peak, size = _peak(window, cue.action)
    solid = geometry.plane_residual(_rest(faces).mesh, peak.mesh)
    needed = {"nod": NODDED, "blink": shut, "smile": SMILED}.get(cue.action, TURNED)
    code = ""
    if size < needed:
        code = "not_shown"
    elif cue.action in (*TURNS, "nod") and solid < SOLID:
        code = "flat"
    elif cue.action != "blink" and _size_at(faces, cue) >= needed:
        code = "too_early"
    elif _strays(window, cue.action, before):
        code = "wrong_move"
    return {"action": cue.action, "code": code, "size": round(size, 3), "solid": round(solid, 3)}, peak


def _size(face: _Face, action: Action) -> float:
    """How much of an action a frame shows, in the unit of that action's limit."""
    if action == "turn_left":
        return face.turn
    if action == "turn_right":
        return -face.turn
    if action == "nod":
        return abs(face.nod) if abs(face.turn) < STRAY_TURN else 0.0
    shown = face.mouth if action == "smile" else face.eyes
    return shown if face.straight else 0.0


def _peak(window: Sequence[_Face], action: Action) -> tuple[_Face, float]:
    """The best frame; but for a blink, which may last for one frame only, the second best one's figure counts."""
    ordered = sorted(window, key=lambda face: _size(face, action), reverse=True)
    counts = ordered[0] if action == "blink" or len(ordered) == 1 else ordered[1]
    return ordered[0], _size(counts, action)


def _size_at(faces: Sequence[_Face], cue: Cue) -> float:
    """What the frame nearest to the request's moment already shows of it."""
    nearest = min(faces, key=lambda face: abs(face.at - cue.at))
    return _size(nearest, cue.action)


def _strays(window: Sequence[_Face], action: Action, before: Action | None) -> bool:
    """Was a large movement made that was not asked for? The last request's own may still be ending."""
    asked = {action, before}
    for allowed, limit, turns in (("turn_left", STRAY_TURN, 1), ("turn_right", STRAY_TURN, -1)):
        if allowed not in asked and sum(face.turn * turns > limit for face in window) > 1:
            return True
    if asked & {"nod", *TURNS}:
        return False
    return sum(abs(face.nod) > STRAY_NOD for face in window) > 1


def _rest(faces: Sequence[_Face]) -> _Face:
    return min(faces[: max(1, len(faces) // 8)], key=lambda face: abs(face.turn) + abs(face.nod))


def _witnesses(faces: Sequence[_Face], cues: Sequence[Cue], peaks: Sequence[_Face]) -> list[Frame]:
    """Frames of the rest, and for each request the frame that shows it and one shortly after it was asked."""
    early = [min(faces, key=lambda face, at=cue.at: abs(face.at - at)) for cue in cues]  # type: ignore[misc]
    return [face.frame for face in (faces[0], _rest(faces), *peaks, *early)]


def _apart(
    frames: Sequence[Frame], cues: Sequence[Cue], witnesses: Sequence[Frame], embed: Embed, likeness: Likeness
) -> float:
    """How far the frames by which the person is named lie from each other, and the witnesses from them.

    One of each stretch that does not go on from the frame before is a witness, too.
    """
    named = neutral(frames, cues) or witnesses[:1]
    seen = [frame for frame in frames if frame.face is not None]
    places = {id(frame): place for place, frame in enumerate(seen)}
    compared = [*named, *witnesses]
    parts = unseen(seen, [places[id(frame)] for frame in compared])
    more = [seen[part[len(part) // 2]] for part in parts]
    vectors = {id(frame): embed(frame) for frame in [*compared, *more]}
    names = {id(frame) for frame in named}
    anchors = [vectors[name] for name in names]
    others = [vector for name, vector in vectors.items() if name not in names]
    # Their mean is steadier than each of them, in bad light above all; it is one person's where they agree.
    return max(likeness.apart(anchors), likeness.apart([burst(anchors)], others))
