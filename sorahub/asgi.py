"""The event stream (uvicorn). Pages are served by wsgi.py: threads are several times faster for them."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sorahub.settings.dev")
application = get_asgi_application()
