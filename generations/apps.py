"""What gets made: projects, prompts, generations, clips."""

from django.apps import AppConfig
from django.core import checks

from generations.catalog.checks import catalogue_is_readable
from generations.checks import routes_speak_what_is_known
from generations.providers.declared_files import declarations_are_readable


class GenerationsConfig(AppConfig):
    """The generations app."""

    name = "generations"
    verbose_name = "Generations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A wrong catalogue or declared provider stops every command at its start."""
        checks.register(catalogue_is_readable)
        checks.register(declarations_are_readable)
        checks.register(routes_speak_what_is_known)
