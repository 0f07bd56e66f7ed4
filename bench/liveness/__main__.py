"""`make bench-liveness [ARGS="--bursts 60 --films 20 --seed 0"]`: what the checks for a living face let through."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from bench.photos import ROOT
from presente.supervisor import StopRequested, stoppable
from recognition.engine.types import ModelUnavailable


def main() -> int:
    """Measure with the model version of ``PRESENTE_MODELS`` (or ``var/models``) that was built last."""
    parser = argparse.ArgumentParser(prog="python -m bench.liveness", description=__doc__)
    parser.add_argument("--bursts", type=int, default=60, help="of each kind, without a request (default 60)")
    parser.add_argument("--films", type=int, default=20, help="of each kind, with a request (default 20)")
    parser.add_argument("--seed", type=int, default=0, help="another one makes other films")
    parser.add_argument("--only", default="", help='"honest", "developed", "aside", or a part of kinds\' names')
    given = parser.parse_args()
    models = Path(os.environ.get("PRESENTE_MODELS", ROOT / "var" / "models"))
    versions = sorted(models.glob("*/manifest.json"), key=lambda path: path.stat().st_mtime)
    if not versions:
        print(f"  left out: there is no model version in {models}; run `manage.py build_models`")
        return 1
    from bench.liveness.measure import run

    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores", flush=True)
    try:
        with stoppable():
            run(versions[-1].parent, bursts=given.bursts, films=given.films, seed=given.seed, only=given.only)
    except ModelUnavailable as error:
        print(f"  {error.message}")
        return 1
    except StopRequested:
        print("\nstopped")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
