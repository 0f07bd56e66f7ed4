"""Change the code in one small place, run the nearest tests, and count how often they notice: a mutation score.

    python -m scripts.mutation                        # 40 mutants a package, seed 1
    python -m scripts.mutation --mutants 60 --seed 7 --package attendance.rules
    python -m scripts.mutation --seed 7 --again       # only those of the last run with this seed that were not killed

The mutants are cosmic-ray's. They are made in copies of the working tree, never in the tree itself. A place in the code
is drawn at random (of each module as many as its share of the places), then one of the changes possible there. Left
out, because no test of behaviour can notice them: annotations, docstrings, log lines, sentences for people, the options
of ``@dataclass``, ``is`` for ``==``, and what does not compile or is the same program.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import json
import math
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator, operator_names
from parso.tree import NodeOrLeaf

from scripts.mutation_server import ANSWERS, ASKS, PATIENCE, TEMPLATE
from scripts.nearest_tests import nearest
from scripts.structure import ROOT, module_of

PACKAGES = ("attendance.rules", "attendance.services", "recognition.services")
# These take arguments of their own; and what an identity comparison says of None, of enums and of short strings is
# what an equality says.
NO_OPERATORS = {"core/VariableReplacer", "core/VariableInserter", "core/NoOp"} | {
    f"core/ReplaceComparisonOperator_{change}" for change in ("Eq_Is", "Is_Eq", "NotEq_IsNot", "IsNot_NotEq")
}

PASSED_OVER = {"name", "string", "newline", "endmarker", "fstring_string"}

Position = tuple[int, int]
Span = tuple[Position, Position]


@dataclass(frozen=True)
class Mutant:
    """One change: the ``occurrence``-th place in ``module`` at which the operator applies."""

    module: str
    operator: str
    occurrence: int
    line: int

    @property
    def name(self) -> str:
        """What it is called in the record."""
        return f"{self.module}:{self.line} {self.operator.removeprefix('core/')}#{self.occurrence}"

    @property
    def path(self) -> str:
        """The file, from the top of the tree."""
        return f"{self.module.replace('.', '/')}.py"

    def code(self, source: str) -> str:
        """The changed text of the module."""
        return str(MutationVisitor.mutate_code(source, get_operator(self.operator)(), self.occurrence))


@dataclass
class Result:
    """What became of a mutant: killed, survived or timed out; by which test, or with which change."""

    mutant: str
    package: str
    outcome: str
    detail: str


# Which changes can matter


def skipped(tree: ast.AST) -> Iterator[ast.expr | ast.stmt | ast.keyword]:
    """The parts of a module in which a change cannot matter."""
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                yield annotation
            case ast.FunctionDef(returns=ast.expr() as returns):
                yield returns
            case ast.Expr(value=ast.Constant()) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield node
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logger"))):
                yield node
            case ast.Call(func=ast.Name(id="_" | "gettext" | "gettext_lazy" | "ngettext" | "pgettext")):
                yield node
            case ast.Call(func=ast.Name(id="dataclass")):
                yield from node.keywords


def spans(source: str) -> list[Span]:
    """Where those parts lie; columns in characters, as parso counts them."""
    rows = source.splitlines()

    def position(line: int | None, offset: int | None) -> Position:
        assert line is not None
        return line, len(rows[line - 1].encode()[:offset].decode())

    return [
        (position(node.lineno, node.col_offset), position(node.end_lineno, node.end_col_offset))
        for node in skipped(ast.parse(source))
    ]


def is_bracket(node: NodeOrLeaf) -> bool:
    """Whether it is punctuation, which is no operator of Python's."""
    return node.type == "operator" and getattr(node, "value", "") in {"(", ")", "[", "]", "{", "}", ",", ".", ":", "="}


def places(module: str, source: str) -> list[list[Mutant]]:
    """The changes that are possible in a module, those at the same place in one list."""
    hidden = spans(source)
    # Names, strings and brackets are most of the nodes, and no operator is for them.
    nodes = [node for node in ast_nodes(get_ast(source)) if node.type not in PASSED_OVER and not is_bracket(node)]
    by_place: dict[Span, list[Mutant]] = defaultdict(list)
    for operator in sorted(set(operator_names()) - NO_OPERATORS):
        instance = get_operator(operator)()
        positions = [position for node in nodes for position in instance.mutation_positions(node)]
        for occurrence, (start, end) in enumerate(positions):
            if not any(first <= start and end <= last for first, last in hidden):
                by_place[start, end].append(Mutant(module, operator, occurrence, start[0]))
    return [by_place[place] for place in sorted(by_place)]


