"""What stops the start, in one line that says what to do: nobody reads a traceback at eight in the morning."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from common.cipher import VaultError

if TYPE_CHECKING:
    from employees.models import Employee

FULL = {errno.ENOSPC, errno.EDQUOT}
OF_ANOTHER_KIND = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST}
DAMAGED = ("file is not a database", "malformed", "file is encrypted")
REMEDY_FULL = "Free some space there (old logs, exports, backups), then start again; nothing has to be repaired."
REMEDY_DAMAGED = (
    "Stop everything that uses it, keep the file, and put the newest backup in its place (docs/operations.md)."
)


def explain(error: BaseException) -> str | None:
    """The line for an error that the operator can mend; None for a fault of ours, which needs its traceback."""
    for one in _chain(error):
        if isinstance(one, ImproperlyConfigured | VaultError):
            return str(one)
        if (isinstance(one, OSError) and one.errno in FULL) or "database or disk is full" in str(one):
            where = getattr(one, "filename", None) or data_folder()
            return f"The disk that holds {where} is full. {REMEDY_FULL}"
        if any(words in str(one) for words in DAMAGED):
            return f"The database {database_name()} is damaged ({one}). {REMEDY_DAMAGED}"
        if isinstance(one, OSError) and one.errno in {errno.EROFS, errno.EACCES} and one.filename:
            return f"{one.filename} cannot be read or written ({one.strerror}). Give it to the user who runs Presente."
        if isinstance(one, OSError) and one.errno in OF_ANOTHER_KIND and one.filename:
            return (
                f"{one.filename} is a file where a folder belongs, or the other way round ({one.strerror}). Move it "
                "away, and put what belongs there in its place."
            )
    return None


def key_problem() -> str | None:
    """What to do where nothing that is stored of people can be opened; None where it can, or nothing is stored.

    One person's key that is damaged or lost keeps nobody else from work: ``damaged_keys`` names it. Raises
    DatabaseError.
    """
    from employees import key_store, master_key
    from employees.models import EnrolmentPhoto

    try:
        master_key.current()
        key_store.read(key_store.INSTALLATION)
    except (master_key.MasterKeyError, VaultError) as error:
        return str(error)
    newest = EnrolmentPhoto.objects.order_by("-created_at").values_list("employee__public_id", flat=True)[:1]
    if all(_opens(owner) for owner in newest):
        return None
    owners = _owners()
    if any(_opens(owner.public_id) for owner in owners):
        return None
    problems = [_key_error(owner) for owner in owners]
    wrong = next((one for one in problems if isinstance(one, key_store.WrongMasterKey)), None)
    lost = [owner for owner in owners if not key_store.path_of(key_store.person(owner.public_id)).exists()]
    if len(owners) == 1 and (key_store.opens_any() or not (wrong or lost)):
        return None
    if len(lost) == len(owners):
        return keys_lacking(len(lost))
    return str(wrong or next(filter(None, problems)))


def keys_lacking(count: int) -> str:
    """What to do where so many people's keys are not there, or do not open."""
    from employees import key_store

    return (
        f"The key store {key_store.folder()} lacks the keys of {count} people who have photos. Restore it from"
        " the backup of the keys; without them those photos are lost."
    )


def damaged_keys() -> list[tuple[Employee, str]]:
    """Who has photos and a key that does not open or is not there, with what to do. Raises DatabaseError."""
    from employees import key_store

    found = []
    for owner in _owners():
        name, error = key_store.person(owner.public_id), _key_error(owner)
        if error:
            # While others open, one that names another master key or does not fit its own was damaged as well.
            names_it = str(key_store.path_of(name)) in str(error)
            found.append((owner, str(error) if names_it else key_store.damaged(name)))
    return found


def _owners() -> list[Employee]:
    from employees.models import Employee

    return list(Employee.objects.filter(photos__isnull=False).distinct().order_by("number"))


def _opens(owner: UUID) -> bool:
    from employees import key_store

    try:
        return key_store.read(key_store.person(owner)) is not None
    except VaultError:
        return False


def _key_error(owner: Employee) -> VaultError | None:
    from employees import key_store

    try:
        if key_store.read(name := key_store.person(owner.public_id)) is None:
            return VaultError(
                f"The key file {key_store.path_of(name)} is gone. Restore it from the backup of the keys."
            )
    except VaultError as error:
        return error
    return None


def lost_key() -> str | None:
    """As ``key_problem``; a database that does not answer says nothing about it."""
    try:
        return key_problem()
    except DatabaseError:
        return None


def lost_database() -> str | None:
    """What to do where the database has no table and people's keys are there: it was cut off, or another one is named.

    Begun anew in its place it would look like a new installation. Raises DatabaseError.
    """
    from django.db import connection

    from employees import key_store

    people = 0 if connection.introspection.table_names() else sum(1 for _name in key_store.names("people"))
    if not people:
        return None
    return (
        f"The database {database_name()} is empty, and the key store {key_store.folder()} has the keys of {people} "
        "people. Put the newest backup in its place (manage.py restore), or check PRESENTE_DATA and DATABASE_URL; to "
        "begin anew, move the whole data folder away."
    )


def data_folder() -> Path | str:
    from django.conf import settings

    return settings.DATA_DIR if settings.configured else "the data"


def database_name() -> str:
    from django.conf import settings

    return str(settings.DATABASES["default"]["NAME"]) if settings.configured else "file"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
