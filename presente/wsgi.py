"""The WSGI entry point that gunicorn serves."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
application = get_wsgi_application()

from presente.start import lost_key  # noqa: E402  it asks the database

GUNICORN_STOPS = 4
"""With this code of a worker gunicorn ends instead of starting it again."""

if _line := lost_key():
    print(_line, file=sys.stderr)
    sys.exit(GUNICORN_STOPS)
