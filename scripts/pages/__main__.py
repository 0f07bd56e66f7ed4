"""Walk every page of every role and print a table of what is wrong; 1 where anything is.

    python -m scripts.pages [--out FOLDER] [--sheet FOLDER] [--tasks FOLDER] [--role hr] [--width 390] [--page NAME …]

A made-up company (``company.py``) is served on a port of its own and thrown away afterwards. Each page is looked at
in every width, light and dark, in both languages: text that is cut or lies on other text, a page wider than its
window, targets under 44 pixels for a finger, what axe finds, anything in the console, links that refuse whom they are
shown to. ``--out`` keeps a picture of every view, ``--sheet`` makes the contact sheets of docs/images/pages,
``--tasks`` the README's pictures of docs/images/tasks.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

# Before the settings: a database and a broker of its own, both thrown away.
for name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(name, None)
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import presente.testing_env  # noqa: E402, F401


def main() -> int:
    import django

    django.setup()
    from scripts.pages.looking import LANGUAGES, SCHEMES, WIDTHS
    from scripts.pages.roles import ROLES

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--role", action="append", choices=ROLES)
    parser.add_argument("--width", action="append", type=int, help="in pixels; any")
    parser.add_argument("--language", action="append", choices=list(LANGUAGES))
    parser.add_argument("--scheme", action="append", choices=SCHEMES)
    parser.add_argument("--page", action="append", help="the name of an address, or its beginning")
    parser.add_argument("--out", type=Path, help="keep a picture of every view here")
    parser.add_argument("--sheet", type=Path, help="make a contact sheet for each role and language here")
    parser.add_argument("--tasks", type=Path, help="make a picture of each everyday task here")
    given = parser.parse_args()
    from scripts.pages.serving import served
    from scripts.pages.walking import Walk, table

    with served() as (base, made):
        walk = Walk(
            base, made, roles=given.role or ROLES, widths=given.width or WIDTHS, languages=given.language or LANGUAGES,
            schemes=given.scheme or SCHEMES, pages=given.page or [""], out=given.out,
        )  # fmt: skip
        begun = time.monotonic()
        if given.sheet:
            from scripts.pages.sheets import sheets_make

            sheets_make(walk, given.sheet)
        elif given.tasks:
            from scripts.pages.tasks import tasks_picture

            tasks_picture(walk, given.tasks)
        else:
            walk.go()
    print(table(walk.faults))
    took = time.monotonic() - begun
    print(f"{walk.looked} views of {len(walk.walked)} pages in {took:.0f} s, {len(walk.faults)} faults")
    for role, names in walk.missing.items():
        print(f"no row for {role}: {', '.join(names)}")
    return 1 if walk.faults else 0


if __name__ == "__main__":
    sys.exit(main())
