"""The test settings, with the watch over restored databases on, as it is in life."""

from sorahub.settings.test import *  # noqa: F403 (a settings file is its base plus differences)

RESTORE_WATCH = True
