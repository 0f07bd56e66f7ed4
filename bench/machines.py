"""`python -m bench machines [--changes 10] [--fake] [--json]`: what one machine changes, another one knows.

Two machines (network namespaces) have a web process each; the PostgreSQL and the Valkey that they share are on a third
one. Somebody is enrolled on the one, and the other is asked over HTTP until it knows them; then the consent is taken
back there, and both are asked until they see a stranger. Code 1 where one took longer than a second.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import office
from bench.chaos_parts import Lacking, Postgres, Valkey
from bench.home import OUR_OWN, ROOT
from bench.networks import Machine, machines
from bench.one_machine import PORT
from bench.table import heading, table
from common.subprocesses import DIE_WITH_PARENT
from presente.supervisor import StopRequested, stoppable

BAR_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
START_SECONDS = 300.0
TAUGHT = 3
"""Photos that somebody is enrolled with; the next one is what the machines are asked about."""
FAKE_ENGINE = "recognition.tests.fake_engine.FakeEngines"


@dataclass(slots=True)
class Report:
    """Seconds from each change until it had come to the other machine (to both, where somebody became a stranger)."""

    changes: int
    recognised_s: list[float] = field(default_factory=list)
    stranger_s: list[float] = field(default_factory=list)
    never: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Each came, and within a second."""
        return not self.never and max(self.recognised_s + self.stranger_s, default=0.0) <= BAR_SECONDS


class Place:
    """A machine of Presente: its web process, and the program that does things on it."""

    def __init__(self, machine: Machine, folder: Path, environment: dict[str, str]) -> None:
        self.name = machine.name.rpartition("-")[2]
        self._within, self._folder = machine.within, folder
        self._environment = environment | {"PRESENTE_DATA": str(folder)}
        folder.mkdir(mode=0o700)
        # As a disk or a bucket that both have.
        (folder / "faces").symlink_to(folder.parent / "faces")
        self._program = self._start("-m", "bench.one_machine", pipes=True)
        self._web: subprocess.Popen[str] | None = None

    def do(self, what: str, **given: object) -> Any:
        """What ``bench.one_machine`` answers."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps({"do": what, **given}) + "\n")
        self._program.stdin.flush()
        if not (line := self._program.stdout.readline()):
            raise RuntimeError(f"{self.name} ended: {(self._folder / 'bench.log').read_text()[-3000:]}")
        return json.loads(line)

    def serve(self) -> None:
        """Start the web process, and wait until people can clock in."""
        options = ("--bind", "127.0.0.1", "--port", str(PORT))
        self._web = self._start("manage.py", "run", "web", *options, pipes=False)
        end = time.monotonic() + START_SECONDS
        while reason := self.do("ready")["reason"]:
            if self._web.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name}: {reason}: {(self._folder / 'bench.log').read_text()[-3000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End both."""
        for process in filter(None, (self._web, self._program)):
            process.terminate()
            process.communicate(timeout=60)

    def _start(self, *words: str, pipes: bool) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE if pipes else None
        with (self._folder / "bench.log").open("a") as log:
            return subprocess.Popen(
                [*DIE_WITH_PARENT, *self._within, sys.executable, *words],
                cwd=ROOT,
                env=self._environment,
                stdin=pipe,
                stdout=pipe or log,
                stderr=log,
                text=True,
            )


