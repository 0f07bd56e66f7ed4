"""A test from files: which frames of a folder are one look, whom it shows, and with which pictures people enrol."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from kiosk.site_test.measures import LIVE

LAYOUT = """\
FOLDER/live/PERSON/SESSION/LOOK/NNNN.jpg      people; a session is a day or a place
FOLDER/stranger/PERSON/…/LOOK/NNNN.jpg        people who are not enrolled (not needed)
FOLDER/KIND/PERSON/…/LOOK/NNNN.jpg            attacks with a picture of PERSON: print, phone_photo, phone_video, …
A folder of pictures is one look; a picture's name ends in its index, 20 a second. PERSON is an employee's number where
that employee is enrolled here. Where none of them is, people enrol in memory, for this test alone, with pictures of
their first session, and look in the others; whoever has no second session is a stranger."""
FRAMES_A_SECOND = 20
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
INDEX = re.compile(r"(\d+)$")
MOST_FRAMES = 5
"""As many as a kiosk sends."""


@dataclass(frozen=True, slots=True)
class Look:
    """The frames of one look, by time; ``person`` and ``session`` are names of folders, "" where there is none."""

    kind: str
    person: str
    session: str
    frames: tuple[Path, ...]

    @property
    def times(self) -> list[float]:
        """Seconds from the first frame."""
        indices = [_index(frame) for frame in self.frames]
        return [(index - indices[0]) / FRAMES_A_SECOND for index in indices]


def looks_in(folder: Path) -> list[Look]:
    """Every look below ``folder``. Raises ``ValueError`` where it is not laid out so."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder.")
    kinds = [kind for kind in sorted(folder.iterdir()) if kind.is_dir() and not kind.name.startswith(".")]
    found = [look for kind in kinds for look in _looks(kind)]
    if not any(look.kind == LIVE for look in found):
        raise ValueError(f"there is no folder {folder / LIVE} with looks of people.\n{LAYOUT}")
    return found


def guests_of(looks: Sequence[Look], *, strangers: float = 0.0) -> dict[str, str]:
    """Who enrols in memory, and in which session: the first of those of people who have several.

    ``strangers``: the share (0 to 1) of all people who are to stay strangers, at least; the last by name go first.
    Raises ``ValueError`` where nobody is left.
    """
    sessions: dict[str, set[str]] = defaultdict(set)
    for look in looks:
        if look.kind == LIVE:
            sessions[look.person].add(look.session)
    several = [person for person in sorted(sessions) if len(sessions[person]) > 1]
    most = len(sessions) - round(strangers * len(sessions))
    chosen = several[:most]
    if not chosen:
        raise ValueError("nobody can be enrolled: it takes a person with two sessions, one to enrol with.")
    return {person: min(sessions[person]) for person in chosen}


def enrolment_frames(looks: Sequence[Look], person: str, session: str) -> Iterator[bytes]:
    """A person's pictures of a session, as different as there are: the first of each look, then the second, …"""
    bursts = [look.frames for look in looks if (look.kind, look.person, look.session) == (LIVE, person, session)]
    for turn in zip_longest(*bursts):
        yield from (frame.read_bytes() for frame in turn if frame is not None)


def _looks(kind: Path) -> Iterator[Look]:
    for place, names, files in os.walk(kind, followlinks=True):
        names.sort()
        frames = [Path(place) / name for name in files if Path(name).suffix.lower() in SUFFIXES]
        if not frames:
            continue
        parts = Path(place).relative_to(kind).parts
        person = parts[0] if parts else ""
        session = parts[1] if len(parts) > 2 else ""
        yield Look(kind.name, person, session, tuple(_spread(sorted(frames, key=_index))))


def _spread(frames: Sequence[Path]) -> list[Path]:
    """At most so many frames as a kiosk sends, over the whole of the look."""
    if len(frames) <= MOST_FRAMES:
        return list(frames)
    step = (len(frames) - 1) / (MOST_FRAMES - 1)
    return [frames[round(place * step)] for place in range(MOST_FRAMES)]


def _index(frame: Path) -> int:
    found = INDEX.search(frame.stem)
    if found is None:
        raise ValueError(f"{frame}: a picture's name ends in its index, {FRAMES_A_SECOND} a second.")
    return int(found[1])
