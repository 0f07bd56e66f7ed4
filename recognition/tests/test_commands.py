"""What each command says where something is missing: one line with the remedy, exit code 1, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError

from recognition.management import commands

MIGRATE = "CommandError: The database lacks tables of this program. Run `manage.py migrate`."
BUILD = "No model version is active. Run `manage.py build_models`."
# With arguments that the command would work with, were there tables and a model; {data} is an empty folder.
NEEDS_A_MODEL = {
    "check_templates": [],
    "check_operating_point": ["{data}"],
    "compare_matching": ["{data}", "--centre-from", "{data}"],
    "enroll": ["{data}"],
    "evaluate_model": ["{data}", "--protocol", "closed"],
    "evaluate_pairs": ["{data}/pairs.csv"],
    "fine_tune": [],
    "fit_calibration": ["{data}"],
    "identify": ["{data}/face.jpg"],
    "identify_person": ["{data}/face.jpg"],
    "measure_population": ["{data}"],
    "preprocess_faces": ["{data}", "{data}/out"],
    "register_model": ["{data}/own.onnx", "--name", "own-1"],
    "train_cnn": ["{data}", "--architecture", "sface"],
}
OTHERS = {
    "measure_ageing": (["{data}"], "No model at {data}/models/sface-2021dec-2; run `manage.py build_models`."),
    "measure_incremental": (
        ["{data}", "--strangers", "{data}"],
        "No model at {data}/models/sface-2021dec-2; run `manage.py build_models`.",
    ),
}
BUILDS = "build_models"
LIVENESS = {"evaluate_liveness", "fetch_liveness_model", "register_liveness_network"}
"""What test_liveness_commands.py and test_register_liveness_network.py ask."""


EACH_IN_A_FORK = """
import json, os, runpy, sys
import django
django.setup()
for name, arguments in json.loads(sys.argv[1]).items():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    for number, kind in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{sys.argv[2]}/{name}.{kind}", os.O_WRONLY | os.O_CREAT, 0o600), number)
    sys.argv = ["manage.py", name, *arguments]
    runpy.run_path("manage.py", run_name="__main__")
    sys.exit()
"""
"""Runs `manage.py` with each command in a process of its own that need not load the applications again."""


def environment(data: Path, **extra: str) -> dict[str, str]:
    """A terminal's environment, for a data folder of its own: published engine, SQLite."""
    theirs = {"DATABASE_URL", "REDIS_URL", "PRESENTE_ENGINE", "PRESENTE_MODELS"}
    inherited = {name: value for name, value in os.environ.items() if name not in theirs}
    return inherited | {"PRESENTE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "presente.settings", **extra}


def manage(data: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user's terminal does."""
    return subprocess.run(
        [sys.executable, "manage.py", *(one.format(data=data) for one in arguments)],
        cwd=django_settings.BASE_DIR,
        env=environment(data, **extra),
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def told_without_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with NAME.out and NAME.err: what each command that needs a model said on a database without tables."""
    data, told = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("told")
    commands = {name: [one.format(data=data) for one in NEEDS_A_MODEL[name]] for name in NEEDS_A_MODEL}
    subprocess.run(
        [sys.executable, "-c", EACH_IN_A_FORK, json.dumps(commands), str(told)],
        cwd=django_settings.BASE_DIR,
        env=environment(data),
        timeout=300,
        check=True,
    )
    return told


def test_every_command_is_asked() -> None:
    files = Path(commands.__path__[0]).glob("[a-z]*.py")

    assert {path.stem for path in files} == {*NEEDS_A_MODEL, *OTHERS, *LIVENESS, BUILDS}


def test_a_database_without_tables_is_named(tmp_path: Path) -> None:
    name = "evaluate_model"

    done = manage(tmp_path, name, *NEEDS_A_MODEL[name])

    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (1, "", [MIGRATE])


@pytest.mark.parametrize("name", NEEDS_A_MODEL)
def test_every_command_names_a_database_without_tables(name: str, told_without_tables: Path) -> None:
    said = [(told_without_tables / f"{name}.{kind}").read_text().splitlines() for kind in ("out", "err")]

    assert said == [[], [MIGRATE]]


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    arguments, told = OTHERS[name]

    done = manage(tmp_path, name, *arguments)

    assert (done.returncode, done.stderr.splitlines()) == (1, [f"CommandError: {told.format(data=tmp_path)}"])


def test_a_model_is_built_before_the_database_is_missed(models_dir: Path, version_folder: Path, tmp_path: Path) -> None:
    done = manage(tmp_path, BUILDS, PRESENTE_MODELS=str(models_dir))

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"CommandError: {version_folder.name} is built, but the database cannot take it down")
    assert "`manage.py migrate`" in line


@pytest.mark.parametrize("name", NEEDS_A_MODEL)
def test_an_installation_without_a_model_is_told_how_to_build_one(name: str, no_version: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refused:
        call_command(name, *(one.format(data=tmp_path) for one in NEEDS_A_MODEL[name]))

    assert str(refused.value) == BUILD


def test_the_libraries_write_to_a_log_and_not_to_the_terminal(
    version_folder: Path, models_dir: Path, faces_dir: Path, tmp_path: Path
) -> None:
    extra = {"PRESENTE_MODELS": str(models_dir)}
    assert manage(tmp_path, "migrate", "-v0", **extra).returncode == 0
    assert manage(tmp_path, BUILDS, **extra).returncode == 0
    photo = next(iter(sorted((faces_dir / "raw").glob("*.jpg"))))

    done = manage(tmp_path, "identify", str(photo), str(tmp_path / "gone.jpg"), **extra)

    assert f"{photo}: unknown" in done.stdout
    assert len(done.stderr.splitlines()) == 2
    assert "gone.jpg: [Errno 2]" in done.stderr
    assert "XNNPACK" in (tmp_path / "log" / "identify-libraries.log").read_text()


@pytest.mark.slow
def test_tensorflow_keeps_silent_as_well(faces_dir: Path, models_dir: Path, tmp_path: Path) -> None:
    extra = {"PRESENTE_MODELS": str(models_dir)}
    assert manage(tmp_path, "migrate", "-v0", **extra).returncode == 0
    assert manage(tmp_path, BUILDS, **extra).returncode == 0
    people = tmp_path / "people"
    for person in sorted((faces_dir / "aligned112").iterdir())[:2]:
        folder = people / person.name
        folder.mkdir(parents=True)
        for photo in sorted(person.glob("*.jpg"))[:10]:
            (folder / photo.name).write_bytes(photo.read_bytes())

    recipe = ("--architecture", "thesis", "--epochs", "1", "--size", "32")
    done = manage(tmp_path, "train_cnn", str(people), *recipe, **extra)

    assert (done.returncode, done.stderr) == (0, "")
    assert "epoch   1/1" in done.stdout
