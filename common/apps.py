from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        from common.append_only import protect_after_migrate

        post_migrate.connect(protect_after_migrate, dispatch_uid="common.append_only")
