"""The gallery as it stood at one revision, with all that a comparison needs beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from employees.models import Employee, EnrolmentPhoto
from recognition.engine.calibrate import Coefficients
from recognition.engine.index import Index
from recognition.engine.operating import curve
from recognition.engine.protocol import Engine
from recognition.engine.types import Vector
from recognition.engine_holder import follow
from recognition.models import RefreshChoice, SearchChoice
from recognition.operating import acceptances, current_curve

FEW = 0.01
"""The share of the people who may change before the spread of the scores is measured anew: they cannot move it."""


@dataclass(frozen=True, slots=True)
class GalleryView:
    """The gallery as it stood at one revision, with the engine whose vectors it holds.

    ``coefficients``: the engine's, adapted to this gallery or to one of which ``moved`` people have changed since, a
    small share of all. ``acceptances``: by use, the confidence from which a name
    is given (``recognition.operating``). ``refreshing``: whether looks may refresh templates (``services.refresh``).
    ``searches``: whether a face may be looked for among everybody; otherwise it is held against one person alone.
    ``look_alikes``: who is not named by the face alone, because HR confirmed that somebody else here looks like them.
    ``guests``: the people of a gallery that was made for a measurement; None where they are the company's.
    """

    revision: int
    engine: Engine
    gallery: Index
    coefficients: Coefficients
    acceptances: dict[str, float]
    refreshing: bool = False
    searches: bool = True
    look_alikes: frozenset[int] = frozenset()
    guests: Mapping[int, Employee] | None = None
    moved: int = 0

    def person(self, owner: int) -> Employee | None:
        """Whose template it is, asked again: whoever left or withdrew a moment ago is a stranger."""
        if self.guests is not None:
            return self.guests.get(owner)
        return Employee.objects.recognisable().filter(pk=owner).first()


def viewed(
    revision: int, loaded: Engine, index: Index, *, before: GalleryView | None = None, changed: int = 0
) -> GalleryView:
    """The view of an index at a revision.

    ``before``: an earlier view, of which ``changed`` people changed; its figures hold as long as those are few.
    """
    moved = changed + (before.moved if before is not None else 0)
    if before is not None and before.engine is loaded and moved <= FEW * len(index.people):
        figures = before.coefficients
    else:
        figures, moved = loaded.calibration.adapted(index), 0
    bars = acceptances(current_curve(loaded, index, figures))
    searches = SearchChoice.in_force()
    # What a kiosk saw is held against everybody before it is added: where nobody may be looked for, nothing is.
    refreshing = searches and RefreshChoice.in_force()
    alike = _look_alikes(index)
    return GalleryView(revision, loaded, index, figures, bars, refreshing, searches, alike, moved=moved)


def of_guests(people: Mapping[str, Sequence[Vector]]) -> GalleryView:
    """A gallery in memory, of people by their numbers who are not the company's, with the engine that serves.

    Its thresholds are measured on these people, as a worker does it for a company's. Raises ``ModelUnavailable``.
    """
    loaded = follow()
    guests = {place: Employee(pk=place, number=number) for place, number in enumerate(people, start=1)}
    owners = [place for place, guest in guests.items() for _vector in people[guest.number]]
    vectors = [vector for guest in guests.values() for vector in people[guest.number]]
    filled = loaded.calibration.gallery(range(1, len(owners) + 1), owners, vectors)
    figures = loaded.calibration.adapted(filled)
    bars = acceptances(curve(filled, figures, loaded.calibration.prior))
    searches = SearchChoice.in_force()
    return GalleryView(-1, loaded, Index.of(filled), figures, bars, searches=searches, guests=guests)


def _look_alikes(index: Index) -> frozenset[int]:
    """Both of each pair of which HR took a photo in although it looks like the other's."""
    confirmed = EnrolmentPhoto.objects.filter(state=EnrolmentPhoto.State.ACCEPTED, resembles__isnull=False)
    pairs = confirmed.exclude(override_reason="").order_by().values_list("employee_id", "resembles_id")
    return frozenset(
        one for pair in pairs if all(person is not None and index.holds(person) for person in pair) for one in pair
    )
