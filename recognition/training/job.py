"""Work on a training run, state after state; each can be left and entered again."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import OperationalError, close_old_connections, connection, transaction
from django.utils.module_loading import import_string

from common import shared_folders
from common.leases import LeaseLost
from employees.models import Employee, EnrolmentPhoto
from recognition import engine_holder
from recognition.engine import store
from recognition.engine.types import ModelUnavailable
from recognition.engine_holder import version_folder
from recognition.engines import factory
from recognition.gallery import open_vector
from recognition.models import FaceTemplate, ModelVersion, TrainingRun
from recognition.operating import target
from recognition.services.checkpoints import checkpoint_folder, checkpoint_forget, checkpoints_tidy
from recognition.services.promotion import promotion_embed, promotion_finish, promotion_missing, promotion_spread
from recognition.services.templates import CHUNK, templates_missing
from recognition.services.training import training_beat, training_claim, training_end, training_move
from recognition.services.versions import version_register
from recognition.training import gate, plan
from recognition.training.card import model_card
from recognition.training.fine_tune import Lesson, Recipe
from recognition.training.trainer import Task, Trainer

log = logging.getLogger(__name__)

T = TypeVar("T")

State = TrainingRun.State
BEATS_A_LEASE = 4


def run_training(run_id: UUID | str, *, here: bool = False, idle: bool = False) -> TrainingRun | None:
    """Work on a run until it ends or its embedding tasks are on their way; None when it is not to be had.

    ``here``: embed in this process instead of by tasks. ``idle``: train only while nobody else wants to run. Errors
    that another attempt would not mend end the run as failed; any other is raised with the lease given back, and the
    sweep tries again.
    """
    run = training_claim(run_id)
    if run is None:
        return None
    with heartbeat(run):
        try:
            _work(run, here, idle)
        except LeaseLost:
            log.info("run %s was taken over or cancelled", run.pk)
        except (ModelUnavailable, ValueError) as error:
            log.error("run %s failed: %s", run.pk, error, exc_info=not isinstance(error, ModelUnavailable))
            with contextlib.suppress(LeaseLost):
                training_end(run=run, state=State.FAILED, error=str(error))
    run.refresh_from_db()
    if run.state not in TrainingRun.OPEN:
        _tidy()
    return run


def _work(run: TrainingRun, here: bool, idle: bool) -> None:
    steps: dict[str, Callable[[TrainingRun], None]] = {
        State.PREPARING: _prepare,
        State.TRAINING: lambda run: _train(run, idle),
        State.TESTING: _test,
    }
    while run.state in steps:
        steps[run.state](run)
    if run.state != State.EMBEDDING:
        return
    if not here:
        promotion_spread(run=run)
        return
    total = len(promotion_missing(run))
    while not promotion_finish(run_id=run.pk) and (waiting := promotion_missing(run)):
        promotion_embed(run=run, photo_ids=waiting[:CHUNK])
        training_beat(run=run, done=max(0, total - len(waiting)), total=total)


def _prepare(run: TrainingRun) -> None:
    parent = ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).first()
    if parent is None:
        raise ModelUnavailable("No model version is active. Run `manage.py build_models`.", code="model_missing")
    material = plan.gather(parent)
    made, findings = plan.make_plan(material, parent)
    seen = plan.as_data(findings, material)
    groups = list(made["groups"].values())
    held_out = groups.count("unseen")
    few = gate.too_few(held_out, len(groups) - held_out)
    if few:
        state = State.REFUSED if run.kind == TrainingRun.Kind.RELEASE else State.NOTHING
        report = {"passed": False, "reasons": [few]}
        training_end(run=run, state=state, parent=parent, plan=made, findings=seen, report=report)
    elif run.kind == TrainingRun.Kind.RELEASE:
        training_move(run=run, state=State.TESTING, parent=parent, plan=made, findings=seen)
    elif not made["fresh"]:
        training_end(run=run, state=State.NOTHING, parent=parent, plan=made, findings=seen)
    else:
        training_move(run=run, state=State.TRAINING, parent=parent, plan=made, findings=seen)


def _train(run: TrainingRun, idle: bool) -> None:
    assert run.parent is not None
    recipe = Recipe.of(run.options)
    target = version_folder(f"tuned-{run.created_at:%Y%m%d}-{run.pk.hex[:8]}")
    photos = _photos(run.plan["learn"])
    origin = store.Origin(
        parent=run.parent.name,
        people=plan.people_of(run.plan),
        data={"fingerprint": plan.fingerprint(photos), "photos": len(photos)},
    )
    task = Task(engine_holder.version_fetch(run.parent.name), target, checkpoint_folder(run.pk), recipe, origin)
    history = list(run.history)

    def on_epoch(row: dict[str, float]) -> None:
        history[int(row["epoch"]) - 1 :] = [{name: float(value) for name, value in row.items()}]
        training_beat(run=run, history=history, done=len(history), total=recipe.epochs, attempts=1)

    training_beat(run=run, total=recipe.epochs)
    trainer: Trainer = import_string(factory().trainer)
    if idle:
        compute_when_idle(
            lambda waiting: trainer(
                task,
                lambda: waiting(lambda: _lesson(run, photos, recipe)),
                lambda row: waiting(lambda: on_epoch(row)),
            )
        )
    else:
        trainer(task, lambda: _lesson(run, photos, recipe), on_epoch)
    version = version_register(target)
    training_move(run=run, state=State.TESTING, candidate=version)
    checkpoint_forget(run.pk)


def _lesson(run: TrainingRun, photos: Sequence[EnrolmentPhoto], recipe: Recipe) -> Lesson:
    """The plan's photos that still exist, of old people no more than the recipe rehearses."""
    groups = run.plan["groups"]
    labels: dict[int, int] = {}
    taken: dict[int, int] = {}
    rows: list[tuple[np.ndarray[Any, Any], int, bool]] = []
    for photo in photos:
        person, known = photo.employee_id, groups.get(str(photo.employee_id)) == "old"
        if known and taken.get(person, 0) >= recipe.rehearsal:
            continue
        chip = plan.read_chip(photo)
        if chip is not None:
            taken[person] = taken.get(person, 0) + 1
            rows.append((chip, labels.setdefault(person, len(labels)), known))
    if len(labels) < 2:
        raise ValueError("There are no two people left to learn from. Enrol more, or ask again later.")
    chips, numbers, known_rows = zip(*rows, strict=True)
    return Lesson(np.stack(chips), np.array(numbers, np.int64), np.array(known_rows, np.bool_))


