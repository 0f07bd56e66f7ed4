"""Files of a backup, first beside their places, then in them: until the last moment nothing of what was there changes.

Each folder's new files wait in its own ``.restoring``, so that putting them in place is a renaming, also where the
folder is a disk of its own; what was there waits in ``.replaced`` until all of it stands.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from presente.backup.content import open_private
from presente.backup.repository import BackupError, Repository, Stored

NEW, OLD = ".restoring", ".replaced"


@dataclass(slots=True)
class Staged:
    """The folders that are to be filled, and how far that got."""

    places: list[Path] = field(default_factory=list)
    moved: list[tuple[Path, Path]] = field(default_factory=list)

    def read(self, repository: Repository, file: Stored, place: Path, inside: str) -> Path:
        """Read a file from the backup, verified, to where it waits; gives back that path."""
        target = (place / NEW / inside).resolve()
        if (place / NEW).resolve() not in target.parents:
            raise BackupError(
                f"The backup names a file outside of its folder ({file.path}). It was not made by Presente."
            )
        if place not in self.places:
            self.places.append(place)
        with open_private(target) as stream:
            repository.read(file, stream)
        return target

    def put_in_place(self) -> None:
        """Have the new files where they belong; where that fails, the old ones again."""
        try:
            for place in self.places:
                new, old = place / NEW, place / OLD
                for folder in (new, old):
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                names = {path.name for path in place.iterdir()} - {NEW, OLD, ".lock"}
                for name in sorted(names):
                    self._move(place / name, old / name)
                for path in sorted(new.iterdir()):
                    self._move(path, place / path.name)
        except OSError:
            self.put_back()
            raise

    def put_back(self) -> None:
        """Undo ``put_in_place``, as far as it came."""
        while self.moved:
            source, target = self.moved.pop()
            target.rename(source)

    def clear(self) -> None:
        """Remove what waited beside: the new files that were not used, the old ones that were replaced."""
        for place in self.places:
            for name in (NEW, OLD):
                shutil.rmtree(place / name, ignore_errors=True)

    def _move(self, source: Path, target: Path) -> None:
        source.rename(target)
        self.moved.append((source, target))
