"""Pages and the API (gunicorn, threads)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sorahub.settings.dev")
application = get_wsgi_application()
# What is loaded stays; looking through all of it again and again is what makes a few requests slow.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 50, 1_000)
