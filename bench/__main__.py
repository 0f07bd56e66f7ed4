"""`python -m bench [SECTION …]`: measure on this machine; without a name, everything.

`python -m bench steady` is for itself (bench/steady.py): it takes an hour, and its own options.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys

from bench.home import throwaway
from presente.supervisor import StopRequested, stoppable

SECTIONS = ("faces", "clock", "identify", "doors", "scale", "kiosk-page", "kiosks", "release")


def main() -> int:
    """Measure in a data folder that is thrown away, whatever database the environment names."""
    if sys.argv[1:2] == ["steady"]:
        from bench import steady

        return steady.main(sys.argv[2:])
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


def _measure(wanted: list[str]) -> None:
    from bench import doors, faces, kiosk_page, kiosks, office, release, scale, server, world
    from recognition.engine_holder import version_folder
    from recognition.models import ModelVersion

    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores", flush=True)
    if "scale" in wanted:
        scale.run()
    if wanted == ["scale"]:
        return
    world.build()
    if "faces" in wanted:
        faces.run(version_folder(ModelVersion.objects.get(state=ModelVersion.State.ACTIVE).name))
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
