"""One machine of `python -m bench machines`: it does what each line of its standard input says, and answers in one.

{"do": "prepare"}                                     → {"key": …}
{"do": "enrol", "number": "M1", "photos": [path, …]}  → {"accepted": 2}
{"do": "withdraw", "number": "M1"}                    → {}
{"do": "ready"}                                       → {"reason": ""}
{"do": "who", "photo": path, "key": …}                → {"number": "M1" or null}: asked of its own web server
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PORT = 8000


def main() -> int:
    """Until there are no more lines."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presente.settings")
    import django

    django.setup()
    for line in sys.stdin:
        wanted = json.loads(line)
        print(json.dumps(DOES[wanted.pop("do")](**wanted)), flush=True)
    return 0


def prepare() -> dict[str, Any]:
    """The database, the model and a key for programs."""
    from django.core.management import call_command

    from bench import office

    call_command("migrate", interactive=False, verbosity=0)
    call_command("build_models", stdout=sys.stderr)
    return {"key": office.api_key()}


def enrol(number: str, photos: list[str]) -> dict[str, Any]:
    """Somebody new, with these photos."""
    from bench import office

    return {"accepted": office.enrol(office.hire(number), [Path(path).read_bytes() for path in photos])}


def withdraw(number: str) -> dict[str, Any]:
    """Their consent is taken back."""
    from bench import office
    from employees.models import Employee
    from employees.services import consent_withdraw

    consent_withdraw(employee=Employee.objects.get(number=number), by=office.hr())
    return {}


def who(photo: str, key: str) -> dict[str, Any]:
    """Whom the web server of this machine sees."""
    from bench import load
    from bench.server import IDENTIFY

    body, kind = load.multipart(Path(photo).read_bytes())
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        connection.request("POST", IDENTIFY, body, {"Authorization": f"Api-Key {key}", "Content-Type": kind})
        answer = connection.getresponse()
        content = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{IDENTIFY} answered {answer.status}: {content}")
    person = content["person"]
    return {"number": person["number"] if person else None}


def ready() -> dict[str, Any]:
    """What stands against it that people clock in at this machine; empty when nothing does."""
    from presente.processes import unanswered

    return {"reason": unanswered(f"http://127.0.0.1:{PORT}/readyz") or ""}


DOES: dict[str, Callable[..., dict[str, Any]]] = {
    "prepare": prepare,
    "enrol": enrol,
    "withdraw": withdraw,
    "who": who,
    "ready": ready,
}

if __name__ == "__main__":
    sys.exit(main())
