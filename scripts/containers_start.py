"""Start each command of docker-compose.yml by hand, with the same environment, where there is no container engine.

    python -m scripts.containers_start [--models var/models]

PostgreSQL and the broker are started beside, in folders that are thrown away; or name your own with --database and
--redis. These, the folders and the ports are others than in the file; what runs, in which order, with which settings,
and by which check it counts as well, is read from it, the object storage of the profile s3 included where its program
is installed, in which photos and models then lie. Ends with a table, and code 1 where one is not well.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from bench.chaos_parts import Lacking, Postgres, Valkey, free_port
from bench.table import table

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "POSTGRES_PASSWORD": "none",
    "PRESENTE_NAME": "presente.example.com",
    "PRESENTE_SECRET_KEY": "for-this-try-alone-Ab3kLq9Zx7Wm2Vt5Ry8Np4Hd6",
    "PRESENTE_MASTER_KEY": "for-this-try-alone-Kd8sPq2Xv6Bn4Mz9Tf3Jw7Lg5",
    "PRESENTE_STORAGE_KEY": "presente",
    "PRESENTE_STORAGE_SECRET": "for-this-try-alone",
}
"""What .env would have."""


def environment(service: dict[str, Any], options: argparse.Namespace, folder: Path) -> dict[str, str]:
    """The service's variables as compose would give them, with this try's places."""
    given = {name: _filled(str(value)) for name, value in service.get("environment", {}).items()}
    places = {
        "PRESENTE_DATA": str(folder / "data"),
        "PRESENTE_KEYS": str(folder / "keys"),
        "PRESENTE_MODELS": options.models or str(folder / "data" / "models"),
        "DATABASE_URL": options.database,
        "REDIS_URL": options.redis,
        "PRESENTE_STORAGE": options.storage,
        "PRESENTE_QUEUE_PREFIX": "containers-",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/tmp"),
    }
    return {**given, **places}


def command(service: dict[str, Any], port: int) -> list[str]:
    """What the container runs: its own command, or the image's."""
    own = service.get("command") or _image_command()
    words = shlex.split(own) if isinstance(own, str) else [str(one) for one in own]
    return [*words, "--port", str(port), "--bind", "127.0.0.1"] if words[-2:] == ["run", "web"] else words


def objects_command(service: dict[str, Any], folder: Path, port: int) -> list[str] | None:
    """The object storage's command on this machine's own address and ports; None where its program is not here."""
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        return None
    changed = {"-dir": str(folder / "objects"), "-s3.port": str(port), "-ip": "127.0.0.1", "-ip.bind": "127.0.0.1"}
    words = [str(one) for one in service["command"]]
    words = [f"{name}={changed[name]}" if (name := word.partition("=")[0]) in changed else word for word in words]
    for part in ("master", "volume", "filer"):
        words += [f"-{part}.port={free_port()}", f"-{part}.port.grpc={free_port()}"]
    return [str(program), *words, f"-s3.port.grpc={free_port()}", "-volume.preStopSeconds=0"]


def check(service: dict[str, Any], folder: Path, port: int) -> list[str] | None:
    """Its health check as a command; None where it has none."""
    test = service.get("healthcheck", {}).get("test")
    if not test:
        return None
    words = [str(one).replace("/data/", f"{folder}/data/").replace(":8000", f":{port}") for one in test]
    if words[0] == "CMD-SHELL":
        return ["sh", "-c", words[1].replace("$$", "$")]
    return words[1:]


