"""The web process stays light: nothing it imports may pull in the training's libraries."""

import subprocess
import sys

from django.conf import settings

# What a request could import: every view behind every address is resolved, then the modules are counted.
SCRIPT = """
import sys
import presente.wsgi
from django.urls import get_resolver

def walk(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns)
        else:
            yield pattern.callback

views = list(walk(get_resolver().url_patterns))
import recognition.engine_holder, recognition.gallery, recognition.services, recognition.tasks
import recognition.engine.loaded
heavy = {"tensorflow", "keras", "onnx", "onnxruntime"} & {name.partition(".")[0] for name in sys.modules}
print(len(views), ",".join(sorted(heavy)) or "none")
"""


def test_starting_the_web_process_imports_no_training_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr
    views, heavy = done.stdout.split()
    assert int(views) > 10
    assert heavy == "none"
