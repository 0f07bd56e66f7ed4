from django.apps import AppConfig


class PresenteConfig(AppConfig):
    name = "presente"

    def ready(self) -> None:
        from unfold import fields
        from unfold import forms as theme_forms

        from presente import checks, notices  # noqa: F401  registers the system checks, and who is told of what
        from presente.json_fields import json_as_rows
        from presente.metrics import receivers  # noqa: F401  connects what is counted
        from presente.read_only import ReadField

        setattr(fields, "prettify_json", json_as_rows)  # noqa: B010  what the theme calls by this name
        setattr(theme_forms, "UnfoldAdminReadonlyField", ReadField)  # noqa: B010  the same