def main() -> int:
    """Start all of them; 1 where one fails, 2 where there is no PostgreSQL to try with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", help="DATABASE_URL of an empty database (default: a server of its own)")
    parser.add_argument("--redis", help="REDIS_URL of a broker (default: one of its own)")
    parser.add_argument("--seconds", type=float, default=240.0, help="how long a health check may fail (default: 240)")
    parser.add_argument("--models", help="a folder of models that were built before")
    options = parser.parse_args()
    options.port, options.storage = free_port(), ""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    tried = Tried()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="presente-containers-")))
        for part in ("data", "keys", "objects"):
            (folder / part).mkdir(mode=0o700)
        try:
            if not options.database:
                postgres = Postgres()
                stack.callback(postgres.close)
                options.database = postgres.url
            if not options.redis:
                valkey = Valkey()
                stack.callback(valkey.close)
                options.redis = valkey.url
        except Lacking as error:
            print(f"left out: {error}", file=sys.stderr)
            return 2
        stack.callback(tried.end)
        _start_all(services, options, folder, tried)
    tried.tell(services)
    return 1 if tried.failed else 0


class Tried:
    """What was started, and what became of it: (after how many seconds it was well, or what was wrong, its code)."""

    def __init__(self) -> None:
        self.rows: dict[str, list[str]] = {}
        self.failed = False
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, line: list[str], variables: dict[str, str], folder: Path) -> None:
        """Start it; its output goes into a file."""
        with (folder / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(line, cwd=ROOT, env=variables, stdout=log, stderr=log)

    def wait(self, name: str, test: list[str] | None, variables: dict[str, str], seconds: float, folder: Path) -> None:
        """Until it is well, or it is known not to be."""
        began = time.monotonic()
        fault = _well(self._running[name], test, variables, seconds)
        self.note(name, fault, "check passed" if test else "ran for ten seconds", time.monotonic() - began)
        if fault:
            print((folder / f"{name}.log").read_text(errors="replace")[-3000:], file=sys.stderr)

    def note(self, name: str, fault: str | None, well: str, seconds: float) -> None:
        """Keep a row."""
        self.failed = self.failed or fault is not None
        self.rows[name] = [fault or well, f"{seconds:.0f}", ""]
        print(f"{name}: {fault or well}", flush=True)

    def end(self) -> None:
        """Ask all to end, those that others rest on last."""
        for name, process in reversed(self._running.items()):
            process.terminate()
            try:
                code = process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            if name in self.rows:
                self.rows[name][2] = str(code)

    def tell(self, services: dict[str, Any]) -> None:
        """The table, with a row for each service of the file."""
        print()
        missing = ["only in its image", "", ""]
        beside = {"postgres": ["beside, another server", "", ""], "redis": ["beside, another server", "", ""]}
        table(
            ["service", "well", "s", "ended with"],
            [[name, *self.rows.get(name, beside.get(name, missing))] for name in services],
        )


def _start_all(services: dict[str, Any], options: argparse.Namespace, folder: Path, tried: Tried) -> None:
    ours = {name: one for name, one in services.items() if "build" in one}
    port = free_port()
    if line := objects_command(services["objects"], folder, port):
        given = {name: _filled(str(value)) for name, value in services["objects"]["environment"].items()}
        tried.start("objects", line, {"PATH": os.environ["PATH"], **given}, folder)
        stands = [one.replace(":8333", f":{port}") for one in services["objects"]["healthcheck"]["test"][1:]]
        tried.wait("objects", stands, dict(os.environ), options.seconds, folder)
        options.storage = f"s3://presente?endpoint=http://127.0.0.1:{port}&region=local"
    first = ours.pop("prepare")
    began = time.monotonic()
    done = subprocess.run(command(first, 0), cwd=ROOT, env=environment(first, options, folder), check=False)
    code = done.returncode
    tried.note("prepare", f"ended with code {code}" if code else None, "has done its work", time.monotonic() - began)
    tried.rows["prepare"][2] = str(code)
    if code:
        return
    for name, service in ours.items():
        tried.start(name, command(service, options.port), environment(service, options, folder), folder)
    for name, service in ours.items():
        test, variables = check(service, folder, options.port), environment(service, options, folder)
        tried.wait(name, test, variables, options.seconds, folder)


def _well(
    process: subprocess.Popen[bytes], test: list[str] | None, variables: dict[str, str], seconds: float
) -> str | None:
    """None once its check passes, or where it has none after it ran for ten seconds; otherwise what is wrong."""
    end = time.monotonic() + (seconds if test else 10.0)
    while time.monotonic() < end:
        if process.poll() is not None:
            return f"ended with code {process.returncode}"
        if test and subprocess.run(test, cwd=ROOT, env=variables, capture_output=True, check=False).returncode == 0:
            return None
        time.sleep(1)
    return f"its check still fails after {seconds:.0f} s" if test else None


def _filled(text: str) -> str:
    """``${NAME}``, ``${NAME:-default}`` and ``${NAME:?why}`` replaced, as compose does it."""
    return re.sub(
        r"\$\{(\w+)(?::([-?])([^}]*))?\}",
        lambda found: ENVIRONMENT.get(found[1]) or (found[3] if found[2] == "-" else ""),
        text,
    )


def _image_command() -> list[str]:
    line = (ROOT / "Dockerfile").read_text(encoding="utf-8").strip().splitlines()[-1]
    return list(yaml.safe_load(line.removeprefix("CMD ")))


if __name__ == "__main__":
    sys.exit(main())
