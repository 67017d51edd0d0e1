"""What gets judged: annotations, stages, decisions, terms, licence records, sign-off, evidence."""

from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """The reviews app."""

    name = "reviews"
    verbose_name = "Review and rights"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to generations once all models are known."""
        import_module("reviews.listeners").connect()