def main(arguments: list[str]) -> int:
    """Measure in places that are thrown away; 1 where a change took too long, 2 where there are no namespaces."""
    parser = argparse.ArgumentParser(prog="python -m bench machines", description=__doc__)
    parser.add_argument("--changes", type=int, default=10, help="people, at most 12 with real faces")
    parser.add_argument("--fake", action="store_true", help="the tests' engine, which needs no model and no faces")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    report = Report(given.changes)
    folder = Path(tempfile.mkdtemp(prefix="presente-machines-"))
    try:
        with stoppable():
            _measure(report, folder, fake=given.fake)
    except Lacking as error:
        print(f"left out: {error}", file=sys.stderr)
        return 2
    except StopRequested:
        print("\nstopped", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = asdict(report) | {"bar_s": BAR_SECONDS, "good": report.good}
    if given.json:
        print(json.dumps(found))
    else:
        _tell(report)
    return 0 if report.good else 1


def _measure(report: Report, folder: Path, *, fake: bool) -> None:
    people = _pictures(folder, report.changes, fake=fake)
    with ExitStack() as stack:
        services, *others = stack.enter_context(machines("services", "one", "two"))
        postgres = Postgres(host=services.address, within=services.within)
        stack.callback(postgres.close)
        valkey = Valkey(host=services.address, within=services.within)
        stack.callback(valkey.close)
        environment = _environment(postgres.url, valkey.url, folder, fake=fake)
        (folder / "faces").mkdir(mode=0o700)
        places = []
        for machine in others:
            places.append(Place(machine, folder / machine.name, environment))
            stack.callback(places[-1].stop)
        key = places[0].do("prepare")["key"]
        for place in places:
            place.serve()
            place.do("who", photo=people[0][-1], key=key)
        for number, photos in enumerate(people):
            here, there = places[number % 2], places[1 - number % 2]
            _change(report, f"M{number}", photos, here, there, key)


def _change(report: Report, name: str, photos: list[str], here: Place, there: Place, key: str) -> None:
    def sees(place: Place) -> str | None:
        found: str | None = place.do("who", photo=photos[-1], key=key)["number"]
        return found

    here.do("enrol", number=name, photos=photos[:-1])
    spent = _until(lambda: sees(there) == name)
    _note(report.recognised_s, spent, report, f"{there.name} never saw {name}")
    there.do("withdraw", number=name)
    spent = _until(lambda: sees(here) is None and sees(there) is None)
    _note(report.stranger_s, spent, report, f"{name} never became a stranger everywhere")


def _until(holds: Callable[[], bool]) -> float | None:
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > PATIENCE_SECONDS:
            return None
    return time.monotonic() - begun


def _note(seconds: list[float], spent: float | None, report: Report, otherwise: str) -> None:
    if spent is None:
        report.never.append(otherwise)
    else:
        seconds.append(round(spent, 3))


def _pictures(folder: Path, people: int, *, fake: bool) -> list[list[str]]:
    """The photos of each person as files, the last one to ask with. Raises ``Lacking``."""
    if fake:
        from recognition.tests.fake_engine import fake_photo

        contents = [[fake_photo(one, variation=each) for each in range(TAUGHT + 1)] for one in range(1, people + 1)]
    elif reason := office.missing():
        raise Lacking(reason)
    else:
        contents = [office.photos_of(one)[: TAUGHT + 1] for one in range(min(people, 12))]
    found = []
    for one, pictures in enumerate(contents):
        paths = [folder / f"{one}-{place}" for place in range(len(pictures))]
        for path, content in zip(paths, pictures, strict=True):
            path.write_bytes(content)
        found.append([str(path) for path in paths])
    return found


def _environment(database: str, redis: str, folder: Path, *, fake: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OUR_OWN}
    kept.setdefault("PRESENTE_MODELS", str(ROOT / "var" / "models"))
    kept.setdefault("PRESENTE_BROWSER_FILES", str(ROOT / "var" / "browser"))
    return kept | {
        "DJANGO_SETTINGS_MODULE": "presente.settings",
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "PRESENTE_KEYS": str(folder / "keys"),
        "PRESENTE_SECRET_KEY": secrets.token_urlsafe(48),
        **({"PRESENTE_ENGINE": FAKE_ENGINE} if fake else {}),
    }


def _tell(report: Report) -> None:
    heading(f"Two machines, {report.changes} people enrolled on the one and withdrawn on the other")
    rows = [("recognised by the other", report.recognised_s), ("a stranger on both", report.stranger_s)]
    table(
        ["from the commit until", "times", "median s", "longest s", "bar s"],
        [
            [name, str(len(spent)), f"{_middle(spent):.3f}", f"{max(spent, default=0.0):.3f}", f"{BAR_SECONDS:g}"]
            for name, spent in rows
        ],
    )
    for line in report.never:
        print(f"  {line}")
    print(f"  {'good' if report.good else 'NOT good'}")


def _middle(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2] if seconds else 0.0
