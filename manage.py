#!/usr/bin/env python3
"""Presente's command line."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
    if sys.argv[1:2] == ["run"]:
        # It becomes another program, which loads the applications itself: to load them here too costs a second each.
        from presente.management.commands.run import Command

        Command().run_from_argv(sys.argv)
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
