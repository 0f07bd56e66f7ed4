"""What the read views answer, as the schema shows it: one made-up person, one day."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

_WHO = {"number": "1001", "name": "Ana Demo", "department": "Workshop"}
_FIGURES = {
    "planned": 28800,
    "required": 28800,
    "worked": 29520,
    "balance": 720,
    "taken_break": 1800,
    "auto_break": 0,
    "night": 0,
    "on_holiday": 0,
    "leave": 0,
    "late": 0,
    "early": 0,
    "absent": 0,
    "missing_in": 0,
    "missing_out": 0,
    "sunday": 0,
    "on_call": 0,
    "unpaid_leave": 0,
    "ordinary": 28800,
    "surcharges": {},
    "allowances": {},
    "flags": {},
    "overtime": {"125": 720},
    "overtime_approved": {"125": 720},
    "overtime_pending": {},
    "overtime_moved": {},
}
_DECIDED = {
    "requested_at": "2026-03-02T16:40:00Z",
    "decided_at": "2026-03-03T08:05:12Z",
    "approval": {
        "steps": [
            {"step": 1, "approved": True, "by": "Mara Demo", "acting_for": None, "at": "2026-03-03T08:05:12Z"},
        ],
        "waits_for": "",
    },
}

PERSON = {
    "number": "1001",
    "first_name": "Ana",
    "last_name": "Demo",
    "email": "",
    "department": "Workshop",
    "manager": None,
    "time_zone": "Europe/Madrid",
    "hired_on": "2024-05-02",
    "left_on": None,
    "employment": [{"hired_on": "2024-05-02", "left_on": None}],
}
DAYS = {
    "employee": _WHO,
    "days": [
        {
            **_FIGURES,
            "day": "2026-03-02",
            "status": "present",
            "department": "Workshop",
            "time_zone": "Europe/Madrid",
            "first": "2026-03-02T07:59:12Z",
            "last": "2026-03-02T16:41:20Z",
        }
    ],
}
TIMESHEET = {"employee": _WHO, "days_worked": 1, "adjusted": 0, **_FIGURES}
ABSENCE = {
    "id": 7,
    "employee": _WHO,
    "type": "vacation",
    "first": "2026-03-09",
    "last": "2026-03-13",
    "half": "whole",
    "state": "approved",
    **_DECIDED,
}
CORRECTION = {
    "id": "9a4c8f3e-0f0a-4a55-9d0e-2f6f4f9a1c22",
    "employee": _WHO,
    "kind": "add",
    "event": None,
    "direction": "out",
    "at": "2026-03-02T16:35:00Z",
    "zone": "Europe/Madrid",
    "reason": "Forgot to clock out",
    "state": "approved",
    "answer": "",
    **_DECIDED,
    "result": "5c0e6dc7-0a57-4f1c-8b7e-3a0c3f8a1d10",
}
ENTERED = {
    "id": "5c0e6dc7-0a57-4f1c-8b7e-3a0c3f8a1d10",
    "employee": {"number": "1001", "name": "Ana Demo"},
    "direction": "out",
    "at": "2026-03-02T16:00:00Z",
    "zone": "Europe/Madrid",
    "local_at": "2026-03-02T17:00:00+01:00",
    "received_at": "2026-03-03T08:05:12.117000Z",
    "method": "manual",
    "kiosk": None,
    "decision": None,
    "replaces": None,
    "replaced_by": None,
}
OVERTIME = {
    "day": "2026-03-02",
    "found": {"150": 5400},
    "approved": {"150": 3600},
    "at": "2026-03-04T08:05:12Z",
    "reason": "Only the delivery",
}


def shown(value: dict[str, Any]) -> list[OpenApiExample]:
    """One row of a page, for a view's schema."""
    return [OpenApiExample("row", value, response_only=True, status_codes=["200"])]
