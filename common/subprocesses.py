"""What a process of ours puts before the command of another that it starts."""

from __future__ import annotations

import shutil

DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
"""Where the system can (Linux), the child ends when its parent is killed outright."""
