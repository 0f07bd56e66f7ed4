"""`python -m bench chaos [--minutes 30] [--kiosks 20] [--web 2] [--outage 30] [--seed 0] [--json]`: everything breaks.

Presente on a PostgreSQL and a Valkey of its own, with several web processes, on a small disk. Kiosks look and take PINs
through a network that can be cut, HR gives photos, programs ask who somebody is. Meanwhile, in an order that the seed
draws: each process is killed, PostgreSQL and Valkey are stopped as by a power cut, the kiosks' network is cut, the disk
is filled. How long does it take after each until a kiosk is answered and ``/readyz`` says ready, and until all is well:
what was killed works again, and a photo that was given since has been looked at? And at the end: is every punch and
every photo that was acknowledged there exactly once?
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
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
from bench.chaos_acts import Act, acts, ready, restarts
from bench.chaos_parts import Cable, Disk, Lacking, Postgres, Valkey, small_disk
from bench.home import throwaway
from bench.steady_load import Job, Seen
from bench.table import quantile, table
from presente.supervisor import StopRequested, stoppable

BEGIN, END = 0.05, 0.9
"""Between these shares of the time the disturbances lie."""
KIOSK_PAUSE = 4.0
PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.2
PIN_PEOPLE_A_MINUTE = 60


@dataclass(slots=True)
class Recovery:
    """One kind of disturbance: how often, and each time the seconds from its end until a kiosk was answered, and until
    all was well."""

    times: int = 0
    answered: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """``acknowledged``, ``lost``, ``doubled``, ``unended``: punches and photos, by name. ``ended``: how often a process
    ended that nobody killed. ``differs``: the commands of verification that found a difference."""

    minutes: float
    kiosks: int
    web: int
    recoveries: dict[str, Recovery] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    doubled: dict[str, int] = field(default_factory=dict)
    unended: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    looks: int = 0
    p50: float = 0.0
    p95: float = 0.0
    refused: int = 0
    failed: int = 0
    settled_seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing lost, doubled or different, everything ended, and after each disturbance all was well again."""
        counted = (*self.lost.values(), *self.doubled.values(), *self.unended.values())
        return (
            not any(counted)
            and not self.differs
            and all(len(one.seconds) == one.times for one in self.recoveries.values())
        )


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
        rng = random.Random(seed)
        _disturb(report, tally, given, place.port, acts(data, cable, parts, outage, report.web, rng), rng, say)
        for job in jobs:
            job.stop()
        for thread in (*jobs, *devices):
            thread.join()
        say("the load has ended; waiting for what was acknowledged")
        _settle(report, tally, given)
        killed = Counter({name.removesuffix(" killed"): one.times for name, one in report.recoveries.items()})
        report.ended = {name: count - killed[name] for name, count in restarts(data).items() if count != killed[name]}
        cable.close()
    report.looks, report.refused, report.failed = len(tally.seconds), tally.refused, tally.failed
    report.p50 = round(median(tally.seconds or [0.0]), 2)
    report.p95 = round(quantile(tally.seconds or [0.0], 0.95), 2)


