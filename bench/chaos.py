"""`python -m bench chaos [--minutes 30] [--kiosks 20] [--web 2] [--outage 30] [--seed 0] [--json]`: everything breaks.

Presente on a PostgreSQL and a Valkey of its own, with several web processes, on a small disk. Kiosks look and take PINs
through a network that can be cut, HR gives photos, programs ask who somebody is. Meanwhile, in an order that the seed
draws: each process is killed, PostgreSQL and Valkey are stopped as by a power cut, the kiosks' network is cut, the disk
is filled. Asked at the end: is every punch and every photo that was acknowledged there exactly once, and how long did
it take after each disturbance until a kiosk was answered and ``/readyz`` said ready?
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench import kiosks, office, steady_load
from bench.chaos_parts import Cable, Disk, Lacking, Postgres, Valkey, small_disk
from bench.home import throwaway
from bench.steady_load import Job, Seen
from bench.table import quantile, table
from presente.supervisor import StopRequested, stoppable

KILLED = ("web", "a web process", "worker", "reports", "training", "scheduler")
BEGIN, END = 0.05, 0.9
"""Between these shares of the time the disturbances lie."""
KIOSK_PAUSE = 4.0
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 0.2
PIN_PEOPLE_A_MINUTE = 60


@dataclass(slots=True)
class Recovery:
    """What one kind of disturbance did: how often, and the seconds from its end until all was well again, each time."""

    times: int = 0
    seconds: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """``acknowledged``, ``lost``, ``doubled``, ``unended``: punches and photos, by name."""

    minutes: float
    kiosks: int
    web: int
    recoveries: dict[str, Recovery] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    doubled: dict[str, int] = field(default_factory=dict)
    unended: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    looks: int = 0
    p50: float = 0.0
    p95: float = 0.0
    refused: int = 0
    failed: int = 0
    settled_seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing lost, nothing doubled, everything ended, and after each disturbance all was well again."""
        counted = (*self.lost.values(), *self.doubled.values(), *self.unended.values())
        return not any(counted) and all(len(one.seconds) == one.times for one in self.recoveries.values())


def main(arguments: list[str]) -> int:
    """Measure on servers and in a folder that are thrown away; 1 when something was lost, doubled or stayed down."""
    parser = argparse.ArgumentParser(prog="python -m bench chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--kiosks", type=int, default=20)
    parser.add_argument("--web", type=int, default=2, help="web processes")
    parser.add_argument(
        "--outage", type=float, default=30.0, help="seconds that a server, the network, the disk is gone"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    say: office.Say = (lambda _line: None) if given.json else _say
    report = Report(given.minutes, given.kiosks, given.web)
    try:
        with stoppable(), _place(given.web, report) as (data, postgres, valkey, disk):
            _measure(data, report, (postgres, valkey, disk), outage=given.outage, seed=given.seed, say=say)
    except Lacking as error:
        print(f"left out: {error}")
        return 1
    except StopRequested:
        print("\nstopped")
        return 130
    if given.json:
        print(office.as_json({**asdict(report), "good": report.good}))
    else:
        _tell(report)
    return 0 if report.good else 1


@contextmanager
def _place(web: int, report: Report) -> Iterator[tuple[Path, Postgres, Valkey, Disk | None]]:
    with ExitStack() as stack:
        postgres, valkey = Postgres(), Valkey()
        stack.callback(postgres.close)
        stack.callback(valkey.close)
        folder = stack.enter_context(small_disk())
        if folder is None:
            report.left_out.append("the full disk: only root may mount a small one")
        names = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url, "PRESENTE_WEB_PROCESSES": str(web)}
        data = stack.enter_context(throwaway(own_models=True, PRESENTE_FINE_TUNE="0", **names))
        yield data, postgres, valkey, Disk(data) if folder else None


def _measure(
    data: Path,
    report: Report,
    parts: tuple[Postgres, Valkey, Disk | None],
    *,
    outage: float,
    seed: int,
    say: office.Say,
) -> None:
    with office.serving(data, "--prepare") as place:
        people = steady_load.faces(data)
        employees = [office.hire(f"P{number:02}") for number in range(len(people))]
        for employee, contents in zip(employees, people, strict=True):
            office.enrol(employee, contents[:3])
        for number in range(round(PIN_PEOPLE_A_MINUTE * report.minutes)):
            office.hire(f"N{number:05}")
        pictures = steady_load.frames(people)
        cable, given = Cable(place.port), _Photos()
        tally, devices = steady_load.at_the_kiosks(
            cable.port, pictures, report.kiosks, report.minutes, pause=KIOSK_PAUSE
        )
        jobs = [
            steady_load.identifying(place.port, office.api_key(), pictures, pause=0.5),
            Job("photos", given.giver(people, employees), 2),
        ]
        for job in jobs:
            job.start()
        say(f"{report.kiosks} kiosks, {report.web} web processes; {report.minutes:g} minutes begin")
        _disturb(data, report, tally, place.port, _acts(data, cable, parts, outage), random.Random(seed), say)
        for job in jobs:
            job.stop()
        for thread in (*jobs, *devices):
            thread.join()
        say("the load has ended; waiting for what was acknowledged")
        _settle(report, tally, given)
        cable.close()
    report.looks, report.refused, report.failed = len(tally.seconds), tally.refused, tally.failed
    report.p50 = round(median(tally.seconds or [0.0]), 2)
    report.p95 = round(quantile(tally.seconds or [0.0], 0.95), 2)


