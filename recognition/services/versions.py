"""Register, activate, roll back and delete model versions."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common import shared_folders
from common.refusals import Refusal
from employees import gallery_revision
from employees.models import Employee, User
from recognition.engine import store
from recognition.engine.types import ModelUnavailable
from recognition.engine_holder import verify, version_folder
from recognition.models import FaceTemplate, ModelVersion, TrainingRun, VersionPerson, VersionSwitch
from recognition.services.templates import templates_fill, templates_missing

State = ModelVersion.State
Kind = VersionSwitch.Kind


class VersionError(Refusal):
    """A model version that cannot be registered, activated or rolled back."""


def version_register(folder: Path) -> ModelVersion:
    """``version_record`` for what lies in a version's folder."""
    return version_record(name=folder.name, manifest=json.loads((folder / store.MANIFEST).read_text()))


def version_record(*, name: str, manifest: dict[str, Any]) -> ModelVersion:
    """Record a version that has been built; the first one of an installation becomes the active one."""
    # First: other machines look for its files as soon as they read of it.
    shared_folders.share(_shared(name), version_folder(name))
    with transaction.atomic():
        gallery_revision.advance([])
        parent = ModelVersion.objects.filter(name=manifest.get("parent") or "").first()
        version, _created = ModelVersion.objects.update_or_create(
            name=name, defaults={"manifest": manifest, "parent": parent}
        )
        _record_people(version, manifest)
        if not ModelVersion.objects.filter(state=State.ACTIVE).exists():
            _switch(None, version, Kind.FIRST, None)
    return version


def version_promote(*, version: ModelVersion, by: User | None = None, without: tuple[str, ...] = ()) -> VersionSwitch:
    """Make ``version`` the one that serves, in one commit; every process follows at its next look.

    ``without``: photos that it cannot embed. Raises ``VersionError`` (``templates_missing`` while a photo lacks its
    template under it, ``files_missing``, ``already_active``).
    """
    _verify(version)
    with transaction.atomic():
        current = _lock()
        if templates_missing(version).exclude(pk__in=without).exists():
            raise VersionError(
                "templates_missing", _("Not everybody has a template of %(name)s yet.") % {"name": version.name}
            )
        return _switch(current, version, Kind.PROMOTION, by)


def version_rollback(*, by: User | None = None) -> VersionSwitch:
    """Go back to the version that the active one took the place of.

    It never waits: photos that came since then have no template under the old version, and are embedded right after
    (docs/decisions/0004). Raises ``VersionError`` (``no_earlier_version``, ``files_missing``).
    """
    target = rollback_target()
    if target is None:
        raise VersionError("no_earlier_version", _("There is no earlier version to go back to."))
    _verify(target)
    with transaction.atomic():
        current = _lock()
        if rollback_target() != target:
            raise VersionError("changed_meanwhile", _("Another version became active meanwhile. Reload the page."))
        switch = _switch(current, target, Kind.ROLLBACK, by)
        templates_fill()
    return switch


def rollback_target() -> ModelVersion | None:
    """The version that ``version_rollback`` would make active; None when the active one is the first."""
    last = (
        VersionSwitch.objects.filter(version__state=State.ACTIVE)
        .exclude(kind=Kind.ROLLBACK)
        .select_related("before")
        .first()
    )
    before = last.before if last else None
    return before if before is not None and before.state != State.ERASED else None


def versions_of(employee: Employee) -> list[ModelVersion]:
    """The versions that learnt from this person's face, and those that came from them; the newest first."""
    learnt = set(
        VersionPerson.objects.filter(employee=employee, part=VersionPerson.Part.LEARNT).values_list(
            "version_id", flat=True
        )
    )
    parents = dict(ModelVersion.objects.order_by("created_at", "pk").values_list("pk", "parent_id"))
    for pk, parent in parents.items():
        if parent in learnt:
            learnt.add(pk)
    return list(ModelVersion.objects.filter(pk__in=learnt).exclude(state=State.ERASED).order_by("-created_at", "-pk"))


