"""What gets judged: annotations, stages, decisions, terms, licence records, sign-off, evidence."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """The reviews app."""

    name = "reviews"
    verbose_name = "Review and rights"
    default_auto_field = "django.db.models.BigAutoField"
