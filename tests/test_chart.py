"""The check of the chart sees what it is there to see; that ours passes is asked by `make check`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import chart


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("_helpers.tpl", "readOnlyRootFilesystem: true", "", "its file system can be written"),
        ("_helpers.tpl", "runAsNonRoot: true", "", "it may run as root"),
        ("web.yaml", "timeoutSeconds", "timeoutSecond", "Kubernetes 1.29: spec.template.spec.containers.0"),
        ("web.yaml", "{{- end -}}", "", "templates/web.yaml"),
    ],
)
def test_a_fault_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, before: str, after: str, said: str
) -> None:
    monkeypatch.setattr(chart, "USES", {"the defaults": {}})
    shutil.copytree(chart.CHART, tmp_path / "presente")
    template = tmp_path / "presente" / "templates" / file
    text = template.read_text()
    assert before in text
    template.write_text(text.replace(before, after))

    assert [line for line in chart.broken(tmp_path / "presente") if said in line]
