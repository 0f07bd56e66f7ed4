"""An upgrade is done whole or not at all, and what it would do can be asked first."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from attendance.models import ClockEvent
from attendance.tests.fixtures import Punched
from doors.models import Door
from employees.models import Employee
from presente import process_state
from presente.backup.restoring import FORCE
from presente.process_state import ProcessState

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "webhooks_of_the_next_version"
FIRST = "from importlib import import_module\nMigration = import_module('webhooks.migrations.0001_initial').Migration\n"
LATER = """from django.db import migrations

def change(apps, editor):
{change}

class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("webhooks", "{after}"), ("recognition", "0001_initial"), ("employees", "0001_initial")]
    operations = [migrations.{operation}]
"""
ADDS = f'RunSQL("CREATE TABLE {TABLE} (id integer)", "DROP TABLE {TABLE}")'
CHANGES = "RunPython(change, migrations.RunPython.noop)"
NextVersion = Callable[..., None]


@pytest.fixture
def next_version(settings: Settings, tmp_path: Path) -> Iterator[NextVersion]:
    """The program with two more migrations: the first adds a table, the second runs ``change``."""
    settings.DATA_DIR, settings.MODELS_DIR = tmp_path / "var", tmp_path / "var" / "models"
    settings.BACKUP_DIR = tmp_path / "backup"
    settings.DATA_DIR.mkdir()
    name = f"later_{tmp_path.name}"
    sys.path.insert(0, str(tmp_path))

    def write(change: str = "    pass", *, atomic: bool = True) -> None:
        folder = tmp_path / name
        folder.mkdir()
        later = {"after": "0001_initial", "atomic": True, "change": "    pass", "operation": ADDS}
        content = {
            "__init__.py": "",
            "0001_initial.py": FIRST,
            "0002_table.py": LATER.format(**later),
            "0003_change.py": LATER.format(after="0002_table", atomic=atomic, change=change, operation=CHANGES),
        }
        for file, text in content.items():
            (folder / file).write_text(text)
        settings.MIGRATION_MODULES = {"webhooks": name}

    yield write
    if (tmp_path / name).exists():
        call_command("migrate", "webhooks", "0001_initial", verbosity=0, interactive=False)
    sys.path.remove(str(tmp_path))


def run(*arguments: object, **options: Any) -> str:
    said = StringIO()
    call_command("upgrade", *map(str, arguments), stdout=said, **options)
    return said.getvalue()


def check() -> tuple[int, dict[str, Any]]:
    said, code = StringIO(), 0
    try:
        call_command("upgrade", "--check", "--json", stdout=said)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, json.loads(said.getvalue())


def has_table() -> bool:
    return TABLE in connection.introspection.table_names()


def test_it_backs_up_migrates_and_says_to_restart(next_version: NextVersion, ana: Employee, tmp_path: Path) -> None:
    next_version()

    said = run()

    assert "webhooks.0002_table, webhooks.0003_change" in said
    assert "Restart Presente now" in said
    assert has_table()
    assert len(list((tmp_path / "backup" / "backups").iterdir())) == 1
    assert "Nothing has to be migrated" in run()


def test_backups_of_other_versions(next_version: NextVersion, settings: Settings, ana: Employee) -> None:
    next_version()
    run()
    folder, said = str(settings.BACKUP_DIR), StringIO()

    call_command("restore", folder, "--force", FORCE, stdout=said)

    # The backup is older than the program: it is migrated.
    assert "Migrating the restored database" in said.getvalue()
    assert has_table()
    call_command("backup", folder, "--no-keys", stdout=StringIO())
    later, settings.MIGRATION_MODULES = settings.MIGRATION_MODULES, {}
    with pytest.raises(CommandError, match=r"whose schema \(webhooks\.0002_table\).*Install that version first"):
        call_command("restore", folder, "--force", FORCE, stdout=StringIO())
    settings.MIGRATION_MODULES = later


@pytest.mark.parametrize("atomic", [True, False])
def test_one_that_fails_in_the_middle_leaves_everything_as_it_was(
    next_version: NextVersion, ana: Employee, punched: Punched, atomic: bool
) -> None:
    punched(ana, "in", "2026-11-02T08:00")
    next_version(
        "    apps.get_model('employees', 'Employee').objects.update(first_name='Half')\n"
        "    raise RuntimeError('no such thing')",
        atomic=atomic,
    )

    with pytest.raises(CommandError, match=r"A migration failed \(no such thing\)") as refused:
        run()

    assert ("rolled back" if atomic else "was put back") in str(refused.value)
    assert not has_table()
    assert Employee.objects.get(pk=ana.pk).first_name == "Ana"
    # The version that runs goes on: it stores, and its evidence is protected.
    punched(ana, "out", "2026-11-02T16:00")
    assert ClockEvent.objects.filter(employee=ana).count() == 2
    assert check()[1]["migrations"] == ["webhooks.0002_table", "webhooks.0003_change"]


def test_one_after_which_a_table_cannot_be_read_is_rolled_back(next_version: NextVersion, ana: Employee) -> None:
    next_version("    editor.execute('ALTER TABLE doors_door RENAME COLUMN name TO title')")

    with pytest.raises(CommandError, match=r"not all works: The tables cannot be read.*rolled back"):
        run()

    assert not has_table()
    assert not Door.objects.exists()


def test_what_it_would_do_can_be_asked(next_version: NextVersion, settings: Settings, ana: Employee) -> None:
    next_version()

    code, plan = check()

    assert (code, plan["ok"], plan["stops"]) == (0, True, [])
    assert plan["migrations"] == ["webhooks.0002_table", "webhooks.0003_change"]
    assert plan["backup_folder"] == str(settings.BACKUP_DIR)
    assert plan["free_bytes"] > plan["needed_bytes"] > 0
    assert not has_table()
    assert not settings.BACKUP_DIR.exists()


def test_processes_that_run_stop_what_cannot_be_rolled_back(next_version: NextVersion, settings: Settings) -> None:
    next_version(atomic=False)
    process_state.write(settings.DATA_DIR, {"web": ProcessState(running=True, pid=1, since=0)})

    code, plan = check()

    assert (code, plan["running"]) == (1, ["web"])
    assert "stop Presente first" in plan["stops"][0]
    with pytest.raises(CommandError, match="stop Presente first"):
        run()
    assert not has_table()


def test_without_a_backup_nothing_is_begun(next_version: NextVersion, settings: Settings, ana: Employee) -> None:
    next_version()
    settings.BACKUP_DIR.mkdir()
    (settings.BACKUP_DIR / "letter.txt").write_text("mine")

    with pytest.raises(CommandError, match="no backup, so nothing was begun"):
        run()

    assert not has_table()
