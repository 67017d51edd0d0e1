"""What gets made: projects, prompts, generations, clips."""

from django.apps import AppConfig


class GenerationsConfig(AppConfig):
    """The generations app."""

    name = "generations"
    verbose_name = "Generations"
    default_auto_field = "django.db.models.BigAutoField"
