#!/usr/bin/env python3
"""Presente's command line."""

import os
import sys


def main() -> None:
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
    try:
        if sys.argv[1:2] == ["run"]:
            # It becomes another program, which loads the applications itself: loading them here costs a second each.
            from presente.management.commands.run import Command

            Command().run_from_argv(sys.argv)
        else:
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except Exception as error:
        from presente.start import explain

        line = explain(error)
        if line is None:
            raise
        sys.exit(line)


if __name__ == "__main__":
    main()
