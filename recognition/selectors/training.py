"""Read what the pages of training runs and model versions show."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from recognition.models import ModelVersion, TrainingRun, VersionSwitch
from recognition.services.versions import rollback_target
from recognition.wording import change, figure
from recognition.wording_training import finding_texts, group_name, reason_text

State = TrainingRun.State
STEPS = (State.PREPARING, State.TRAINING, State.TESTING, State.EMBEDDING)
CHART = (560, 160, 34)
"""Width, height and margin of the chart of the loss."""


def run_progress(run: TrainingRun) -> dict[str, Any]:
    """What moves while a run works: for the page and, as JSON, for its script."""
    percent = round(100 * run.done / run.total) if run.total else 0
    return {
        "state": run.state,
        "label": run.get_state_display(),
        "open": run.state in TrainingRun.OPEN,
        "percent": min(100, percent),
        "count": _("%(done)d of %(total)d") % {"done": run.done, "total": run.total} if run.total else "",
        "steps": [_step(run, step) for step in STEPS],
        "line": loss_line(run.history),
        "epochs": len(run.history),
        "loss": figure(run.history[-1]["loss"], 4) if run.history else "",
    }


def run_page(run: TrainingRun) -> dict[str, Any]:
    """Everything the page of a run shows."""
    return {
        "run": run,
        "progress": run_progress(run),
        "chart": dict(zip(("width", "height", "margin"), CHART, strict=True)),
        "findings": finding_texts(run.findings),
        "reasons": [
            {"text": reason_text(reason), "good": "better" in str(reason["code"]) and reason["code"] != "not_better"}
            for reason in run.report.get("reasons") or ()
        ],
        "figures": figures(run.report),
    }


def version_page(version: ModelVersion) -> dict[str, Any]:
    """What the page of a version shows beside its fields."""
    manifest = version.manifest
    named = manifest.get("people") or {}
    return {
        "version": version,
        "is_target": version == rollback_target(),
        "learnt": len(named.get("learnt", ())),
        "held_out": len(named.get("held_out", ())),
        "figures": figures(manifest.get("metrics") or {}),
        "training": manifest.get("training") or {},
        "libraries": manifest.get("libraries") or {},
        "files": manifest.get("files") or {},
        "runs": version.runs.all()[:5],
        "switches": VersionSwitch.objects.filter(version=version).select_related("before", "by")[:10],
    }


def figures(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The gate's table: a row a group, shares in per cent, differences in points."""
    return [
        *_rows(report, "%s"),
        *_rows(report.get("door") or {}, _("%s, at your own threshold")),
    ]


def _rows(report: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = [{"name": name % group_name(group), **_shares(row)} for group, row in (report.get("groups") or {}).items()]
    passing = report.get("strangers_accepted")
    if passing:
        rows.append({"name": name % _("strangers taken for somebody"), **_shares(passing)})
    return rows


def loss_line(history: list[dict[str, Any]]) -> str:
    """The loss of each epoch as the points of an SVG polyline, the largest at the top; empty before the second one."""
    if len(history) < 2:
        return ""
    width, height, margin = CHART
    losses = [float(row["loss"]) for row in history]
    top = max(losses) or 1.0
    across = (width - 2 * margin) / (len(losses) - 1)
    return " ".join(
        f"{margin + index * across:.1f},{height - margin - (height - 2 * margin) * loss / top:.1f}"
        for index, loss in enumerate(losses)
    )


def _shares(row: dict[str, Any]) -> dict[str, Any]:
    def share(side: str) -> str:
        return f"{figure(100 * row[side]['value'], 1)} %"

    difference = row["difference"]
    return {
        "people": row["people"],
        "photos": row["probes"],
        "before": share("parent"),
        "after": share("candidate"),
        "difference": change(100 * difference["value"], 2),
        "interval": f"{change(100 * difference['low'], 2)} … {change(100 * difference['high'], 2)}",
    }


def _step(run: TrainingRun, step: str) -> dict[str, str]:
    """A step's name, and whether it is done, goes on, or is still to come."""
    order = [State.WAITING, *STEPS]
    reached = order.index(State(run.state)) if run.state in order else len(order)
    if run.state not in TrainingRun.OPEN and run.state != State.PROMOTED:
        # A run that ended early did what its traces show.
        reached = 1 + (2 if run.history else 0) + (1 if run.report.get("groups") else 0)
    here = order.index(State(step))
    how = "done" if here < reached else "now" if here == reached and run.state == step else "later"
    return {"name": str(State(step).label), "how": how}
