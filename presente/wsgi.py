"""The WSGI entry point that gunicorn serves."""

import os
import sys

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
django.setup()

from presente import traces  # noqa: E402  it asks the settings
from presente.start import lost_key  # noqa: E402  it asks the database

# It adds a middleware: before they are loaded.
traces.install("web")
application = get_wsgi_application()

GUNICORN_STOPS = 4
"""With this code of a worker gunicorn ends instead of starting it again."""

if _line := lost_key():
    print(_line, file=sys.stderr)
    sys.exit(GUNICORN_STOPS)