class _Photos:
    """Photos that HR was told are taken: their keys, and when."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}

    def giver(self, people: Sequence[Sequence[bytes]], employees: Sequence[Any]) -> Callable[[Seen], None]:
        inner = steady_load.photo_giver(people, employees)

        def step(seen: Seen) -> None:
            from django.db import connections

            begun = time.monotonic()
            try:
                self.taken[str(inner(seen))] = begun
            except Exception:
                # A connection that its server broke stays broken.
                connections.close_all()
                raise

        return step

    def looked_at(self, since: float) -> bool:
        """Whether a photo that was given since then has been looked at."""
        from django.db import Error, connections

        from employees.models import EnrolmentPhoto

        State = EnrolmentPhoto.State
        later = [key for key, at in list(self.taken.items()) if at >= since]
        try:
            return EnrolmentPhoto.objects.filter(pk__in=later, state__in=(State.ACCEPTED, State.REJECTED)).exists()
        except Error:
            connections.close_all()
            return False


def _disturb(
    report: Report,
    tally: kiosks.Tally,
    given: _Photos,
    port: int,
    acts: dict[str, Act],
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
        back = acts[name]()
        ended, looks = time.monotonic(), len(tally.seconds)
        conditions = (
            (one.answered, lambda looks=looks: len(tally.seconds) > looks and ready(port)),
            (one.seconds, lambda ended=ended, back=back: back() and given.looked_at(ended)),
        )
        clock = divmod(int(ended - begun), 60)
        for seconds, well in conditions:
            if (spent := _spent(ended, well)) is None:
                say(f"{clock[0]:02}:{clock[1]:02} {name}: not well again after {PATIENCE_SECONDS:.0f} s")
                break
            seconds.append(spent)
        else:
            say(
                f"{clock[0]:02}:{clock[1]:02} {name}: a kiosk was answered after {one.answered[-1]} s, all was well "
                f"after {one.seconds[-1]} s"
            )
    _wait(begun + whole)


def _spent(begun: float, well: Callable[[], bool]) -> float | None:
    """Seconds until all is well; None when patience ends first."""
    while time.monotonic() - begun < PATIENCE_SECONDS:
        if well():
            return round(time.monotonic() - begun, 1)
        time.sleep(LOOK_SECONDS)
    return None


def _settle(report: Report, tally: kiosks.Tally, given: _Photos) -> None:
    """Compare what was acknowledged with what is stored, as soon as nothing waits or patience ends."""
    from django.core.management import CommandError, call_command
    from django.db import connections
    from django.db.models import Count

    from attendance.models import ClockEvent
    from employees.models import EnrolmentPhoto

    connections.close_all()
    State = EnrolmentPhoto.State
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_SECONDS:
        report.unended = {"photos": EnrolmentPhoto.objects.filter(state__in=(State.QUEUED, State.PROCESSING)).count()}
        if not report.unended["photos"]:
            break
        time.sleep(1)
    report.settled_seconds = round(time.monotonic() - begun, 1)
    punched = Counter(ClockEvent.objects.filter(method="pin").values_list("employee__number", flat=True))
    confirmed = {number for number, _direction in tally.confirmed}
    stored = EnrolmentPhoto.objects.filter(pk__in=given.taken).select_related("employee")
    report.acknowledged = {"punches": len(confirmed), "photos": len(given.taken)}
    report.lost = {
        "punches": sum(not punched[number] for number in confirmed),
        "photos": len(given.taken) - sum(_readable(photo) for photo in stored),
    }
    same = EnrolmentPhoto.objects.values("employee", "fingerprint").annotate(rows=Count("pk")).filter(rows__gt=1)
    report.doubled = {"punches": sum(count > 1 for count in punched.values()), "photos": same.count()}
    for command in ("attendance_verify", "audit_verify"):
        try:
            call_command(command, stdout=io.StringIO(), stderr=io.StringIO())
        except (SystemExit, CommandError) as error:
            if str(error) != "0":
                report.differs.append(f"{command}: {error}")


def _readable(photo: Any) -> bool:
    """Whether the picture itself is there and whole."""
    from employees.services import photo_read
    from employees.vault import VaultError

    with contextlib.suppress(OSError, VaultError):
        return bool(photo_read(photo))
    return False


def _wait(until: float) -> None:
    threading.Event().wait(max(0.0, until - time.monotonic()))


def _tell(report: Report) -> None:
    print(f"\n  {report.minutes:g} minutes, {report.kiosks} kiosks, {report.web} web processes, {os.cpu_count()} cores")
    table(
        ["disturbance", "times", "a kiosk answered after s", "all well after s"],
        [[name, str(one.times), _each(one.answered), _each(one.seconds)] for name, one in report.recoveries.items()],
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
    for name, count in report.ended.items():
        print(f"  {name} ended {count} times without being killed")
    for line in report.differs:
        print(f"  {line}")
    for line in report.left_out:
        print(f"  left out: {line}")
    print(f"  everything had ended {report.settled_seconds:.0f} s after the load")
    print(f"  {'good' if report.good else 'NOT good'}")


def _each(seconds: Sequence[float]) -> str:
    return ", ".join(f"{spent:.1f}" for spent in seconds) or "never"


def _say(line: str) -> None:
    print(f"  {line}", flush=True)
