"""The jobs app: rows that say what is to be done; django-q2 only wakes somebody to look at them."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Loads every app's ``tasks`` module, where handlers and schedules are declared."""

    name = "sorahub.jobs"
    label = "jobs"
    verbose_name = "Jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Fill the registry once all models are known."""
        autodiscover_modules("tasks")
