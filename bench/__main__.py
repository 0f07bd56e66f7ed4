"""`python -m bench [SECTION …]`: measure on this machine; without a name, everything.

`python -m bench steady` (an hour), `chaos` (half an hour), `siege` (two minutes), `machines`, `sizing`, `policy`,
`plan`, `pages`, `audit`, `gallery`, `growth` and `goals` take options of their own, and `python -m bench identify
--json` prints its figures as an object.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys

from bench.home import throwaway
from presente.supervisor import StopRequested, stoppable

SECTIONS = (
    "faces",
    "steps",
    "clock",
    "identify",
    "gallery",
    "doors",
    "scale",
    "kiosk-page",
    "kiosks",
    "release",
    "audit",
    "goals",
)


def main() -> int:
    """Measure in a data folder that is thrown away, whatever database the environment names."""
    if sys.argv[1:2] == ["steady"]:
        from bench import steady

        return steady.main(sys.argv[2:])
    if sys.argv[1:2] == ["audit"]:
        from bench import audit

        return audit.main(sys.argv[2:])
    if sys.argv[1:2] == ["gallery"]:
        from bench import gallery

        return gallery.main(sys.argv[2:])
    if sys.argv[1:2] == ["goals"]:
        from bench import goals

        return goals.main(sys.argv[2:])
    if sys.argv[1:2] == ["growth"]:
        from bench import growth

        return growth.main(sys.argv[2:])
    if sys.argv[1:] == ["identify", "--json"]:
        return _as_json()
    if sys.argv[1:2] == ["chaos"]:
        from bench import chaos

        return chaos.main(sys.argv[2:])
    if sys.argv[1:2] == ["sizing"]:
        from bench import sizing

        return sizing.main(sys.argv[2:])
    if sys.argv[1:2] == ["machines"]:
        from bench import machines

        return machines.main(sys.argv[2:])
    if sys.argv[1:2] == ["policy"]:
        from bench import policy

        return policy.main(sys.argv[2:])
    if sys.argv[1:2] == ["plan"]:
        from bench import plan

        return plan.main(sys.argv[2:])
    if sys.argv[1:2] == ["pages"]:
        from bench import pages

        return pages.main(sys.argv[2:])
    if sys.argv[1:2] == ["siege"]:
        from bench import siege

        return siege.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default")
    wanted: list[str] = parser.parse_args().sections or list(SECTIONS)
    unknown = set(wanted) - set(SECTIONS)
    if unknown:
        parser.error(f"there is no section {', '.join(sorted(unknown))}; choose of {', '.join(SECTIONS)}")
    try:
        with throwaway(own_models="release" in wanted), stoppable():
            _measure(wanted)
    except StopRequested:
        print("\nstopped")
        return 130
    return 0


def _as_json() -> int:
    """What `identify` measures, as one object and nothing else."""
    with contextlib.redirect_stdout(sys.stderr), throwaway(), stoppable():
        from bench import office, server, world

        world.build()
        with world.server() as (port, worker):
            found = server.identify(port, office.api_key(), worker)
    print(json.dumps(found))
    return 0 if found else 1


def _measure(wanted: list[str]) -> None:
    from bench import audit, doors, faces, kiosk_page, kiosks, office, release, scale, server, steps, world
    from recognition.engine_holder import version_folder
    from recognition.models import ModelVersion

    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores", flush=True)
    if "scale" in wanted:
        scale.run()
    if "audit" in wanted:
        audit.run()
    if "gallery" in wanted:
        # In processes of their own: the engine there is another.
        subprocess.run([sys.executable, "-m", "bench", "gallery"], check=True)
    if "goals" in wanted:
        # It ends with 1 where a goal is missed, which its table says.
        subprocess.run([sys.executable, "-m", "bench", "goals"], check=False)
    if set(wanted) <= {"scale", "audit", "gallery", "goals"}:
        return
    world.build()
    if "faces" in wanted:
        faces.run(version_folder(ModelVersion.objects.get(state=ModelVersion.State.ACTIVE).name))
    if "steps" in wanted:
        steps.run(version_folder(ModelVersion.objects.get(state=ModelVersion.State.ACTIVE).name))
    if "doors" in wanted:
        doors.run()
    if "kiosk-page" in wanted:
        with world.server() as (port, _worker):
            kiosk_page.run(port)
    if "kiosks" in wanted:
        with world.server() as (port, _worker):
            kiosks.run(port)
    if {"clock", "identify"} & set(wanted):
        key = office.api_key()
        with world.server() as (port, worker):
            if "clock" in wanted:
                server.clock(port, key)
            if "identify" in wanted:
                server.identify(port, key, worker)
    if "release" in wanted:
        with world.server() as (port, _worker):
            key = office.api_key()
            release.slowdown(port, key)
            release.rollback(port, key)


if __name__ == "__main__":
    sys.exit(main())
