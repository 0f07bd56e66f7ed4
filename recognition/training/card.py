"""Write a version's model card (Mitchell et al., "Model Cards", 2019)."""

from __future__ import annotations

from typing import Any

from recognition.engine import store


def model_card(manifest: store.Manifest) -> str:
    """Markdown from the manifest alone."""
    origin, embedder = manifest.origin, manifest.embedder
    people = {side: len(names) for side, names in origin.people.items()}
    lines = [
        f"# {manifest.version}",
        "",
        f"Made {manifest.created}" + (f" from {origin.parent}" if origin.parent else "") + ".",
        "",
        "## What it is for",
        "",
        "Telling which enrolled person of one company stands before a camera. Not for identifying people who have not",
        "agreed to it, nor for telling anybody's age, sex, origin, mood or health.",
        "",
        "## The network",
        "",
        f"- file {embedder.file}, {embedder.dimensions} numbers a face",
        f"- a chip of {embedder.size} pixels, {embedder.channels.upper()}, (pixel − {embedder.mean:g}) × "
        f"{embedder.scale:g}",
        *(f"- made from {name}, SHA-256 {digest}" for name, digest in sorted(manifest.sources.items())),
        "",
        "## What it learnt from",
        "",
        f"- Training set: {people.get('learnt', 0)} people; test set: {people.get('held_out', 0)}; public ids are in "
        "the manifest",
        *_rows(origin.data),
        *(["", "## How", "", *_rows(origin.training)] if origin.training else []),
        "",
        "## How it was tested",
        "",
        *(_tests(origin.metrics) or ["Not yet."]),
        "",
        "The figures hold for the people and cameras they were measured on. Groups that are not among them may fare",
        "worse: look at the report page after new people come.",
        "",
    ]
    return "\n".join(lines)


def _rows(figures: dict[str, Any]) -> list[str]:
    return [f"- {name.replace('_', ' ')}: {value}" for name, value in figures.items()]


def _tests(metrics: dict[str, Any]) -> list[str]:
    lines = [
        f"- {group} people: TPIR {row['candidate']['value']:.4f} ({row['candidate']['low']:.4f} to "
        f"{row['candidate']['high']:.4f}), the parent {row['parent']['value']:.4f}; {row['people']} people, "
        f"{row['probes']} photos, at FPIR {metrics['fpir']:.2g}"
        for group, row in (metrics.get("groups") or {}).items()
    ]
    passing = metrics.get("strangers_accepted")
    if passing:
        lines.append(
            f"- strangers accepted: {passing['candidate']['value']:.4f}, the parent "
            f"{passing['parent']['value']:.4f}; {metrics['strangers']} photos"
        )
    return lines
