"""Decode a picture that somebody uploads in a process of its own, with an end to its memory and to its time.

A decoder that a made-up file breaks, or leads round in a circle, then ends by itself, and nobody else notices. Each web
process has one helper, which holds the decoders and no secret, and forks for each picture: a child sees no other's.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from recognition.engine.images import MAX_BYTES, damaged, decode_shrunk, too_many_pixels
from recognition.engine.types import RGB, ImageRejected

MEMORY = 1024 * 1024 * 1024
"""More than what the helper has itself: the largest picture that is decoded takes 0.8 GiB."""
SECONDS = 20
"""Of computing."""
WAIT = 60.0
"""Seconds by the clock: others compute too."""
ROOT = Path(__file__).resolve().parents[2]
HEAD = 8

_lock = threading.Lock()
_helper: tuple[int, subprocess.Popen[bytes], socket.socket] | None = None


def decode_confined(data: bytes) -> tuple[RGB, int]:
    """As ``decode_shrunk``; also a picture that its decoder cannot stand is an ``ImageRejected``. From any thread."""
    if not 0 < len(data) <= MAX_BYTES:
        # Refused before anything decodes it.
        return decode_shrunk(data)
    for _again in (False, True):
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                helper = _hand_over(theirs)
            ours.settimeout(WAIT)
            try:
                _send(ours, data)
                said: dict[str, Any] = json.loads(_receive(ours))
                if "code" in said:
                    raise ImageRejected(said["message"], code=said["code"])
                pixels = np.frombuffer(_receive(ours), np.uint8).reshape(said["shape"])
            except TimeoutError as error:
                raise too_many_pixels() from error
            except (OSError, EOFError):
                # The child ended. Where the helper did, it was not this picture: once more.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    helper.wait(0.1)
                    continue
                break
            return pixels, int(said["factor"])
    raise damaged()


def _hand_over(line: socket.socket) -> subprocess.Popen[bytes]:
    """Give the helper a line on which a picture comes; a helper that has ended is started again."""
    global _helper
    with _lock:
        for last in (False, True):
            if _helper is None or _helper[0] != os.getpid() or _helper[1].poll() is not None:
                _helper = _started()
            try:
                socket.send_fds(_helper[2], [b"p"], [line.fileno()])
                return _helper[1]
            except OSError:
                _helper[1].kill()
                _helper[1].wait()
                if last:
                    raise
    raise AssertionError("it was handed over, or could not be")


def _started() -> tuple[int, subprocess.Popen[bytes], socket.socket]:
    """A helper: it ends when its end of the socket closes, as it does when this process ends."""
    control, its = socket.socketpair()
    with its:
        command = [sys.executable, "-m", "recognition.engine.confined"]
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        command += [str(MEMORY), str(SECONDS), str(WAIT)]
        # A pool of threads would only take room.
        helper = subprocess.Popen(command, stdin=its.fileno(), cwd=ROOT, env={**kept, "OPENBLAS_NUM_THREADS": "1"})
    return os.getpid(), helper, control


def _serve(control: socket.socket) -> None:
    """Of the helper: a child for each line that comes."""
    # Children are not waited for; a Ctrl-C is for the process that ends this one by closing the socket.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        word, lines, *_rest = socket.recv_fds(control, 1, 1)
        if not word:
            return
        for line in lines:
            if os.fork() == 0:
                control.close()
                _look_at_one(line)
            os.close(line)


def _look_at_one(number: int) -> NoReturn:
    """Of the child: it reads one picture, answers, and can open nothing in the meantime."""
    with contextlib.suppress(BaseException), socket.socket(fileno=number) as line:
        _limit(*sys.argv[1:])
        try:
            pixels, factor = decode_shrunk(bytes(_receive(line)))
        except ImageRejected as error:
            _send(line, json.dumps({"code": error.code, "message": error.message}).encode())
        else:
            _send(line, json.dumps({"shape": pixels.shape, "factor": factor}).encode())
            _send(line, np.ascontiguousarray(pixels).data.cast("B"))
    os._exit(0)


def _limit(memory: str, seconds: str, wait: str) -> None:
    signal.setitimer(signal.ITIMER_REAL, float(wait))
    limits = {resource.RLIMIT_CPU: int(seconds), resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    sizes = Path("/proc/self/statm")
    if sizes.exists():
        limits[resource.RLIMIT_AS] = int(sizes.read_text().split()[0]) * resource.getpagesize() + int(memory)
    # The last: from here on no file and no socket is opened.
    for limit, most in {**limits, resource.RLIMIT_NOFILE: 0}.items():
        resource.setrlimit(limit, (most, most))


def _send(line: socket.socket, content: bytes | memoryview) -> None:
    line.sendall(len(content).to_bytes(HEAD))
    line.sendall(content)


def _receive(line: socket.socket) -> bytearray:
    content = bytearray(int.from_bytes(_exactly(line, bytearray(HEAD))))
    return _exactly(line, content)


def _exactly(line: socket.socket, content: bytearray) -> bytearray:
    rest = memoryview(content)
    while rest:
        got = line.recv_into(rest)
        if not got:
            raise EOFError
        rest = rest[got:]
    return content


if __name__ == "__main__":
    _serve(socket.socket(fileno=os.dup(0)))
