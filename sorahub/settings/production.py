"""Production: PostgreSQL, HTTPS, secrets from the environment or files; refuses to start with anything missing."""

from django.core.exceptions import ImproperlyConfigured

from sorahub.settings import env
from sorahub.settings.base import *  # noqa: F403 (a settings file is its base plus differences)
from sorahub.settings.base import ALLOWED_HOSTS, DATABASES, PUBLIC_URL, SANDBOX_URL, TSA_ROOTS, TSA_URLS

SECRET_KEY = env.text("SORAHUB_SECRET_KEY")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("Set SORAHUB_SECRET_KEY (or SORAHUB_SECRET_KEY_FILE) to at least 50 random characters.")
if len(set(SECRET_KEY)) < 16:
    raise ImproperlyConfigured("SORAHUB_SECRET_KEY repeats itself: make it from random characters.")
if any(host.startswith(("*", ".")) for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("Name the hosts in SORAHUB_ALLOWED_HOSTS: links in mails are made with them.")
if not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("Set SORAHUB_PUBLIC_URL to the https:// address that people open.")
if "sqlite" in str(DATABASES["default"]["ENGINE"]) and not env.flag("SORAHUB_SINGLE_MACHINE", default=False):
    raise ImproperlyConfigured("Set DATABASE_URL to PostgreSQL, or SORAHUB_SINGLE_MACHINE=yes to stay on SQLite.")
if any(url.startswith(SANDBOX_URL) for url in TSA_URLS):
    raise ImproperlyConfigured(
        "SORAHUB_TSA_URL names the sandbox, whose time-stamps prove nothing: name a real authority."
    )
if TSA_URLS and not TSA_ROOTS:
    raise ImproperlyConfigured("Name the file with the time-stamp authority's root certificate in SORAHUB_TSA_ROOTS.")

SECURE_SSL_REDIRECT = env.flag("SORAHUB_SSL_REDIRECT", default=True)
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("SORAHUB_TRUSTED_PROXIES", 1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sorahub"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
EMAIL_BACKEND = env.text("SORAHUB_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
SIGNING_SECOND_FACTOR = env.one_of("SORAHUB_SIGNING_SECOND_FACTOR", ("required", "offered"), "required")
