"""Which licences the packages have that the program is installed with; fails where one is not on the list.

    python -m scripts.licences           # fails, and names each package whose licence nobody has looked at
    python -m scripts.licences --list    # prints all of them

What a package says of itself is read where it is installed: the SPDX expression, else the classifiers, else the text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "requirements.txt"
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "OFL-1.1",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
"""Free to use in and beside a company's own software, changed files of MPL-2.0 to be shown with the changes."""
LIBRARY = "LGPL-3.0: imported as it is and replaceable by pip; a changed copy of it would have to be shown"
LOOKED_AT = {
    "fpdf2": LIBRARY,
    "psycopg": LIBRARY,
    "psycopg-binary": LIBRARY,
    "namex": "Apache-2.0, by its LICENSE file; its metadata says nothing",
}
"""Packages that say nothing readable or name another licence, with what was found when somebody looked."""
NAMES = (
    (r"apache", "Apache-2.0"),
    (r"mozilla public license 2|mpl.?2", "MPL-2.0"),
    (r"lesser general public license v3|lgpl.?v?3", "LGPL-3.0"),
    (r"lesser general public|lgpl", "LGPL"),
    (r"general public license|\bgpl", "GPL"),
    (r"python software foundation|\bpsf", "PSF-2.0"),
    (r"3-clause|new bsd|modified bsd", "BSD-3-Clause"),
    (r"2-clause|simplified bsd", "BSD-2-Clause"),
    (r"\bbsd", "BSD"),
    (r"\bisc\b|isc license", "ISC"),
    (r"mit-cmu|hpnd|historical permission", "HPND"),
    (r"\bmit\b|mit license", "MIT"),
    (r"open font|\bofl", "OFL-1.1"),
    (r"unlicense", "Unlicense"),
    (r"zlib", "Zlib"),
)


def pinned(lock: Path = SHIPPED) -> Iterator[str]:
    """The names in a lock."""
    return iter(re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==", lock.read_text(), re.MULTILINE))


def licences(package: Distribution) -> list[set[str]]:
    """What a package says its licences are, by their SPDX names: the sets among which its user may choose."""
    meta = package.metadata
    if expression := _field(package, "License-Expression"):
        choices = re.split(r"\s+OR\s+", expression.replace("(", " ").replace(")", " ").strip())
        return [set(re.split(r"\s+AND\s+", choice.strip())) for choice in choices]
    classifiers = [text for text in meta.get_all("Classifier", []) if text.startswith("License ::")]
    said = [text.rpartition("::")[2] for text in classifiers if not text.endswith("OSI Approved")]
    return [{name for text in said or [_field(package, "License")[:200]] if (name := _named(text))}]


def _field(package: Distribution, name: str) -> str:
    return str(package.metadata[name]) if name in package.metadata else ""


def _named(text: str) -> str | None:
    return next((name for pattern, name in NAMES if re.search(pattern, text.lower())), None)


def unknown() -> dict[str, list[set[str]]]:
    """The packages of the lock that are installed here and whose licence is not allowed."""
    wrong: dict[str, list[set[str]]] = {}
    for name in pinned():
        try:
            found = licences(distribution(name))
        except PackageNotFoundError:
            continue  # another system's
        if name.lower() not in LOOKED_AT and not any(choice and choice <= ALLOWED for choice in found):
            wrong[name] = found
    return wrong


def _told(found: list[set[str]]) -> str:
    return " or ".join(" and ".join(sorted(choice)) for choice in found)


def main() -> int:
    """1 where a licence is on no list."""
    if "--list" in sys.argv[1:]:
        for name in pinned():
            try:
                print(f"{name}: {_told(licences(distribution(name))) or LOOKED_AT.get(name, '?')}")
            except PackageNotFoundError:
                print(f"{name}: not installed here")
        return 0
    wrong = unknown()
    for name, found in wrong.items():
        print(f"{name}: {_told(found) or 'says nothing readable'}. Look, then ALLOWED or LOOKED_AT.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
