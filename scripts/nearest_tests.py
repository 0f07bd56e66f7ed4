"""Which test files are the nearest of a module, by their imports and their names.

python -m scripts.nearest_tests attendance.rules.pairing attendance.services.clock
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict, deque
from pathlib import Path

from scripts.structure import ROOT, is_test, lines, module_of, sources

NEAREST_FILES = 6
SLOW = re.compile("_(real|kills|race)$")  # real networks, killed workers, and what only PostgreSQL can show


def edges(paths: list[Path]) -> dict[str, set[str]]:
    """Which file imports which; a name that a package passes on counts as an import of the file it comes from."""
    trees = {module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    packages = {module_of(path) for path in paths if path.name == "__init__.py"}
    named = [
        (module, f"{node.module}.{alias.name}", str(node.module))
        for module, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
    ]
    passed_on = {f"{module}.{name.rsplit('.', 1)[1]}": base for module, name, base in named if module in packages}
    found: dict[str, set[str]] = defaultdict(set)
    for module, name, base in named:
        if module not in packages:
            found[module].add(next((one for one in (passed_on.get(name), name, base) if one in trees), base))
    return found


def subject(test: str) -> str:
    """What a test file is named after."""
    return test.rsplit(".", 1)[1].removeprefix("test_")


def nearest(modules: list[str]) -> dict[str, list[str]]:
    """The test files of each module: those that import it over the fewest files, or are named after it, come first."""
    paths = [*sources(), *sorted((ROOT / "tests").glob("*.py"))]
    by_module = {module_of(path): path for path in paths}
    importers: dict[str, set[str]] = defaultdict(set)
    for module, imported in edges(paths).items():
        for one in imported:
            importers[one].add(module)
    chosen = {}
    for module in modules:
        app, stem = module.split(".")[0], module.rsplit(".", 1)[1]
        distance = {module: 0}
        waiting = deque([module])
        while waiting:
            here = waiting.popleft()
            for other in importers[here] & set(by_module):
                # A helper of the tests is no step: its tests are as near as if they imported the module themselves.
                helper = is_test(by_module[other]) and not by_module[other].name.startswith("test_")
                if distance[here] + (not helper) < distance.get(other, 99):
                    distance[other] = distance[here] + (not helper)
                    waiting.append(other)
        tests = [name for name, path in by_module.items() if path.name.startswith("test_") and not SLOW.search(name)]
        named = [name for name in tests if name.startswith(app)]
        own = {name for name in named if stem in name or subject(name) in stem}
        if not set(tests) & set(distance):
            # Reached through a page alone: the tests that are named after what imports it as well.
            own |= {name for name in named if any(subject(name) in one for one in importers[module])}
        ranked = sorted(
            (name for name in tests if name in distance or name in own),
            key=lambda name: (
                name not in own,
                distance.get(name, 99),
                not name.startswith(app),
                lines(by_module[name]),
            ),
        )
        chosen[module] = [by_module[name].relative_to(ROOT).as_posix() for name in ranked[:NEAREST_FILES]]
    return chosen


if __name__ == "__main__":
    for name, files in nearest(sys.argv[1:]).items():
        print(f"{name}: {' '.join(files)}")
