"""The audit trail: an entry for what somebody did or looked at, under the name of who is at work.

Who that is: the request's user, set by ``common.middleware.AuditActor``; else the task or command that runs.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from celery import current_task
from django.http import HttpRequest

from common.company import zone_name
from common.limits import client_address
from common.models import AuditEntry

_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)
_name: ContextVar[str] = ContextVar("audit_name", default="")


def record(act: str, *, subject: str = "", object: str = "", details: dict[str, Any] | None = None) -> AuditEntry:
    """Add an entry, in the transaction that is open where there is one.

    ``act``: what was done, ``face.read`` for example. ``subject``: the number of the person it is about.
    """
    request = _request.get()
    address = client_address(request)[:45] if request is not None else ""
    return record_for(act, actor=actor(), address=address, subject=subject, object=object, details=details)


def record_for(
    act: str,
    *,
    actor: str,
    address: str,
    subject: str = "",
    object: str = "",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry for what ``actor`` did from ``address``, where that is told later by somebody else."""
    return AuditEntry.objects.create(
        zone=zone_name(),
        actor=actor[:150],
        address=address,
        act=act[:40],
        object=object[:120],
        subject=subject[:40],
        details=details or {},
    )


def actor() -> str:
    """Who is at work: ``user anna``, ``key payroll``, ``kiosk Door``, ``task …`` or ``command …``."""
    if name := _name.get():
        return name
    request = _request.get()
    if request is not None:
        given = getattr(request, "audit_actor", "")
        if given:
            return str(given)
        user = getattr(request, "user", None)
        return f"user {user.get_username()}" if user is not None and user.is_authenticated else "nobody logged in"
    if current_task:
        return f"task {current_task.name}"
    program = Path(sys.argv[0]).name
    if program == "manage.py" and len(sys.argv) > 1:
        return f"command {sys.argv[1]} by {_account()}"
    return f"process {program}"


def by_a_person() -> bool:
    """Whether somebody who logged in, a key, a command or a named actor is at work: no kiosk, and no task."""
    if _name.get() or Path(sys.argv[0]).name == "manage.py":
        return True
    request = _request.get()
    if request is None:
        return False
    user = getattr(request, "user", None)
    return bool(getattr(request, "audit_actor", "")) or (user is not None and user.is_authenticated)


def in_request() -> bool:
    """Whether a request is served, whoever sent it."""
    return _request.get() is not None


def request_served() -> HttpRequest | None:
    """The request that is served, for what is told no other way; none in tasks and commands."""
    return _request.get()


@contextmanager
def serving(request: HttpRequest) -> Iterator[None]:
    """What is recorded inside is done by who sent the request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


@contextmanager
def acting(name: str) -> Iterator[None]:
    """What is recorded inside is done by ``name``."""
    token = _name.set(name)
    try:
        yield
    finally:
        _name.reset(token)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "an account without a name"