def _test(run: TrainingRun) -> None:
    candidate, parent = run.candidate, run.parent
    if candidate is None or parent is None:
        raise ValueError("The version to test was deleted meanwhile.")
    ids = [*run.plan["learn"], *run.plan["enrol"], *run.plan["probe"]]
    waiting = templates_missing(candidate).filter(pk__in=ids).exclude(pk__in=run.unreadable)
    total = waiting.count()
    while rest := list(waiting.exclude(pk__in=run.unreadable).values_list("pk", flat=True)[:CHUNK]):
        promotion_embed(run=run, photo_ids=rest)
        training_beat(run=run, done=max(0, total - waiting.count()), total=total, attempts=1)
    result = _judge(run, parent, candidate, ids)
    report = {"passed": result.passed, "reasons": list(result.reasons), **result.figures}
    _write_metrics(candidate, report)
    if result.passed:
        training_move(run=run, state=State.EMBEDDING, report=report)
    else:
        training_end(run=run, state=State.REFUSED, report=report)


def _judge(run: TrainingRun, parent: ModelVersion, candidate: ModelVersion, ids: Sequence[str]) -> gate.GateResult:
    photos = _photos(ids)
    vectors = {version.pk: _vectors(version, photos) for version in (parent, candidate)}
    both = [photo for photo in photos if all(photo.pk in found for found in vectors.values())]
    if not both:
        return gate.GateResult(False, ({"code": "too_few_people", "held_out": 0, "enrolled": 0},))
    before, after = (
        gate.Side(
            np.stack([vectors[version.pk][photo.pk] for photo in both]), engine_holder.of(version.name).calibration
        )
        for version in (parent, candidate)
    )
    return gate.judge(before, after, plan.exam_of(run.plan, both), fpir=target("clocking"))


