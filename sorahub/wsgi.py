"""Pages and the API (gunicorn, threads)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sorahub.settings.dev")
application = get_wsgi_application()
