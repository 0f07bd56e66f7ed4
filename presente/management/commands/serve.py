"""`manage.py serve`: all processes of one machine, started, kept running and stopped as one program."""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from common.private_files import folder_close
from kiosk import browser_files
from presente import broker, env, first_run, heartbeat
from presente.management.commands.run import port_number
from presente.processes import BACKGROUND, run_command, unanswered
from presente.start import lost_database, lost_key
from presente.supervisor import ChildFailed, StopRequested, Supervisor, stoppable
from recognition import engine_holder
from recognition.engine.types import ModelUnavailable
from recognition.engines import factory

START_SECONDS = 90.0
BROKER_SECONDS = 30.0
POLL_SECONDS = 0.1


class Command(BaseCommand):
    help = "Start everything, print the addresses, keep it running, and stop it on Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=port_number, default=8000, help="where the web server listens (default: 8000)"
        )
        parser.add_argument("--prepare", action="store_true", help="first migrate and prepare the models")
        parser.add_argument(
            "--demo",
            choices=("0", "1"),
            default="0",
            help="1: on an empty database load the demo first, and clock its person in once the server runs",
        )

    def handle(self, *args: Any, port: int, prepare: bool, demo: str, **options: Any) -> None:
        host = env.text("PRESENTE_BIND", "127.0.0.1")
        url = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}"
        # The processes that send messages know it from there.
        if not settings.CSRF_TRUSTED_ORIGINS and not os.environ.get("PRESENTE_URL"):
            os.environ["PRESENTE_URL"] = url
        supervisor = Supervisor(Path(settings.DATA_DIR), say=self._tell)
        try:
            with stoppable():
                try:
                    with _alone():
                        _refuse_taken_port(host, port)
                        _refuse_missing_broker()
                        folder_close(Path(settings.DATA_DIR))
                        fresh = self._prepare(demo == "1") if prepare else False
                        _refuse_lost_key()
                        self._start(supervisor, host, port, url)
                        if fresh:
                            self._run("demo", "--clock-in", url)
                        self._announce(url)
                        supervisor.watch()
                finally:
                    supervisor.stop()
                    broker.remove_socket(Path(settings.DATA_DIR))
        except StopRequested:
            self.stdout.write("\nstopped")
        except ChildFailed as failure:
            raise CommandError(
                f"{failure.message}; everything was stopped. The end of {failure.log}:\n{failure.tail}"
            ) from failure

    def _prepare(self, demo: bool) -> bool:
        """Bring database and models up to date; True when the demo was loaded just now."""
        if line := lost_database():
            raise CommandError(line)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database")
            call_command("migrate", interactive=False, verbosity=0)
        if not _models_stand():
            # In a process of its own: TensorFlow's memory goes with it.
            self._run("build_models")
        if factory().liveness_networks:
            self._prepare_liveness()
        if factory().browser_finds_faces and not browser_files.stand():
            try:
                browser_files.fetch(self.stdout.write)
            except browser_files.BrowserFilesError as error:
                self.stdout.write(f"{error} Until then the server finds the faces.")
        if not demo or not _empty():
            return False
        self._run("demo")
        return True

    def _prepare_liveness(self) -> None:
        """Have the liveness network where its address can be reached; without it the check goes on with movement."""
        from recognition import liveness_assets, liveness_network
        from recognition.engine.types import ModelUnavailable

        if liveness_network.stands():
            return
        sources = Path(settings.MODELS_DIR) / "sources"
        try:
            liveness_assets.fetch(sources, self.stdout.write)
        except ModelUnavailable as error:
            self.stdout.write(f"{error.message} Until then pictures are told from faces by their movement alone.")
        else:
            self._run("fetch_liveness_model", "--file", str(sources))

    def _run(self, *arguments: str) -> None:
        """One of our commands; the chatter of the libraries on stderr goes to a log, whose end is shown if it fails."""
        log = Path(settings.DATA_DIR) / "log" / f"{arguments[0]}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "manage.py", *arguments]
        with log.open("w") as file:
            done = subprocess.run(command, cwd=settings.BASE_DIR, check=False, stderr=file)
        if done.returncode:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
            raise CommandError(f"manage.py {' '.join(arguments)} failed. The end of {log}:\n{tail}")

    def _start(self, supervisor: Supervisor, host: str, port: int, url: str) -> None:
        before = heartbeat.path().stat().st_mtime if heartbeat.path().exists() else 0.0
        data = Path(settings.DATA_DIR)
        if not settings.REDIS_URL:
            supervisor.start("broker", run_command("broker"), stop_last=True)
        access = str(data / "log" / "access.log")
        options = ("--port", str(port), "--bind", host, "--access-log", access)
        web = supervisor.start("web", run_command("web", *options), must_start=True)
        if not settings.REDIS_URL:
            self._hope(supervisor, lambda: broker.silent(data), BROKER_SECONDS)
        for name in BACKGROUND:
            supervisor.start(name, run_command(name))
        supervisor.wait_until(lambda: unanswered(f"{url}/healthz"), child=web, seconds=START_SECONDS)
        supervisor.wait_until(lambda: unanswered(f"{url}/readyz"), child=web, seconds=START_SECONDS)
        supervisor.is_up(web)
        self._hope(supervisor, lambda: _heartbeat_after(before), START_SECONDS)

    def _hope(self, supervisor: Supervisor, ready: Callable[[], str | None], seconds: float) -> None:
        """Wait until ``ready`` answers None; when it does not in time say so and go on: web and kiosk work without."""
        deadline = time.monotonic() + seconds
        while (waiting_for := ready()) is not None:
            supervisor.check()
            if time.monotonic() > deadline:
                self._tell(f"after {seconds:.0f} s {waiting_for}; Presente goes on without it (`manage.py doctor`)")
                return
            time.sleep(POLL_SECONDS)

    def _tell(self, line: str) -> None:
        self.stdout.write(f"{datetime.now():%H:%M:%S} {line}")
        self.stdout.flush()

    def _announce(self, url: str) -> None:
        lines = [
            ("Attendance", f"{url}/"),
            ("Kiosk", f"{url}/kiosk/"),
            ("HR's admin", f"{url}/admin/"),
            ("API", f"{url}/api/docs/"),
            ("Logs", str(Path(settings.DATA_DIR) / "log")),
        ]
        login = Path(settings.DATA_DIR) / "demo-login.txt"
        if login.exists():
            lines.append(("Demo logins", str(login)))
        if _empty():
            lines.append(("First step", f"open {first_run.setup_link(url)} and create the first HR account"))
        self.stdout.write("")
        for name, value in lines:
            self.stdout.write(f"  {name:<12} {value}")
        self.stdout.write("  Ctrl-C stops everything.\n")
        self.stdout.write(f"ready {url}")
        self.stdout.flush()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the data folder: two schedulers over one broker would send everything twice."""
    path = Path(settings.DATA_DIR) / "serve.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(
                f"Presente already runs on {settings.DATA_DIR}. Stop it, or give this one a folder of its own: "
                "PRESENTE_DATA=/another/folder."
            ) from error
        yield


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"Port {port} is in use: another program listens there."
            else:
                reason = f"Cannot listen on {host}:{port} ({error.strerror})."
            raise CommandError(f"{reason} Stop it or choose another port: make run PORT=8001") from error


def _refuse_missing_broker() -> None:
    if settings.REDIS_URL:
        return
    try:
        broker.program()
    except broker.BrokerError as error:
        raise CommandError(str(error)) from error


def _refuse_lost_key() -> None:
    if line := lost_key():
        raise CommandError(line)


def _models_stand() -> bool:
    """True when a version is active and its files are whole."""
    try:
        engine_holder.verify(engine_holder.active_name())
    except ModelUnavailable:
        return False
    return True


def _empty() -> bool:
    from employees.models import Employee, User

    return not User.objects.exists() and not Employee.objects.exists()


def _heartbeat_after(before: float) -> str | None:
    path = heartbeat.path()
    return None if path.exists() and path.stat().st_mtime > before else "the worker has not answered yet"
