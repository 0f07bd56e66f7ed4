"""`python -m bench steady [--minutes 60] [--seed 0] [--json]`: everything at work while its processes are killed.

A Presente as `make run` starts it, on real faces and a data folder of its own. Both cores are kept busy with imports,
enrolments, exports, a fine-tune, identify requests and kiosk punches. Meanwhile each worker and the scheduler are
killed twice and the broker once (SIGKILL), and an empty and a garbage message are thrown into each queue. Asked at the
end: was the web server there throughout, was everybody answered, has everything that was asked for ended?
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import kiosks, office, steady_load
from bench.home import throwaway
from bench.steady_load import Job, Seen
from bench.table import table
from presente.supervisor import StopRequested, stoppable

KILLED_TWICE = ("worker", "reports", "training", "scheduler")
KIOSKS = 4
PEOPLE_A_MINUTE = 30
"""Each person with a PIN punches once."""
EPOCHS = 4
TRAINED_AFTER = 0.2
BEGIN, END = 0.12, 0.85
"""Between these shares of the time the disturbances lie: at the beginning it warms up, at the end it settles."""
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 0.2
GARBAGE = ("", "garbage: no JSON {")
BEGUN = re.compile(r"Task (\S+)\[([0-9a-f-]+)\] received")
ENDED = re.compile(r"Task (\S+)\[([0-9a-f-]+)\] (?:succeeded|raised|retry|ignored)|Discarding revoked task: (\S+)\[")


@dataclass(slots=True)
class Process:
    """One process over the whole run. ``away``: the longest time until it ran again, in seconds."""

    kills: int = 0
    restarts: int = 0
    away: float = 0.0
    mib_start: float = 0.0
    mib_end: float = 0.0


@dataclass(slots=True)
class Work:
    """Rows that were asked for, and those that reached an end."""

    asked: int = 0
    ended: int = 0

    @property
    def lost(self) -> int:
        return self.asked - self.ended


@dataclass(slots=True)
class Report:
    """``gaps``: when and how long the web server did not answer. ``begun``, ``finished``: Celery tasks, by the workers'
    logs; the difference was cut off by kills, and is done by a later task that a sweep sent. ``left``: messages that
    wait at the end; ``unacknowledged``: those that a killed worker had taken, which the broker gives out again later.
    """

    minutes: float
    asked: dict[str, Seen] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    work: dict[str, Work] = field(default_factory=dict)
    gaps: list[tuple[str, float]] = field(default_factory=list)
    begun: int = 0
    finished: int = 0
    left: dict[str, int] = field(default_factory=dict)
    unacknowledged: int = 0
    busy: float = 0.0
    settled_seconds: float = 0.0

    @property
    def waiting(self) -> int:
        return sum(self.left.values())

    @property
    def good(self) -> bool:
        """Web there throughout, everybody answered, nothing lost, and nobody died but who was killed."""
        return (
            not self.gaps
            and not any(seen.failures for seen in self.asked.values())
            and not any(work.lost for work in self.work.values())
            and not self.waiting
            and all(one.restarts == one.kills for one in self.processes.values())
        )


def main(arguments: list[str]) -> int:
    """Measure in a data folder that is thrown away; 1 when something went wrong in between."""
    parser = argparse.ArgumentParser(prog="python -m bench steady", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0, help="another one kills in another order")
    parser.add_argument("--no-fine-tune", action="store_true", help="on a machine that others keep busy it never ends")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    say = (lambda _line: None) if given.json else _say
    try:
        with throwaway(own_models=True, PRESENTE_FINE_TUNE="0") as data, stoppable():
            fine_tune = not given.no_fine_tune
            report = measure(data, minutes=given.minutes, seed=given.seed, fine_tune=fine_tune, say=say)
    except StopRequested:
        print("\nstopped")
        return 130
    if given.json:
        print(office.as_json({**asdict(report), "good": report.good}))
    else:
        _tell(report)
    return 0 if report.good else 1


def measure(data: Path, *, minutes: float, seed: int, fine_tune: bool, say: office.Say) -> Report:
    """The company, the load, the kills, and what came of all of it."""
    report = Report(minutes, processes={})
    with office.serving(data, "--prepare") as place:
        people = steady_load.faces(data)
        others = round(PEOPLE_A_MINUTE * minutes)
        employees = _company(people, others)
        pictures = steady_load.frames(people)
        key = office.api_key()
        say(f"{len(employees)} people with faces, {others} without; {minutes:g} minutes of load begin")
        jobs = [
            *(steady_load.identifying(place.port, key, pictures) for _ in range(2)),
            steady_load.importing(place.port),
            steady_load.enrolling(people, employees),
            steady_load.exporting(),
            steady_load.watching(place.port, report.gaps),
        ]
        busy = _cpu_seconds()
        begun = time.monotonic()
        for job in jobs:
            job.start()
        if fine_tune:
            # Once there are photos enough to learn from and to be tested with.
            later = threading.Timer(TRAINED_AFTER * minutes * 60, _fine_tune)
            later.daemon = True
            later.start()
        tally, devices = steady_load.at_the_kiosks(place.port, pictures, KIOSKS, minutes)
        _disturb(data, report, begun, minutes, random.Random(seed), say)
        _wait(begun + minutes * 60)
        report.busy = round((_cpu_seconds() - busy) / (time.monotonic() - begun), 2)
        _stop(jobs, devices)
        say("the load has ended; waiting for what was asked for")
        _settle(data, report, tally)
        _note_processes(data, report, "mib_end")
    _add_up(report, jobs, tally)
    report.begun, report.finished = _tasks(data)
    return report


def _fine_tune() -> None:
    from django.db import connections

    from recognition.services.training import training_request

    training_request(at_once=True, by=office.hr(), options={"epochs": EPOCHS})
    connections.close_all()


def _company(people: list[list[bytes]], others: int) -> list[Any]:
    """People whose first photos are accepted, and others who have a PIN alone."""
    employees = [office.hire(f"P{number:02}") for number in range(len(people))]
    for employee, contents in zip(employees, people, strict=True):
        office.enrol(employee, contents[:3])
    for number in range(others):
        office.hire(f"N{number:05}")
    return employees


def _disturb(data: Path, report: Report, begun: float, minutes: float, rng: random.Random, say: office.Say) -> None:
    """Every disturbance at its time, evenly spread, in an order drawn by the seed."""
    acts = [*KILLED_TWICE, *KILLED_TWICE, "broker", "garbage", "garbage"]
    rng.shuffle(acts)
    _wait(begun + BEGIN * minutes * 60)
    _note_processes(data, report, "mib_start")
    for place, act in enumerate(acts):
        _wait(begun + (BEGIN + (END - BEGIN) * place / len(acts)) * minutes * 60)
        if act == "garbage":
            _throw(data)
            say(f"{_clock(begun)} an empty and a garbage message in each queue")
        else:
            away = _kill(data, act)
            report.processes[act].kills += 1
            report.processes[act].away = max(report.processes[act].away, round(away, 1))
            say(f"{_clock(begun)} {act} killed, {away:.1f} s until it ran again")


def _throw(data: Path) -> None:
    from django.conf import settings

    with _redis(data) as client:
        for queue in settings.QUEUES.values():
            client.lpush(queue, *GARBAGE)


def _kill(data: Path, name: str) -> float:
    """SIGKILL; the seconds until the supervisor runs another one."""
    old = _pid(data, name)
    begun = time.monotonic()
    os.kill(old, signal.SIGKILL)
    while _pid(data, name) == old:
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - begun


def _pid(data: Path, name: str) -> int:
    """The id of the process of that name; raises RuntimeError when none is started."""
    from presente import process_state

    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        state = (process_state.read(data) or {}).get(name)
        if state is not None and state.pid is not None:
            return state.pid
        time.sleep(LOOK_SECONDS)
    raise RuntimeError(f"{name} does not come back")


def _redis(data: Path) -> Any:
    import redis

    from presente import broker

    return redis.Redis(unix_socket_path=str(broker.socket_path(data)))


def _stop(jobs: list[Job], devices: list[threading.Thread]) -> None:
    for job in jobs:
        job.stop()
    for thread in (*jobs, *devices):
        thread.join()


def _settle(data: Path, report: Report, tally: kiosks.Tally) -> None:
    """Wait until everything that was asked for has ended and no message waits, or until patience does."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_SECONDS:
        report.work = _work(tally)
        _note_broker(data, report)
        if not any(work.lost for work in report.work.values()) and not report.waiting:
            break
        time.sleep(1)
    report.settled_seconds = round(time.monotonic() - begun, 1)


