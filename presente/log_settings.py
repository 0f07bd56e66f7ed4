"""How log lines are written: for people, or as JSON, an object a line (PRESENTE_LOG_FORMAT)."""

from __future__ import annotations

from typing import Any

from presente import env


def log_settings() -> dict[str, Any]:
    """Django's LOGGING. Secrets in addresses are left out, and JSON names the request that a line belongs to."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": ["asctime", "levelname", "name", "message", "request_id", "process"],
                "rename_fields": {"asctime": "at", "levelname": "level"},
            },
        },
        "filters": {
            "tokens": {"()": "common.redaction.RedactTokens"},
            "request": {"()": "common.request_id.AddRequestId"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": env.choice("PRESENTE_LOG_FORMAT", "line", ("line", "json")),
                "filters": ["tokens", "request"],
            }
        },
        "root": {"handlers": ["console"], "level": env.text("PRESENTE_LOG_LEVEL", "WARNING")},
        "loggers": {"django.server": {"level": "WARNING"}},
    }
