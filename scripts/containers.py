"""What docker-compose.yml must keep: no service gains rights or writes outside its volumes, and each command exists.

    python scripts/containers.py    # fails where a rule is broken, and names each service

The schema of the file is checked beside (scripts/check.sh); no container engine is needed.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
HARMLESS = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "NET_BIND_SERVICE", "SETGID", "SETUID"}
"""Capabilities that an image's own start may need; a program of ours needs none."""


def broken(root: Path = ROOT) -> list[str]:
    """Every rule that is not kept, a sentence each."""
    content = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    known, names = _commands(root), _process_names(root)
    volumes = set(content.get("volumes") or {})
    said = []
    for name, service in content["services"].items():
        said += [f"{name}: {fault}" for fault in _faults(service, volumes)]
        for command, argument in _used(service):
            if command not in known:
                said.append(f"{name}: there is no `manage.py {command}`")
            elif command == "run" and argument not in names:
                said.append(f"{name}: there is no process {argument!r} (presente/processes.py)")
    return said


def _faults(service: dict[str, Any], volumes: set[str]) -> list[str]:
    said = []
    if service.get("read_only") is not True:
        said.append("its file system can be written: read_only: true")
    if service.get("cap_drop") != ["ALL"]:
        said.append("it keeps capabilities: cap_drop: [ALL]")
    if "no-new-privileges:true" not in service.get("security_opt", []):
        said.append("it may gain rights: security_opt: [no-new-privileges:true]")
    if service.get("privileged") or service.get("network_mode") == "host" or service.get("pid") == "host":
        said.append("it shares the host's rights")
    allowed = set() if "build" in service else HARMLESS
    if more := set(service.get("cap_add", [])) - allowed:
        said.append(f"it is given {', '.join(sorted(more))}")
    if "build" not in service and not re.search(r":v?\d", str(service.get("image", ""))):
        said.append("its image names no version")
    if not any(str(one).startswith("/tmp") for one in service.get("tmpfs", [])):
        said.append("it has no /tmp to write to: tmpfs: [/tmp]")
    for one in service.get("volumes", []):
        source = str(one).partition(":")[0]
        if "docker.sock" in source:
            said.append("it is given the engine itself")
        elif not source.startswith((".", "/")) and source not in volumes:
            said.append(f"its volume {source} is not declared")
        elif source.startswith(".") and not str(one).endswith(":ro"):
            said.append(f"it can write to {source}: mount it :ro")
    return said


def _used(service: dict[str, Any]) -> list[tuple[str, str]]:
    """Each of our commands that the service runs, with the first word after it."""
    words = service.get("command") or ""
    line = words if isinstance(words, str) else " ".join(map(str, words))
    return re.findall(r"manage\.py (\w+)(?: ([\w-]+))?", line)


def _commands(root: Path) -> set[str]:
    found = {path.stem for path in root.glob("*/management/commands/*.py")}
    return found | {"migrate", "check", "collectstatic"}


def _process_names(root: Path) -> set[str]:
    """The names that `manage.py run` knows, read without the settings: the workers' and those beside them."""
    tree = ast.parse((root / "presente" / "processes.py").read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Worker":
            names.add(str(getattr(node.args[0], "value", "")))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NAMES":
            names |= {str(one.value) for one in ast.walk(node.value) if isinstance(one, ast.Constant)}
    return names


def main() -> int:
    """Print what is broken; 1 where anything is."""
    said = broken()
    for sentence in said:
        print(sentence, file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