def is_change(mutant: Mutant, source: str) -> bool:
    """Whether a mutant is another program, and one that compiles."""
    try:
        changed = ast.parse(mutant.code(source))
    except (SyntaxError, AttributeError):  # cosmic-ray itself fails at `except module.Error`
        return False
    return ast.dump(changed) != ast.dump(ast.parse(source))


def sample(package: str, size: int, seed: int) -> list[Mutant]:
    """The mutants of a run: of each module as many as its share of the package's places, and at least one."""
    sources = {
        module_of(path): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
        if path.name != "__init__.py"
    }
    found = {module: places(module, source) for module, source in sources.items()}
    total = sum(len(rows) for rows in found.values())
    chosen: list[Mutant] = []
    for module, rows in found.items():
        draw = random.Random(f"{seed} {module}")
        wanted = max(1, round(size * len(rows) / total))
        taken: list[Mutant] = []
        for row in draw.sample(rows, len(rows)):
            if len(taken) < wanted:
                changes = (one for one in draw.sample(row, len(row)) if is_change(one, sources[module]))
                taken += filter(None, [next(changes, None)])
        chosen += taken
    return chosen


# Running


class Copy:
    """A copy of the working tree with a test database of its own, in which one mutant at a time is tried."""

    def __init__(self, folder: Path, tests: list[str], seconds: int) -> None:
        self.folder = folder
        self.database = folder / "test.sqlite3"
        self.seconds = seconds
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / "mutation_settings.py").write_text(
            f"from tests.settings import *\nDATABASES['default']['TEST'] = {{'NAME': {str(self.database)!r}}}\n"
        )
        self.log = (folder / "server.log").open("w+")
        asks, self.asks = os.pipe()
        self.answers, answers = os.pipe()
        handed = {ASKS: str(asks), ANSWERS: str(answers)}
        self.server = self.start(tests, ["-p", "scripts.mutation_server"], handed, self.log.fileno(), (asks, answers))
        os.close(asks)
        os.close(answers)
        self.said = os.fdopen(self.answers)

    def start(
        self, tests: list[str], more: list[str], environment: dict[str, str], output: int, handed: tuple[int, ...] = ()
    ) -> subprocess.Popen[str]:
        """Start pytest on test files."""
        arguments = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--no-header", "--tb=no"]
        arguments += ["--ds=mutation_settings", "--reuse-db", "-m", "not slow and not browser and not race", *more]
        kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
        kept.setdefault("PRESENTE_MODELS", str(ROOT / "var" / "models"))
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments, *tests],
            cwd=self.folder,
            # A changed module must not leave compiled code behind that the next one would be taken for.
            env={**kept, **environment, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            pass_fds=handed,
        )

    def answer(self) -> str | None:
        """The server's next answer."""
        line = self.said.readline()
        if not line:
            self.log.seek(0)
            raise SystemExit(f"the tests could not be loaded:\n{self.log.read()[-3000:]}")
        answered = json.loads(line)
        return None if answered is None else str(answered)

    def cold(self, tests: list[str]) -> str | None:
        """Run test files in a pytest of their own: the first that failed, "" for none, None when the time was up."""
        for left in self.folder.glob(f"{self.database.name}*"):
            left.unlink()
        shutil.copy(self.folder / TEMPLATE, self.database)
        process = self.start(tests, [], {}, subprocess.PIPE)
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (self.seconds, self.seconds + 5))
        try:
            output, _ = process.communicate(timeout=PATIENCE * self.seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None
        if process.returncode < 0:
            return None
        failed = [line.split(" ", 1)[1] for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return "" if process.returncode == 0 else failed[0][:200] if failed else output[-300:]

    def ask(self, tests: list[str], path: Path, before: str, after: str) -> str | None:
        """Have the server run tests on changed code."""
        said = {"path": str(path), "before": before, "after": after, "tests": tests, "seconds": self.seconds}
        os.write(self.asks, (json.dumps(said) + "\n").encode())
        return self.answer()

    def judge(self, mutant: Mutant, tests: list[str]) -> Result:
        """Try a mutant, and put the module back as it was."""
        path = self.folder / mutant.path
        before = path.read_text(encoding="utf-8")
        after = mutant.code(before)
        try:
            path.write_text(after, encoding="utf-8")  # also for tests that start processes
            failed = self.ask(tests, path, before, after)
            if failed == "cold":
                failed = self.cold(tests)
        finally:
            path.write_text(before, encoding="utf-8")
        outcome = "timed out" if failed is None else "killed" if failed else "survived"
        detail = failed if outcome == "killed" and failed else change(before, after)
        return Result(mutant.name, mutant.module.rsplit(".", 1)[0], outcome, detail)

    def unsound(self, tests: list[str]) -> set[str]:
        """Those of the tests that fail on unchanged code as well: what they killed was not noticed."""
        found: set[str] = set()
        while failed := self.ask([one for one in tests if one not in found], self.folder / "conftest.py", "", ""):
            if failed in found:
                break
            found.add(failed)
        return found

    def close(self) -> None:
        """End the server."""
        os.close(self.asks)
        self.server.wait()


def change(before: str, after: str) -> str:
    """The changed lines, before and after."""
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(row for row in rows if not row.startswith(("---", "+++", "@@")))


def interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.96
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def table(results: list[Result]) -> str:
    """The figures of each package and of all; what timed out counts as noticed."""
    rows = ["| package | mutants | killed | survived | timed out | score | 95 % |", "| --- " * 7 + "|"]
    for package in [*sorted({one.package for one in results}), "all"]:
        outcomes = [one.outcome for one in results if package in (one.package, "all")]
        noticed = len(outcomes) - outcomes.count("survived")
        low, high = interval(noticed, len(outcomes))
        counts = " | ".join(str(outcomes.count(outcome)) for outcome in ("killed", "survived", "timed out"))
        score = f"{noticed / len(outcomes):.0%} | {low:.0%} to {high:.0%}"
        rows.append(f"| {package} | {len(outcomes)} | {counts} | {score} |")
    return "\n".join(rows)


def mixed(groups: list[list[Mutant]], seed: int) -> deque[Mutant]:
    """One of each package after the other, at random: wherever a run ends, what was tried is a fair sample."""
    shuffled = [random.Random(seed).sample(group, len(group)) for group in groups]
    return deque(one for row in zip_longest(*shuffled) for one in row if one)


def run(waiting: deque[Mutant], jobs: int, seconds: int, until: float, record: Path) -> list[Result]:
    """Try the mutants, ``jobs`` at a time, until the time is up; write each result down as it comes."""
    results: list[Result] = []
    tests = nearest(sorted({mutant.module for mutant in waiting}))
    files = sorted({name for names in tests.values() for name in names})
    with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as folder:

        def work(number: int) -> None:
            copy = Copy(Path(folder) / str(number), files, seconds)
            copy.answer()
            mine: list[Result] = []
            while waiting and time.monotonic() < until:
                with contextlib.suppress(IndexError):  # the other one was quicker
                    mutant = waiting.popleft()
                    result = copy.judge(mutant, tests[mutant.module])
                    mine.append(result)
                    results.append(result)
                    with record.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(result)) + "\n")
                    print(f"{result.outcome:9} {result.mutant}  {result.detail[:100]!r}", file=sys.stderr, flush=True)
            bad = copy.unsound(list(dict.fromkeys(one.detail for one in mine if one.outcome == "killed")))
            for result in mine:
                if result.detail in bad:
                    result.outcome, result.detail = "survived", f"fails on unchanged code: {result.detail}"
            copy.close()

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(work, range(jobs)))
    return results


