"""The check of the structure sees what it is there to see."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import structure


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(structure, "ROOT", tmp_path)
    monkeypatch.setattr(structure, "APPS", ("alpha", "beta", "gamma"))
    for app in structure.APPS:
        write(tmp_path / app / "__init__.py", "")
        write(tmp_path / app / "one.py", "X = 1\n" * 100)
    return tmp_path


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_what_is_in_order_passes(code: Path) -> None:
    assert structure.broken() == []


@pytest.mark.parametrize(
    "back",
    [
        "from alpha import two\n",
        "from alpha.two import X\n",
        "def later() -> None:\n    import alpha.two\n",
        "if TYPE_CHECKING:\n    from ..alpha.two import X\n",
    ],
)
def test_a_circle_is_found_however_it_is_imported(code: Path, back: str) -> None:
    write(code / "alpha" / "two.py", "from beta import two\n" + "X = 1\n" * 60)
    write(code / "beta" / "two.py", "from gamma.two import X\n" + "Y = 1\n" * 60)
    write(code / "gamma" / "two.py", back + "X = 1\n" * 60)

    [said] = structure.broken()
    assert said.startswith("3 files import each other: alpha.two -> beta.two -> gamma.two -> alpha.two")


def test_the_long_the_short_and_the_large_are_named(code: Path) -> None:
    for number in range(structure.MOST_SHORT_FILES + 1):
        write(code / "beta" / f"short{number}.py", "X = 1\n")
    for name in ("apps.py", "tasks.py", "tests/test_x.py", "management/commands/do.py"):
        write(code / "gamma" / name, "X = 1\n")
    write(code / "alpha" / "long.py", "X = 1\n" * 401)

    long, short, large = structure.broken()
    assert long.startswith("alpha/long.py has 401 lines")
    assert short.startswith("20 files have fewer than 30 lines")
    assert "gamma" not in short
    assert large.startswith("alpha is ")
