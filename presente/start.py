"""What stops the start, in one line that says what to do: nobody reads a traceback at eight in the morning."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

FULL = {errno.ENOSPC, errno.EDQUOT}
DAMAGED = ("file is not a database", "malformed", "file is encrypted")
REMEDY_FULL = "Free some space there (old logs, exports, backups), then start again; nothing has to be repaired."
REMEDY_DAMAGED = (
    "Stop everything that uses it, keep the file, and put the newest backup in its place (docs/operations.md)."
)


def explain(error: BaseException) -> str | None:
    """The line for an error that the operator can mend; None for a fault of ours, which needs its traceback."""
    for one in _chain(error):
        if isinstance(one, ImproperlyConfigured):
            return str(one)
        if (isinstance(one, OSError) and one.errno in FULL) or "database or disk is full" in str(one):
            where = getattr(one, "filename", None) or data_folder()
            return f"The disk that holds {where} is full. {REMEDY_FULL}"
        if any(words in str(one) for words in DAMAGED):
            return f"The database {database_name()} is damaged ({one}). {REMEDY_DAMAGED}"
        if isinstance(one, OSError) and one.errno in {errno.EROFS, errno.EACCES} and one.filename:
            return f"{one.filename} cannot be written ({one.strerror}). Give it to the user who runs Presente."
    return None


def key_problem() -> str | None:
    """What to do where people are enrolled and the master key is missing or another one; None where all is well.

    Raises DatabaseError.
    """
    from employees.master_key import MasterKeyError, master_key
    from employees.models import Employee
    from employees.vault import VaultError, unwrap

    sealed = Employee.objects.exclude(sealed_key=None).order_by("pk").first()
    if sealed is None:
        return None
    try:
        master_key()
        unwrap(bytes(sealed.sealed_key or b""), context=f"employee:{sealed.public_id}")
    except MasterKeyError as error:
        return str(error)
    except VaultError:
        return (
            "The master key is not the one that the photos were stored with. "
            "Restore keys/master.key (or PRESENTE_MASTER_KEY) from the backup."
        )
    return None


def lost_key() -> str | None:
    """As ``key_problem``; a database that does not answer says nothing about it."""
    try:
        return key_problem()
    except DatabaseError:
        return None


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
