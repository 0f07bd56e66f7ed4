"""Start each command of docker-compose.yml by hand, with the same environment, where there is no container engine.

    python scripts/containers_start.py --database postgres://postgres@127.0.0.1:5432/containers \
        --redis redis://127.0.0.1:6379/5

The folders, the database, the broker and the web server's port are others than in the file; what runs, in which order,
with which settings, and by which check it counts as well, is read from it. Code 1 where one is not well.
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
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "POSTGRES_PASSWORD": "none",
    "PRESENTE_NAME": "presente.example.com",
    "PRESENTE_SECRET_KEY": "for-this-try-alone-Ab3kLq9Zx7Wm2Vt5Ry8Np4Hd6",
    "PRESENTE_MASTER_KEY": "for-this-try-alone-Kd8sPq2Xv6Bn4Mz9Tf3Jw7Lg5",
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
    """Start all of them; 1 where one fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="DATABASE_URL of an empty database")
    parser.add_argument("--redis", required=True, help="REDIS_URL of a broker")
    parser.add_argument("--port", type=int, default=8471, help="where the web server listens for this try")
    parser.add_argument("--seconds", type=float, default=240.0, help="how long a health check may fail (default: 240)")
    parser.add_argument("--models", help="a folder of models that were built before")
    options = parser.parse_args()
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    ours = {name: one for name, one in services.items() if "build" in one}
    with tempfile.TemporaryDirectory(prefix="presente-containers-") as place:
        folder = Path(place)
        for part in ("data", "keys"):
            (folder / part).mkdir(mode=0o700)
        first = ours.pop("prepare")
        began = time.monotonic()
        done = subprocess.run(command(first, 0), cwd=ROOT, env=environment(first, options, folder), check=False)
        print(f"prepare: code {done.returncode} after {time.monotonic() - began:.0f} s", flush=True)
        return 1 if done.returncode else _run(ours, options, folder)


def _run(services: dict[str, dict[str, Any]], options: argparse.Namespace, folder: Path) -> int:
    running = {}
    failed = 0
    try:
        for name, service in services.items():
            with (folder / f"{name}.log").open("wb") as log:
                running[name] = subprocess.Popen(
                    command(service, options.port),
                    cwd=ROOT,
                    env=environment(service, options, folder),
                    stdout=log,
                    stderr=log,
                )
        for name, service in services.items():
            test, variables = check(service, folder, options.port), environment(service, options, folder)
            fault = _well(running[name], test, variables, options.seconds)
            print(f"{name}: {fault or 'well'}", flush=True)
            if fault:
                failed += 1
                print((folder / f"{name}.log").read_text(errors="replace")[-3000:], file=sys.stderr)
    finally:
        for process in running.values():
            process.terminate()
        for name, process in running.items():
            code = process.wait(60)
            print(f"{name}: ended with code {code}", flush=True)
    return 1 if failed else 0


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
