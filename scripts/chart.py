"""What deploy/chart must keep: Helm renders it as it is meant to be used, and Kubernetes takes what comes out.

    python scripts/chart.py           # fails, a line for each fault
    python scripts/chart.py --print   # shows what the defaults render to

Helm's own renderer and the published schemas of Kubernetes, without a cluster and without a network; and the rules of
docker-compose.yml (scripts/containers.py): no pod gains rights or writes outside its volumes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "deploy" / "chart"
KUBERNETES = ("1.29", "1.37")
"""The oldest that Chart.yaml allows, and the newest there are schemas of."""
BUCKET: dict[str, Any] = {
    "storage": {"url": "s3://presente?endpoint=https://storage.example.com&region=eu-1"},
    "migrations": {"backupClaim": "backups"},
}
SCALED = {"enabled": True}
USES: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "an object storage": BUCKET,
    "autoscaling": {part: {"autoscaling": SCALED} for part in ("web", "worker", "reports")},
    "claims that are there": {"keys": {"claim": "keys"}, "data": {"claim": "data"}, "ingress": {"enabled": False}},
    "a registry with a login": {"image": {"pullSecrets": ["registry"]}, "nodeSelector": {"disk": "ssd"}},
}
REFUSED: dict[str, dict[str, Any]] = {
    "an address with a password among the settings": {"environment": {"DATABASE_URL": "postgres://…"}},
    "a secret among the settings": {"environment": {"PRESENTE_SECRET_KEY": "…"}},
    "a bucket without a place for backups": {"storage": BUCKET["storage"]},
    "a misspelt value": {"web": {"replica": 3}},
}
"""What must not render."""


def broken(chart: Path = CHART) -> list[str]:
    """Every fault, a sentence each."""
    from helm_python import lint
    from helm_python.chart import Chart
    from helm_python.errors import HelmError

    report = lint(chart, strict=True)
    said = [f"helm lint: {one['error']}" for one in report["messages"] if one["severity"] >= 2]
    with Chart.load(chart) as loaded:
        for use, values in USES.items():
            try:
                rendered = _documents(loaded.render(values, name="presente", namespace="presente"))
            except HelmError as error:
                said.append(f"{use}: {error}")
                continue
            for name, document in rendered:
                said += [f"{use}: {name}: {fault}" for fault in _faults(document)]
        for use, values in REFUSED.items():
            try:
                loaded.validate_schema(values)
                loaded.render(values, name="presente")
            except HelmError:
                continue
            said.append(f"{use}: it renders, and must not")
    return said


def _documents(rendered: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, text in sorted(rendered.items()):
        if path.endswith(".txt"):
            continue
        for document in yaml.safe_load_all(text):
            if document:
                yield f"{document.get('kind')} {document.get('metadata', {}).get('name')}", document


def _faults(document: dict[str, Any]) -> Iterator[str]:
    import kubernetes_validate

    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"Kubernetes {version}: {error}"
    pod = document.get("spec", {}).get("template", {}).get("spec")
    if pod is None:
        return
    if not pod.get("securityContext", {}).get("runAsNonRoot"):
        yield "it may run as root: runAsNonRoot"
    if pod.get("automountServiceAccountToken") is not False:
        yield "it is given the cluster's token: automountServiceAccountToken: false"
    for container in (*pod.get("initContainers", []), *pod["containers"]):
        rules = container.get("securityContext", {})
        if not rules.get("readOnlyRootFilesystem"):
            yield f"{container['name']}: its file system can be written: readOnlyRootFilesystem"
        if rules.get("allowPrivilegeEscalation") is not False or rules.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{container['name']}: it may gain rights"
        if "/tmp" not in {one["mountPath"] for one in container.get("volumeMounts", [])}:
            yield f"{container['name']}: it has no /tmp to write to"
        for one in container.get("env", []):
            if _is_secret(one["name"]) and "valueFrom" not in one:
                yield f"{container['name']}: {one['name']} stands in the open: a Secret's key"


def _is_secret(name: str) -> bool:
    return name in {"DATABASE_URL", "REDIS_URL", "EMAIL_URL"} or name.endswith(("_KEY", "_TOKEN", "_SECRET"))


def main() -> int:
    """Print what is broken; 1 where anything is."""
    if "--print" in sys.argv[1:]:
        from helm_python.chart import Chart

        with Chart.load(CHART) as loaded:
            for path, text in sorted(loaded.render(name="presente", namespace="presente").items()):
                print(f"# {path}\n{text}")
        return 0
    said = broken()
    for sentence in said:
        print(sentence, file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
