#!/usr/bin/env python
"""SoraHub's only entry point: every process and every command starts here."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sorahub.settings.dev")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
