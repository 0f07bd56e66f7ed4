"""`python -m bench siege [--seconds 60] [--kiosks 4] [--json]`: kiosks at work while the server is attacked.

All at once: ten sockets that send a byte every five seconds, eight clients that send PNGs of 7000×7000 (190 KB, 196 MB
once decoded) and one that sends a PNG of 1×49,000,000 to `POST /api/v1/identify`, and one that pushes a body of 1.5 GB
at `/kiosk/queue`. None of them waits when it is told to. Asked at the end: what did the kiosks wait, was anything lost,
how much memory had the web server at its worst?
"""

from __future__ import annotations

import argparse
import http.client
import socket
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from bench import kiosks, load, office, photos, world
from bench.home import throwaway
from bench.server import IDENTIFY
from bench.table import quantile, table
from presente.supervisor import StopRequested, stoppable

SLOW_SOCKETS, SLOW_SECONDS = 10, 5.0
BOMBS, SIDE, STRIP = 8, 7000, 49_000_000
HUGE_BYTES = 1_500_000_000
PIECE = bytes(1024 * 1024)
QUIET_SECONDS = 20.0
MOST_SECONDS, MOST_MIB = 1.0, 1536
LOOK_SECONDS = 0.1
BETWEEN_SECONDS = 0.05
"""Between two requests of one attacker: no thread of this program shall spin on the cores that are measured."""


@dataclass(slots=True)
class Kiosks:
    """What the kiosks saw in one part: seconds from the first try to the answer, waiting on 503 included."""

    looks: int = 0
    median: float = 0.0
    p95: float = 0.0
    longest: float = 0.0
    told_to_wait: int = 0
    given_up: int = 0
    failed: int = 0


@dataclass(slots=True)
class Report:
    """``answers``: what each kind of attacker was answered, and how often. ``mib``: before, at the worst, after."""

    seconds: float
    kiosks: int
    before: Kiosks = field(default_factory=Kiosks)
    under: Kiosks = field(default_factory=Kiosks)
    answers: dict[str, dict[str, int]] = field(default_factory=dict)
    mib: tuple[float, float, float] = (0.0, 0.0, 0.0)
    same_worker: bool = True

    @property
    def good(self) -> bool:
        """Nobody at a kiosk waited long or in vain, memory stayed within bounds, and nothing had to start again."""
        under = self.under
        within = under.p95 < MOST_SECONDS and self.mib[1] < MOST_MIB
        return within and under.looks > 0 and not (under.given_up or under.failed) and self.same_worker