def main() -> None:
    """Draw, try, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=40, help="of each package (default 40)")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only this one; may be given again")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    parser.add_argument("--seconds", type=int, default=120, help="of computing, for the tests of one mutant (120)")
    parser.add_argument("--minutes", type=float, default=60, help="begin no mutant after so long (default 60)")
    parser.add_argument("--again", action="store_true", help="try again what the last run did not kill")
    options = parser.parse_args()

    started = time.monotonic()
    packages = options.package or list(PACKAGES)
    mutants = mixed([sample(package, options.mutants, options.seed) for package in packages], options.seed)
    record = ROOT / "var" / f"mutation-{options.seed}.jsonl"
    record.parent.mkdir(exist_ok=True)
    kept: list[Result] = []
    if options.again and record.exists():
        known = {row["mutant"]: Result(**row) for row in map(json.loads, record.read_text().splitlines())}
        kept = [known[one.name] for one in mutants if one.name in known and known[one.name].outcome == "killed"]
    record.write_text("".join(json.dumps(asdict(one)) + "\n" for one in kept))
    done = {one.mutant for one in kept}
    waiting = deque(one for one in mutants if one.name not in done)
    results = kept + run(waiting, options.jobs, options.seconds, started + options.minutes * 60, record)
    spent = (time.monotonic() - started) / 60
    print(f"seed {options.seed}: {len(results)} of {len(mutants)} mutants in {spent:.0f} minutes\n")
    print(table(results))
    for result in results:
        if result.outcome != "killed":
            print(f"\n{result.outcome}: {result.mutant}\n{result.detail}")


if __name__ == "__main__":
    main()
