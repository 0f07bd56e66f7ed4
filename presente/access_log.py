"""The web server's access log: without secrets, for its owner alone, and never endless."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from typing import Any

from gunicorn.glogging import Logger

from common.redaction import redact

BYTES, KEPT = 5 * 1024 * 1024, 5
TOLD = ("r", "U", "f", "q")
"""What gunicorn says of the address: the request line, the path, the page it came from, the query."""


class AccessLog(Logger):  # type: ignore[misc]
    """gunicorn's logger with tokens left out, and a file that is replaced when it is full."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """The parts of a line."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return found | {name: redact(str(found[name])) for name in TOLD if name in found}

    def _set_handler(self, log: logging.Logger, output: str | None, fmt: logging.Formatter, stream: Any = None) -> None:
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
