"""Machines that are network namespaces of this one: each has its own interfaces, and a cable to all others."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.chaos_parts import Lacking

NETWORK = "198.51.100"
"""For documentation (RFC 5737): nobody has these addresses, and nothing leaves the namespaces."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A namespace: what is started in it has ``within`` put before its command, and is reached at ``address``."""

    name: str
    address: str

    @property
    def within(self) -> list[str]:
        return ["ip", "netns", "exec", self.name]


@contextmanager
def machines(*names: str) -> Iterator[list[Machine]]:
    """That many machines on one switch, until the block ends. Raises ``Lacking`` where they cannot be made."""
    if os.geteuid() or not shutil.which("ip"):
        raise Lacking("only root may make network namespaces, and with the program ip (apt-get install iproute2)")
    made = [Machine(f"presente-{os.getpid()}-{name}", f"{NETWORK}.{place}") for place, name in enumerate(names, 1)]
    switch = made[0].name
    with ExitStack() as stack:
        for machine in made:
            _ip("netns", "add", machine.name)
            stack.callback(subprocess.run, ["ip", "netns", "delete", machine.name], check=False)
            _ip("-n", machine.name, "link", "set", "lo", "up")
        _ip("-n", switch, "link", "add", "switch", "type", "bridge")
        _ip("-n", switch, "addr", "add", f"{made[0].address}/24", "dev", "switch")
        _ip("-n", switch, "link", "set", "switch", "up")
        for number, machine in enumerate(made[1:]):
            plug = f"plug{number}"
            _ip("link", "add", plug, "netns", switch, "type", "veth", "peer", "name", "eth0", "netns", machine.name)
            _ip("-n", switch, "link", "set", plug, "master", "switch", "up")
            _ip("-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", "eth0")
            _ip("-n", machine.name, "link", "set", "eth0", "up")
        yield made


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Lacking(f"network namespaces cannot be made here (ip {' '.join(words)}: {done.stderr.strip()})")
