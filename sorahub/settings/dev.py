"""One machine, no set-up: SQLite, loopback services, e-mail on the console. `make demo` and a developer's runserver use it."""

from sorahub.settings import env
from sorahub.settings.base import *  # noqa: F403 (a settings file is its base plus differences)
from sorahub.settings.base import SANDBOX_URL, VAR_DIR
from sorahub.settings.secret import local_secret

DEBUG = env.flag("SORAHUB_DEBUG", default=False)
STYLEGUIDE = DEBUG
SECRET_KEY = env.text("SORAHUB_SECRET_KEY") or local_secret(VAR_DIR / "keys" / "django-secret")
HTTP_ALLOWED_PRIVATE_NETWORKS = env.words("SORAHUB_ALLOWED_PRIVATE_NETWORKS", ("127.0.0.0/8", "::1/128"))
HTTP_ALLOW_PLAIN = env.flag("SORAHUB_ALLOW_PLAIN_HTTP", default=True)
TRACK_MIN_INTERVAL_MS = env.integer("SORAHUB_TRACK_MIN_INTERVAL_MS", 300)
JOBS_FREEZE_SECONDS = env.integer("SORAHUB_JOBS_FREEZE_SECONDS", 30)
# The sandbox's own authority: real tokens under a root that nobody else trusts.
TSA_URLS = env.words("SORAHUB_TSA_URL", (f"{SANDBOX_URL}/tsa",))
TSA_ROOTS = env.text("SORAHUB_TSA_ROOTS", str(VAR_DIR / "sandbox" / "tsa" / "root.pem"))
