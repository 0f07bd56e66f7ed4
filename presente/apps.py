from django.apps import AppConfig


class PresenteConfig(AppConfig):
    name = "presente"

    def ready(self) -> None:
        from presente import checks  # noqa: F401  registers the system checks
