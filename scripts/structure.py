"""What the structure of the code must keep: no import circles, no long files, few short ones, no app of half the code.

    python scripts/structure.py             # fails where a rule is broken, and names each place
    python scripts/structure.py --figures   # prints the figures as well

An import counts wherever it stands: at the top of a file, inside a function, or for types alone.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "common",
    "employees",
    "recognition",
    "approvals",
    "attendance",
    "doors",
    "reporting",
    "webhooks",
    "leave",
    "planning",
    "notifications",
    "kiosk",
    "phone",
    "privacy",
    "presente",
)
LONGEST_FILE = 400
SHORT_FILE = 30
MOST_SHORT_FILES = 19
LARGEST_SHARE = 0.40
# Python, Django, Celery and gunicorn ask for files of these names and places, however little there is to say in them.
ASKED_FOR = re.compile(
    r"/(?:__init__|__main__|apps|admin_config|urls|signals|tasks|celery|wsgi|web|formats)\.py$"
    r"|/management/commands/[^/]+\.py$|/templatetags/[^/]+\.py$"
)

Graph = dict[str, set[str]]


def sources() -> list[Path]:
    """Every Python file of the apps, without migrations."""
    return sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def is_test(path: Path) -> bool:
    """Whether a file is for tests alone."""
    return "tests" in path.parts or path.name in {"testing.py", "testing_env.py", "conftest.py"}


def module_of(path: Path) -> str:
    """The name a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, modules: set[str]) -> Iterator[str]:
    """The modules of ours that a file imports; ``from package import name`` is the module of that name."""
    own = module_of(path)
    package = own.split(".") if path.name == "__init__.py" else own.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name for alias in node.names if (name := alias.name) in modules)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                if name in modules:
                    yield name
                elif base in modules:
                    yield base


def graph(paths: Iterable[Path]) -> Graph:
    """Which file imports which."""
    by_module = {module_of(path): path for path in paths}
    modules = set(by_module)
    return {module: {name for name in imports(path, modules) if name != module} for module, path in by_module.items()}


def circles(edges: Graph) -> list[list[str]]:
    """The sets of files that reach each other, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            members = []
            while True:
                members.append(stack.pop())
                if members[-1] == node:
                    break
            if len(members) > 1:
                found.append(sorted(members))

    sys.setrecursionlimit(10_000)
    for node in sorted(edges):
        if node not in index:
            visit(node)
    return sorted(found)


def shortest_circle(members: list[str], edges: Graph) -> list[str]:
    """The shortest way from a file back to itself within a set: what a person has to look at."""
    inside = set(members)
    best: list[str] = []
    for start in members:
        paths = [[start]]
        seen = {start}
        while paths:
            path = paths.pop(0)
            following = sorted(edges[path[-1]] & inside)
            if start in following:
                if not best or len(path) < len(best):
                    best = path
                break
            paths += [[*path, one] for one in following if one not in seen]
            seen |= set(following)
    return [*best, best[0]] if best else []


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def broken(figures: bool = False) -> list[str]:
    """Every rule that is not kept, a sentence each."""
    paths = sources()
    length = {path: lines(path) for path in paths}
    code = [path for path in paths if not is_test(path)]
    edges = graph(code)
    said = []
    for members in circles(edges):
        circle = " -> ".join(shortest_circle(members, edges))
        said.append(f"{len(members)} files import each other: {circle} (all: {', '.join(members)})")
    said += [
        f"{_name(path)} has {length[path]} lines; split it at {LONGEST_FILE}"
        for path in paths
        if length[path] > LONGEST_FILE
    ]
    short = [path for path in code if length[path] < SHORT_FILE and not ASKED_FOR.search(path.as_posix())]
    if len(short) > MOST_SHORT_FILES:
        names = ", ".join(f"{_name(path)} ({length[path]})" for path in short)
        said.append(f"{len(short)} files have fewer than {SHORT_FILE} lines, at most {MOST_SHORT_FILES} may: {names}")
    total = sum(length[path] for path in code)
    for app in APPS:
        share = sum(length[path] for path in code if _name(path).startswith(f"{app}/")) / total
        if figures:
            print(f"{app:12} {share:5.1%} of {total} lines")
        if share > LARGEST_SHARE:
            said.append(f"{app} is {share:.0%} of the code; at most {LARGEST_SHARE:.0%} may be in one app")
    if figures:
        print(f"{len(code)} files, {len(short)} short ones, the longest has {max(length[path] for path in code)} lines")
    return said


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    """Print what is broken; 1 where anything is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", action="store_true", help="print the figures as well")
    said = broken(parser.parse_args().figures)
    for sentence in said:
        print(sentence, file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
