"""The test suite: a throwaway database, folders under a temporary directory, quick password hashing, mail kept in memory."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from sorahub.settings import env
from sorahub.settings.base import *  # noqa: F403 (a settings file is its base plus differences)
from sorahub.settings.base import REST_FRAMEWORK

_given = os.environ.get("SORAHUB_VAR_DIR")
_root = Path(_given or tempfile.mkdtemp(prefix="sorahub-test-"))
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _given and _worker and _root.name != _worker:  # processes beside each other share no folder; their children do
    _root /= _worker
if not _given:
    atexit.register(shutil.rmtree, _root, ignore_errors=True)
VAR_DIR = _root
MEDIA_ROOT = _root / "media"
KEY_DIR = _root / "keys"
STATIC_ROOT = _root / "static"
CATALOGUE_DIRS = [str(_root / "catalogue")]
PROVIDER_DIRS = [str(_root / "providers")]
FILE_UPLOAD_TEMP_DIR = str(MEDIA_ROOT / "incoming")
for _folder in (MEDIA_ROOT / "incoming", STATIC_ROOT):
    _folder.mkdir(parents=True, exist_ok=True)

SECRET_KEY = "only-for-tests"  # noqa: S105 (tests need no secret)
DATABASES = {"default": env.database("DATABASE_URL", _root / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
HTTP_ALLOWED_PRIVATE_NETWORKS = ("127.0.0.0/8", "::1/128")
HTTP_ALLOW_PLAIN = True
STYLEGUIDE = True
RESTORE_WATCH = False  # one folder of keys sees many databases
TERMS_FIRST_SOURCES = False  # tests count sources
TRACK_MIN_INTERVAL_MS = 50
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": [], "TEST_REQUEST_DEFAULT_FORMAT": "json"}