def _work(tally: kiosks.Tally) -> dict[str, Work]:
    from attendance.models import ClockEvent
    from employees.models import EnrolmentPhoto
    from recognition.models import TrainingRun
    from reporting.models import ExportJob

    photos, exports, runs = EnrolmentPhoto.State, ExportJob.State, TrainingRun.objects
    ended = [photos.ACCEPTED, photos.REJECTED]
    held = set(ClockEvent.objects.filter(method="pin").values_list("employee__number", flat=True))
    return {
        "photos": Work(EnrolmentPhoto.objects.count(), EnrolmentPhoto.objects.filter(state__in=ended).count()),
        "exports": Work(ExportJob.objects.count(), ExportJob.objects.filter(state=exports.DONE).count()),
        "fine-tunes": Work(runs.count(), runs.exclude(state__in=TrainingRun.OPEN).count()),
        "PIN punches": Work(len(tally.confirmed), sum(number in held for number, _direction in tally.confirmed)),
    }


def _note_processes(data: Path, report: Report, moment: str) -> None:
    """Memory of each process and of those that it started, and how often each was started again."""
    from presente import process_state

    resident = _resident()
    for name, state in (process_state.read(data) or {}).items():
        one = report.processes.setdefault(name, Process())
        one.restarts = state.restarts
        setattr(one, moment, round(sum(resident(state.pid)) / 1024, 0) if state.pid else 0.0)


