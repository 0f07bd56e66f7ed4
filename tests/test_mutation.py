"""The mutation run: which changes it makes, to which code, and which tests it asks."""

from __future__ import annotations

import functools
from pathlib import Path
from types import FunctionType

import pytest

from scripts.mutation import PACKAGES, Result, interval, is_change, places, sample, table
from scripts.mutation_server import exchange
from scripts.nearest_tests import nearest
from scripts.structure import ROOT

LEFT_OUT = '''
"""Text with 1 + 1."""
from dataclasses import dataclass

@dataclass(frozen=True)
class Box:
    width: int | None

def area(box: Box | None, sides: list[int] | None) -> int | None:
    """Text."""
    log.info("area %d", 1 + 1)
    raise ValueError(gettext("at most %d") % gettext("%d" % (1 + 1)))
'''


def changes(source: str) -> set[str]:
    """The places of a text at which something is changed: line and operator."""
    return {
        f"{one.line} {one.operator.removeprefix('core/').split('_')[0]}" for row in places("x", source) for one in row
    }


def test_what_no_test_of_behaviour_can_notice_is_left_as_it_is() -> None:
    assert changes(LEFT_OUT) == {"5 RemoveDecorator", "12 ReplaceBinaryOperator"}


def test_the_same_seed_draws_the_same_mutants_of_every_module_and_each_compiles() -> None:
    drawn = sample("attendance.services", 12, seed=5)

    assert drawn == sample("attendance.services", 12, seed=5) != sample("attendance.services", 12, seed=6)
    modules = {path.stem for path in (ROOT / "attendance/services").glob("*.py")} - {"__init__"}
    assert {one.module.rsplit(".", 1)[1] for one in drawn} == modules
    assert all(is_change(one, (ROOT / one.path).read_text()) for one in drawn)


@pytest.fixture(scope="module")
def near() -> dict[str, list[str]]:
    """The nearest test files of every module that is changed."""
    return nearest(
        [
            f"{package}.{path.stem}"
            for package in PACKAGES
            for path in (ROOT / package.replace(".", "/")).glob("*.py")
            if path.stem != "__init__"
        ]
    )


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("attendance.rules.pairing", "attendance/tests/test_scenarios.py"),
        ("attendance.rules.wall_clock", "attendance/tests/test_wall_clock.py"),
        ("attendance.services.clock", "attendance/tests/test_clock.py"),
        ("attendance.services.undo", "kiosk/tests/test_undo.py"),
        ("recognition.services.refresh_guard", "recognition/tests/test_refresh.py"),
    ],
)
def test_the_nearest_tests_are_found_by_imports_and_names(near: dict[str, list[str]], module: str, test: str) -> None:
    assert test in near[module]


def test_every_module_has_tests_near_it(near: dict[str, list[str]]) -> None:
    assert all(near.values())


def test_a_loaded_function_is_given_its_changed_code_behind_its_decorator(tmp_path: Path) -> None:
    before = "def double(given):\n    return [one * 2 for one in given]\nMOST = 3\n"
    path = str(tmp_path / "loaded.py")
    loaded: dict[str, FunctionType] = {}
    exec(compile(before, path, "exec"), loaded)
    double, wrapped = loaded["double"], functools.wraps(loaded["double"])(lambda given: loaded["double"](given))

    assert exchange([double], path, before, before.replace("* 2", "* 3"))

    assert wrapped([1]) == [3]
    # A constant of the module is not within a function.
    assert not exchange([double], path, before, before.replace("MOST = 3", "MOST = 4"))


def test_the_table_counts_what_timed_out_as_noticed_and_says_how_sure_the_score_is() -> None:
    outcomes = ["killed"] * 7 + ["timed out"] + ["survived"] * 2
    rows = table([Result(f"m{number}", "attendance.rules", one, "") for number, one in enumerate(outcomes)]).split("\n")

    assert rows[2] == "| attendance.rules | 10 | 7 | 2 | 1 | 80% | 49% to 94% |"
    assert interval(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
