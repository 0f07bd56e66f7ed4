"""`python -m bench growth` on a gallery of a few people."""

from __future__ import annotations

import json

import pytest

from bench import growth


def test_it_prints_looks_and_changes_by_threads(capsys: pytest.CaptureFixture[str]) -> None:
    assert growth.main(["--templates", "200", "--threads", "1", "2", "--seconds", "0.05", "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["templates"] == 200
    for name in ("match_ms", "change_ms", "p99_ms_1", "p99_changing_ms_2"):
        assert found[name] > 0
