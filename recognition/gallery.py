"""Keep in memory who can be recognised: the templates as a matrix, read again when they change."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from django.db import transaction

from employees import roster, vault
from employees.models import Employee, EnrolmentPhoto
from recognition.engine.calibrate import Coefficients
from recognition.engine.gallery import Gallery
from recognition.engine.protocol import Engine
from recognition.engine.types import Vector
from recognition.engine_holder import follow, of
from recognition.models import FaceTemplate, RefreshChoice
from recognition.operating import acceptances


@dataclass(frozen=True, slots=True)
class GalleryView:
    """The gallery as it stood at one revision of the roster, with the engine whose vectors it holds.

    ``coefficients``: the engine's, adapted to this gallery. ``acceptances``: by use, the confidence from which a name
    is given (``recognition.operating``). ``refreshing``: whether looks may refresh templates (``services.refresh``).
    ``look_alikes``: who is not named by the face alone, because HR confirmed that somebody else here looks like them.
    """

    revision: int
    engine: Engine
    gallery: Gallery
    coefficients: Coefficients
    acceptances: dict[str, float]
    refreshing: bool = False
    look_alikes: frozenset[int] = frozenset()


_lock = threading.Lock()
_view: GalleryView | None = None
_vectors: dict[int, Vector] = {}


def current() -> GalleryView:
    """The gallery of this moment, in one statement when nothing has changed since the last call.

    A switch of the model version moves the roster's revision too: the first call after it loads the other engine.
    Raises ``ModelUnavailable``; a changed roster makes every thread wait for the one that reloads, so that nobody who
    withdrew is matched after their withdrawal was committed.
    """
    global _view
    revision = roster.revision()
    view = _view
    if view is not None and view.revision == revision:
        return view
    with _lock:
        revision = roster.revision()
        if _view is None or _view.revision != revision:
            # The revision is read first: whatever changes after it moves it, and the next call looks again. The
            # templates are those of the engine that was loaded, whichever version is active by then.
            loaded = follow()
            filled = _load(loaded)
            _view = _viewed(revision, loaded, filled, refreshing=RefreshChoice.in_force())
        return _view


def under(version: str) -> GalleryView:
    """The gallery of any version, from the templates there are under it; read anew on each call.

    Raises ``ModelUnavailable``.
    """
    loaded, revision = of(version), roster.revision()
    with _lock:
        return _viewed(revision, loaded, _load(loaded))


def _viewed(revision: int, loaded: Engine, filled: Gallery, *, refreshing: bool = False) -> GalleryView:
    figures = loaded.calibration.adapted(filled)
    bars, alike = acceptances(loaded, filled, figures), _look_alikes(filled)
    return GalleryView(revision, loaded, filled, figures, bars, refreshing, alike)


def _look_alikes(filled: Gallery) -> frozenset[int]:
    """Both of each pair of which HR took a photo in although it looks like the other's."""
    confirmed = EnrolmentPhoto.objects.filter(state=EnrolmentPhoto.State.ACCEPTED, resembles__isnull=False)
    pairs = confirmed.exclude(override_reason="").values_list("employee_id", "resembles_id")
    here = set(filled.people.tolist())
    return frozenset(one for pair in pairs if here.issuperset(pair) for one in pair if one is not None)


def reset() -> None:
    """Forget what is in memory; the next call loads everything again."""
    global _view
    with _lock:
        _view = None
        _vectors.clear()


def open_vector(template: FaceTemplate, key: bytes) -> Vector:
    """Decrypt a template: (d,) float32 of unit length; raises ``VaultError``."""
    plain = vault.decrypt(
        key, bytes(template.sealed_vector), context=f"template:{template.photo_id}:{template.version_id}"
    )
    return np.frombuffer(plain, dtype=np.float32)


def seal_vector(vector: Vector, key: bytes, *, photo_id: object, version_id: int) -> bytes:
    """Encrypt a vector for the template of this photo and version."""
    plain = np.ascontiguousarray(vector, dtype=np.float32).tobytes()
    return vault.encrypt(key, plain, context=f"template:{photo_id}:{version_id}")


def _load(loaded: Engine) -> Gallery:
    wanted = (
        FaceTemplate.objects.filter(
            version__name=loaded.version, employee__in=Employee.objects.recognisable().values("pk")
        )
        .exclude(photo__state=EnrolmentPhoto.State.REPLACED)
        .order_by("employee_id", "pk")
    )
    rows = list(wanted.values_list("pk", "employee_id", "photo__source"))
    missing = [pk for pk, _owner, _source in rows if pk not in _vectors]
    for start in range(0, len(missing), 500):
        _decrypt(missing[start : start + 500])
    for gone in _vectors.keys() - {pk for pk, _owner, _source in rows}:
        del _vectors[gone]
    # A template deleted between the two reads has no vector; its deletion moved the revision: the next call is right.
    present = [row for row in rows if row[0] in _vectors]
    return loaded.calibration.gallery(
        [pk for pk, _owner, _source in present],
        [owner for _pk, owner, _source in present],
        [_vectors[pk] for pk, _owner, _source in present],
        added=[source == EnrolmentPhoto.Source.REFRESH for _pk, _owner, source in present],
    )


def _decrypt(ids: list[int]) -> None:
    templates = list(FaceTemplate.objects.filter(pk__in=ids).select_related("employee"))
    keys: dict[int, bytes] = {}
    with transaction.atomic():
        for template in templates:
            if template.employee_id not in keys:
                keys[template.employee_id] = template.employee.biometric_key()
    for template in templates:
        _vectors[template.pk] = open_vector(template, keys[template.employee_id])
