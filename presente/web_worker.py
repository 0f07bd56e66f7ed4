"""The web server's worker: a thread is given to a request only when all of the request has arrived.

gunicorn's own threaded worker reads a request inside the thread that answers it, for as long as the client likes: as
many slow clients as there are threads stop the server. Here the event loop gathers the bytes of every connection, with
a deadline and a limit, as a buffering proxy in front would.
"""

from __future__ import annotations

import json
import re
import selectors
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_BYTES = 32 * 1024
BODY_BYTES = 26 * 1024 * 1024
"""No view takes more (settings.DATA_UPLOAD_MAX_MEMORY_SIZE is 25 MiB); smaller limits are each view's own."""
HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
SLOWEST_BYTES_A_SECOND = 16 * 1024
SEND_SECONDS = 20.0
LINGER_SECONDS, LINGER_PAUSE = 2.0, 0.05
LINGER_BYTES = 1024 * 1024
"""Read on and thrown away at a time, after a refusal: whoever pushes gigabytes shall not keep a core busy with it."""
SMALL_BYTES = 1024 * 1024
LARGE_ROOM, ROOM = 128 * 1024 * 1024, 256 * 1024 * 1024
"""What all half-received requests may hold together; bodies above ``SMALL_BYTES`` have the first part of it."""
MOST_WAITING = 400
RECEIVE_BYTES = 256 * 1024

_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,15})[ \t]*$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect:[ \t]*100-continue[ \t]*$", re.IGNORECASE | re.MULTILINE)


