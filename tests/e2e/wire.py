"""A network that can be cut: a forwarder in front of a server, whose cable a test pulls out and puts back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

QUEUE = b"POST /kiosk/queue "


class Wire:
    """Forwards ``url`` to a server on this machine. Cut, it refuses; a cut in the middle of an answer swallows it."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._posts = 0
        self._last = 0
        self.port = 0
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self, *, posts: int = 0) -> None:
        """Put the cable back; after so many more kept punches have reached the server it comes out by itself.

        The server has taken the last of them, but its answer is lost.
        """
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        with self._lock:
            self.port = int(listener.getsockname()[1])
            self._listener = listener
            self._posts, self._last = 0, posts
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def cut(self) -> None:
        """Pull the cable: nothing that is under way arrives."""
        with self._lock:
            listener, self._listener = self._listener, None
            ends, self._open = self._open, set()
        for end in (listener, *ends):
            if end is not None:
                _end(end)

    @property
    def is_cut(self) -> bool:
        return self._listener is None

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    self._open |= {client, server}
                last_taken = threading.Event()
                for pump, ends in ((self._up, (client, server)), (self._down, (server, client))):
                    threading.Thread(target=pump, args=(*ends, last_taken), daemon=True).start()

    def _up(self, source: socket.socket, target: socket.socket, last_taken: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                with self._lock:
                    self._posts += chunk.count(QUEUE)
                    if self._last and self._posts >= self._last:
                        last_taken.set()
                target.sendall(chunk)
        _end(source)
        _end(target)

    def _down(self, source: socket.socket, target: socket.socket, last_taken: threading.Event) -> None:
        """Only the answer to the last punch pulls the cable, not one to another request at the same time."""
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if last_taken.is_set():
                    self.cut()
                    return
                target.sendall(chunk)
        _end(source)
        _end(target)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def wire(port: int) -> Iterator[Wire]:
    """A wire to the server at ``port``, taken away at the end."""
    made = Wire(port)
    try:
        yield made
    finally:
        made.cut()
