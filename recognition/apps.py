from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecognitionConfig(AppConfig):
    name = "recognition"
    verbose_name = _("Recognition")

    def ready(self) -> None:
        """Tell how the engine's errors are answered, and listen to what happens to people."""
        from recognition import problems, receivers  # noqa: F401