class Refused(Exception):
    """What a connection sends is not taken; said before it has all been read."""

    def __init__(self, status: int, code: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    def answer(self) -> bytes:
        """The whole HTTP answer, as problem details."""
        phrase = HTTPStatus(self.status).phrase
        body = json.dumps(
            {
                "type": f"urn:presente:problem:{self.code}",
                "title": phrase,
                "status": self.status,
                "detail": str(self),
                "code": self.code,
            }
        ).encode()
        lines = [
            f"HTTP/1.1 {self.status} {phrase}",
            "Content-Type: application/problem+json",
            f"Content-Length: {len(body)}",
            "Cache-Control: no-store",
            "Connection: close",
            *([] if self.retry_after is None else [f"Retry-After: {self.retry_after}"]),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


class Gathered:
    """The bytes of one request, first as they arrive and then as gunicorn's parser reads them."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.wanted: int | None = None
        self._read = 0

    @property
    def whole(self) -> bool:
        """True when head and body are here."""
        return self.wanted is not None and len(self.data) >= self.wanted

    @property
    def left(self) -> int:
        """How many bytes nobody has read."""
        return len(self.data) - self._read

    def head_read(self) -> bool:
        """Find the end of the head and, by it, how much there is to come; True in the moment when it is found.

        Raises ``Refused``.
        """
        if self.wanted is not None:
            return False
        end = self.data.find(b"\r\n\r\n")
        if end < 0 and len(self.data) <= HEAD_BYTES:
            return False
        if end < 0 or end > HEAD_BYTES:
            raise Refused(431, "headers_too_large", "The headers may have 32 KiB in all.")
        head = bytes(self.data[:end]).replace(b"\r\n", b"\n")
        if _CHUNKED.search(head):
            raise Refused(411, "length_required", "Send a Content-Length; a body in chunks is not taken.")
        lengths = {int(length) for length in _LENGTH.findall(head)}
        if len(lengths) > 1:
            raise Refused(400, "bad_request", "The request announces several lengths.")
        length = lengths.pop() if lengths else 0
        if length > BODY_BYTES:
            raise Refused(413, "too_large", f"A request may have {BODY_BYTES // 2**20} MiB. Send less at once.")
        self.wanted = end + 4 + length
        return True

    @property
    def waits_for_leave(self) -> bool:
        """True where the client asked whether it may send the body."""
        head = bytes(self.data[: HEAD_BYTES + 4]).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        return not self.whole and bool(_EXPECTS.search(head))

    def recv(self, size: int) -> bytes:
        """The next bytes, as of a socket whose peer has sent its request and nothing else."""
        piece = bytes(memoryview(self.data)[self._read : self._read + size])
        self._read += len(piece)
        return piece


class Connection(TConn):  # type: ignore[misc]
    """A client's connection with what it has sent so far."""

    gathered: Gathered
    deadline: float
    ends: bool

    def begin(self, seconds: float) -> None:
        """Wait for a request from its first byte on."""
        self.gathered, self.ends = Gathered(), False
        self.deadline = time.monotonic() + seconds
        self.sock.setblocking(False)

    def hand_over(self) -> None:
        """Let gunicorn parse what was gathered instead of reading the socket."""
        self.parser = RequestParser(self.cfg, self.gathered, self.client)
        self.data_ready = True


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with a gathering event loop; TLS belongs to a proxy."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gathering: dict[Connection, None] = {}
        self.lingering: dict[Connection, float] = {}
        """Refused connections, and when their bytes were last thrown away."""
        self.held = 0

    def accept(self, listener: Any) -> None:
        """Take a connection and wait for its request in the loop."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, client, address, listener.getsockname())
        if len(self.gathering) >= MOST_WAITING:
            # The one that has taken longest makes room: a flood of idle sockets closes itself.
            self._drop(next(iter(self.gathering)))
        self._gather(connection, HEAD_SECONDS)

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """A kept connection sends its next request."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._gather(conn, HEAD_SECONDS)
        self._receive(conn, client)

    def _gather(self, connection: Connection, seconds: float) -> None:
        connection.begin(seconds)
        self.gathering[connection] = None
        self.poller.register(connection.sock, selectors.EVENT_READ, partial(self._receive, connection))

    def _receive(self, connection: Connection, client: Any) -> None:
        """Read what has arrived; start the request when it is whole."""
        if connection not in self.gathering or connection in self.lingering:
            # Dropped or refused since the poller named it: by one that was accepted before it in the same round.
            return
        try:
            piece = client.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        if not piece:
            self._drop(connection)
            return
        try:
            self._keep(connection, piece)
        except Refused as refused:
            self._refuse(connection, refused)

    def _keep(self, connection: Connection, piece: bytes) -> None:
        gathered = connection.gathered
        gathered.data += piece
        self.held += len(piece)
        if gathered.head_read():
            wanted = gathered.wanted or 0
            connection.deadline = time.monotonic() + BODY_SECONDS + wanted / SLOWEST_BYTES_A_SECOND
            if gathered.waits_for_leave:
                # Whoever has gone meanwhile is noticed at the next read.
                with suppress(OSError):
                    connection.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if gathered.whole:
            self._release(connection)
            connection.hand_over()
            self.enqueue_req(connection)
        elif self.held > (LARGE_ROOM if (gathered.wanted or 0) > SMALL_BYTES else ROOM):
            raise Refused(503, "busy", "Too much is being sent at once. Try again in a moment.", retry_after=3)

    def _release(self, connection: Connection) -> None:
        """It is no longer waited for."""
        del self.gathering[connection]
        self.held -= len(connection.gathered.data)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(connection.sock)

    def _refuse(self, connection: Connection, refused: Refused) -> None:
        """Answer, and read on for a moment: a connection closed at once would take the answer back."""
        with suppress(OSError):
            connection.sock.send(refused.answer())
            connection.sock.shutdown(1)
        self.log.info("refused: %s", refused.code)
        self.held -= len(connection.gathered.data)
        connection.gathered.data.clear()
        connection.ends, connection.deadline = True, time.monotonic() + LINGER_SECONDS
        self.lingering[connection] = 0.0
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(connection.sock)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """As gunicorn's; what the refused still send is thrown away now and then."""
        super().wait_for_and_dispatch_events(min(timeout, LINGER_PAUSE) if self.lingering else timeout)
        now = time.monotonic()
        for connection, last in list(self.lingering.items()):
            if now - last >= LINGER_PAUSE:
                self.lingering[connection] = now
                self._throw_away(connection)

    def _throw_away(self, connection: Connection) -> None:
        try:
            if connection.sock.recv(LINGER_BYTES):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass
        self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        self.lingering.pop(connection, None)
        self._release(connection)
        self.nr_conns -= 1
        connection.close()

    def murder_pending(self) -> None:
        """End the connections that have taken too long, at a stop also those that have sent nothing."""
        super().murder_pending()
        now = time.monotonic()
        for connection in list(self.gathering):
            idle = not self.alive and not connection.gathered.data
            if idle or (connection.ends and connection.deadline < now):
                self._drop(connection)
            elif connection.deadline < now:
                if not connection.gathered.data:
                    self._drop(connection)
                    continue
                self._refuse(
                    connection, Refused(408, "too_slow", "The request took too long to arrive. Send it again.")
                )

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """A client that does not read its answer holds a thread for so long and no longer."""
        conn.sock.settimeout(SEND_SECONDS)
        return super().handle_request(req, conn)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Nothing that came behind a request is kept: the client sends it again on another connection."""
        gathered, parser = conn.gathered, conn.parser
        if not fs.cancelled() and not fs.exception() and fs.result():
            if gathered.left or parser.unreader.buf.getvalue():
                self.nr_conns -= 1
                conn.close()
                return
            conn.gathered = Gathered()
        super().finish_request(conn, fs)
