"""/metrics: who may read it, what it says, that nobody is named, and that dashboard and alerts name what there is."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from django.conf import settings as program
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from attendance.models import Kiosk
from employees.models import Employee
from presente import env, heartbeat, process_state
from presente.metrics import counts
from presente.metrics.names import exposed
from presente.process_state import ProcessState
from recognition.models import Decision
from recognition.services import identify
from recognition.tests.fake_engine import VERSION, fake_photo

DEPLOY = Path(program.BASE_DIR) / "deploy"
TOKEN = "a-token-for-prometheus-alone"
Samples = dict[tuple[str, tuple[str, ...]], float]


def read(client: Client | None = None, **more: Any) -> Samples:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    answer = (client or Client()).get("/metrics", **more)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (one.name, tuple(one.labels.values())): one.value
        for family in families
        for one in family.samples
        if not one.name.endswith("_created")
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 404),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}x"}, 401),
        ("10.0.0.7", {"Authorization": f"Basic {TOKEN}"}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "1.2.3.4", "Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_who_may_read_it(settings: Settings, address: str, headers: dict[str, str], status: int) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert Client().get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
def test_without_a_token_no_header_opens_it(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    answer = Client().get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="10.0.0.7")

    assert answer.status_code == 404


@pytest.mark.django_db
def test_other_networks_may_be_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESENTE_METRICS_NETWORKS", "172.16.0.0/12")
    settings.METRICS_NETWORKS = env.networks("PRESENTE_METRICS_NETWORKS", [])

    assert Client().get("/metrics", REMOTE_ADDR="172.18.0.3").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404
    monkeypatch.setenv("PRESENTE_METRICS_NETWORKS", "172.16.0.0/12,here")
    with pytest.raises(ImproperlyConfigured, match=r"PRESENTE_METRICS_NETWORKS=.* is not a list of networks"):
        env.networks("PRESENTE_METRICS_NETWORKS", [])


@pytest.mark.django_db
def test_recognitions_are_counted_with_their_stages(enrolled_ana: Employee) -> None:
    before = read()
    for face in (1, 1, 9):
        identify(images=[fake_photo(face, variation=5)], asker=Decision.Asker.API)

    now = read()

    def grown(*key: str) -> float:
        name, *labels = key
        return now.get((name, tuple(labels)), 0) - before.get((name, tuple(labels)), 0)

    assert grown("presente_recognitions_total", "api", "identified") == 2
    assert grown("presente_recognitions_total", "api", "unknown") == 1
    assert grown("presente_recognition_seconds_count", "match") == 3
    assert grown("presente_recognition_seconds_bucket", "+Inf", "match") == 3
    assert grown("presente_recognition_seconds_sum", "match") > 0
    assert now["presente_gallery_people", ()] == 1
    assert now["presente_gallery_templates", ()] == 3
    assert now["presente_model_info", (VERSION,)] == 1
    assert 0 < now["presente_strangers_accepted_share", ("door",)] <= 0.1
    assert now["presente_strangers_drift", ()] == 0


@pytest.mark.django_db
def test_two_processes_count_together() -> None:
    before = read().get(("presente_punches_total", ("in", "pin")), 0)
    counts.count("presente_punches", "pin", "in")
    counts.flush()
    # What the other process has not added yet.
    counts.count("presente_punches", "pin", "in", by=2)

    assert read()["presente_punches_total", ("in", "pin")] == before + 3


@pytest.mark.django_db
def test_what_waits_and_who_was_seen(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    heartbeat.mark()
    process_state.write(tmp_path, {"worker": ProcessState(running=True, pid=1, since=0, restarts=4, failures=1)})
    seen = timezone.now() - timedelta(minutes=10)
    kiosk = Kiosk.objects.create(name="North door", token_hash="0" * 64, last_seen_at=seen)
    Kiosk.objects.create(name="Gone", token_hash="1" * 64, last_seen_at=seen, revoked_at=seen)

    found = read()

    ages = {labels: value for (name, labels), value in found.items() if name == "presente_kiosk_last_seen_seconds"}
    assert list(ages) == [(str(kiosk.pk),)]
    assert 600 <= ages[str(kiosk.pk),] < 660
    assert found["presente_process_up", ("worker",)] == 0
    assert found["presente_process_restarts", ("worker",)] == 4
    assert found["presente_degraded", ("worker",)] == 1
    assert found["presente_queue_length", ("faces",)] >= 0
    assert {name: value for (name, labels), value in found.items() if name == "presente_scrape_failed"} == {
        "presente_scrape_failed": 0
    }


@pytest.mark.django_db
def test_it_names_nobody(enrolled_ana: Employee, ben: Employee) -> None:
    identify(images=[fake_photo(1, variation=5)], asker=Decision.Asker.API)
    Kiosk.objects.create(name="North door", token_hash="0" * 64, last_seen_at=timezone.now())

    text = Client().get("/metrics").content.decode()

    people = [word for one in (enrolled_ana, ben) for word in (one.first_name, one.last_name, str(one.public_id))]
    assert not [word for word in (*people, "North door") if word in text]
    assert not re.search(r'"100[12]"', text)


def metric_names(text: str) -> set[str]:
    return set(re.findall(r"\bpresente_[a-z_]+", text))


def test_the_dashboard_names_figures_that_exist() -> None:
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]

    assert len(asked) >= 12
    for expression in asked:
        promql_parser.parse(expression)
    assert {name for expression in asked for name in metric_names(expression)} <= exposed()
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places)


def test_prometheus_is_told_where_to_ask_and_what_to_watch() -> None:
    content = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())["services"]
    (job,) = content["scrape_configs"]
    host, _colon, port = job["static_configs"][0]["targets"][0].partition(":")

    assert job["job_name"] == "presente"
    assert (host, port) == ("web", "8000")
    # The web server answers to that name, and the rules lie where Prometheus looks.
    assert host in compose["web"]["environment"]["PRESENTE_HOSTS"].split(",")
    assert f"./deploy/alerts.yml:{content['rule_files'][0]}:ro" in compose["prometheus"]["volumes"]


def test_the_alert_rules_name_figures_that_exist() -> None:
    content = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    rules = [rule for group in content["groups"] for rule in group["rules"]]

    assert len(rules) >= 8
    for rule in rules:
        promql_parser.parse(rule["expr"])
        assert metric_names(rule["expr"]) <= exposed(), rule["alert"]
        assert set(rule) >= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"]["description"], rule["alert"]
