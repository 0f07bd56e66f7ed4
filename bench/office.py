"""A small company of real faces on a running Presente: its web server, its workers, its broker, its database."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.home import ROOT

if TYPE_CHECKING:
    from employees.models import Employee, User

FACES = Path(os.environ.get("PRESENTE_FACES") or ROOT.parent / "shared" / "faces")
STOP_SECONDS = 60.0
Say = Callable[[str], None]


def missing() -> str | None:
    """Explanation the company cannot be made here, or None."""
    folders = [FACES / "aligned112", FACES / "raw"]
    lacking = [str(folder) for folder in folders if not folder.is_dir()]
    return f"there are no faces at {' and '.join(lacking)} (set PRESENTE_FACES)" if lacking else None


def photos_of(person: int) -> list[bytes]:
    """The photos of one of the thirteen, in their order."""
    folder = sorted(path for path in (FACES / "aligned112").iterdir() if path.is_dir())[person]
    return [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]


def singles() -> list[bytes]:
    """Whole photos, most of them of somebody else."""
    return [path.read_bytes() for path in sorted((FACES / "raw").glob("*.jpg"))]


def hr() -> User:
    """Whoever enrols here."""
    from employees.models import User

    found, _created = User.objects.get_or_create(username="hr", defaults={"role": User.Role.HR})
    return found


def hire(name: str) -> Employee:
    """An employee with consent. Who is held out goes by the public id: the same ones every time."""
    from employees.models import Consent
    from employees.services import consent_give, employee_create

    employee = employee_create(number=name, first_name="Bench", last_name=name)
    employee.public_id = uuid.uuid5(uuid.NAMESPACE_OID, name)
    employee.save(update_fields=["public_id"])
    consent_give(employee=employee, method=Consent.Method.PAPER)
    return employee


def enrol(employee: Employee, contents: Sequence[bytes], *, overrule: bool = True) -> int:
    """Give photos and have them accepted here and now, HR overruling the checks where it may; how many were."""
    from employees.models import EnrolmentPhoto
    from employees.services import EmployeeError
    from recognition.services import photo_add, photo_override, photo_process

    accepted = 0
    for content in contents:
        photo = photo_add(employee=employee, content=content, source=EnrolmentPhoto.Source.UPLOAD, queue=False)
        photo = photo_process(photo.pk)
        if overrule and photo.state == EnrolmentPhoto.State.REJECTED:
            try:
                photo = photo_process(photo_override(photo=photo, reason="It is them.", by=hr()).pk)
            except EmployeeError:
                continue
        accepted += photo.state == EnrolmentPhoto.State.ACCEPTED
    return accepted


def api_key() -> str:
    """A key that opens `POST /api/v1/identify`."""
    from employees.models import ApiKey

    _row, key = ApiKey.objects.create_key(name="bench", scopes=[ApiKey.Scope.IDENTIFY, ApiKey.Scope.WRITE])
    return str(key)


@dataclass(frozen=True, slots=True)
class Office:
    """Where the program answers, and the process that started the others."""

    port: int
    process: subprocess.Popen[str]

    def training(self) -> tuple[int, list[int]] | None:
        """The training worker's process and the one that it works in, if it does; None while it is being started."""
        shown = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in shown.splitlines()]
        parents = {int(pid): int(parent) for pid, parent, _args in rows}
        workers = {int(pid) for pid, _parent, args in rows if " training@" in args and "celery" in args}
        mains = [pid for pid in workers if parents[pid] == self.process.pid]
        return (mains[0], [pid for pid, parent in parents.items() if parent == mains[0]]) if mains else None


@contextmanager
def serving(data: Path, *options: str) -> Iterator[Office]:
    """`manage.py serve` on ``data``, until the block ends. Raises ``RuntimeError`` with what it printed instead."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    printed: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            printed.append(line)
            if line.startswith("ready "):
                break
        else:
            raise RuntimeError(f"Presente did not start on {data}:\n{''.join(printed)}")
        yield Office(port, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def as_json(value: object) -> str:
    """One line."""
    return json.dumps(value, ensure_ascii=False)
