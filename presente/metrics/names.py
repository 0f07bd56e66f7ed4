"""The name, labels and meaning of each figure; the dashboard and the alert rules in ``deploy`` use these names."""

from __future__ import annotations

Family = tuple[list[str], str]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the histograms' buckets."""

COUNTERS: dict[str, Family] = {
    "presente_recognitions": (["asker", "outcome"], "Recognitions, by who asked and what was answered"),
    "presente_liveness": (["outcome"], "Liveness checks, by what they said"),
    "presente_punches": (["method", "direction"], "Punches that were stored"),
    "presente_http_requests": (["area", "status"], "Answers of the web server, by area and class of status"),
}
HISTOGRAMS: dict[str, Family] = {
    "presente_recognition_seconds": (["stage"], "What each stage of a recognition took"),
    "presente_http_request_seconds": (["area"], "What answers of the web server took"),
}
GAUGES: dict[str, Family] = {
    "presente_build_info": (["version"], "1, with the program's version"),
    "presente_model_info": (["version"], "1, with the model version that is in use"),
    "presente_gallery_people": ([], "People who can be recognised"),
    "presente_gallery_templates": ([], "Templates of the model version in use"),
    "presente_strangers_accepted_share": (["use"], "Share of strangers that the strictness in force may accept"),
    "presente_strangers_drift": ([], "1 where unknown faces lie nearer to employees than was measured"),
    "presente_photos": (["state"], "Photos that wait or are being processed"),
    "presente_offline_punches": (["state"], "Offline punches that wait for the worker (received) or for HR (waiting)"),
    "presente_webhook_deliveries_waiting": ([], "Messages to other programs that are still to be delivered"),
    "presente_erasures_waiting": ([], "Erasures that were asked for and are not done"),
    "presente_kiosk_last_seen_seconds": (["kiosk"], "Seconds since a paired kiosk was last seen, by its id"),
    "presente_queue_length": (["queue"], "Tasks that wait in the broker"),
    "presente_worker_heartbeat_seconds": ([], "Seconds since a worker last worked"),
    "presente_process_up": (["process"], "1 while a process of `make run` runs and has run well"),
    "presente_process_restarts": (["process"], "How often a process of `make run` was started again"),
    "presente_degraded": (["part"], "1 for each part whose work waits, as /readyz names them"),
    "presente_backup_age_seconds": ([], "Seconds since the last backup was finished"),
    "presente_data_free_bytes": ([], "Bytes left on the disk of the data folder"),
    "presente_scrape_failed": (["source"], "1 for each source that could not be asked"),
}


def exposed() -> set[str]:
    """Every name that /metrics may show, with the endings that Prometheus gives counters and histograms."""
    histograms = {f"{name}_{ending}" for name in HISTOGRAMS for ending in ("bucket", "sum", "count")}
    return {f"{name}_total" for name in COUNTERS} | histograms | set(GAUGES)