def _resident() -> Callable[[int], Iterator[int]]:
    """A function from a process id to the KiB of it and of its descendants."""
    shown = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in shown.splitlines()]

    def tree(pid: int) -> Iterator[int]:
        for child, parent, size in rows:
            if child == pid:
                yield size
            if parent == pid:
                yield from tree(child)

    return tree


def _note_broker(data: Path, report: Report) -> None:
    from django.conf import settings

    with _redis(data) as client:
        report.left = {queue: int(client.llen(queue)) for queue in settings.QUEUES.values()}
        report.unacknowledged = int(client.hlen("unacked"))


def _add_up(report: Report, jobs: list[Job], tally: kiosks.Tally) -> None:
    for job in jobs:
        total = report.asked.setdefault(job.name, Seen())
        total.requests += job.seen.requests
        total.longest = round(max(total.longest, job.seen.longest), 2)
        total.failures += job.seen.failures
        total.repeated += job.seen.repeated
    looks = Seen(len(tally.seconds) + len(tally.confirmed), round(max(tally.seconds, default=0.0), 2))
    looks.failures = ["a kiosk's request failed"] * (tally.failed + tally.given_up)
    looks.repeated = tally.refused
    report.asked["kiosks"] = looks


def _tasks(data: Path) -> tuple[int, int]:
    """Tasks that a worker has begun, and those that it ended, by the logs."""
    begun: set[str] = set()
    ended = 0
    for path in sorted((data / "log").glob("*.log*")):
        if path.name.split(".")[0] not in KILLED_TWICE:
            continue
        text = path.read_text(errors="replace")
        begun |= {found[2] + path.name for found in BEGUN.finditer(text)}
        ended += sum(1 for _found in ENDED.finditer(text))
    return len(begun), ended


def _cpu_seconds() -> float:
    """Seconds that all cores together have worked since the machine started; 0 where it does not say."""
    try:
        ticks = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    except (OSError, ValueError):
        return 0.0
    return (sum(ticks[:3]) + sum(ticks[5:8])) / os.sysconf("SC_CLK_TCK")


def _wait(until: float) -> None:
    time.sleep(max(0.0, until - time.monotonic()))


def _clock(begun: float) -> str:
    seconds = int(time.monotonic() - begun)
    return f"{seconds // 60:02}:{seconds % 60:02}"


def _tell(report: Report) -> None:
    print(f"\n  {report.minutes:g} minutes, {report.busy:g} of {os.cpu_count()} cores busy on average", flush=True)
    table(
        ["work", "requests", "repeated", "failures", "longest s"],
        [
            [name, f"{seen.requests:,}", str(seen.repeated), str(len(seen.failures)), f"{seen.longest:.2f}"]
            for name, seen in report.asked.items()
        ],
    )
    print()
    table(
        ["asked for", "asked", "ended", "lost"],
        [[name, f"{one.asked:,}", f"{one.ended:,}", str(one.lost)] for name, one in report.work.items()],
    )
    print()
    table(
        ["process", "kills", "restarts", "longest away s", "MiB start", "MiB end"],
        [
            [name, str(one.kills), str(one.restarts), f"{one.away:.1f}", f"{one.mib_start:.0f}", f"{one.mib_end:.0f}"]
            for name, one in report.processes.items()
        ],
    )
    down = sum(seconds for _when, seconds in report.gaps)
    print(f"\n  web server down: {down:.1f} s{''.join(f' ({when}: {gap:.1f} s)' for when, gap in report.gaps)}")
    print(
        f"  tasks begun {report.begun:,}, ended {report.finished:,}; messages that wait {report.waiting}, "
        f"unacknowledged {report.unacknowledged}"
    )
    print(f"  everything asked for had ended {report.settled_seconds:.0f} s after the load")
    for name, seen in report.asked.items():
        for line in seen.failures[:5]:
            print(f"  {name}: {line}")
    print(f"  {'good' if report.good else 'NOT good'}")


def _say(line: str) -> None:
    print(f"  {line}", flush=True)