def main(arguments: list[str]) -> int:
    """Measure in a data folder that is thrown away; 1 where a bound was passed."""
    parser = argparse.ArgumentParser(prog="python -m bench siege", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--kiosks", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    if reason := photos.missing():
        print(f"left out: {reason}")
        return 2
    try:
        with throwaway(), stoppable():
            world.build()
            key = office.api_key()
            with world.server() as (port, worker):
                report = measure(port, worker, key, seconds=given.seconds, count=given.kiosks)
    except StopRequested:
        print("\nstopped")
        return 130
    if given.json:
        print(office.as_json({**asdict(report), "good": report.good}))
    else:
        _tell(report)
    return 0 if report.good else 1


def measure(port: int, worker: int, key: str, *, seconds: float, count: int) -> Report:
    """The kiosks alone, then the kiosks under all attacks at once."""
    report = Report(seconds, count)
    devices, bursts = kiosks.paired(port, count), kiosks.bursts()
    _at_work(devices, bursts, QUIET_SECONDS / 2)
    report.before = _at_work(devices, bursts, QUIET_SECONDS)
    before = world.resident_mib(worker)
    over, answers = threading.Event(), {name: Counter[str]() for name in ("slow", "square", "strip", "huge")}
    peak = [before]
    threads = [threading.Thread(target=_watch, args=(worker, over, peak), daemon=True)]
    for name, attack, clients in (
        ("slow", lambda: _slow(port, over), SLOW_SOCKETS),
        ("square", _bombing(port, key, png(SIDE, SIDE)), BOMBS),
        ("strip", _bombing(port, key, png(1, STRIP)), 1),
        ("huge", lambda: _huge(port, over), 1),
    ):
        threads += [
            threading.Thread(target=_again, args=(attack, over, answers[name]), daemon=True) for _each in range(clients)
        ]
    for thread in threads:
        thread.start()
    report.under = _at_work(devices, bursts, seconds)
    over.set()
    for thread in threads:
        thread.join()
    report.answers = {name: dict(counted.most_common()) for name, counted in answers.items()}
    report.same_worker = Path(f"/proc/{worker}").exists() or not Path("/proc").is_dir()
    report.mib = (round(before), round(max(peak)), round(world.resident_mib(worker) if report.same_worker else 0))
    return report


def _at_work(devices: list[kiosks.Device], bursts: list[list[bytes]], seconds: float) -> Kiosks:
    """Each kiosk with a person every few seconds."""
    tally = kiosks.Tally()
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(len(devices)) as pool:
        for future in [pool.submit(device.work, bursts, tally, end, kiosks.CYCLE) for device in devices]:
            future.result()
    waited = tally.seconds or [0.0]
    return Kiosks(
        len(tally.seconds),
        round(median(waited), 3),
        round(quantile(waited, 0.95), 3),
        round(max(waited), 3),
        tally.refused,
        tally.given_up,
        tally.failed,
    )


def _again(attack: Callable[[], str], over: threading.Event, answers: Counter[str]) -> None:
    """Attack until it is over; whatever the server does is counted."""
    while not over.is_set():
        try:
            answers[attack()] += 1
        except (OSError, http.client.HTTPException) as error:
            answers[type(error).__name__] += 1
        over.wait(BETWEEN_SECONDS)


def _slow(port: int, over: threading.Event) -> str:
    """A request whose bytes come one by one, until the server ends it."""
    with socket.create_connection(("127.0.0.1", port), timeout=LOOK_SECONDS) as client:
        for byte in b"POST /kiosk/identify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n" + bytes(5000):
            client.sendall(bytes([byte]))
            until = time.monotonic() + SLOW_SECONDS
            while time.monotonic() < until:
                if over.is_set():
                    return "not ended"
                with suppress(TimeoutError):
                    return _status(client.recv(1000))
    return "not ended"


def _huge(port: int, over: threading.Event) -> str:
    """As much of the body as the server takes."""
    head = f"POST /kiosk/queue HTTP/1.1\r\nHost: localhost\r\nContent-Length: {HUGE_BYTES}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(head.encode())
        with suppress(BrokenPipeError, ConnectionResetError):
            for _piece in range(HUGE_BYTES // len(PIECE)):
                if over.is_set():
                    break
                client.sendall(PIECE)
        with suppress(ConnectionResetError):
            return _status(client.recv(1000))
    return "closed"


def _status(answer: bytes) -> str:
    return answer.split()[1].decode(errors="replace") if answer.count(b" ") else "closed"


def _bombing(port: int, key: str, picture: bytes) -> Callable[[], str]:
    body, kind = load.multipart(picture)
    headers = {"Authorization": f"Api-Key {key}", "Content-Type": kind}

    def attack() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", IDENTIFY, body, headers)
            answer = connection.getresponse()
            answer.read()
            return str(answer.status)
        finally:
            connection.close()

    return attack


def png(width: int, height: int) -> bytes:
    """A picture of one colour, which is small as a file and large once decoded."""
    packer = zlib.compressobj(9)
    rows = min(height, max(1, 4_000_000 // (4 * width + 1)))
    strip = bytes((4 * width + 1) * rows)
    packed = b"".join(packer.compress(strip) for _strip in range(height // rows))
    packed += packer.compress(bytes((4 * width + 1) * (height % rows))) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _watch(worker: int, over: threading.Event, peak: list[float]) -> None:
    """The worker's memory, many times a second; what the kernel noted as the highest, where it notes it."""
    while not over.wait(LOOK_SECONDS):
        peak.append(max(peak.pop(), _resident(worker)))


def _resident(worker: int) -> float:
    try:
        lines = Path(f"/proc/{worker}/status").read_text().splitlines()
    except OSError:
        with suppress(ValueError, OSError):
            return world.resident_mib(worker)
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS:", "VmHWM:"))), default=0.0)


def _tell(report: Report) -> None:
    print(
        f"\n  {report.kiosks} kiosks; {SLOW_SOCKETS} slow sockets, {BOMBS} + 1 bombs and a body of 1.5 GB for", end=""
    )
    print(f" {report.seconds:g} s")
    table(
        ["kiosks", "looks", "p50 s", "p95 s", "longest s", "told to wait", "given up", "failed"],
        [
            [
                name,
                str(one.looks),
                f"{one.median:.2f}",
                f"{one.p95:.2f}",
                f"{one.longest:.2f}",
                str(one.told_to_wait),
                str(one.given_up),
                str(one.failed),
            ]
            for name, one in (("before", report.before), ("under attack", report.under))
        ],
    )
    print()
    table(
        ["attacker", "answers"],
        [
            [name, ", ".join(f"{answer}: {count}" for answer, count in counted.items())]
            for name, counted in report.answers.items()
        ],
    )
    before, worst, after = report.mib
    print(f"\n  memory of the web server, MiB: {before:.0f} before, {worst:.0f} at its worst, {after:.0f} after")
    print(
        f"  {'good' if report.good else 'NOT good'}: p95 under {MOST_SECONDS:g} s, under {MOST_MIB} MiB, nothing lost"
    )
