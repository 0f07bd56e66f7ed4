"""The web server's access log: without secrets, for its owner alone, and never endless."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from typing import Any

from gunicorn.glogging import Logger
from pythonjsonlogger.json import JsonFormatter

from common.redaction import redact

BYTES, KEPT = 5 * 1024 * 1024, 5
FIELDS = {"s": "status", "B": "bytes", "L": "seconds", "h": "address", "{x-request-id}o": "request_id"}
"""What a line of JSON has beside the request line, by gunicorn's names."""
TOLD = ("r", "U", "f", "q")
"""What gunicorn says of the address: the request line, the path, the page it came from, the query."""


class AccessLog(Logger):  # type: ignore[misc]
    """gunicorn's logger with tokens left out, and a file that is replaced when it is full."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """The parts of a line."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return found | {name: redact(str(found[name])) for name in TOLD if name in found}

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """One line; an object of JSON where PRESENTE_LOG_FORMAT says so."""
        if not _as_json() or not self.access_log_enabled:
            super().access(resp, req, environ, request_time)
            return
        said = self.atoms(resp, req, environ, request_time)
        more = {name: said[atom] for atom, name in FIELDS.items() if said.get(atom) is not None}
        self.access_log.info("%s", said["r"], extra=more)

    def _set_handler(self, log: logging.Logger, output: str | None, fmt: logging.Formatter, stream: Any = None) -> None:
        if _as_json():
            fields = ["asctime", "levelname", "name", "message"]
            fmt = JsonFormatter(fields, rename_fields={"asctime": "at", "levelname": "level"})
        super()._set_handler(log, output, fmt, stream)
        for handler in list(log.handlers):
            if type(handler) is logging.FileHandler:
                turning = RotatingFileHandler(handler.baseFilename, maxBytes=BYTES, backupCount=KEPT)
                turning.setFormatter(fmt)
                # Its mark of the handlers that it may replace.
                setattr(turning, "_gunicorn", True)  # noqa: B010
                log.removeHandler(handler)
                handler.close()
                log.addHandler(turning)


def _as_json() -> bool:
    """gunicorn makes its logger before Django reads the settings."""
    return os.environ.get("PRESENTE_LOG_FORMAT", "").strip().lower() == "json"
