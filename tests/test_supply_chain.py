"""What a release consists of is listed with its hashes, and each package's licence was looked at."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from django.conf import settings

from scripts import licences

LOCK = settings.BASE_DIR / "requirements.txt"


def test_the_list_of_a_release_names_every_locked_package_with_its_hashes(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    venv = {"VENV": str(Path(sys.executable).parent.parent)}
    subprocess.run(
        [str(settings.BASE_DIR / "scripts" / "sbom.sh"), str(file)], check=True, env=os.environ | venv, timeout=900
    )
    content = json.loads(file.read_text())
    listed = {f"{one['name']}=={one['version']}": one for one in content["components"]}
    pins = set(re.findall(r"^([A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^ \\;]+)", LOCK.read_text(), re.MULTILINE))
    assert {re.sub(r"\[[^\]]*\]", "", pin) for pin in pins} == set(listed)
    assert content["bomFormat"] == "CycloneDX"
    assert content["metadata"]["component"]["name"] == "presente"
    for component in listed.values():
        assert component["externalReferences"][0]["hashes"], component["name"]
        assert component["purl"].startswith("pkg:pypi/")


def test_every_licence_was_looked_at() -> None:
    assert licences.unknown() == {}


class _Said(Distribution):
    """A package that says this of itself."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read_text(self, filename: str) -> str | None:
        return f"Metadata-Version: 2.4\nName: x\n{self.text}\n" if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("License-Expression: MIT", [{"MIT"}]),
        ("License-Expression: EPL-2.0 OR BSD-3-Clause", [{"EPL-2.0"}, {"BSD-3-Clause"}]),
        ("License-Expression: MIT AND (Apache-2.0)", [{"MIT", "Apache-2.0"}]),
        ("Classifier: License :: OSI Approved :: MIT License", [{"MIT"}]),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", [{"GPL"}]),
        ("License: GNU Affero General Public License", [{"GPL"}]),
        ("License: who knows", [set()]),
    ],
)
def test_a_licence_is_read_as_the_package_says_it(text: str, expected: list[set[str]]) -> None:
    assert licences.licences(_Said(text)) == expected