class _Photos:
    """Photos that HR was told are taken, by their key."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def giver(self, people: Sequence[Sequence[bytes]], employees: Sequence[Any]) -> Callable[[Seen], None]:
        inner = steady_load.photo_giver(people, employees)

        def step(seen: Seen) -> None:
            from django.db import connections

            try:
                self.taken.append(str(inner(seen)))
            except Exception:
                # A connection that its server broke stays broken.
                connections.close_all()
                raise

        return step


def _acts(
    data: Path, cable: Cable, parts: tuple[Postgres, Valkey, Disk | None], outage: float
) -> dict[str, Callable[[], None]]:
    """Each disturbance by its name; each returns when it is over."""
    postgres, valkey, disk = parts

    def gone(stop: Callable[[], None], start: Callable[[], None]) -> Callable[[], None]:
        def act() -> None:
            stop()
            time.sleep(outage)
            start()

        return act

    acts: dict[str, Callable[[], None]] = {f"{name} killed": _killer(data, name) for name in KILLED}
    acts["PostgreSQL away"] = gone(postgres.stop, postgres.start)
    acts["Valkey away"] = gone(valkey.stop, valkey.start)
    acts["kiosks' network cut"] = gone(cable.cut, cable.mend)
    if disk is not None:
        acts["disk full"] = gone(disk.fill, disk.free)
    return acts


def _killer(data: Path, name: str) -> Callable[[], None]:
    def act() -> None:
        from presente import process_state

        state = (process_state.read(data) or {}).get("web" if name == "a web process" else name)
        if state is None or state.pid is None:
            return
        victim = _child(state.pid) if name == "a web process" else state.pid
        os.kill(victim, signal.SIGKILL)

    return act


def _child(parent: int) -> int:
    shown = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True)
    return random.choice([int(line) for line in shown.stdout.split()] or [parent])


def _disturb(
    data: Path,
    report: Report,
    tally: kiosks.Tally,
    port: int,
    acts: dict[str, Callable[[], None]],
    rng: random.Random,
    say: office.Say,
) -> None:
    """Every disturbance twice, evenly spread over the time, each when all is well again after the one before."""
    begun, whole = time.monotonic(), report.minutes * 60
    names = [*acts, *acts]
    rng.shuffle(names)
    for place, name in enumerate(names):
        _wait(begun + (BEGIN + (END - BEGIN) * place / len(names)) * whole)
        one = report.recoveries.setdefault(name, Recovery())
        one.times += 1
        acts[name]()
        spent = _recovered(port, tally)
        clock = divmod(int(time.monotonic() - begun), 60)
        if spent is None:
            say(f"{clock[0]:02}:{clock[1]:02} {name}: not well again after {PATIENCE_SECONDS:.0f} s")
            continue
        one.seconds.append(round(spent, 1))
        say(f"{clock[0]:02}:{clock[1]:02} {name}: {spent:.1f} s until all was well again")
    _wait(begun + whole)


def _recovered(port: int, tally: kiosks.Tally) -> float | None:
    """Seconds until a kiosk has been answered and the server says ready; None when patience ends first."""
    begun, answered = time.monotonic(), len(tally.seconds)
    while time.monotonic() - begun < PATIENCE_SECONDS:
        if len(tally.seconds) > answered and _ready(port):
            return time.monotonic() - begun
        time.sleep(LOOK_SECONDS)
    return None


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _settle(report: Report, tally: kiosks.Tally, given: _Photos) -> None:
    """Compare what was acknowledged with what is stored, as soon as nothing waits or patience ends."""
    from django.db import connections

    from attendance.models import ClockEvent
    from employees.models import EnrolmentPhoto

    connections.close_all()
    ended = (EnrolmentPhoto.State.ACCEPTED, EnrolmentPhoto.State.REJECTED)
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_SECONDS:
        report.unended = {"photos": EnrolmentPhoto.objects.exclude(state__in=ended).count()}
        if not report.unended["photos"]:
            break
        time.sleep(1)
    report.settled_seconds = round(time.monotonic() - begun, 1)
    punched = Counter(ClockEvent.objects.filter(method="pin").values_list("employee__number", flat=True))
    confirmed = {number for number, _direction in tally.confirmed}
    stored = {str(key) for key in EnrolmentPhoto.objects.filter(pk__in=given.taken).values_list("pk", flat=True)}
    report.acknowledged = {"punches": len(confirmed), "photos": len(given.taken)}
    report.lost = {
        "punches": sum(not punched[number] for number in confirmed),
        "photos": len(set(given.taken) - stored),
    }
    twice = sum(count > 1 for count in punched.values())
    report.doubled = {"punches": twice, "photos": len(given.taken) - len(set(given.taken))}


def _wait(until: float) -> None:
    threading.Event().wait(max(0.0, until - time.monotonic()))


def _tell(report: Report) -> None:
    print(f"\n  {report.minutes:g} minutes, {report.kiosks} kiosks, {report.web} web processes, {os.cpu_count()} cores")
    table(
        ["disturbance", "times", "well again after s", "longest s"],
        [
            [
                name,
                str(one.times),
                ", ".join(f"{spent:.1f}" for spent in one.seconds) or "never",
                f"{max(one.seconds, default=0.0):.1f}",
            ]
            for name, one in report.recoveries.items()
        ],
    )
    print()
    table(
        ["acknowledged", "how many", "lost", "twice", "not ended"],
        [
            [name, str(count), str(report.lost[name]), str(report.doubled[name]), str(report.unended.get(name, 0))]
            for name, count in report.acknowledged.items()
        ],
    )
    print(
        f"\n  {report.looks} looks of kiosks answered, p50 {report.p50:.2f} s, p95 {report.p95:.2f} s with every try "
        f"and every wait; told to come later {report.refused} times, no answer {report.failed} times"
    )
    for line in report.left_out:
        print(f"  left out: {line}")
    print(f"  everything had ended {report.settled_seconds:.0f} s after the load")
    print(f"  {'good' if report.good else 'NOT good'}")


def _say(line: str) -> None:
    print(f"  {line}", flush=True)
