"""The roof's own app: commands that know every app (demo, doctor), the event stream, the API's frame."""

from contextlib import suppress
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class SoraHubConfig(AppConfig):
    """The composition root as an app, so that its commands, templates and checks are found."""

    name = "sorahub"
    label = "sorahub"
    verbose_name = "SoraHub"

    def ready(self) -> None:
        """Make the folder that uploads arrive in: on a new machine the first command would refuse to run without it."""
        with suppress(OSError):  # a folder that cannot be made is named by Django's own check
            Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)
