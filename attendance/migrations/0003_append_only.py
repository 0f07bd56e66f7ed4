"""The database itself refuses to change or delete a clock event."""

from typing import Any

from django.db import migrations

from attendance import append_only


def protect(apps: Any, schema_editor: Any) -> None:
    append_only.install(schema_editor.connection)


def unprotect(apps: Any, schema_editor: Any) -> None:
    append_only.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("attendance", "0002_initial")]

    operations = [migrations.RunPython(protect, unprotect)]