def versions_erase(*, employee: Employee, by: User | None = None) -> ModelVersion | None:
    """Remove every version that learnt from this person: files and templates; the row stays, as part of the trail.

    Where such a one serves, its nearest ancestor that did not learn from the person takes its place at once, as in a
    rollback; that one is returned. Raises ``VersionError`` (``no_earlier_version``, ``files_missing``) where there is
    none: weights are then left in use, and nothing is removed.
    """
    with transaction.atomic():
        current = _lock()
        gone = versions_of(employee)
        target = None
        if current in gone:
            target = _untaught(current, gone)
            _verify(target)
            _switch(current, target, Kind.ROLLBACK, by)
        FaceTemplate.objects.filter(version__in=gone).delete()
        VersionPerson.objects.filter(employee=employee).delete()
        for version in gone:
            ModelVersion.objects.filter(pk=version.pk).update(state=State.ERASED)
            transaction.on_commit(partial(_remove_files, version.name))
        if target is not None:
            templates_fill()
    return target


def _remove_files(name: str) -> None:
    shutil.rmtree(version_folder(name), ignore_errors=True)
    shared_folders.forget(_shared(name))


def _shared(name: str) -> str:
    return f"models/{name}"


def _untaught(version: ModelVersion, gone: list[ModelVersion]) -> ModelVersion:
    """The nearest ancestor that is not among ``gone``; without one, the version that served last before it."""
    found: ModelVersion | None = version
    while found is not None and (found in gone or found.state == State.ERASED):
        found = found.parent
    if found is None:
        served = VersionSwitch.objects.exclude(version__in=gone).exclude(version__state=State.ERASED)
        last = served.select_related("version").first()
        found = last.version if last else None
    if found is None:
        raise VersionError("no_earlier_version", _("There is no earlier version to go back to."))
    return found


def version_delete(*, version: ModelVersion) -> None:
    """Remove a version's templates, files and row.

    Raises ``VersionError`` (``version_in_use``) for the active one, the one to roll back to, one that has served (its
    switches are the trail), one that others came from, and one that a run works on.
    """
    with transaction.atomic():
        _lock()
        locked = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if (
            locked.state == State.ACTIVE
            or locked == rollback_target()
            or VersionSwitch.objects.filter(version=locked).exists()
            or ModelVersion.objects.filter(parent=locked).exists()
            or TrainingRun.objects.filter(busy=True, candidate=locked).exists()
        ):
            raise VersionError(
                "version_in_use",
                _("%(name)s is or was in use, or others came from it: it is kept.") % {"name": version.name},
            )
        FaceTemplate.objects.filter(version=locked).delete()
        locked.delete()
        transaction.on_commit(partial(_remove_files, version.name))


def _lock() -> ModelVersion | None:
    """Take the gallery revision's row, which every change of templates takes too, then the active version."""
    gallery_revision.advance([])
    return ModelVersion.objects.select_for_update().filter(state=State.ACTIVE).first()


def _switch(current: ModelVersion | None, version: ModelVersion, kind: Kind, by: User | None) -> VersionSwitch:
    if current is not None and current.pk == version.pk:
        raise VersionError("already_active", _("%(name)s is active already.") % {"name": version.name})
    if current is not None:
        current.state = State.RETIRED
        current.save(update_fields=["state"])
    version.state, version.activated_at = State.ACTIVE, timezone.now()
    version.save(update_fields=["state", "activated_at"])
    # Every vector is another one.
    gallery_revision.advance()
    return VersionSwitch.objects.create(kind=kind, version=version, before=current, by=by)


def _verify(version: ModelVersion) -> None:
    try:
        verify(version.name)
    except ModelUnavailable as error:
        raise VersionError("files_missing", error.message) from error


def _record_people(version: ModelVersion, manifest: dict[str, Any]) -> None:
    named = manifest.get("people") or {}
    VersionPerson.objects.filter(version=version).delete()
    VersionPerson.objects.bulk_create(
        VersionPerson(version=version, employee=employee, part=part)
        for part in VersionPerson.Part.values
        for employee in Employee.objects.filter(public_id__in=named.get(part, []))
    )
