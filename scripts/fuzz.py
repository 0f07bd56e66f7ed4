"""Feed bytes to what reads strangers' bytes, guided by coverage (atheris, which is libFuzzer for Python).

    python -m scripts.fuzz image --seconds 1800      # the intake of pictures
    python -m scripts.fuzz envelope --seconds 1800   # the envelope of a punch that was kept offline
    python -m scripts.fuzz keep image                # put the shortest of what was found beside the seeds

What was found lies in var/fuzz/TARGET; an input that broke something is tests/fuzz/seeds/TARGET/broke-…, to be
committed with its remedy: the suite feeds every seed again (tests/test_fuzz.py).
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "tests" / "fuzz" / "seeds"
FOUND = ROOT / "var" / "fuzz"
OURS = ["recognition.engine.images", "kiosk.queue", "kiosk.services.devices", "common.inputs", "PIL"]
"""Whose branches guide it; the decoders below Pillow are libraries that it does not see into."""
LONGEST = 8192
KEPT_BYTES, KEPT_FILES = 1024, 80


def main() -> int:
    """0, or libFuzzer's status where an input broke something."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description=__doc__)
    parser.add_argument("what", choices=["image", "envelope", "keep"])
    parser.add_argument("target", nargs="?", choices=["image", "envelope"], help="of keep")
    parser.add_argument("--seconds", type=int, default=1800)
    given = parser.parse_args()
    if given.what == "keep":
        return _keep(given.target or parser.error("name the target: keep image"))
    return _fuzz(given.what, f"-max_total_time={given.seconds}")


def _fuzz(target: str, *options: str) -> int:
    atheris = importlib.import_module("atheris")
    # Setting Django up imports most of what is to be watched.
    with atheris.instrument_imports(include=OURS):
        _settings()
        targets = importlib.import_module("tests.fuzz.targets")
    FOUND.joinpath(target).mkdir(parents=True, exist_ok=True)
    arguments = [
        sys.argv[0],
        str(FOUND / target),
        str(SEEDS / target),
        f"-artifact_prefix={SEEDS / target}/broke-",
        f"-max_len={LONGEST}",
        "-timeout=25",
        "-rss_limit_mb=1536",
        "-print_final_stats=1",
        *options,
    ]
    atheris.Setup(arguments, targets.TARGETS[target])
    atheris.Fuzz()
    return 0


def _settings() -> None:
    """Django's texts and no database, in a folder that is thrown away."""
    os.environ["PRESENTE_DATA"] = tempfile.mkdtemp(prefix="presente-fuzz-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()


def _keep(target: str) -> int:
    """Each input that libFuzzer stored reached something that none before it had; the shortest go beside the seeds."""
    found = [path for path in (FOUND / target).iterdir() if path.stat().st_size <= KEPT_BYTES]
    kept = sorted(found, key=lambda path: (path.stat().st_size, path.name))[:KEPT_FILES]
    for path in kept:
        shutil.copy(path, SEEDS / target / f"found-{path.name[:16]}")
    print(f"{len(kept)} inputs are kept in {SEEDS / target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
