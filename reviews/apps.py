"""What gets judged: annotations, stages, decisions, terms, licence records, sign-off, evidence."""

from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class ReviewsConfig(AppConfig):
    """The reviews app."""

    name = "reviews"
    verbose_name = "Review and rights"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to generations, and to migrations, once all models are known."""
        import_module("reviews.listeners").connect()
        connection_created.connect(
            import_module("reviews.actions.searching.sqlite").register, dispatch_uid="reviews.search_words"
        )
        pre_migrate.connect(import_module("reviews.migrating").before, sender=self, dispatch_uid="reviews.before")
        post_migrate.connect(import_module("reviews.migrating").after, sender=self, dispatch_uid="reviews.after")
