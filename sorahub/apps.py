"""The roof's own app: commands that know every app (demo, doctor), the event stream, the API's frame."""

from django.apps import AppConfig


class SoraHubConfig(AppConfig):
    """The composition root as an app, so that its commands, templates and checks are found."""

    name = "sorahub"
    label = "sorahub"
    verbose_name = "SoraHub"