def _photos(ids: Sequence[str]) -> list[EnrolmentPhoto]:
    """Those of the photos that still exist and may be used, in a fixed order."""
    allowed = Employee.objects.recognisable().values("pk")
    found = EnrolmentPhoto.objects.filter(pk__in=ids, state=EnrolmentPhoto.State.ACCEPTED, employee__in=allowed)
    return list(found.select_related("employee").order_by("created_at", "pk"))


def _vectors(version: ModelVersion, photos: Sequence[EnrolmentPhoto]) -> dict[UUID, np.ndarray[Any, Any]]:
    templates = FaceTemplate.objects.filter(version=version, photo__in=photos).select_related("employee")
    with transaction.atomic():
        keys = {template.employee_id: template.employee.biometric_key() for template in templates}
    return {template.photo_id: open_vector(template, keys[template.employee_id]) for template in templates}


def _write_metrics(version: ModelVersion, report: dict[str, Any]) -> None:
    folder = version_folder(version.name)
    if not (folder / store.MANIFEST).exists():
        # What a test serves first is a row alone.
        return
    manifest = store.add_metrics(folder, metrics=report, thresholds={"fpir": report.get("fpir")})
    (folder / store.CARD).write_text(model_card(manifest), encoding="utf-8")
    shared_folders.share(f"models/{version.name}", folder)
    version.manifest = store.as_json(manifest)
    version.save(update_fields=["manifest"])


def _tidy() -> None:
    """Remove the checkpoints that no run needs, and the weights of refused candidates but the last one."""
    checkpoints_tidy()
    refused = ModelVersion.objects.filter(state=ModelVersion.State.REFUSED, name__startswith="tuned-")
    for version in refused.order_by("-created_at")[1:]:
        for name in (store.EMBEDDER, store.EMBEDDER_KERAS):
            (version_folder(version.name) / name).unlink(missing_ok=True)


@contextlib.contextmanager
def heartbeat(run: TrainingRun) -> Iterator[None]:
    """Keep the lease while this process lives, however long a step takes."""
    stop = threading.Event()
    token = run.lease_token

    def beat() -> None:
        try:
            while not stop.wait(settings.TRAINING_LEASE / BEATS_A_LEASE):
                close_old_connections()
                try:
                    training_beat(run=TrainingRun(pk=run.pk, lease_token=token))
                except LeaseLost:
                    pass
                except OperationalError as error:
                    # A locked or absent database now is no reason to be silent for ever: the next beat may reach it.
                    log.warning("a sign of life of run %s was not stored: %s", run.pk, error)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="training-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def step_aside() -> None:
    """Let everything else go first. A session of its own competes as a group on Linux: the group has to yield too."""
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("19")
    with contextlib.suppress(OSError):
        os.nice(max(0, 19 - os.nice(0)))


class Waiting(Protocol):
    """Runs a call in the thread that waits, and gives back what it returned."""

    def __call__(self, call: Callable[[], T], /) -> T: ...


def compute_when_idle(work: Callable[[Waiting], None]) -> None:
    """Run ``work`` in a thread that computes only while nobody else wants to; what it hands to the function that it is
    given runs in the thread that waits for it.

    Whatever touches the database belongs there: a thread that gets no turn while it holds a lock keeps everybody from
    writing. Raises what ``work`` raises.
    """
    calls: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
    outcome: Future[None] = Future()

    def waiting(call: Callable[[], T], /) -> T:
        answer: Future[T] = Future()
        calls.put((call, answer))
        return answer.result()

    def compute() -> None:
        only_when_idle()
        try:
            work(waiting)
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(None)
        finally:
            calls.put(None)

    threading.Thread(target=compute, name="training-compute", daemon=True).start()
    while (asked := calls.get()) is not None:
        call, answer = asked
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)
    outcome.result()


def only_when_idle() -> None:
    """On Linux: give way the moment anybody else wants to run; the last place in the queue still has turns of its own.

    For this thread and those that it starts from here on.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
