"""Remove everything that recognition keeps of one person's face, and say what that was."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from django.core.files.storage import Storage, storages
from django.db import transaction

from employees import gallery_revision
from employees import services as people
from employees.models import Employee, EnrolmentPhoto, User
from recognition.engine import store
from recognition.engine_holder import version_folder
from recognition.gallery import snapshot
from recognition.models import Decision, FaceTemplate, ModelVersion, Refreshment
from recognition.services.checkpoints import cache_forget
from recognition.services.training import training_end_taught
from recognition.services.versions import versions_erase, versions_of

Inventory = dict[str, list[dict[str, Any]]]


def faces_inventory(employee: Employee) -> Inventory:
    """What there is of the person's face, with the SHA-256 of the encrypted bytes as they lie on the disk."""
    storage = storages["faces"]
    photos = EnrolmentPhoto.objects.filter(employee=employee)
    paths = {photo.path: str(photo.pk) for photo in photos.select_related("employee")}
    paths |= {photo.chip_path: str(photo.pk) for photo in photos.select_related("employee")}
    # Whatever lies in the person's folder counts, also what a killed worker left without a row.
    paths |= {path: PurePosixPath(path).stem for path in _in_folder(storage, employee)}
    decisions = dict(Decision.objects.filter(employee=employee).exclude(image_path="").values_list("image_path", "pk"))
    return {
        "pictures": [
            {"path": path, "id": owner, "sha256": digest}
            for path, owner in sorted(paths.items())
            if (digest := _digest(path))
        ],
        "decision_pictures": [
            {"path": path, "id": str(pk), "sha256": _digest(path)} for path, pk in sorted(decisions.items())
        ],
        "templates": [
            {"photo": str(photo), "version": version, "sha256": hashlib.sha256(bytes(vector)).hexdigest()}
            for photo, version, vector in FaceTemplate.objects.filter(employee=employee)
            .order_by("pk")
            .values_list("photo_id", "version__name", "sealed_vector")
        ],
        "models": [{"version": version.name, "files": _model_files(version)} for version in versions_of(employee)],
    }


def faces_erase(*, employee: Employee, by: User | None = None) -> str:
    """Remove what ``faces_inventory`` names, and the files. Returns the version that serves instead of one that had
    learnt from the person, empty where none had. Safe to run again. Raises ``VersionError``.

    The key is the caller's to destroy, last: until then an interrupted erasure is run again.
    """
    training_end_taught(employee_id=employee.pk)
    storage = storages["faces"]
    with transaction.atomic():
        # Photos before the gallery revision, as everywhere.
        people.photos_forget(EnrolmentPhoto.objects.filter(employee=employee))
        Refreshment.objects.filter(employee=employee).delete()
        EnrolmentPhoto.objects.filter(resembles=employee).update(resembles=None, resembles_distance=None)
        FaceTemplate.objects.filter(employee=employee).delete()
        gallery_revision.advance([employee.pk])
    # After the commit: who writes a snapshot with a new key has read that the person is gone.
    snapshot.forget()
    decision_pictures_forget(employee=employee)
    for path in _in_folder(storage, employee):
        storage.delete(path)
    # The empty folder, which a disk has and removes like a file.
    storage.delete(str(employee.public_id))
    cache_forget()
    # Last: where no other version can serve, everything else is gone all the same.
    serving = versions_erase(employee=employee, by=by)
    return serving.name if serving else ""


def decision_pictures_forget(*, employee: Employee) -> int:
    """Remove the pictures that were kept with recognitions of the person; the recognitions stay. How many that was."""
    pictured = Decision.objects.filter(employee=employee).exclude(image_path="")
    paths = list(pictured.values_list("image_path", flat=True))
    for path in paths:
        storages["faces"].delete(path)
    pictured.update(image_path="")
    return len(paths)


def faces_left(*, employee: Employee | None, found: Inventory) -> list[str]:
    """What of an inventory is there again, or still, a line each."""
    said = []
    for one in [*found["pictures"], *found["decision_pictures"]]:
        if storages["faces"].exists(one["path"]):
            said.append(f"the picture {one['path']} is there")
    ids = {one["id"] for one in found["pictures"]}
    for pk in EnrolmentPhoto.objects.filter(pk__in=[pk for pk in ids if _is_id(pk)]).values_list("pk", flat=True):
        said.append(f"the photo {pk} is in the database")
    photos = [one["photo"] for one in found["templates"]]
    digests = {one["sha256"] for one in found["templates"]}
    for template in FaceTemplate.objects.filter(photo__in=photos):
        if hashlib.sha256(bytes(template.sealed_vector)).hexdigest() in digests:
            said.append(f"the template of the photo {template.photo_id} is in the database")
    for one in found["models"]:
        if version_folder(one["version"]).exists():
            said.append(f"the files of {one['version']}, which learnt from the person, are there")
        if ModelVersion.objects.filter(name=one["version"], state=ModelVersion.State.ACTIVE).exists():
            said.append(f"{one['version']}, which learnt from the person, is in use")
    if employee is not None:
        for version in versions_of(employee):
            said.append(f"{version.name} learnt from the person")
    return said


def _in_folder(storage: Storage, employee: Employee) -> list[str]:
    """Whatever lies in the person's folder."""
    try:
        _folders, files = storage.listdir(str(employee.public_id))
    except FileNotFoundError:
        return []
    return [f"{employee.public_id}/{name}" for name in sorted(files)]


def _digest(path: str) -> str:
    try:
        with storages["faces"].open(path) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return ""


def _model_files(version: ModelVersion) -> dict[str, str]:
    """The SHA-256 of each file, as the version's manifest has them."""
    try:
        content = json.loads((version_folder(version.name) / store.MANIFEST).read_text())
    except (OSError, ValueError):
        content = version.manifest
    return {str(name): str(one["sha256"]) for name, one in (content.get("files") or {}).items()}


def _is_id(text: str) -> bool:
    return len(text) == 36
