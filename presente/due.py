"""What the scheduler asks the workers for, and how often, in seconds."""

from __future__ import annotations

from typing import Any

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "kiosk-tests": {"task": "kiosk.site_tests_expire", "schedule": 60.0, "options": {"expires": 60.0}},
    "kiosk-silence": {"task": "kiosk.silence", "schedule": 60.0, "options": {"expires": 60.0}},
    # The rows are the truth: the sweeps find what a killed worker had begun, and what was asked for without a broker.
    "photo-sweep": {"task": "recognition.photo_sweep", "schedule": 15.0},
    "curve-sweep": {"task": "recognition.curve_sweep", "schedule": 60.0, "options": {"expires": 60.0}},
    "gallery-snapshot": {"task": "recognition.snapshot_write", "schedule": 600.0, "options": {"expires": 600.0}},
    "queue-sweep": {"task": "kiosk.queue_sweep", "schedule": 15.0, "options": {"expires": 15.0}},
    "training-sweep": {"task": "recognition.training_sweep", "schedule": 15.0, "options": {"expires": 15.0}},
    "webhook-sweep": {"task": "webhooks.sweep", "schedule": 15.0, "options": {"expires": 15.0}},
    "notification-sweep": {"task": "notifications.sweep", "schedule": 15.0, "options": {"expires": 15.0}},
    "notification-look": {"task": "notifications.look", "schedule": 600.0, "options": {"expires": 600.0}},
    "approvals-look": {"task": "approvals.look", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "backup-look": {"task": "presente.backup_look", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "links-sweep": {"task": "attendance.links_sweep", "schedule": 900.0, "options": {"expires": 900.0}},
    "reports-sweep": {"task": "reporting.reports_sweep", "schedule": 30.0, "options": {"expires": 30.0}},
    "export-sweep": {"task": "reporting.export_sweep", "schedule": 30.0, "options": {"expires": 30.0}},
    "import-sweep": {"task": "employees.import_sweep", "schedule": 30.0, "options": {"expires": 30.0}},
    # Readers count a marked day themselves; this only keeps them from having to, and stores what has become settled.
    "postings-apply": {"task": "employees.postings_apply", "schedule": 900.0, "options": {"expires": 900.0}},
    "results-refresh": {"task": "attendance.results_refresh", "schedule": 30.0, "options": {"expires": 30.0}},
    "results-catch-up": {"task": "attendance.results_catch_up", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "refresh-settle": {"task": "kiosk.refresh_settle", "schedule": 1800.0, "options": {"expires": 1800.0}},
    "audit-extend": {"task": "privacy.audit_extend", "schedule": 10.0, "options": {"expires": 10.0}},
    "audit-anchor": {"task": "privacy.audit_anchor", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "api-reads-close": {"task": "privacy.api_reads_close", "schedule": 600.0, "options": {"expires": 600.0}},
    "retention": {"task": "privacy.retention", "schedule": 86400.0, "options": {"expires": 86400.0}},
    "erasure-sweep": {"task": "privacy.erasure_sweep", "schedule": 60.0, "options": {"expires": 60.0}},
    "door-settle": {"task": "doors.settle", "schedule": 60.0, "options": {"expires": 60.0}},
}
