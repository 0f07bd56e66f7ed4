"""The servers that `python -m bench chaos` stops and starts: PostgreSQL, Valkey, the network, the disk."""

from __future__ import annotations

import contextlib
import os
import pwd
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

WAIT_SECONDS = 60.0
DISK_MIB = 1536
FREE_BLOCK = 1024 * 1024


class Lacking(Exception):
    """A part cannot be had on this machine; the message says which and what to install."""


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A PostgreSQL server of its own, in a folder that is thrown away. As root it runs as the user postgres.

    ``within``: what is put before its commands, such as to start it in a network of its own, where it has ``host``.
    """

    def __init__(self, *, host: str = "127.0.0.1", within: Sequence[str] = ()) -> None:
        self.port, self._host, self._within = free_port(), host, list(within)
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
            Path(path).parent for path in [shutil.which("pg_ctl")] if path
        ]
        if not found:
            raise Lacking("PostgreSQL's server programs are not here: apt-get install postgresql")
        self._programs = found[-1]
        self._user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.folder = Path(tempfile.mkdtemp(prefix="presente-postgres-"))
        if self._user:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._do("initdb", "--username", "postgres", "--auth", "trust", "--pgdata", str(self.folder / "data"))
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet trust\n")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://postgres@{self._host}:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses={self._host} -c unix_socket_directories= -c max_connections=200"
        log = str(self.folder / "log")
        self._do("pg_ctl", "--pgdata", str(self.folder / "data"), "--log", log, "--options", options, "--wait", "start")

    def stop(self) -> None:
        """As a machine that loses its power: nobody is asked to finish."""
        self._do("pg_ctl", "--pgdata", str(self.folder / "data"), "--mode", "immediate", "--wait", "stop")

    def close(self) -> None:
        with contextlib.suppress(Lacking):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _do(self, program: str, *arguments: str) -> None:
        line = [*self._within, *self._user, str(self._programs / program), *arguments]
        done = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", check=False, text=True)
        if done.returncode:
            raise Lacking(f"{program} says: {done.stderr.strip()}")


class Valkey:
    """The server program of the embedded broker on a port, with its file of what was sent."""

    def __init__(self, *, host: str = "127.0.0.1", within: Sequence[str] = ()) -> None:
        from presente import broker

        self.port, self._host = free_port(), host
        self._local = not within
        self.folder = Path(tempfile.mkdtemp(prefix="presente-valkey-"))
        self._line = [*within, str(broker.program()), "--port", str(self.port), "--bind", host]
        self._line += ["--protected-mode", "no"]
        self._line += ["--dir", str(self.folder), "--logfile", str(self.folder / "log")]
        self._line += ["--appendonly", "yes", "--maxmemory-policy", "noeviction"]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://{self._host}:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(self._line, stdout=subprocess.DEVNULL)
        if self._local:
            _until_open(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Cable:
    """The network between kiosks and server: every byte goes through here while it is not cut."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._cut = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break what is connected, and let nobody connect."""
        self._cut.set()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut.clear()

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self._cut.is_set():
                return
            with socket.create_connection(("127.0.0.1", self._server), timeout=10) as server:
                both = {client: server, server: client}
                with self._lock:
                    self._open |= set(both)
                try:
                    while not self._cut.is_set():
                        for one in select.select(list(both), [], [], 1.0)[0]:
                            content = one.recv(65536)
                            if not content:
                                return
                            both[one].sendall(content)
                finally:
                    with self._lock:
                        self._open -= set(both)


class Disk:
    """A small disk under the data folder, which can be filled and freed."""

    def __init__(self, folder: Path) -> None:
        self._rest = folder / "everything-else"

    def fill(self) -> None:
        """Leave not a byte."""
        with contextlib.suppress(OSError), self._rest.open("wb", buffering=0) as file:
            size = FREE_BLOCK
            while size:
                try:
                    file.write(b"x" * size)
                except OSError:
                    size //= 2

    def free(self) -> None:
        self._rest.unlink(missing_ok=True)


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A folder on a disk of its own, in which temporary folders are made meanwhile; None without the right to mount."""
    folder = Path(tempfile.mkdtemp(prefix="presente-chaos-"))
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0755", "tmpfs", str(folder)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mounted, check=False).returncode:
        folder.rmdir()
        yield None
        return
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
        folder.rmdir()


def _until_open(port: int) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                raise Lacking(f"nothing listens on port {port}") from error
            time.sleep(0.05)
