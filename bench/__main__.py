"""`python -m bench [SECTION …]`: measure on this machine; without a name, everything."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from presente.supervisor import StopRequested, stoppable

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = ("faces", "clock", "identify", "doors", "scale", "kiosk-page", "kiosks", "release")


def main() -> int:
    """Measure in a data folder that is thrown away, whatever database the environment names."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default")
    wanted: list[str] = parser.parse_args().sections or list(SECTIONS)
    unknown = set(wanted) - set(SECTIONS)
    if unknown:
        parser.error(f"there is no section {', '.join(sorted(unknown))}; choose of {', '.join(SECTIONS)}")
    data = tempfile.mkdtemp(prefix="presente-bench-")
    for name in ("DATABASE_URL", "REDIS_URL", "PRESENTE_IDENTIFY_RATE", "PRESENTE_ENGINE"):
        os.environ.pop(name, None)
    os.environ.setdefault("PRESENTE_BROWSER_FILES", str(ROOT / "var" / "browser"))
    os.environ.setdefault("PRESENTE_MODELS", str(ROOT / "var" / "models"))
    if "release" in wanted:
        _own_models(Path(data) / "models")
    os.environ |= {"PRESENTE_DATA": data, "DJANGO_SETTINGS_MODULE": "presente.settings", "TF_CPP_MIN_LOG_LEVEL": "2"}
    try:
        with stoppable():
            _measure(wanted)
    except StopRequested:
        print("\nstopped")
        return 130
    finally:
        shutil.rmtree(data, ignore_errors=True)
    return 0


def _own_models(folder: Path) -> None:
    """A folder of models that a version may be added to, with those that are built linked into it."""
    folder.mkdir()
    built = Path(os.environ["PRESENTE_MODELS"])
    for path in built.iterdir() if built.is_dir() else ():
        (folder / path.name).symlink_to(path.resolve())
    os.environ["PRESENTE_MODELS"] = str(folder)


def _measure(wanted: list[str]) -> None:
    import django

    django.setup()
    from bench import doors, faces, kiosk_page, kiosks, release, scale, server, world
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
        key = world.api_key()
        with world.server() as (port, worker):
            if "clock" in wanted:
                server.clock(port, key)
            if "identify" in wanted:
                server.identify(port, key, worker)
    if "release" in wanted:
        with world.server() as (port, _worker):
            key = world.api_key()
            release.slowdown(port, key)
            release.rollback(port, key)


if __name__ == "__main__":
    sys.exit(main())
